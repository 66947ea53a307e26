/* vboard.h - the virtual NUCLEO-H753ZI: the public header of the library.
 *
 * It runs the same ELF files as the silicon, in virtual time that is exact: one cycle per instruction
 * at the configured clock, the datasheet's flash times, the UART's bit time. Same input, same seed, same run.
 * What the model does not know stops the run with a statement of what was touched, from where. */
#ifndef VBOARD_VBOARD_H
#define VBOARD_VBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "base/compiler.h"
#include "base/err.h"

struct vboard;

enum vboard_timing {
    VBOARD_TIMING_TYPICAL, /* datasheet typical: 100 us a word, 1 s a sector at x64 */
    VBOARD_TIMING_MAXIMUM, /* datasheet maximum */
    VBOARD_TIMING_FAST,    /* 1/1000 of typical for erase, 1/10 for program: for sweeps */
};

struct vboard_config {
    enum vboard_timing timing;
    uint64_t seed;   /* of everything random (torn words) */
    bool lint_stops; /* a lint event stops the run (default: it is reported) */
    void (*uart_tx)(void *ctx, uint8_t byte); /* each byte that USART3 has sent; may be NULL */
    void (*report)(void *ctx,
                   const char *text); /* lint events and notes, one line each; may be NULL */
    void *ctx;
};

/* Why vboard_run returned. */
enum vboard_why {
    VBOARD_TIME,   /* the time limit was reached */
    VBOARD_IDLE,   /* the core sleeps, the UART is idle, and only timers will wake it */
    VBOARD_OUTPUT, /* the UART has sent at least one byte since the call (if asked for) */
    VBOARD_CUT,    /* the planned power cut has happened; the board is off */
    VBOARD_LOCKUP,
    VBOARD_UNKNOWN_INSTRUCTION,
    VBOARD_UNKNOWN_REGISTER,
    VBOARD_BREAKPOINT, /* BKPT, or the address given to vboard_break_at */
    VBOARD_LINT,       /* a lint event, with config.lint_stops */
    VBOARD_RESET,      /* the board was reset (if asked for) */
};

struct vboard_stop {
    enum vboard_why why;
    uint32_t pc, addr; /* of the instruction; of the access, where there is one */
    char text[200];    /* one line for people: what, where, symbol if the ELF has one */
};

enum vboard_until {
    VBOARD_UNTIL_TIME = 0,
    VBOARD_UNTIL_IDLE = 1,   /* also return VBOARD_IDLE */
    VBOARD_UNTIL_OUTPUT = 2, /* also return VBOARD_OUTPUT */
    VBOARD_UNTIL_RESET = 4,  /* also return VBOARD_RESET */
};

/* A new board, powered off, flash erased. NULL if memory is short. */
struct vboard *vboard_new(const struct vboard_config *config);
void vboard_free(struct vboard *v);

/* A board is a value: *dst becomes a copy of *src, time and all; callbacks of dst stay. */
void vboard_copy(struct vboard *dst, const struct vboard *src);

/* Put a program into flash by its load addresses, as a debugger would (cells erased first, ECC right). ELF, Intel
 * HEX (.hex) or raw binary at address at (.bin and other names). ELF symbols are kept for messages. On an
 * error, err_msg (cap bytes) says what is wrong with the file, and flash is unchanged.
 * ERR_NOENT, ERR_FORMAT, ERR_RANGE (a segment outside flash). */
MUST_CHECK enum err vboard_load(struct vboard *v, const char *path, uint32_t at, char *err_msg,
                                size_t cap);

/* The whole flash, cells and ECC, from/to a file; a missing file is ERR_NOENT and leaves flash alone. */
MUST_CHECK enum err vboard_flash_load(struct vboard *v, const char *path);
MUST_CHECK enum err vboard_flash_save(const struct vboard *v, const char *path);

/* Bytes of flash as a debugger would see them, off from the start of flash; false if a word does not decode. */
bool vboard_flash_peek(const struct vboard *v, uint32_t off, void *dst, size_t len);
/* Rewrite flash behind the controller's back, ECC right; for tests and for "a debugger". */
void vboard_flash_poke(struct vboard *v, uint32_t off, const void *src, size_t len);
/* Make the word at off unreadable (double ECC error). */
void vboard_flash_spoil(struct vboard *v, uint32_t off);

/* Power on (or off and on): power-on reset, PC from the vector table at 0x08000000. */
void vboard_power_on(struct vboard *v);
void vboard_reset_pin(struct vboard *v);

/* Run for at most ns of virtual time. until: bits of enum vboard_until. */
struct vboard_stop vboard_run(struct vboard *v, uint64_t ns, unsigned until);

/* Bytes for the UART's receiver; each arrives after its bit time, one after the other. Returns how many were taken
 * (the queue holds 64 KB). */
size_t vboard_uart_send(struct vboard *v, const void *data, size_t len);
size_t vboard_uart_pending(const struct vboard *v);

uint64_t vboard_now_ns(const struct vboard *v);
uint64_t vboard_instructions(const struct vboard *v);

/* ---- power cuts. An operation is one flash word programmed or one sector erased. ---- */
enum vboard_cut {
    VBOARD_CUT_BEFORE, /* the operation has not begun */
    VBOARD_CUT_DURING, /* torn word, half-erased sector, drawn from the seed */
    VBOARD_CUT_AFTER,  /* it is complete, nothing else happened */
};
/* Cut power at the n-th operation from now (1 = the next). n 0: no cut. */
void vboard_cut_at(struct vboard *v, uint64_t n, enum vboard_cut how);
uint64_t vboard_operations(const struct vboard *v); /* flash operations so far */

/* Stop (VBOARD_BREAKPOINT) before the instruction at addr; 0: none. */
void vboard_break_at(struct vboard *v, uint32_t addr);
/* Address of an ELF symbol of the loaded programs (of functions without the Thumb bit), 0 if there is none. */
uint32_t vboard_symbol(const struct vboard *v, const char *name);

unsigned vboard_lint_count(const struct vboard *v);
/* One line per flash operation to f: time, operation, bank, address, PC. NULL: off. */
void vboard_trace_flash(struct vboard *v, FILE *f);
uint32_t vboard_cpu_reg(const struct vboard *v, unsigned n); /* 0..15; 16 = xPSR */

/* ---- glitches: what a fault injected into the core does. Between two calls of vboard_run. ---- */
/* Run n cycles, which is n instructions where the bus does not hold the core, or until a reason to stop. */
struct vboard_stop vboard_step(struct vboard *v, uint64_t n);
/* The instruction that is next is not executed; inside an IT block the block goes on behind it. False if it is not
 * in memory (the core is left alone). */
bool vboard_skip(struct vboard *v);
void vboard_set_cpu_reg(struct vboard *v, unsigned n, uint32_t value); /* n as for vboard_cpu_reg */

#endif
