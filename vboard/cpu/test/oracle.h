/* oracle.h - what the parts of the oracle share: two machines with the same memory and registers, one ours, one
 * libunicorn's, and the instructions that they are given. */
#ifndef VBOARD_CPU_TEST_ORACLE_H
#define VBOARD_CPU_TEST_ORACLE_H

#include <inttypes.h>
#include <stdio.h>

#include "vboard/cpu/core.h"

#define CODE      0x08000000u
#define CODE_SIZE 0x40000u
#define RAM       0x20000000u
#define RAM_SIZE  0x1000u
#define BLOCK     256u /* bytes for the longest test */

struct state {
    uint32_t r[16], apsr, fpscr;
    uint64_t d[16];
};
#define APSR_MASK 0xf80f0000u

/* ---- oracle_machines.c ---- */

/* Where the instructions under test stand. It moves on with each test: unicorn keeps what it has translated, and
 * dropping that is slow. Everything else is UDF, so that a run that goes astray ends. */
extern uint32_t oracle_at;
#define AT oracle_at
extern struct cpu oracle_cpu;
extern uint8_t oracle_ram[2][RAM_SIZE]; /* ours, theirs */
extern unsigned oracle_failures, oracle_explained;

void oracle_set_up(void);
void oracle_next_place(unsigned bytes); /* move on by so many */
void oracle_put(uint32_t addr, uint32_t word, unsigned len);
void oracle_set_both(const struct state *s);
/* Run n cycles on ours; false: they were not completed. */
bool oracle_run_ours(const struct state *s, unsigned n);
/* Run the same on unicorn, from AT to where ours has stopped, and compare all. */
void oracle_compare(const char *what, const struct state *before, unsigned halfwords);
bool oracle_runs_there(const struct state *s, unsigned len); /* for the survey */

/* ---- oracle_generate.c ---- */

extern uint64_t oracle_random;
uint32_t rnd(void);
uint32_t below(uint32_t n);
uint32_t oracle_generate(unsigned *len);
bool oracle_excluded(uint32_t word, unsigned len);
bool oracle_faults(uint32_t word, unsigned len); /* UNDEFINED, or NOCP */
bool oracle_is_lenient(uint32_t word);           /* of these: unicorn executes it */
bool oracle_known(uint32_t word, unsigned len);  /* the core has such an instruction */
/* May stand inside an IT block or before another instruction: does not branch, leaves SP aligned. */
bool oracle_fits(uint32_t word, unsigned len);
struct state oracle_state(unsigned style); /* 0: anything, 1: pointers, 2: pointers and indices */
void oracle_avoid_known_differences(struct state *s, uint32_t word, unsigned len);
void oracle_count_row(uint32_t word, unsigned len);
unsigned oracle_rows_missed(void);

/* ---- oracle_program.c ---- */

struct oracle_programs {
    unsigned long count, instructions, cycles, it_blocks, forward, loops;
};
/* One program of 8 to 32 instructions with IT blocks, loads, stores, branches and loops, on both machines. */
void oracle_program(struct oracle_programs *done);
/* An IT instruction for a block of n instructions. */
uint32_t oracle_it(unsigned n);

#endif
