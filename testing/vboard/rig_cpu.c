/* rig_cpu.c - see rig_cpu.h */
#include "testing/vboard/rig_cpu.h"

static uint8_t *memory(struct rig *r, uint32_t addr, uint32_t *base)
{
    *base = addr & ~(SIZE - 1);
    if (*base == FLASH)
        return r->flash;
    return *base == RAM ? r->ram : NULL;
}

static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    *size = SIZE;
    return memory(ctx, addr, base);
}

static uint8_t *write_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    *size = SIZE;
    return addr - RAM < SIZE ? memory(ctx, addr, base) : NULL;
}

static void note(struct rig *r)
{
    r->device_pc = cpu_reg(&r->cpu, 15);
    r->device_time = cpu_cycles(&r->cpu);
    if (r->stall)
        cpu_stall(&r->cpu, r->stall);
}

static enum bus_result read_bus(void *ctx, uint32_t addr, unsigned size, uint32_t *value)
{
    struct rig *r = ctx;
    uint32_t base;
    const uint8_t *mem = memory(r, addr, &base);
    if (addr == DEVICE) {
        note(r);
        *value = r->device;
        return BUS_OK;
    }
    if (mem != NULL) { /* what no window may show */
        *value = 0;
        memcpy(value, mem + (addr - base), size);
        return BUS_OK;
    }
    return addr >> 24 == UNKNOWN >> 24 ? BUS_STOP : BUS_FAULT;
}

static enum bus_result write_bus(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    struct rig *r = ctx;
    if (addr == DEVICE) {
        note(r);
        r->device = value;
        return BUS_OK;
    }
    if (addr - RAM < SIZE) {
        memcpy(r->ram + (addr - RAM), &value, size);
        return BUS_OK;
    }
    return addr >> 24 == UNKNOWN >> 24 ? BUS_STOP : BUS_FAULT;
}

static enum bus_result fetch_bus(void *ctx, uint32_t addr, uint16_t *halfword)
{
    struct rig *r = ctx;
    if (addr - SLOW >= SIZE)
        return addr >> 24 == UNKNOWN >> 24 ? BUS_STOP : BUS_FAULT;
    memcpy(halfword, r->slow + (addr - SLOW), 2);
    return BUS_OK;
}

static void barrier(void *ctx)
{
    ((struct rig *)ctx)->barriers++;
}
static void system_reset(void *ctx)
{
    ((struct rig *)ctx)->resets++;
}

const struct cpu_bus *rig_bus(struct rig *r)
{
    static struct cpu_bus bus;
    bus = (struct cpu_bus){.ctx = r,
                           .irqs = 150,
                           .cache = 0x4000,
                           .read = read_bus,
                           .write = write_bus,
                           .fetch = fetch_bus,
                           .barrier = barrier,
                           .system_reset = system_reset,
                           .read_window = read_window,
                           .write_window = write_window};
    return &bus;
}

struct cpu_cache *rig_cache(void)
{
    static struct cpu_cache *cache;
    if (cache == NULL)
        cache = cpu_cache_new();
    return cache;
}

void rig_code(struct rig *r, uint32_t addr, const uint16_t *halfwords, size_t n)
{
    uint8_t *mem = addr >> 28 == 1 ? r->slow : addr >> 28 == 2 ? r->ram : r->flash;
    memcpy(mem + (addr & (SIZE - 1)), halfwords, 2 * n);
    cpu_invalidate(&r->cpu, addr, (uint32_t)(2 * n));
}

void rig_start(struct rig *r)
{
    memset(r, 0, sizeof *r);
    cpu_init(&r->cpu, rig_bus(r), rig_cache());
    for (unsigned exc = 1; exc < EXC_COUNT; exc++) {
        uint32_t vector = exc == 1 ? MAIN | 1 : HANDLER(exc) | 1;
        memcpy(r->flash + 4 * exc, &vector, 4);
        CODE(r, HANDLER(exc), (uint16_t)(BKPT | exc));
    }
    uint32_t sp = STACK;
    memcpy(r->flash, &sp, 4);
    cpu_reset(&r->cpu, FLASH);
}

uint32_t rig_ram(const struct rig *r, uint32_t addr)
{
    uint32_t v;
    memcpy(&v, r->ram + (addr - RAM), 4);
    return v;
}

enum cpu_stop rig_run(struct rig *r, uint64_t n)
{
    cpu_set_deadline(&r->cpu, cpu_cycles(&r->cpu) + n);
    return cpu_run(&r->cpu);
}

uint32_t rig_peek(struct rig *r, uint32_t addr)
{
    uint32_t v = 0;
    assert_int_equal(cpu_ppb_read(&r->cpu, addr, 4, &v), BUS_OK);
    return v;
}

void rig_poke(struct rig *r, uint32_t addr, uint32_t value)
{
    assert_int_equal(cpu_ppb_write(&r->cpu, addr, 4, value), BUS_OK);
}
