/* bench.c - how fast the core runs: cpu_bench FIRMWARE.bin prints instructions and MIPS. */
#include <stdio.h>
#include <time.h>

#include "testing/vboard/rig_bare_cpu.h"
#include "vboard/cpu/cpu_state.h"

#define FLASH 0x08000000u
#define RAM   0x20000000u

static uint8_t flash[0x10000], ram[0x20000];

/* Processor time: the machine may be busy with other things. */
static double seconds(void)
{
    return (double)clock() / CLOCKS_PER_SEC;
}

int main(int argc, char **argv)
{
    static struct cpu cpu;
    struct bare bare = {{flash, FLASH, sizeof flash}, {ram, RAM, sizeof ram}};
    const struct cpu_bus bus = bare_bus(&bare);
    struct cpu_cache *cache = cpu_cache_new();
    if (argc != 2 || cache == NULL) {
        fprintf(stderr, "usage: cpu_bench FIRMWARE.bin\n");
        return 2;
    }
    if (!bare_load(argv[1], flash, sizeof flash))
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
