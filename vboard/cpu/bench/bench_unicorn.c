/* bench_unicorn.c - the same firmware as bench.c on libunicorn, with the least that a board model needs of it: a hook
 * on every block, to count time. cpu_bench_unicorn FIRMWARE.bin INSTRUCTIONS prints MIPS; how many instructions it
 * runs is known to cpu_bench, as unicorn does not know. Linked to nothing else: unicorn is GPL-2. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unicorn/unicorn.h>

#include "testing/vboard/rig_bare_cpu.h"

#define FLASH 0x08000000u
#define RAM   0x20000000u
#define SIZE  0x20000u

static uint64_t blocks, bytes;

static void on_block(uc_engine *uc, uint64_t addr, uint32_t size, void *ctx)
{
    (void)uc, (void)addr, (void)ctx;
    blocks++;
    bytes += size;
}

static void on_interrupt(uc_engine *uc, uint32_t number, void *ctx)
{
    (void)number, (void)ctx;
    uc_emu_stop(uc); /* BKPT: the end */
}

static uint8_t flash[SIZE];

static uint32_t word(uint32_t offset)
{
    return flash[offset] | (uint32_t)flash[offset + 1] << 8 | (uint32_t)flash[offset + 2] << 16 |
           (uint32_t)flash[offset + 3] << 24;
}

int main(int argc, char **argv)
{
    uc_engine *uc;
    uc_hook block, interrupt;
    if (argc != 3) {
        fprintf(stderr, "usage: cpu_bench_unicorn FIRMWARE.bin INSTRUCTIONS\n");
        return 2;
    }
    if (!bare_load(argv[1], flash, sizeof flash) ||
        uc_open(UC_ARCH_ARM, UC_MODE_THUMB, &uc) != UC_ERR_OK)
        return 4;
    uint32_t sp = word(0), start = word(4), digest = 0;
    uc_ctl_set_cpu_model(uc, UC_CPU_ARM_CORTEX_M7);
    uc_mem_map(uc, FLASH, SIZE, UC_PROT_READ | UC_PROT_EXEC);
    uc_mem_map(uc, RAM, SIZE, UC_PROT_ALL);
    uc_mem_write(uc, FLASH, flash, sizeof flash);
    uc_reg_write(uc, UC_ARM_REG_SP, &sp);
    uc_hook_add(uc, &block, UC_HOOK_BLOCK, (void *)on_block, NULL, 1, 0);
    uc_hook_add(uc, &interrupt, UC_HOOK_INTR, (void *)on_interrupt, NULL, 1, 0);
    clock_t begin = clock();
    uc_err err = uc_emu_start(uc, start | 1, 0, 0, 0);
    double elapsed = (double)(clock() - begin) / CLOCKS_PER_SEC;
    uc_reg_read(uc, UC_ARM_REG_R0, &digest);
    printf("r0 %08x, %llu blocks, %.0f MIPS%s%s\n", digest, (unsigned long long)blocks,
           strtod(argv[2], NULL) / elapsed / 1e6, err ? ", stopped: " : "",
           err ? uc_strerror(err) : "");
    uc_close(uc);
    return 0;
}
