/* The address map: what the core reaches, and what happens there. RM0433 "Memory map". */
#include <string.h>

#include "base/bytes.h"
#include "vboard/inside.h"

/* ---- RAM ---- */

static const struct {
    uint32_t base, size;
} rams[RAMS] = {
    [RAM_ITCM] = {0x00000000, ITCM_SIZE},   [RAM_DTCM] = {0x20000000, DTCM_SIZE},
    [RAM_AXI] = {0x24000000, AXI_SIZE},     [RAM_SRAM1] = {0x30000000, SRAM1_SIZE},
    [RAM_SRAM2] = {0x30020000, SRAM2_SIZE}, [RAM_SRAM3] = {0x30040000, SRAM3_SIZE},
    [RAM_SRAM4] = {0x38000000, SRAM4_SIZE}, [RAM_BACKUP] = {0x38800000, BACKUP_SIZE},
};

uint8_t *board_ram(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size)
{
    uint32_t at = 0;
    if (addr >= 0x40000000) /* the many accesses to peripherals leave early */
        return NULL;
    for (unsigned i = 0; i < RAMS; at += rams[i++].size) {
        if (addr - rams[i].base >= rams[i].size)
            continue;
        *base = rams[i].base;
        *size = rams[i].size;
        return v->s.ram + at;
    }
    return NULL;
}

/* SRAM1..3 and the backup SRAM have a clock to enable first, and the backup SRAM a write lock. */
static const char *ram_refuses(const struct vboard *v, uint32_t addr, bool write)
{
    const struct h7_rcc *rcc = &v->s.rcc;
    if (addr - 0x30000000 < SRAM1_SIZE && !h7_rcc_on(rcc, RCC_AHB2ENR, 29))
        return "SRAM1 is used while RCC_AHB2ENR.SRAM1EN=0";
    if (addr - 0x30020000 < SRAM2_SIZE && !h7_rcc_on(rcc, RCC_AHB2ENR, 30))
        return "SRAM2 is used while RCC_AHB2ENR.SRAM2EN=0";
    if (addr - 0x30040000 < SRAM3_SIZE && !h7_rcc_on(rcc, RCC_AHB2ENR, 31))
        return "SRAM3 is used while RCC_AHB2ENR.SRAM3EN=0";
    if (addr - 0x38800000 >= BACKUP_SIZE)
        return NULL;
    if (!h7_rcc_on(rcc, RCC_AHB4ENR, 28))
        return "the backup SRAM is used while RCC_AHB4ENR.BKPRAMEN=0";
    return write && (v->s.pwr.cr1 & 0x100) == 0 ? "the backup SRAM is written while PWR_CR1.DBP=0"
                                                : NULL;
}

static uint8_t *window(struct vboard *v, uint32_t addr, bool write, uint32_t *base, uint32_t *size)
{
    uint8_t *mem = board_ram(v, addr, base, size);
    return mem != NULL && ram_refuses(v, addr, write) == NULL ? mem : NULL;
}

static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    struct vboard *v = ctx;
    if (addr - H7_FLASH_BASE >= H7_FLASH_SIZE)
        return window(v, addr, false, base, size);
    uint8_t *mem = h7_flash_view(&v->s.flash, addr - H7_FLASH_BASE, base, size);
    *base += H7_FLASH_BASE;
    return mem;
}

static uint8_t *read_window_of(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    return points_carve(ctx, false, addr, read_window(ctx, addr, base, size), base, size);
}

static uint8_t *write_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    return points_carve(ctx, true, addr, window(ctx, addr, true, base, size), base, size);
}

static uint32_t load_le(const uint8_t *p, unsigned size)
{
    return size == 4 ? get_le32(p) : size == 2 ? get_le16(p) : p[0];
}

static void store_le(uint8_t *p, unsigned size, uint32_t value)
{
    for (unsigned i = 0; i < size; i++)
        p[i] = (uint8_t)(value >> (8 * i));
}

/* ---- flash ---- */

/* An access that began at from and ended at now. */
static enum bus_result flash_result(struct vboard *v, enum h7_answer a, uint64_t from, uint64_t now,
                                    uint32_t addr)
{
    if (now != from)
        board_hold_until(v, now);
    board_reschedule(v);
    if (a == H7_UNMODELLED)
        return BUS_STOP;
    if (a == H7_BUS_ERROR && addr - H7_FLASH_BASE < 0x08000000 &&
        addr - H7_FLASH_BASE >= H7_FLASH_SIZE)
        board_lint(v, "M19", addr, "RM0433 Memory map", "access behind the 2 MB of flash");
    return a == H7_BUS_ERROR ? BUS_FAULT : BUS_OK;
}

static enum bus_result flash_load(struct vboard *v, uint32_t addr, unsigned size, uint32_t *value)
{
    uint64_t from = board_now(v), now = from;
    enum h7_answer a = h7_flash_load(&v->s.flash, &now, addr - H7_FLASH_BASE, size, value);
    if (now != from)
        board_trace_stall(v, addr, from, now);
    return flash_result(v, a, from, now, addr);
}

static enum bus_result flash_store(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    uint64_t from = board_now(v), now = from;
    v->s.flash.pc = cpu_reg(&v->s.cpu, 15);
    enum h7_answer a = h7_flash_store(&v->s.flash, &now, addr - H7_FLASH_BASE, size, value);
    return flash_result(v, a, from, now, addr);
}

static bool is_flash(uint32_t addr)
{
    return addr - H7_FLASH_BASE < 0x08000000; /* up to 0x0fffffff: what is not there faults */
}

/* The unique id and the flash size, of all that is in system flash. */
static bool system_flash(uint32_t addr, unsigned size, uint32_t *value)
{
    static const uint8_t uid[12] = {0x2a, 0x00, 0x35, 0x00, 0x0d, 0x51,
                                    'S',  'L',  'I',  'P',  'W',  'Y'};
    static const uint8_t size_word[4] = {0x00, 0x08, 0xff, 0xff}; /* 2048 KB */
    if (addr - 0x1ff1e800 <= sizeof uid - size) {
        *value = load_le(uid + (addr - 0x1ff1e800), size);
        return true;
    }
    if (addr - 0x1ff1e880 <= sizeof size_word - size) {
        *value = load_le(size_word + (addr - 0x1ff1e880), size);
        return true;
    }
    return false;
}

/* ---- peripherals ---- */

#define USART3_BASE 0x40004800u
#define GPIO_BASE   0x58020000u
#define RCC_BASE    0x58024400u
#define PWR_BASE    0x58024800u
#define IWDG_BASE   0x58004800u
#define SYSCFG_BASE 0x58000400u
#define DBGMCU_BASE 0x5c001000u
#define AXI_FN_MOD  0x51008108u /* start-up code of revision Y parts writes 1 here */
#define BLOCK_SIZE  0x400u
#define IDCODE      0x20036450u /* revision V */

static enum h7_answer usart_read(struct vboard *v, uint32_t off, uint32_t *value)
{
    struct soc_env env = board_env(v);
    if (!board_wires(v).clocked) {
        board_lint(v, "CLK1", USART3_BASE + off, "RM0433 RCC_APB1LENR",
                   "USART3 is read while its clock is off: reads 0");
        return H7_OK;
    }
    return h7_usart_read(&v->s.usart, &env, off, value);
}

static enum h7_answer usart_write(struct vboard *v, uint32_t off, uint32_t value)
{
    struct soc_env env = board_env(v);
    struct usart_wires wires = board_wires(v);
    if (!wires.clocked) {
        board_lint(v, "CLK1", USART3_BASE + off, "RM0433 RCC_APB1LENR",
                   "USART3 is written while its clock is off: ignored");
        return H7_OK;
    }
    return h7_usart_write(&v->s.usart, &env, &wires, off, value);
}

static bool port_clocked(struct vboard *v, unsigned port, uint32_t off)
{
    if (h7_rcc_on(&v->s.rcc, RCC_AHB4ENR, port))
        return true;
    board_lint(v, "CLK2", GPIO_BASE + port * BLOCK_SIZE + off, "RM0433 RCC_AHB4ENR",
               "a GPIO port is used while its clock is off: reads 0, writes are ignored");
    return false;
}

static bool syscfg_clocked(struct vboard *v, uint32_t off)
{
    if (h7_rcc_on(&v->s.rcc, RCC_APB4ENR, 1))
        return true;
    board_lint(v, "CLK3", SYSCFG_BASE + off, "RM0433 RCC_APB4ENR",
               "SYSCFG is used while its clock is off: reads 0, writes are ignored");
    return false;
}

static enum h7_answer word_read(struct vboard *v, uint32_t addr, uint32_t *value)
{
    uint32_t base = addr & ~(BLOCK_SIZE - 1), off = addr & (BLOCK_SIZE - 1);
    struct soc_env env = board_env(v);
    unsigned port = (base - GPIO_BASE) / BLOCK_SIZE;
    *value = 0;
    if (port < H7_PORTS)
        return port_clocked(v, port, off) ? h7_gpio_read(&v->s.gpio[port], off, value) : H7_OK;
    switch (base) {
    case USART3_BASE:
        return usart_read(v, off, value);
    case RCC_BASE:
        return h7_rcc_read(&v->s.rcc, off, value);
    case PWR_BASE:
        return h7_pwr_read(&v->s.pwr, off, value);
    case IWDG_BASE:
        return h7_iwdg_read(&v->s.iwdg, &env, off, value);
    case SYSCFG_BASE:
        return syscfg_clocked(v, off) ? h7_syscfg_read(&v->s.syscfg, off, value) : H7_OK;
    case DBGMCU_BASE:
        *value = off == 0 ? IDCODE : v->s.dbgmcu_cr;
        return off == 0 || off == 4 ? H7_OK : H7_UNMODELLED;
    default:
        return H7_UNMODELLED;
    }
}

/* RCC: a block that is put into reset, and a clock that changes. */
static enum h7_answer rcc_write(struct vboard *v, uint32_t off, uint32_t value)
{
    struct soc_env env = board_env(v);
    enum h7_answer a = h7_rcc_write(&v->s.rcc, &env, off, value);
    if (off == RCC_APB1LRSTR && h7_rcc_on(&v->s.rcc, off, 18))
        h7_usart_reset(&v->s.usart);
    for (unsigned i = 0; off == RCC_AHB4RSTR && i < H7_PORTS; i++)
        if (h7_rcc_on(&v->s.rcc, off, i))
            h7_gpio_reset(&v->s.gpio[i], i);
    if (off == RCC_AHB2ENR)
        cpu_invalidate(&v->s.cpu, 0x30000000, SRAM1_SIZE + SRAM2_SIZE + SRAM3_SIZE);
    if (off == RCC_AHB4ENR)
        cpu_invalidate(&v->s.cpu, 0x38800000, BACKUP_SIZE);
    board_clock_changed(v, env.now);
    return a;
}

static enum h7_answer pwr_write(struct vboard *v, uint32_t off, uint32_t value)
{
    struct soc_env env = board_env(v);
    cpu_invalidate(&v->s.cpu, 0x38800000, BACKUP_SIZE); /* DBP */
    return h7_pwr_write(&v->s.pwr, &env, off, value);
}

static enum h7_answer word_write(struct vboard *v, uint32_t addr, uint32_t value)
{
    uint32_t base = addr & ~(BLOCK_SIZE - 1), off = addr & (BLOCK_SIZE - 1);
    struct soc_env env = board_env(v);
    unsigned port = (base - GPIO_BASE) / BLOCK_SIZE;
    if (port < H7_PORTS)
        return port_clocked(v, port, off) ? h7_gpio_write(&v->s.gpio[port], off, value) : H7_OK;
    switch (base) {
    case USART3_BASE:
        return usart_write(v, off, value);
    case RCC_BASE:
        return rcc_write(v, off, value);
    case PWR_BASE:
        return pwr_write(v, off, value);
    case IWDG_BASE:
        return h7_iwdg_write(&v->s.iwdg, &env, off, value);
    case SYSCFG_BASE:
        return syscfg_clocked(v, off) ? h7_syscfg_write(&v->s.syscfg, off, value) : H7_OK;
    case DBGMCU_BASE:
        v->s.dbgmcu_cr = off == 4 ? value : v->s.dbgmcu_cr;
        return off == 4 ? H7_OK : H7_UNMODELLED;
    default:
        return addr == AXI_FN_MOD ? H7_OK : H7_UNMODELLED;
    }
}

static bool is_flash_reg(uint32_t addr)
{
    return addr - H7_FLASH_REGS < H7_FLASH_REGS_SIZE;
}

static enum h7_answer register_read(struct vboard *v, uint32_t addr, uint64_t *now, uint32_t *value)
{
    if (is_flash_reg(addr))
        return h7_flash_reg_read(&v->s.flash, now, addr - H7_FLASH_REGS, value);
    return word_read(v, addr, value);
}

/* Bytes and halfwords of a register: the bus reads the word, and the core takes its part. */
static enum bus_result peripheral_read(struct vboard *v, uint32_t addr, unsigned size,
                                       uint32_t *value)
{
    uint64_t from = board_now(v), now = from;
    uint32_t word = 0;
    enum h7_answer a = register_read(v, addr & ~3u, &now, &word);
    if (is_flash_reg(addr) && size != 4)
        board_lint(v, "M0", addr, "RM0433 FLASH registers", "not a 32-bit access");
    *value = word >> (8 * (addr & 3)) & (size == 4 ? 0xffffffff : (1u << (8 * size)) - 1);
    if (is_flash_reg(addr) && a == H7_OK && now == from)
        return BUS_OK; /* polling SR: nothing has changed that the run loop will not see by itself */
    return flash_result(v, a, from, now, addr);
}

/* A part of a register. GPIO keeps the rest; USART_TDR takes a byte; elsewhere nobody knows. */
static enum h7_answer part_write(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    unsigned shift = 8 * (addr & 3);
    uint32_t mask = ((1u << (8 * size)) - 1) << shift, word = 0;
    uint32_t off = addr & (BLOCK_SIZE - 1) & ~3u;
    if (addr == USART3_BASE + 0x28)
        return usart_write(v, 0x28, value);
    if ((addr - GPIO_BASE) / BLOCK_SIZE >= H7_PORTS)
        return H7_UNMODELLED;
    if (off != 0x18) /* BSRR has nothing to keep */
        (void)word_read(v, addr & ~3u, &word);
    return word_write(v, addr & ~3u, (word & ~mask) | (value << shift & mask));
}

static enum bus_result peripheral_write(struct vboard *v, uint32_t addr, unsigned size,
                                        uint32_t value)
{
    uint64_t from = board_now(v), now = from;
    enum h7_answer a;
    if (size != 4)
        a = part_write(v, addr, size, value);
    else if (is_flash_reg(addr))
        a = h7_flash_reg_write(&v->s.flash, &now, addr - H7_FLASH_REGS, value);
    else
        a = word_write(v, addr, value);
    return flash_result(v, a, from, now, addr);
}

/* ---- the bus ---- */

static enum bus_result refuse(struct vboard *v, uint32_t addr, unsigned size, bool write)
{
    uint32_t base = 0;
    const char *block = h7_block_name(addr, &base);
    const char *what = write ? "write" : "read";
    if (addr >= 0xe0000000) /* the core's own space: what is not there faults */
        return BUS_FAULT;
    if (block == NULL)
        board_note_stop(v, addr, "%s of %u bytes at 0x%08x: no memory and no peripheral there",
                        what, size, (unsigned)addr);
    else
        board_note_stop(v, addr, "%s of %u bytes at 0x%08x: %s + 0x%03x is not modelled", what,
                        size, (unsigned)addr, block, (unsigned)(addr - base));
    return BUS_STOP;
}

static enum bus_result ram_refused(struct vboard *v, uint32_t addr, bool write)
{
    board_lint(v, "RAM1", addr, "RM0433 Memory map", ram_refuses(v, addr, write));
    return BUS_OK;
}

static enum bus_result bus_read(void *ctx, uint32_t addr, unsigned size, uint32_t *value)
{
    struct vboard *v = ctx;
    enum bus_result r = BUS_STOP;
    uint32_t base, span;
    uint8_t *mem = board_ram(v, addr, &base, &span);
    *value = 0;
    if (!v->s.power)
        return BUS_OK;
    if (v->point_count != 0)
        points_look(v, addr, size, false);
    if (mem != NULL && ram_refuses(v, addr, false) != NULL)
        return ram_refused(v, addr, false);
    if (mem != NULL) {
        *value = load_le(mem + (addr - base), size);
        return BUS_OK;
    }
    if (addr % size != 0)
        return refuse(v, addr, size, false);
    if (is_flash(addr))
        return flash_load(v, addr, size, value);
    if (system_flash(addr, size, value))
        return BUS_OK;
    if (addr - 0x40000000 < 0x20000000) {
        v->access = addr;
        r = peripheral_read(v, addr, size, value);
        v->access = 0;
    }
    return r == BUS_STOP ? refuse(v, addr, size, false) : r;
}

static enum bus_result bus_write(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    struct vboard *v = ctx;
    enum bus_result r = BUS_STOP;
    uint32_t base, span;
    uint8_t *mem = board_ram(v, addr, &base, &span);
    if (!v->s.power)
        return BUS_OK;
    if (v->point_count != 0)
        points_look(v, addr, size, true);
    if (mem != NULL && ram_refuses(v, addr, true) != NULL)
        return ram_refused(v, addr, true);
    if (mem != NULL) {
        store_le(mem + (addr - base), size, value);
        return BUS_OK;
    }
    if (addr % size != 0)
        return refuse(v, addr, size, true);
    if (is_flash(addr))
        return flash_store(v, addr, size, value);
    if (addr - 0x40000000 < 0x20000000) {
        v->access = addr;
        r = peripheral_write(v, addr, size, value);
        v->access = 0;
    }
    return r == BUS_STOP ? refuse(v, addr, size, true) : r;
}

/* Instructions come from memory only. */
static enum bus_result bus_fetch(void *ctx, uint32_t addr, uint16_t *halfword)
{
    struct vboard *v = ctx;
    uint32_t value = 0, base, span;
    uint8_t *mem = board_ram(v, addr, &base, &span);
    enum bus_result r = BUS_FAULT;
    *halfword = 0;
    if (!v->s.power)
        return BUS_FAULT;
    if (v->point_count != 0 && !v->break_passed && points_break(v, addr)) {
        v->at_break = true;
        return BUS_STOP;
    }
    if (mem != NULL) {
        value = load_le(mem + (addr - base), 2);
        r = BUS_OK;
    } else if (is_flash(addr)) {
        r = flash_load(v, addr, 2, &value);
    }
    *halfword = (uint16_t)value;
    return r;
}

static void bus_barrier(void *ctx)
{
    struct vboard *v = ctx;
    uint64_t from = board_now(v), now = from;
    bool posted = v->s.flash.posted_count != 0;
    (void)h7_flash_barrier(&v->s.flash, &now);
    if (now != from)
        board_hold_until(v, now);
    if (posted)
        board_reschedule(v);
}

static void bus_system_reset(void *ctx)
{
    struct vboard *v = ctx;
    v->s.reset_asked = true;
}

const struct cpu_bus board_bus = {NULL,        bus_read,         bus_write,      bus_fetch,
                                  bus_barrier, bus_system_reset, read_window_of, write_window};
