/* rig_cpu.h - a core with a little flash, RAM and a bus that misbehaves on demand, for the tests of vboard/cpu/. */
#ifndef TESTING_VBOARD_RIG_CPU_H
#define TESTING_VBOARD_RIG_CPU_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "vboard/cpu/core.h"

#define FLASH   0x08000000u
#define MAIN    0x08002000u /* where programs begin */
#define RAM     0x20000000u
#define STACK   0x20000800u
#define SLOW    0x10000000u /* code without a window */
#define FAULTY  0x60000000u /* answers with errors */
#define UNKNOWN 0x70000000u /* stops the run */
#define DEVICE  0x40000000u
#define SIZE    0x4000u

/* Handlers stand one after the other; as delivered each is BKPT n. */
#define HANDLER(exc) (FLASH + 0x1000 + 16 * (exc))

enum {
    NOP = 0xbf00,
    WFI = 0xbf30,
    WFE = 0xbf20,
    SEV = 0xbf40,
    SVC = 0xdf00,
    BX_LR = 0x4770,
    BKPT = 0xbe00,
    LOOP = 0xe7fe,
    LDR_R0_R1 = 0x6808,
    STR_R0_R1 = 0x6008,
    CPSID_F = 0xb671
};

struct rig {
    struct cpu cpu;
    uint8_t flash[SIZE], ram[SIZE], slow[SIZE];
    uint32_t device;      /* one register */
    uint32_t device_pc;   /* cpu_reg(15) as the callback saw it */
    uint64_t device_time; /* and the time */
    unsigned resets, barriers;
    uint64_t stall; /* of each device access */
};

/* A fresh rig, reset, PC at MAIN. The cache is the process's own. */
void rig_start(struct rig *r);
void rig_code(struct rig *r, uint32_t addr, const uint16_t *halfwords, size_t n);
uint32_t rig_ram(const struct rig *r, uint32_t addr);
/* Run for at most n cycles. */
enum cpu_stop rig_run(struct rig *r, uint64_t n);
uint32_t rig_peek(struct rig *r, uint32_t addr); /* registers of the PPB */
void rig_poke(struct rig *r, uint32_t addr, uint32_t value);
const struct cpu_bus *rig_bus(struct rig *r);
struct cpu_cache *rig_cache(void);

#define CODE(r, addr, ...)                             \
    rig_code(r, addr, (const uint16_t[]){__VA_ARGS__}, \
             sizeof((const uint16_t[]){__VA_ARGS__}) / sizeof(uint16_t))

#endif
