/* debug.c - the rest of the private peripheral bus: cycle counter, debug monitor (watch.c has its steps), empty trace
 * units, cache maintenance, and the M7's own control registers. [ARMv7-M ARM, C1; Cortex-M7 TRM r1p1, 3.3] */
#include "vboard/cpu/core.h"

enum {
    ITM_PORT31 = 0xe000007c,
    ITM_END = 0xe0001000,
    DWT_CTRL = 0xe0001000,
    DWT_CYCCNT = 0xe0001004,
    DWT_END = 0xe0002000,
    FP_CTRL = 0xe0002000,
    FPB_END = 0xe0003000,
    ICTR = 0xe000e004,
    ACTLR = 0xe000e008,
    DHCSR = 0xe000edf0,
    DEMCR = 0xe000edfc,
    STIR = CPU_STIR,
    CACHE_OPS = 0xe000ef50, /* ICIALLU .. BPIALL */
    CACHE_OPS_LAST = 0xe000ef78,
    ITCMCR = 0xe000ef90,
    AHBSCR = 0xe000efa0,
    ABFSR = 0xe000efa8,
    TPIU = 0xe0040000,
    TPIU_END = 0xe0041000,
};

/* ---- cycle counter ---- */

static bool counting(const struct cpu *c)
{
    return (c->dwt_ctrl & 1) && (c->demcr & DEMCR_TRCENA);
}

static uint32_t cyccnt(const struct cpu *c)
{
    return (uint32_t)(counting(c) ? c->cycles - c->cyccnt_base : c->cyccnt_base);
}

/* Change one of the two enables and let the counter go on from where it is. */
static void set_counting(struct cpu *c, uint32_t *reg, uint32_t value)
{
    uint32_t now = cyccnt(c);
    *reg = value;
    c->cyccnt_base = counting(c) ? c->cycles - now : now;
}

/* ---- debug monitor ---- */

#define DEMCR_CATCH 0x000007f1u /* vector catch: remembered, as there is no halting debug in here */

static uint32_t read_demcr(const struct cpu *c)
{
    return c->demcr | (c->sys_pending >> EXC_DEBUG & 1 ? DEMCR_MON_PEND : 0);
}

static void write_demcr(struct cpu *c, uint32_t value)
{
    set_counting(c, &c->demcr,
                 value &
                     (DEMCR_TRCENA | DEMCR_MON_EN | DEMCR_MON_STEP | DEMCR_MON_REQ | DEMCR_CATCH));
    cpu_watch_changed(c);
    cpu_look(c);
    if (value & DEMCR_MON_PEND)
        cpu_pend(c, EXC_DEBUG);
    else
        cpu_unpend(c, EXC_DEBUG);
}

/* A BKPT with the monitor enabled; the instruction does not complete. */
void cpu_debug_event(struct cpu *c, uint32_t dfsr)
{
    int now = cpu_execution_priority(c);
    c->dfsr |= dfsr;
    cpu_event(c, EVENT_ABORT);
    if (cpu_group_priority(c, EXC_DEBUG) < now) {
        cpu_pend(c, EXC_DEBUG);
    } else if (now <= -1) {
        cpu_event(c, EVENT_LOCKUP);
    } else {
        c->hfsr |= HFSR_DEBUGEVT;
        cpu_pend(c, EXC_HARD);
    }
}

/* ---- the M7's control registers ----
 * Sizes as on the STM32H753: 64 KB ITCM, 128 KB DTCM. That both come up enabled, with read-modify-write and retry as
 * their ECC asks for, and the AHBP setting, follow from what the part does at reset; they were not read from one.
 * What is written is remembered and has no effect here: the TCMs are memory like any other. */
static const struct {
    uint32_t writable, reset;
} controls[CPU_M7_CONTROLS] = {
    {0x007, 0x03f},   /* ITCMCR: SZ 7, RETEN, RMW, EN */
    {0x007, 0x047},   /* DTCMCR: SZ 8 */
    {0x001, 0x009},   /* AHBPCR: SZ 4 (512 MB), EN */
    {0x007, 0x000},   /* CACR */
    {0xffff, 0x0800}, /* AHBSCR: INITCOUNT 1 */
};

void cpu_debug_reset(struct cpu *c)
{
    for (size_t i = 0; i < ARRAY_LEN(controls); i++)
        c->m7_control[i] = controls[i].reset;
}

static void write_control(struct cpu *c, uint32_t addr, uint32_t value)
{
    uint32_t *reg = &c->m7_control[(addr - ITCMCR) / 4];
    uint32_t mask = controls[(addr - ITCMCR) / 4].writable;
    *reg = (*reg & ~mask) | (value & mask);
}

/* Which port an imprecise fault came from: ITCM, DTCM, AHBP, AXIM with "slave error". */
void cpu_note_imprecise(struct cpu *c, uint32_t addr)
{
    if (addr < 0x10000u)
        c->abfsr |= 1u << 0;
    else if (addr - 0x20000000u < 0x20000u)
        c->abfsr |= 1u << 1;
    else if (addr >> 29 == 2)
        c->abfsr |= 1u << 2;
    else
        c->abfsr = (c->abfsr & ~0x300u) | 2u << 8 | 1u << 3;
}

/* Cache maintenance, of caches that live behind the bus if anywhere. */
static bool cache_operation(struct cpu *c, uint32_t addr, uint32_t value)
{
    if (addr < CACHE_OPS || addr > CACHE_OPS_LAST)
        return false;
    if (c->bus.cache_op != NULL)
        c->bus.cache_op(c->bus.ctx, addr, value);
    return true;
}

/* ---- units without anything in them ----
 * ITM, FPB and TPIU answer as if built without ports, comparators and pins: zero, and
 * writes are ignored. Firmware that asks how many there are sees none; an ITM port is always ready, so that one
 * who writes to it without asking does not wait for ever. */
static bool is_empty_unit(uint32_t addr)
{
    return addr < ITM_END || (addr >= DWT_CTRL && addr < DWT_END) ||
           (addr >= FP_CTRL && addr < FPB_END) || (addr >= TPIU && addr < TPIU_END);
}

bool cpu_debug_read(struct cpu *c, uint32_t addr, uint32_t *value)
{
    *value = 0;
    if (addr >= ITCMCR && addr <= AHBSCR) {
        *value = c->m7_control[(addr - ITCMCR) / 4];
        return true;
    }
    switch (addr) {
    case ICTR:
        *value = (c->bus.irqs - 1) / 32;
        return true;
    case ACTLR:
        *value = c->actlr;
        return true;
    case DHCSR: /* no debugger */
        return true;
    case DEMCR:
        *value = read_demcr(c);
        return true;
    case DWT_CTRL:
        *value = c->dwt_ctrl | (uint32_t)CPU_COMPARATORS << 28;
        return true;
    case DWT_CYCCNT:
        *value = cyccnt(c);
        return true;
    case ABFSR:
        *value = c->abfsr;
        return true;
    default:
        if (cpu_watch_read(c, addr, value))
            return true;
        *value = addr <= ITM_PORT31;
        return is_empty_unit(addr);
    }
}

bool cpu_debug_write(struct cpu *c, uint32_t addr, uint32_t value)
{
    bool modelled;
    if (cpu_watch_write(c, addr, value, &modelled))
        return modelled;
    if (addr >= ITCMCR && addr <= AHBSCR) {
        write_control(c, addr, value);
        return true;
    }
    switch (addr) {
    case ACTLR:
        c->actlr = value & 0x1ffffc04u; /* the DIS bits of r1p1; none has an effect here */
        return true;
    case DHCSR: /* a debugger's, not the program's */
        return true;
    case DEMCR:
        write_demcr(c, value);
        return true;
    case DWT_CTRL:
        set_counting(c, &c->dwt_ctrl, value & 1);
        return true;
    case DWT_CYCCNT:
        c->cyccnt_base = counting(c) ? c->cycles - value : value;
        return true;
    case STIR:
        if ((value & 0x1ff) < c->bus.irqs)
            cpu_pend(c, EXC_IRQ0 + (value & 0x1ff));
        return true;
    case ABFSR: /* any write clears it */
        c->abfsr = 0;
        return true;
    default:
        return cache_operation(c, addr, value) || is_empty_unit(addr);
    }
}
