/* rig_program.h - for tests: a small program for the virtual board, written one Thumb instruction after another. It lies
 * at the beginning of flash and is entered behind its two vectors. */
#ifndef TESTING_VBOARD_RIG_PROGRAM_H
#define TESTING_VBOARD_RIG_PROGRAM_H

#include <stddef.h>
#include <stdint.h>

#define PROGRAM_ENTRY 0x08000008u

extern uint8_t program[512];
extern size_t program_len;

/* A new program: its vectors. */
void program_begin(void);

/* One halfword. */
void emit(unsigned half);

/* The value into register reg, 0 to 7: MOVW, MOVT. */
void emit_value(unsigned reg, uint32_t value);

/* The value to the address; changes R0 and R1. */
void emit_store(uint32_t addr, uint32_t value);

#endif
