#include "testing/vboard/rig_bare_cpu.h"

#include <stdio.h>

static enum bus_result no_read(void *ctx, uint32_t addr, unsigned size, uint32_t *value)
{
    (void)ctx, (void)addr, (void)size, (void)value;
    return BUS_STOP;
}

static enum bus_result no_write(void *ctx, uint32_t addr, unsigned size, uint32_t value)
{
    (void)ctx, (void)addr, (void)size, (void)value;
    return BUS_STOP;
}

static enum bus_result no_fetch(void *ctx, uint32_t addr, uint16_t *halfword)
{
    (void)ctx, (void)addr, (void)halfword;
    return BUS_STOP;
}

static void nothing(void *ctx)
{
    (void)ctx;
}

static uint8_t *window(const struct bare_memory *m, uint32_t addr, uint32_t *base, uint32_t *size)
{
    *base = m->at;
    *size = m->size;
    return addr - m->at < m->size ? m->bytes : NULL;
}

static uint8_t *write_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    const struct bare *b = ctx;
    return window(&b->ram, addr, base, size);
}

static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    const struct bare *b = ctx;
    uint8_t *code = window(&b->code, addr, base, size);
    return code != NULL ? code : window(&b->ram, addr, base, size);
}

struct cpu_bus bare_bus(struct bare *b)
{
    return (struct cpu_bus){.ctx = b,
                            .irqs = 150,
                            .cache = 0x4000,
                            .read = no_read,
                            .write = no_write,
                            .fetch = no_fetch,
                            .barrier = nothing,
                            .system_reset = nothing,
                            .read_window = read_window,
                            .write_window = write_window};
}

bool bare_load(const char *path, uint8_t *bytes, size_t size)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return false;
    }
    size_t n = fread(bytes, 1, size, f);
    fclose(f);
    if (n <= 8)
        fprintf(stderr, "%s: no vectors\n", path);
    return n > 8;
}
