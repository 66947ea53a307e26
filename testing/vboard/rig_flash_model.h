/* rig_flash_model.h - what the tests of the flash model share: the model behind the native bus, as a driver sees it,
 * and the steps of a driver. One file of tests for each family of rules of vboard/soc/h7/flash/DESIGN.md; a test is
 * named after its rule. */
#ifndef TESTING_VBOARD_RIG_FLASH_MODEL_H
#define TESTING_VBOARD_RIG_FLASH_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/vboard/h753.h"
#include "vboard/native/native.h"

#define BANK2     0x08100000u
#define KEYR      0x04u
#define OPTKEYR   0x08u
#define CR        0x0cu
#define SR        0x10u
#define CCR       0x14u
#define OPTCR     0x18u
#define OPTSR_CUR 0x1cu
#define OPTSR_PRG 0x20u
#define ECC_FA    0x60u

#define SWAP_OPT (1u << 31) /* of OPTSR */

extern struct native rig;

/* Around each test: a model with seed 7 and typical times, on the bus. */
int rig_set_up(void **state);
int rig_tear_down(void **state);
#define T(test) cmocka_unit_test_setup_teardown(test, rig_set_up, rig_tear_down)

/* A register of bank 1 or 2. */
uintptr_t reg(unsigned bank, uint32_t r);
uint32_t get(unsigned bank, uint32_t r);
void put(unsigned bank, uint32_t r, uint32_t v);

void unlock(unsigned bank);
/* PG=1 and the barrier that it needs. */
void pg_on(unsigned bank);
/* Words that count up from seed; a flash word has eight. */
void store_words(uint32_t addr, uint32_t seed, unsigned words);
/* Until QW falls; how many reads of SR that took. */
unsigned wait_idle(unsigned bank);
/* One flash word, with all that belongs to it. */
void program(unsigned bank, uint32_t addr, uint32_t seed);
void start_erase(unsigned bank, unsigned sector);
/* The option bytes: open their lock; make what OPTSR_PRG and its like hold count, and wait for it. */
void unlock_options(void);
void start_options(void);
/* Does the flash word at addr hold what program wrote with this seed? Are its cells virgin? */
bool word_is(uint32_t addr, uint32_t seed);
bool virgin(uint32_t addr);

#endif
