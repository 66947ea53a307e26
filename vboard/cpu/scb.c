/* scb.c - the private peripheral bus: system control block, FPU registers, and the way to NVIC, SysTick, MPU and
 * what debug.c has. What the core does not have stops the run. [PM0253, 4.3; Cortex-M7 TRM r1p1] */
#include "vboard/cpu/core.h"

enum scb_offset { /* from 0xE000ED00 */
                  CPUID = 0x00,
                  ICSR = 0x04,
                  VTOR = 0x08,
                  AIRCR = 0x0c,
                  SCR = 0x10,
                  CCR = 0x14,
                  SHPR1 = 0x18,
                  SHPR3 = 0x20,
                  SHCSR = 0x24,
                  CFSR = 0x28,
                  HFSR = 0x2c,
                  DFSR = 0x30,
                  MMFAR = 0x34,
                  BFAR = 0x38,
                  AFSR = 0x3c,
                  CLIDR = 0x78,
                  CTR = 0x7c,
                  CCSIDR = 0x80,
                  CSSELR = 0x84,
                  CPACR = 0x88,
                  FPCCR = 0x234,
                  FPCAR = 0x238,
                  FPDSCR = 0x23c,
};

/* Registers that never change. */
static const struct {
    uint16_t offset;
    uint32_t value;
} constants[] = {
    {CPUID, 0x411fc271},                                           /* Cortex-M7 r1p1 */
    {CLIDR, 0x09000003}, {CTR, 0x8303c003},                        /* caches: two, L1 */
    {0x40, 0x00000030},  {0x44, 0x00000200},  {0x48, 0x00100000},  /* ID_PFR0, PFR1, DFR0 */
    {0x4c, 0x00000000},  {0x50, 0x00100030},  {0x54, 0x00000000},  /* AFR0, MMFR0, MMFR1 */
    {0x58, 0x01000000},  {0x5c, 0x00000000},  {0x60, 0x01101110},  /* MMFR2, MMFR3, ISAR0 */
    {0x64, 0x02112000},  {0x68, 0x20232231},  {0x6c, 0x01111131},  /* ISAR1..3 */
    {0x70, 0x01310132},                                            /* ISAR4 */
    {0x240, 0x10110221}, {0x244, 0x12000011}, {0x248, 0x00000040}, /* MVFR0..2 */
};

/* SHCSR bit of each exception's active and pending state; 0xff: none. */
static const struct {
    uint8_t exc, active, pending;
} shcsr_bits[] = {
    {EXC_MEM, 0, 13},     {EXC_BUS, 1, 14},       {EXC_USAGE, 3, 12},      {EXC_SVC, 7, 15},
    {EXC_DEBUG, 8, 0xff}, {EXC_PENDSV, 10, 0xff}, {EXC_SYSTICK, 11, 0xff},
};
#define SHCSR_ENABLES (7u << 16)

static uint32_t read_shcsr(const struct cpu *c)
{
    uint32_t v = c->shcsr_enables;
    for (size_t i = 0; i < ARRAY_LEN(shcsr_bits); i++) {
        unsigned exc = shcsr_bits[i].exc;
        v |= (c->sys_active >> exc & 1) << shcsr_bits[i].active;
        if (shcsr_bits[i].pending != 0xff)
            v |= (c->sys_pending >> exc & 1) << shcsr_bits[i].pending;
    }
    return v;
}

static void write_shcsr(struct cpu *c, uint32_t value)
{
    c->shcsr_enables = value & SHCSR_ENABLES;
    for (size_t i = 0; i < ARRAY_LEN(shcsr_bits); i++) {
        unsigned exc = shcsr_bits[i].exc;
        cpu_set_active(c, exc, value >> shcsr_bits[i].active & 1);
        if (shcsr_bits[i].pending == 0xff)
            continue;
        if (value >> shcsr_bits[i].pending & 1)
            cpu_pend(c, exc);
        else
            cpu_unpend(c, exc);
    }
}

static uint32_t read_icsr(struct cpu *c)
{
    int prio;
    uint32_t isr_pending = 0;
    cpu_systick_sync(c);
    for (unsigned i = 0; i < CPU_IRQ_WORDS; i++)
        isr_pending |= c->irq_pending[i];
    uint32_t v = c->ipsr | cpu_next_exception(c, &prio) << 12;
    v |= (uint32_t)(cpu_active_count(c) <= 1) << 11; /* RETTOBASE */
    v |= (uint32_t)(isr_pending != 0) << 22;
    v |= (c->sys_pending >> EXC_SYSTICK & 1) << 26;
    v |= (c->sys_pending >> EXC_PENDSV & 1) << 28;
    return v | (c->sys_pending >> EXC_NMI & 1) << 31;
}

static void write_icsr(struct cpu *c, uint32_t value)
{
    static const struct {
        uint8_t bit, exc;
        bool set;
    } actions[] = {{31, EXC_NMI, true},
                   {28, EXC_PENDSV, true},
                   {27, EXC_PENDSV, false},
                   {26, EXC_SYSTICK, true},
                   {25, EXC_SYSTICK, false}};
    for (size_t i = 0; i < ARRAY_LEN(actions); i++) {
        if (!(value >> actions[i].bit & 1))
            continue;
        if (actions[i].set)
            cpu_pend(c, actions[i].exc);
        else
            cpu_unpend(c, actions[i].exc);
    }
}

enum { AIRCR_KEY = 0x05fa, AIRCR_SYSRESETREQ = 4 };

static void write_aircr(struct cpu *c, uint32_t value)
{
    if (value >> 16 != AIRCR_KEY)
        return;
    c->prigroup = bits(value, 10, 8);
    if (value & AIRCR_SYSRESETREQ) {
        cpu_event(c, EVENT_RESET);
        c->bus.system_reset(c->bus.ctx);
    }
}

#define CCR_WRITABLE                                                                           \
    (CCR_NONBASETHRDENA | CCR_USERSETMPEND | CCR_UNALIGN_TRP | CCR_DIV_0_TRP | CCR_BFHFNMIGN | \
     CCR_DC | CCR_IC)
#define CCR_ONES (CCR_STKALIGN | CCR_BP)

#define FPCCR_WRITABLE                                                                    \
    (FPCCR_ASPEN | FPCCR_LSPEN | FPCCR_MONRDY | FPCCR_BFRDY | FPCCR_MMRDY | FPCCR_HFRDY | \
     FPCCR_THREAD | FPCCR_USER | FPCCR_LSPACT)

/* CSSELR picks the cache that CCSIDR describes: the D-cache has four ways, the I-cache two, lines of 32 bytes. */
static uint32_t read_ccsidr(const struct cpu *c)
{
    const unsigned ways = c->csselr == 0 ? 4 : 2;
    if (c->csselr > 1)
        return 0;
    return 0xf0000001 | (ways - 1) << 3 | (c->bus.cache / ways / 32 - 1) << 13;
}

static bool scb_read(struct cpu *c, uint32_t offset, uint32_t *value)
{
    for (size_t i = 0; i < ARRAY_LEN(constants); i++) {
        if (constants[i].offset == offset) {
            *value = constants[i].value;
            return true;
        }
    }
    if (offset >= SHPR1 && offset <= SHPR3) {
        memcpy(value, &c->sys_prio[4 + (offset - SHPR1)], 4);
        return true;
    }
    switch (offset) {
    case ICSR:
        *value = read_icsr(c);
        return true;
    case VTOR:
        *value = c->vtor;
        return true;
    case AIRCR:
        *value = 0xfa050000u | c->prigroup << 8;
        return true;
    case SCR:
        *value = c->scr;
        return true;
    case CCR:
        *value = c->ccr | CCR_ONES;
        return true;
    case SHCSR:
        *value = read_shcsr(c);
        return true;
    case CFSR:
        *value = c->cfsr;
        return true;
    case HFSR:
        *value = c->hfsr;
        return true;
    case DFSR:
        *value = c->dfsr;
        return true;
    case MMFAR:
        *value = c->mmfar;
        return true;
    case BFAR:
        *value = c->bfar;
        return true;
    case AFSR:
        *value = c->afsr;
        return true;
    case CCSIDR:
        *value = read_ccsidr(c);
        return true;
    case CSSELR:
        *value = c->csselr;
        return true;
    case CPACR:
        *value = c->cpacr;
        return true;
    case FPCCR:
        *value = c->fpccr;
        return true;
    case FPCAR:
        *value = c->fpcar;
        return true;
    case FPDSCR:
        *value = c->fpdscr;
        return true;
    default:
        return false;
    }
}

static void write_shpr(struct cpu *c, uint32_t offset, uint32_t value, uint32_t byte_mask)
{
    for (unsigned i = 0; i < 4; i++) {
        if (byte_mask >> 8 * i & 1)
            c->sys_prio[4 + (offset - SHPR1) + i] = value >> 8 * i & 0xf0;
    }
}

static bool scb_write(struct cpu *c, uint32_t offset, uint32_t value, uint32_t byte_mask)
{
    cpu_look(c);
    if (offset >= SHPR1 && offset <= SHPR3) {
        write_shpr(c, offset, value, byte_mask);
        return true;
    }
    switch (offset) {
    case ICSR:
        write_icsr(c, value);
        return true;
    case VTOR:
        c->vtor = value & ~0x7fu;
        return true;
    case AIRCR:
        write_aircr(c, value);
        return true;
    case SCR:
        c->scr = value & (SCR_SLEEPONEXIT | SCR_SLEEPDEEP | SCR_SEVONPEND);
        return true;
    case CCR:
        c->ccr = (value & CCR_WRITABLE) | CCR_ONES;
        return true;
    case SHCSR:
        write_shcsr(c, value);
        return true;
    case CFSR: /* these three: write one to clear */
        c->cfsr &= ~value;
        return true;
    case HFSR:
        c->hfsr &= ~value;
        return true;
    case DFSR:
        c->dfsr &= ~value;
        return true;
    case MMFAR:
        c->mmfar = value;
        return true;
    case BFAR:
        c->bfar = value;
        return true;
    case AFSR:
        c->afsr &= ~value;
        return true;
    case CSSELR:
        c->csselr = value & 15;
        return true;
    case CPACR:
        c->cpacr = value & 0x00f00000;
        c->float_ready = false;
        return true;
    case FPCCR:
        c->fpccr = value & FPCCR_WRITABLE;
        c->float_ready = false;
        return true;
    case FPCAR:
        c->fpcar = value & ~7u;
        return true;
    case FPDSCR:
        c->fpdscr = value & 0x07c00000;
        return true;
    default:
        return false;
    }
}

/* ---- dispatch ---- */

/* The FPU's registers belong to it. */
static bool is_scb(uint32_t addr)
{
    return (addr >= 0xe000ed00u && addr < 0xe000ed90u) ||
           (addr >= 0xe000ef34u && addr < 0xe000ef4cu);
}

static bool word_read(struct cpu *c, uint32_t addr, uint32_t *value)
{
    if (addr >= 0xe000e010u && addr < 0xe000e020u)
        return cpu_systick_read(c, addr - 0xe000e010u, value);
    if (addr >= 0xe000e100u && addr < 0xe000e800u)
        return cpu_nvic_read(c, addr - 0xe000e100u, value);
    if (addr >= 0xe000ed90u && addr < 0xe000edc0u)
        return cpu_mpu_read(c, addr - 0xe000ed90u, value);
    if (is_scb(addr))
        return scb_read(c, addr - 0xe000ed00u, value);
    return cpu_debug_read(c, addr, value);
}

static bool word_write(struct cpu *c, uint32_t addr, uint32_t value, uint32_t byte_mask)
{
    if (addr >= 0xe000e010u && addr < 0xe000e020u)
        return cpu_systick_write(c, addr - 0xe000e010u, value);
    if (addr >= 0xe000e100u && addr < 0xe000e800u)
        return cpu_nvic_write(c, addr - 0xe000e100u, value, byte_mask);
    if (addr >= 0xe000ed90u && addr < 0xe000edc0u)
        return cpu_mpu_write(c, addr - 0xe000ed90u, value);
    if (is_scb(addr))
        return scb_write(c, addr - 0xe000ed00u, value, byte_mask);
    return cpu_debug_write(c, addr, value);
}

/* Bytes and halfwords are for IPR, SHPR, CFSR and the ITM's ports only. */
static bool has_byte_access(uint32_t addr)
{
    return (addr >= 0xe000e400u && addr < 0xe000e4f0u) ||
           (addr >= 0xe000ed18u && addr < 0xe000ed24u) || addr >> 2 == 0xe000ed28u >> 2 ||
           addr < 0xe0000080u;
}

enum bus_result cpu_ppb_read(struct cpu *c, uint32_t addr, unsigned size, uint32_t *value)
{
    if (size != 4 && !has_byte_access(addr))
        return BUS_STOP;
    if (!word_read(c, addr & ~3u, value))
        return BUS_STOP;
    *value = *value >> 8 * (addr & 3) & (0xffffffffu >> (32 - 8 * size));
    return BUS_OK;
}

enum bus_result cpu_ppb_write(struct cpu *c, uint32_t addr, unsigned size, uint32_t value)
{
    uint32_t byte_mask = 0xffffffffu >> (32 - 8 * size) << 8 * (addr & 3);
    if (size != 4 && !has_byte_access(addr))
        return BUS_STOP;
    return word_write(c, addr & ~3u, value << 8 * (addr & 3), byte_mask) ? BUS_OK : BUS_STOP;
}
