/* native.h - the flash model as the bus of a driver that runs on the host.
 *
 * The driver source that the firmware links is compiled for the host, where core/base/mmio calls the attached bus.
 * This is that bus: the part's flash registers, data window and flash size word; and of the core what a flash driver
 * may read: SCB CCR, CCSIDR and CSSELR, and the D-cache with its maintenance registers (M14, while caches_on). Each
 * access takes access_ns, so polling loops end. No CPU, no other peripheral: an access to one ends the program with
 * a message.
 *
 *     static struct native n;              // 2.3 MB: static or from the heap
 *     native_init(&n, &soc_stm32h753, VBOARD_TIMING_TYPICAL, 1);
 *     native_attach(&n);
 *     ... call the driver ...
 *     native_detach(); */
#ifndef VBOARD_NATIVE_NATIVE_H
#define VBOARD_NATIVE_NATIVE_H

#include "core/base/mmio.h"
#include "core/soc/soc.h"
#include "vboard/soc/h7/flash/flash.h"

#define NATIVE_LINTS 32

struct native_lint {
    char rule[8];
    uint32_t addr;
    const char *text;
};

struct native {
    const struct soc *soc;
    struct h7_flash flash;
    uint64_t now; /* ns of virtual time */
    uint32_t access_ns;
    /* What went wrong. A bus error is counted, the load returns junk, and the driver goes on, unless
     * on_fault does not return (longjmp), which is what silicon would do. */
    unsigned bus_faults, lint_count;
    uint32_t fault_addr;                   /* of the last one */
    struct native_lint lint[NATIVE_LINTS]; /* the first ones */
    bool caches_on;   /* what SCB CCR.DC says: loads come through the D-cache */
    bool speculation; /* M17: no MPU region keeps the core off system flash */
    uint64_t accesses;
    void (*on_fault)(void *ctx, uint32_t addr);
    /* Power has gone (native_cut_at). Should not return; if it does, all reads give 0 from now on. */
    void (*on_power_cut)(void *ctx);
    void (*on_lint)(void *ctx, const struct native_lint *lint);
    void *ctx;
    struct mmio_bus bus;
    struct h7_flash_host host;
    uint8_t
        cells[H7_CELLS_SIZE]; /* flash.cells points here: h7_cells_data gives contiguous bytes */
};

/* Erased flash, registers as after a reset. Set on_fault and so on afterwards. */
void native_init(struct native *n, const struct soc *soc, enum vboard_timing timing, uint64_t seed);
/* core/base/mmio calls this bus from now on, until native_detach; one bus at a time in a program. */
void native_attach(struct native *n);
void native_detach(void);

/* ns of virtual time pass without an access: a driver's delay, a pause between two steps of a test. */
void native_wait(struct native *n, uint64_t ns);
/* Reset, or power off and on: registers as after a reset, a word or sector in flight is torn; flash stays. */
void native_reset(struct native *n);
/* Cut power at the n-th flash operation (word programmed or sector erased) from now, 1 is the next; 0: never. The
 * operation in flight is left as how says, and on_power_cut is called. */
void native_cut_at(struct native *n, uint64_t nth, enum vboard_cut how);
/* True if a lint event of this rule ("M5") is among those kept. */
bool native_linted(const struct native *n, const char *rule);
void native_forget(struct native *n); /* lint events and faults so far */

#endif
