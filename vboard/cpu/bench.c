/* bench.c - how fast the core runs: cpu_bench FIRMWARE.bin prints instructions and MIPS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "vboard/cpu/cpu_state.h"

#define FLASH      0x08000000u
#define FLASH_SIZE 0x10000u
#define RAM        0x20000000u
#define RAM_SIZE   0x20000u

static uint8_t flash[FLASH_SIZE], ram[RAM_SIZE];

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

static uint8_t *write_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    (void)ctx;
    *base = RAM;
    *size = RAM_SIZE;
    return addr - RAM < RAM_SIZE ? ram : NULL;
}
static uint8_t *read_window(void *ctx, uint32_t addr, uint32_t *base, uint32_t *size)
{
    if (addr - FLASH >= FLASH_SIZE)
        return write_window(ctx, addr, base, size);
    *base = FLASH;
    *size = FLASH_SIZE;
    return flash;
}

static bool load(const char *path)
{
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        perror(path);
        return false;
    }
    size_t n = fread(flash, 1, sizeof flash, f);
    fclose(f);
    return n > 8;
}

/* Processor time: the machine may be busy with other things. */
static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
    static struct cpu cpu;
    const struct cpu_bus bus = {.read = no_read,
                                .write = no_write,
                                .fetch = no_fetch,
                                .barrier = nothing,
                                .system_reset = nothing,
                                .read_window = read_window,
                                .write_window = write_window};
    struct cpu_cache *cache = cpu_cache_new();
    if (argc != 2 || cache == NULL) {
        fprintf(stderr, "usage: cpu_bench FIRMWARE.bin\n");
        return 2;
    }
    if (!load(argv[1]))
        return 4;
    cpu_init(&cpu, &bus, cache);
    cpu_reset(&cpu, FLASH);
    double start = seconds();
    enum cpu_stop stop = cpu_run(&cpu);
    double elapsed = seconds() - start;
    printf("stop %d at %08x, r0 %08x, %llu instructions, %.0f MIPS\n", (int)stop, cpu_reg(&cpu, 15),
           cpu_reg(&cpu, 0), (unsigned long long)cpu_cycles(&cpu),
           (double)cpu_cycles(&cpu) / elapsed / 1e6);
    cpu_cache_free(cache);
    return stop == CPU_STOP_BKPT ? 0 : 1;
}
