/* rig_soc.h - what the tests of the peripherals in tables share: a chip without a core, its registers, its time, and
 * memory and a data line for its DMA. One file of tests for each family of peripherals. */
#ifndef TESTING_VBOARD_RIG_SOC_H
#define TESTING_VBOARD_RIG_SOC_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vboard/soc/h7/blocks.h"

#define MS     1000000ull
#define SECOND 1000000000ull

#define TIM2 0x40000000u
#define EXTI 0x58000000u

#define LINE_DATA 0x40004824u /* USART3: what the line brings, a byte for each request */

extern struct peripherals soc;
extern struct h7_rcc rcc;
extern struct soc_env env;
extern unsigned lints;      /* so many findings */
extern uint8_t memory[256]; /* at 0x24000000; the word at 0x24000080 cannot be read */
extern bool memory_busy;
extern unsigned line_items; /* so many requests are waiting */
extern char line_sent[16];  /* what the DMA wrote into LINE_DATA */

/* Before each test: a chip after power-on at time 0, all clocks enabled. */
int set_up(void **state);
#define T(test) cmocka_unit_test_setup(test, set_up)

/* A register of a peripheral in the tables, by its address; rcc_put by its offset. */
void put(uint32_t addr, uint32_t value);
uint32_t get(uint32_t addr);
void rcc_put(uint32_t off, uint32_t value);

/* Time goes on to ns since power-on. */
void at(uint64_t ns);
/* Does the peripheral drive this line of the NVIC? */
bool irq(unsigned line);

#endif
