/* rig_flash_driver.h - the driver on the flash model of the virtual board, for its tests: golden image, invariants
 * after a call, what the driver read and logged, a place to interfere. */
#ifndef TESTING_RIG_FLASH_DRIVER_H
#define TESTING_RIG_FLASH_DRIVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/soc/stm32h7/flash/flash.h"

#define RIG_SIZE   0x200000u
#define RIG_SECTOR 0x20000u
#define RIG_BANK2  0x100000u

struct native;

extern struct native rig_native;
extern struct stm32h7_flash rig_driver;
extern struct stm32h7_flash_config rig_config;
extern uint8_t rig_golden[RIG_SIZE]; /* what flash should hold */
extern char rig_log[4096];           /* lines since the last rig_start or rig_forget */
extern uint32_t rig_sr[2];           /* all bits that the driver has seen in SR1, SR2 */
extern unsigned rig_fed;             /* calls of the watchdog hook */

/* Called before each access that the driver makes; may read and change the model. A value other than
 * RIG_PASS from a read replaces what the model answers. */
#define RIG_PASS UINT64_MAX
extern uint64_t (*rig_hook)(uintptr_t addr, bool write);
extern uint64_t rig_accesses;
extern size_t rig_longest_copy; /* bytes that the driver copied in one go */

/* A new erased model, a new driver with these steps; the program runs from bank 1. */
void rig_start(const struct stm32h7_flash_steps *steps);
/* Make the model's flash what rig_golden says in [off, off + len). */
void rig_poke(uint32_t off, uint32_t len);
/* Bytes that depend on seed, none of them a whole word of 0xff. */
void rig_fill(void *dst, size_t len, uint32_t seed);
void rig_forget(void);

/* True if the flash of the model is rig_golden; else the first offset that differs in *at. */
bool rig_same(uint32_t *at);
/* rig_same, both banks locked and idle without flags or half-done work, no lint event, no bus fault; fails the
 * test otherwise. */
void rig_check(void);

#endif
