#include "vboard/native/native.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCB_CCR     0xe000ed14u
#define SCB_CCSIDR  0xe000ed80u
#define SCB_CSSELR  0xe000ed84u
#define CACHE_FIRST 0xe000ef50u /* ICIALLU */
#define CACHE_LAST  0xe000ef74u /* DCCISW */

#define CCR_CACHES_OFF 0x00040200u /* BP, STKALIGN */
#define CCR_CACHES_ON  0x00070200u

#define JUNK 0xdeadbeefu

static void on_lint(void *ctx, const char *rule, uint32_t addr, const char *section,
                    const char *text)
{
    struct native *n = ctx;
    struct native_lint l = {.addr = addr, .text = text};
    (void)section;
    snprintf(l.rule, sizeof l.rule, "%s", rule);
    if (n->lint_count < NATIVE_LINTS)
        n->lint[n->lint_count] = l;
    n->lint_count++;
    if (n->on_lint != NULL)
        n->on_lint(n->ctx, &l);
}

static void on_power_cut(void *ctx)
{
    struct native *n = ctx;
    if (n->on_power_cut != NULL)
        n->on_power_cut(n->ctx);
}

static void fault(struct native *n, uint32_t addr)
{
    n->bus_faults++;
    n->fault_addr = addr;
    if (n->on_fault != NULL)
        n->on_fault(n->ctx, addr);
}

static NORETURN void unmodelled(uintptr_t addr, unsigned size, const char *what)
{
    fprintf(stderr, "native: %s of %u bytes at 0x%08lx: the flash bus does not model this\n", what,
            size, (unsigned long)addr);
    abort();
}

static bool in_data(const struct native *n, uintptr_t addr)
{
    return addr - n->soc->flash.base <
           FLASH_REGION_SIZE; /* behind what the part has of it, it faults */
}

static void tick(struct native *n)
{
    n->now += n->access_ns;
    n->accesses++;
    n->flash.dcache.on = n->caches_on;
    n->flash.speculation = n->speculation;
}

static uint32_t core_read(struct native *n, uintptr_t addr, unsigned size)
{
    if (addr == n->soc->size_word && size >= 2)
        return (size == 2 ? 0 : 0xffff0000) | n->soc->flash.size / 1024;
    if (addr == SCB_CCR)
        return n->caches_on ? CCR_CACHES_ON : CCR_CACHES_OFF;
    if (addr == SCB_CCSIDR)
        return 0xf0000019u | (n->soc->cache / 4 / 32 - 1) << 13; /* four ways, lines of 32 bytes */
    if (addr == SCB_CSSELR)
        return 0;
    unmodelled(addr, size, "read");
}

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    struct native *n = ctx;
    uint32_t value = 0;
    enum h7_answer a;
    tick(n);
    if (in_data(n, addr)) {
        if (addr % size != 0)
            unmodelled(addr, size, "unaligned read");
        a = h7_flash_load(&n->flash, &n->now, (uint32_t)addr - n->soc->flash.base, size, &value);
    } else if (addr - FLASH_R_BASE < H7_FLASH_REGS_SIZE && size == 4 && addr % 4 == 0) {
        a = h7_flash_reg_read(&n->flash, &n->now, (uint32_t)addr - FLASH_R_BASE, &value);
    } else {
        return core_read(n, addr, size);
    }
    if (a == H7_UNMODELLED)
        unmodelled(addr, size, "read");
    if (a != H7_BUS_ERROR)
        return value;
    fault(n, (uint32_t)addr);
    return JUNK;
}

static void core_write(struct native *n, uintptr_t addr, unsigned size, uint32_t value)
{
    if (addr == SCB_CSSELR)
        return;
    if (addr < CACHE_FIRST || addr > CACHE_LAST || size != 4)
        unmodelled(addr, size, "write");
    if (!n->caches_on && addr != CACHE_FIRST)
        on_lint(n, "M14", (uint32_t)addr, "PM0253 cache maintenance",
                "D-cache maintenance while the D-cache is off");
    h7_dcache_maintain(&n->flash.dcache, n->flash.part, (uint32_t)addr, value);
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    struct native *n = ctx;
    enum h7_answer a;
    tick(n);
    if (in_data(n, addr)) {
        if (addr % size != 0)
            unmodelled(addr, size, "unaligned write");
        a = h7_flash_store(&n->flash, &n->now, (uint32_t)addr - n->soc->flash.base, size, value);
    } else if (addr - FLASH_R_BASE < H7_FLASH_REGS_SIZE && size == 4 && addr % 4 == 0) {
        a = h7_flash_reg_write(&n->flash, &n->now, (uint32_t)addr - FLASH_R_BASE, value);
    } else {
        core_write(n, addr, size, value);
        return;
    }
    if (a == H7_UNMODELLED)
        unmodelled(addr, size, "write");
    if (a == H7_BUS_ERROR)
        fault(n, (uint32_t)addr);
}

static void bus_dsb(void *ctx)
{
    struct native *n = ctx;
    tick(n);
    (void)h7_flash_barrier(&n->flash, &n->now);
}

/* Loads with faults ignored: what a faulting one returns is junk, and SR has the news. */
static bool bus_copy_tolerant(void *ctx, void *dst, uintptr_t src, size_t len)
{
    struct native *n = ctx;
    bool inside = true;
    uint8_t *to = dst;
    if (src % 4 != 0 || len % 4 != 0)
        unmodelled(src, 4, "tolerant copy that is not in words");
    for (size_t i = 0; i < len; i += 4) {
        uint32_t value = JUNK;
        uint32_t off = (uint32_t)(src + i - n->soc->flash.base);
        tick(n);
        if (off >= n->soc->flash.size)
            inside = false;
        if (h7_flash_load(&n->flash, &n->now, off, 4, &value) == H7_BUS_ERROR)
            value = JUNK;
        memcpy(to + i, &value, 4);
    }
    return inside;
}

void native_init(struct native *n, const struct soc *soc, enum vboard_timing timing, uint64_t seed)
{
    memset(n, 0, sizeof *n);
    n->access_ns = 100;
    n->host = (struct h7_flash_host){.ctx = n, .lint = on_lint, .power_cut = on_power_cut};
    n->bus = (struct mmio_bus){n, bus_read, bus_write, bus_dsb, bus_copy_tolerant};
    n->soc = soc;
    h7_cells_in(&n->flash.cells, &soc->flash, n->cells);
    h7_flash_init(&n->flash, &n->host, timing, seed);
}

void native_attach(struct native *n)
{
    mmio_attach(&n->bus);
}

void native_detach(void)
{
    mmio_attach(NULL);
}

void native_wait(struct native *n, uint64_t ns)
{
    n->now += ns;
    h7_flash_advance(&n->flash, n->now);
}

void native_reset(struct native *n)
{
    if (n->flash.off)
        h7_flash_power_on(&n->flash);
    else
        h7_flash_reset(&n->flash, n->now);
    h7_dcache_forget_all(&n->flash.dcache); /* as start-up code does before it turns the cache on */
}

void native_cut_at(struct native *n, uint64_t nth, enum vboard_cut how)
{
    h7_flash_cut_at(&n->flash, nth, how);
}

bool native_linted(const struct native *n, const char *rule)
{
    for (unsigned i = 0; i < n->lint_count && i < NATIVE_LINTS; i++)
        if (strcmp(n->lint[i].rule, rule) == 0)
            return true;
    return false;
}

void native_forget(struct native *n)
{
    n->lint_count = n->bus_faults = 0;
    n->fault_addr = 0;
}
