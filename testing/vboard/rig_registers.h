/* rig_registers.h - a board whose core loops, with all clocks off, while a test reads and writes its registers. */
#ifndef TESTING_VBOARD_RIG_REGISTERS_H
#define TESTING_VBOARD_RIG_REGISTERS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "vboard/vboard.h"

/* The test's board, and its notes and findings, a line each. */
extern struct vboard *rig_v;
extern char rig_reports[4096];

/* A new board, switched on: name as in struct vboard_config, NULL: the H753's. Unmodelled registers are reported and read 0.
 * The caller frees it. */
struct vboard *rig_looping_board(const char *name, unsigned defects);

/* For cmocka: rig_v is the H753's board, and there are no reports. */
int rig_registers_begin(void **state);
int rig_registers_end(void **state);

void rig_put(uint32_t addr, uint32_t value);
uint32_t rig_get(uint32_t addr);

#endif
