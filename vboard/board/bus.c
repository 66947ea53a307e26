/* The address map: what the core reaches, and what happens there. RM0433 "Memory map". */
#include <string.h>

#include "core/base/bytes.h"
#include "vboard/board/inside.h"

/* ---- RAM ---- */

uint32_t board_ram_pages(const struct soc *soc)
{
    uint32_t pages = 0;
    for (unsigned i = 0; i < SOC_RAMS; i++)
        pages += PAGES_OF(soc->ram[i].size);
    return pages;
}

/* The place in s.ram of the page with addr; NULL: no RAM there. */
static uint8_t **ram_page(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size)
{
    uint32_t at = 0;
    if (addr >= PERIPH_BASE) /* the many accesses to peripherals leave early */
        return NULL;
    for (unsigned i = 0; i < SOC_RAMS; at += PAGES_OF(v->soc->ram[i++].size)) {
        const struct soc_region *ram = &v->soc->ram[i];
        uint32_t off = addr - ram->base, left;
        if (off >= ram->size)
            continue;
        off &= ~(SOC_PAGE - 1);
        left = ram->size - off;
        *base = ram->base + off;
        *size = left < SOC_PAGE ? left : SOC_PAGE;
        return &v->s.ram[at + off / SOC_PAGE];
    }
    return NULL;
}

#define FMC_CLOCK 12 /* in AHB3ENR */

static uint8_t *sdram_page(const struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size)
{
    uint32_t off = addr - v->config.sdram_base;
    if (off >> 20 >= v->config.sdram_mb || !h7_rcc_on(&v->s.rcc, RCC_AHB3ENR, FMC_CLOCK))
        return NULL;
    *base = addr & ~(SOC_PAGE - 1);
    *size = SOC_PAGE;
    return v->sdram + (off & ~(SOC_PAGE - 1));
}

uint8_t *board_ram(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size)
{
    if (addr >= 0xc0000000 && addr < 0xe0000000)
        return sdram_page(v, addr, base, size);
    uint8_t **page = ram_page(v, addr, base, size);
    return page != NULL ? *page : NULL;
}

uint8_t *board_ram_own(struct vboard *v, uint32_t addr, uint32_t *base, uint32_t *size)
{
    if (addr >= 0xc0000000 && addr < 0xe0000000)
        return sdram_page(v, addr, base, size);
    uint8_t **page = ram_page(v, addr, base, size);
    if (page == NULL)
        return NULL;
    const uint8_t *before = *page;
    if (page_own(page) != before)
        cpu_invalidate(&v->s.cpu, *base, *size); /* windows to the one that others keep */
    return *page;
}

static bool in_ram(const struct vboard *v, enum soc_ram ram, uint32_t addr)
{
    return addr - v->soc->ram[ram].base < v->soc->ram[ram].size;
}

/* SRAM1..3 and the backup SRAM have a clock to enable first, and the backup SRAM a write lock. */
static const char *ram_refuses(const struct vboard *v, uint32_t addr, bool write)
{
    const struct h7_rcc *rcc = &v->s.rcc;
    if (in_ram(v, SOC_SRAM1, addr) && !h7_rcc_on(rcc, RCC_AHB2ENR, 29))
        return "SRAM1 is used while RCC_AHB2ENR.SRAM1EN=0";
    if (in_ram(v, SOC_SRAM2, addr) && !h7_rcc_on(rcc, RCC_AHB2ENR, 30))
        return "SRAM2 is used while RCC_AHB2ENR.SRAM2EN=0";
    if (in_ram(v, SOC_SRAM3, addr) && !h7_rcc_on(rcc, RCC_AHB2ENR, 31))
        return "SRAM3 is used while RCC_AHB2ENR.SRAM3EN=0";
    if (!in_ram(v, SOC_BACKUP_SRAM, addr))
        return NULL;
    if (!h7_rcc_on(rcc, RCC_AHB4ENR, 28))
        return "the backup SRAM is used while RCC_AHB4ENR.BKPRAMEN=0";
    return write && (v->s.pwr.cr1 & 0x100) == 0 ? "the backup SRAM is written while PWR_CR1.DBP=0"
                                                : NULL;
}

static uint8_t *window(struct vboard *v, uint32_t addr, bool write, uint32_t *base, uint32_t *size)
{
    uint8_t *mem = board_ram(v, addr, base, size);
    if (mem == NULL || ram_refuses(v, addr, write) != NULL)
        return NULL;
    return write ? board_ram_own(v, addr, base, size) : mem;
}

static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    struct vboard *v = ctx;
    if (!board_in_flash(v, addr))
        return window(v, addr, false, base, size);
    caches_look(v, addr);
    uint8_t *mem = h7_flash_view(&v->s.flash, addr - v->soc->flash.base, base, size);
    *base += v->soc->flash.base;
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

/* The whole flash region of the memory map; an access behind the part's flash is a bus fault. */
static bool is_flash(const struct vboard *v, uint32_t addr)
{
    return addr - v->soc->flash.base < FLASH_REGION_SIZE;
}

static void lint_behind_flash(struct vboard *v, uint32_t addr)
{
    char text[60];
    snprintf(text, sizeof text, "access behind the %u MB of flash",
             (unsigned)(v->soc->flash.size >> 20));
    board_lint(v, "M19", addr, "RM0433 Memory map", text);
}

/* An access that began at from and ended at now. */
enum bus_result board_bus_result(struct vboard *v, enum h7_answer a, uint64_t from, uint64_t now,
                                 uint32_t addr)
{
    if (now != from)
        board_hold_until(v, now);
    board_reschedule(v);
    if (a == H7_UNMODELLED)
        return BUS_STOP;
    if (a == H7_BUS_ERROR && is_flash(v, addr) && !board_in_flash(v, addr))
        lint_behind_flash(v, addr);
    return a == H7_BUS_ERROR ? BUS_FAULT : BUS_OK;
}

static enum bus_result flash_load(struct vboard *v, uint32_t addr, unsigned size, uint32_t *value)
{
    uint64_t from = board_now(v), now = from;
    caches_look(v, addr);
    enum h7_answer a = h7_flash_load(&v->s.flash, &now, addr - v->soc->flash.base, size, value);
    if (now != from)
        board_trace_stall(v, addr, from, now);
    return board_bus_result(v, a, from, now, addr);
}

static enum bus_result flash_fetch(struct vboard *v, uint32_t addr, uint32_t *value)
{
    uint64_t from = board_now(v), now = from;
    enum h7_answer a = h7_flash_fetch(&v->s.flash, &now, addr - v->soc->flash.base, 2, value);
    if (now != from)
        board_trace_stall(v, addr, from, now);
    return board_bus_result(v, a, from, now, addr);
}

static enum bus_result flash_store(struct vboard *v, uint32_t addr, unsigned size, uint32_t value)
{
    uint64_t from = board_now(v), now = from;
    caches_look(v, addr);
    v->s.flash.pc = cpu_reg(&v->s.cpu, 15);
    v->s.flash.in_order = v->config.stores_in_order;
    enum h7_answer a = h7_flash_store(&v->s.flash, &now, addr - v->soc->flash.base, size, value);
    return board_bus_result(v, a, from, now, addr);
}

/* Of system flash the model has the unique id and the flash size. */
static bool system_flash(const struct vboard *v, uint32_t addr, unsigned size, uint32_t *value)
{
    static const uint8_t uid[12] = {0x2a, 0x00, 0x35, 0x00, 0x0d, 0x51,
                                    'S',  'L',  'I',  'P',  'W',  'Y'};
    const uint32_t kb = v->soc->flash.size / 1024;
    const uint8_t size_word[4] = {(uint8_t)kb, (uint8_t)(kb >> 8), 0xff, 0xff};
    uint32_t in_uid = addr - v->soc->unique_id, in_size = addr - v->soc->size_word;
    if (in_uid <= sizeof uid - size) {
        *value = load_le(uid + in_uid, size);
        return true;
    }
    if (in_size <= sizeof size_word - size) {
        *value = load_le(size_word + in_size, size);
        return true;
    }
    return false;
}

/* ---- the bus ---- */

/* A register of the dual-core parts. On the silicon, too, nothing answers here and nothing fails. */
static bool is_second_core(struct vboard *v, uint32_t addr)
{
    char text[100];
    const char *name = h7_second_core_name(addr);
    if (name == NULL)
        return false;
    snprintf(text, sizeof text, "%s: only dual-core parts have it; reads 0, writes are ignored",
             name);
    board_lint(v, "CPU2", addr, "RM0433 Memory map", text);
    return true;
}

/* Into dst: why nothing has answered. Returns the address that counts as reported from now on. */
static uint32_t describe(const struct vboard *v, uint32_t addr, unsigned size, char *dst,
                         size_t cap)
{
    char name[40];
    if (addr % size != 0)
        snprintf(dst, cap, "the address is not a multiple of the size, and not in RAM");
    else if (board_register_name(v->soc, addr, name, sizeof name))
        snprintf(dst, cap, "this use of %s is not modelled", name);
    else
        return h7_describe_absent(v->units, addr, dst, cap);
    return addr;
}

/* What the model does not know: config.unmodelled decides. value: what is written, NULL for a read. */
static enum bus_result refuse(struct vboard *v, uint32_t addr, unsigned size, const uint32_t *value)
{
    char why[80], what[150], written[20] = "";
    if (addr >= 0xe0000000) /* the core's own space: what is not there faults */
        return BUS_FAULT;
    if (is_second_core(v, addr))
        return BUS_OK;
    uint32_t about = describe(v, addr, size, why, sizeof why);
    if (value != NULL)
        snprintf(written, sizeof written, " (0x%0*x)", (int)(2 * size), (unsigned)*value);
    snprintf(what, sizeof what, "%s of %u bytes%s at 0x%08x: %s", value != NULL ? "write" : "read",
             size, written, (unsigned)addr, why);
    if (v->config.unmodelled == VBOARD_UNMODELLED_STOP) {
        board_note_stop(v, addr, "%s", what);
        return BUS_STOP;
    }
    if (v->config.unmodelled == VBOARD_UNMODELLED_WARN)
        board_unmodelled(v, about, what);
    return BUS_OK;
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
        return refuse(v, addr, size, NULL);
    if (is_flash(v, addr))
        return flash_load(v, addr, size, value);
    if (system_flash(v, addr, size, value))
        return BUS_OK;
    if (addr - PERIPH_BASE < PERIPH_SIZE) {
        v->access = addr;
        r = board_peripheral_read(v, addr, size, value);
        v->access = 0;
    }
    return r == BUS_STOP ? refuse(v, addr, size, NULL) : r;
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
        store_le(board_ram_own(v, addr, &base, &span) + (addr - base), size, value);
        return BUS_OK;
    }
    if (addr % size != 0)
        return refuse(v, addr, size, &value);
    if (is_flash(v, addr))
        return flash_store(v, addr, size, value);
    if (addr - PERIPH_BASE < PERIPH_SIZE) {
        v->access = addr;
        r = board_peripheral_write(v, addr, size, value);
        v->access = 0;
    }
    return r == BUS_STOP ? refuse(v, addr, size, &value) : r;
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
    } else if (is_flash(v, addr)) {
        r = flash_fetch(v, addr, &value);
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

/* As DMA1 and DMA2 see memory: no caches, no core memories; a double ECC error is flagged and ends the transfer. */
static enum dma_answer dma_flash(struct vboard *v, uint32_t addr, unsigned size, uint32_t *value)
{
    uint64_t now = board_now(v);
    bool cached = v->s.flash.dcache.on;
    if (board_in_flash(v, addr) &&
        h7_flash_busy(&v->s.flash, board_bank_of(v, addr))) /* M16, for this master */
        return DMA_WAIT;
    v->s.flash.dcache.on = false;
    enum h7_answer a = h7_flash_load(&v->s.flash, &now, addr - v->soc->flash.base, size, value);
    v->s.flash.dcache.on = cached;
    return a == H7_OK ? DMA_DONE : DMA_ERROR;
}

enum dma_answer board_dma(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write)
{
    struct vboard *v = ctx;
    uint32_t base, span;
    uint8_t *mem = addr % size == 0 ? board_ram(v, addr, &base, &span) : NULL;
    if (mem != NULL && ram_refuses(v, addr, write) == NULL && write) {
        store_le(board_ram_own(v, addr, &base, &span) + (addr - base), size, *value);
        cpu_invalidate(&v->s.cpu, addr & ~31u, 32); /* instructions that were decoded from here */
    } else if (mem != NULL && ram_refuses(v, addr, write) == NULL) {
        *value = load_le(mem + (addr - base), size);
    } else if (is_flash(v, addr) && !write) {
        return dma_flash(v, addr, size, value);
    } else if (addr - PERIPH_BASE < PERIPH_SIZE && addr % size == 0) {
        return board_dma_peripheral(v, addr, size, value, write);
    } else {
        return DMA_ERROR;
    }
    return DMA_DONE;
}

const struct cpu_bus board_bus = {.read = bus_read,
                                  .write = bus_write,
                                  .fetch = bus_fetch,
                                  .barrier = bus_barrier,
                                  .system_reset = bus_system_reset,
                                  .read_window = read_window_of,
                                  .write_window = write_window,
                                  .cache_op = caches_maintain,
                                  .undefined = board_undefined};
