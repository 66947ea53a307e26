/* vboard.h - the virtual NUCLEO-H753ZI, and others (vboard_board_name): the public header of the library.
 *
 * It runs the same ELF files as the silicon, in virtual time that is exact: one cycle per instruction
 * at the configured clock, the datasheet's flash times, the UART's bit time. Same input, same seed, same run.
 * What the model does not know stops the run, with the register and the instruction that accessed it.
 *
 *     struct vboard *v = vboard_new(&(struct vboard_config){.seed = 1, .uart_tx = on_byte});
 *     char why[200];
 *     if (vboard_load(v, "merged.hex", 0, why, sizeof why) == ERR_OK) {
 *         vboard_power_on(v);
 *         struct vboard_stop stop = vboard_run(v, 1000000000, VBOARD_UNTIL_IDLE);
 *     }
 *     vboard_free(v);
 *
 * Times are nanoseconds of the board. Offsets count from the start of flash as the program sees it, banks swapped or
 * not. One thread at a time may use a board; different boards may run in different threads. */
#ifndef VBOARD_VBOARD_H
#define VBOARD_VBOARD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

struct vboard;
struct soc;

enum vboard_timing {
    VBOARD_TIMING_TYPICAL, /* datasheet typical: 100 us a word, 1 s a sector at x64 */
    VBOARD_TIMING_MAXIMUM, /* datasheet maximum */
    VBOARD_TIMING_FAST,    /* 1/1000 of typical for erase, 1/100 for program: for sweeps */
};

/* A register or address that the model does not know. */
enum vboard_unmodelled {
    VBOARD_UNMODELLED_STOP, /* the run stops, VBOARD_UNKNOWN_REGISTER */
    VBOARD_UNMODELLED_WARN, /* reported once per address, with place; reads 0, writes are ignored */
    VBOARD_UNMODELLED_ZERO, /* the same, in silence */
};

/* What is broken about a chip, for rehearsals and tests. */
enum vboard_defect {
    VBOARD_DEFECT_HASH_STUCK = 1, /* HASH: a block that begins does not end: BUSY for good */
    VBOARD_DEFECT_HASH_BIT = 2,   /* HASH: each digest that is computed has one wrong bit */
    VBOARD_DEFECT_PLL = 4,        /* a PLL that is switched on never locks */
    VBOARD_DEFECT_HSE = 8,        /* an HSE that is switched on never starts */
};

enum vboard_operation_kind { VBOARD_PROGRAM, VBOARD_ERASE, VBOARD_OPTIONS };

/* A flash word is programmed, a sector or a bank erased, or the option bytes are programmed. */
struct vboard_operation {
    uint64_t number; /* as vboard_operations counts them: from 1 */
    enum vboard_operation_kind kind;
    uint32_t offset, size; /* bytes that it changes; of option bytes 0 and 0 */
    uint64_t begin_ns, ns; /* when it begins, and how long it takes if it is not cut */
    uint64_t typical_ns;   /* how long it takes with VBOARD_TIMING_TYPICAL */
};

struct vboard_config {
    enum vboard_timing timing;
    uint64_t seed;   /* of everything random (torn words) */
    bool lint_stops; /* a lint event stops the run, too, and is not only reported */
    /* Callbacks come from within calls, above all vboard_run, and get ctx; each may be NULL. uart_tx: a byte that
     * the console (USART3) has sent. report: a lint event or a note, one line without its end. */
    void (*uart_tx)(void *ctx, uint8_t byte);
    void (*report)(void *ctx, const char *text);
    void *ctx;
    /* A byte that any UART has sent; uart is its number, 3 for the console. */
    void (*uart_any)(void *ctx, unsigned uart, uint8_t byte);
    /* A flash operation begins. Not called for one that write protection refuses, or that a cut keeps from beginning. */
    void (*operation)(void *ctx, const struct vboard_operation *op);
    enum vboard_unmodelled unmodelled;
    /* Speculative reads of system flash raise RDPERR and RDSERR, unless an MPU region covers it. */
    bool speculation;
    /* A store to flash without the barriers around it works, as it nearly always does on silicon, and is a lint event
     * only. false: it goes wrong each time, so that a test sees it. */
    bool stores_in_order;
    /* The high-speed external clock (HSE) of another board, in Hz (1 to 50 MHz), with or without a crystal. 0: as on
     * the NUCLEO, 8 MHz from the ST-LINK, for which RCC_CR.HSEBYP must be set. */
    uint32_t hse_hz;
    /* External SDRAM of another board at the FMC: megabytes (1 to 256) from sdram_base, which is 0xc0000000 or
     * 0xd0000000. It is there whatever the FMC's registers say, if the FMC has its clock. 0: none, as on the NUCLEO. */
    uint32_t sdram_base, sdram_mb;
    unsigned defects;  /* from the start: bits of enum vboard_defect */
    const char *board; /* "nucleo_h723zg"; NULL: "nucleo_h753zi" */
};

/* The boards by number from 0, the default one first; NULL behind the last. */
const char *vboard_board_name(unsigned i);
/* The first board with the part ("stm32h723"), or NULL; the part of a board (NULL: of the default one), or NULL. */
const char *vboard_board_with(const char *part);
const struct soc *vboard_board_soc(const char *board);
/* The first board whose flash files are as long as this one, or NULL. */
const char *vboard_board_of_flash(const char *path);
/* The part that the program in a file says it is for (core/soc/soc.h: its mark); NULL: it says nothing, or cannot be
 * read. at: as for vboard_load. The text is in name. */
#define VBOARD_PART_MAX 16
const char *vboard_part_of_file(const char *path, uint32_t at, char name[VBOARD_PART_MAX]);

/* Why vboard_run returned. */
enum vboard_why {
    VBOARD_TIME,   /* the time limit was reached */
    VBOARD_IDLE,   /* the core sleeps, the UARTs are idle, no flash operation runs (if asked for) */
    VBOARD_OUTPUT, /* a UART has sent at least one byte since the call (if asked for) */
    VBOARD_CUT,    /* the board is off: the planned power cut has come, or it was not powered on */
    VBOARD_LOCKUP, /* a fault in a fault handler, or no usable vector table */
    VBOARD_UNKNOWN_INSTRUCTION,
    VBOARD_UNKNOWN_REGISTER,
    VBOARD_BREAKPOINT, /* BKPT, or the address given to vboard_break_at */
    VBOARD_LINT,       /* a lint event, with config.lint_stops */
    VBOARD_RESET,      /* the board was reset (if asked for) */
    VBOARD_WATCHPOINT, /* an access to a watched place; addr is the place, pc the next instruction */
    VBOARD_STEPPED,    /* one instruction was executed (if asked for) */
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
    VBOARD_UNTIL_STEP = 8,   /* also return VBOARD_STEPPED; a breakpoint at the PC is passed */
};

/* A new board, powered off, flash erased. config is copied. NULL if memory is short, or config->board is none of the
 * names. */
struct vboard *vboard_new(const struct vboard_config *config);
void vboard_free(struct vboard *v); /* v may be NULL */

/* A board is a value: *dst becomes a copy of *src, with its part, memories, time and a planned power cut. dst keeps
 * its own configuration (callbacks, unmodelled, ...), traces and points. SDRAM is copied if both have the same size
 * of it. Takes well under a millisecond: pages of memory are shared until one of the two writes them. */
void vboard_copy(struct vboard *dst, const struct vboard *src);

/* Put a program into flash by its load addresses, as a debugger would (cells erased first, ECC right). ELF, Intel
 * HEX (.hex, or by its content) or raw binary at address at (.bin and other names). ELF symbols are kept for messages. On an error,
 * err_msg (cap bytes) says what is wrong with the file, and flash is unchanged. ERR_NOENT, ERR_IO, ERR_NOMEM,
 * ERR_FORMAT, ERR_RANGE (a segment outside flash), ERR_ACCESS (a program that says it is for another part). The
 * formats: vboard/SPEC.md, "Program files". */
MUST_CHECK enum err vboard_load(struct vboard *v, const char *path, uint32_t at, char *err_msg,
                                size_t cap);

/* The whole flash with ECC and option bytes, from and to a file (vboard/SPEC.md, "The flash file"). Load: ERR_NOENT,
 * ERR_IO, ERR_FORMAT, and flash is unchanged. Save: ERR_IO. */
MUST_CHECK enum err vboard_flash_load(struct vboard *v, const char *path);
MUST_CHECK enum err vboard_flash_save(const struct vboard *v, const char *path);
/* The file, which must be a whole one as vboard_flash_save writes it, is the flash from now on: what it holds is in
 * flash, and what an operation changes is in the file when the operation ends, in the order of the program. So a
 * killed process leaves what a power cut leaves. The file is locked until vboard_free. A copy of the board is not in
 * the file. ERR_BUSY: another board has it; ERR_NOENT, ERR_ACCESS, ERR_IO; ERR_FORMAT; ERR_STATE: this board has one
 * already. Then flash is unchanged. */
MUST_CHECK enum err vboard_flash_map(struct vboard *v, const char *path);
/* The same bytes to f, which stays open. */
MUST_CHECK enum err vboard_flash_write(const struct vboard *v, FILE *f);

/* len bytes of flash from off to dst, without an effect on the board. False if a word among them is unreadable
 * (double ECC error), or the range leaves flash: then dst is not written. */
bool vboard_flash_peek(const struct vboard *v, uint32_t off, void *dst, size_t len);
/* Put len bytes into flash past the controller, with right ECC, whatever was there; for tests, and as a debugger
 * programs. It is no flash operation: no time passes, nothing is cut. Nothing happens if the range leaves flash. */
void vboard_flash_poke(struct vboard *v, uint32_t off, const void *src, size_t len);
/* The flash word that covers off, as its ECC has it: what a load of it would find. */
enum vboard_word {
    VBOARD_WORD_CLEAN,
    VBOARD_WORD_CORRECTED,  /* one bit is wrong, and is put right at each load */
    VBOARD_WORD_UNREADABLE, /* double ECC error: a load is a bus fault */
};
enum vboard_word vboard_flash_word(const struct vboard *v, uint32_t off); /* off is in flash */
/* Make the flash word that covers off unreadable (double ECC error). */
void vboard_flash_spoil(struct vboard *v, uint32_t off);

/* Power on, or off and on: power-on reset, RAM holds noise, bytes under way to UARTs are lost, a flash operation
 * under way is torn. The core starts from the vector table that the option bytes name, by default that at the start
 * of flash. */
void vboard_power_on(struct vboard *v);
/* Reset by the pin NRST: RAM keeps its bytes. Nothing happens while the board is off. */
void vboard_reset_pin(struct vboard *v);

/* Run for at most ns of virtual time, or until a reason to stop (enum vboard_why). until: bits of enum vboard_until,
 * for reasons that count only if asked for. Call it again to go on: behind a breakpoint; after a lockup, an unknown
 * instruction or an unknown register it stops there again, until the board is reset. */
struct vboard_stop vboard_run(struct vboard *v, uint64_t ns, unsigned until);
/* The state of VBOARD_IDLE. Run in it, the board first lets time pass to the next wake-up, however long that takes; whoever
 * paces a board asks before each run. */
bool vboard_is_idle(const struct vboard *v);

#define VBOARD_UARTS   8 /* their numbers are 1 to 8 */
#define VBOARD_CONSOLE 3 /* the one that the ST-LINK is wired to */
/* "USART1", "UART4"; NULL for other numbers. */
const char *vboard_uart_name(unsigned uart);

/* Bytes for the console's receiver; each arrives after its bit time, one after the other. Returns how many were taken
 * (the queue holds 64 KB). To a board that is off they are taken, and lost. */
size_t vboard_uart_send(struct vboard *v, const void *data, size_t len);
/* How many of them have not arrived yet. */
size_t vboard_uart_pending(const struct vboard *v);
/* The same for UART 1 to 8 by number; the queues of all but USART3 hold 4 KB. 0 for other numbers. */
size_t vboard_uart_send_to(struct vboard *v, unsigned uart, const void *data, size_t len);
size_t vboard_uart_pending_of(const struct vboard *v, unsigned uart);

/* The line of a UART and who is at its other end. All 0, as at first: a line that loses nothing, to somebody who has always
 * the UART's speed. */
struct vboard_line {
    /* The speed of the other end. If the UART's differs by more than 4 %, each byte arrives as another one, in both
     * directions, and the UART sees framing errors. */
    uint32_t baud;
    uint32_t baud_max; /* what the adapter carries; if the UART is faster, one byte in 64 is lost */
    uint32_t noise;    /* of a million bytes so many have a wrong bit */
};
/* For UART 1 to 8, from now on. What is lost and wrong depends on config.seed and virtual time alone. It belongs to the
 * surroundings of the board: vboard_copy leaves it as it is. */
void vboard_uart_line(struct vboard *v, unsigned uart, const struct vboard_line *line);

/* Port 0 is A, 10 is K. Drive a pin from outside (the button B1 is port 2, pin 13), until the next power-on or
 * reset; the level of a pin. Other numbers: nothing happens, low. */
void vboard_pin_drive(struct vboard *v, unsigned port, unsigned pin, bool high);
bool vboard_pin(const struct vboard *v, unsigned port, unsigned pin);

/* The board's name, as in vboard_board_name: "nucleo_h753zi". */
const char *vboard_name(const struct vboard *v);
/* The part on the board (core/soc/soc.h): where its memories are, and how large. Lives as long as the program. */
const struct soc *vboard_soc(const struct vboard *v);

/* Virtual time since the first power-on, and instructions executed since then; power cycles do not set them back. */
uint64_t vboard_now_ns(const struct vboard *v);
uint64_t vboard_instructions(const struct vboard *v);

/* ---- power cuts. An operation is one flash word programmed or one sector erased. ---- */
enum vboard_cut {
    VBOARD_CUT_BEFORE, /* the operation has not begun */
    VBOARD_CUT_DURING, /* torn word, half-erased sector, drawn from the seed */
    VBOARD_CUT_AFTER,  /* it is complete, nothing else happened */
};
/* Cut power at the n-th operation from now (1 = the next); the run then returns VBOARD_CUT, and vboard_power_on
 * brings the board back. Takes the place of a cut that was planned before. n 0: no cut. */
void vboard_cut_at(struct vboard *v, uint64_t n, enum vboard_cut how);
uint64_t vboard_operations(const struct vboard *v); /* flash operations so far */

/* What a power loss leaves, as 128 bits: the cells of flash with their ECC, and the option bytes. The next power-on of two
 * boards of the same configuration with the same bits differs in the noise in RAM only. False: a flash operation runs, and
 * a power loss would leave something else. */
bool vboard_kept(const struct vboard *v, uint64_t bits[2]);

/* Stop (VBOARD_BREAKPOINT) before the instruction at addr; 0: none. */
void vboard_break_at(struct vboard *v, uint32_t addr);
/* Address of an ELF symbol of the loaded programs (of functions without the Thumb bit), 0 if there is none. */
uint32_t vboard_symbol(const struct vboard *v, const char *name);

/* Lint events of this board since vboard_new, repeated ones as often as they came (reported: once per rule and
 * place). */
unsigned vboard_lint_count(const struct vboard *v);
/* One line per flash operation to f (vboard/SPEC.md, "The flash trace"), which must stay open. NULL: off. */
void vboard_trace_flash(struct vboard *v, FILE *f);
/* A register of the core: n is 0 to 15 for R0 to PC, or of enum vboard_reg. */
uint32_t vboard_cpu_reg(const struct vboard *v, unsigned n);

/* ---- glitches: a fault injected into the core. Between two calls of vboard_run. ---- */
/* Run n cycles, or until a reason to stop. n cycles are n instructions unless the bus holds the core. */
struct vboard_stop vboard_step(struct vboard *v, uint64_t n);
/* Skip the next instruction; an IT block goes on behind it. False, and nothing is skipped, if it is in no memory. */
bool vboard_skip(struct vboard *v);
void vboard_set_cpu_reg(struct vboard *v, unsigned n, uint32_t value); /* n as for vboard_cpu_reg */

/* ---- defects of the chip. Between two calls of vboard_run. ---- */
/* The board has the defect from now on, through resets and power cycles, until it is taken away; what has been
 * switched on already goes on. A copy of the board has it, too. */
void vboard_set_defect(struct vboard *v, enum vboard_defect d, bool on);

/* ---- debuggers: memory, registers, points. Between two calls of vboard_run; no time passes. ---- */

/* Bytes as the program would see them, by address, without any effect on the board: a read of a register that clears a
 * flag leaves the flag. Returns how many bytes could be read before the first that is not there (or that does not
 * decode, or whose register is not modelled). */
size_t vboard_read(struct vboard *v, uint32_t addr, void *dst, size_t len);
/* Write RAM, or registers with the effects that a store of the program has. Flash is not written by stores: see
 * vboard_flash_poke. Returns how many bytes were written. */
size_t vboard_write(struct vboard *v, uint32_t addr, const void *src, size_t len);

enum vboard_reg { /* for vboard_cpu_reg and vboard_set_cpu_reg */
                  VBOARD_SP = 13,
                  VBOARD_LR,
                  VBOARD_PC,
                  VBOARD_XPSR,
                  VBOARD_MSP,
                  VBOARD_PSP,
                  VBOARD_PRIMASK,
                  VBOARD_BASEPRI,
                  VBOARD_FAULTMASK,
                  VBOARD_CONTROL,
                  VBOARD_FPSCR,
                  VBOARD_S0, /* S31 is VBOARD_S0 + 31 */
                  VBOARD_REGS = VBOARD_S0 + 32
};

/* A place at which the run stops. In flash, a write means that the controller has programmed or erased it, not
 * that somebody has stored to it. Other accesses stop the run behind the instruction that made them. */
enum vboard_point {
    VBOARD_POINT_CODE,  /* before the instruction at addr: VBOARD_BREAKPOINT. len does not matter */
    VBOARD_POINT_WRITE, /* VBOARD_WATCHPOINT, for these three */
    VBOARD_POINT_READ,
    VBOARD_POINT_ACCESS,
};
#define VBOARD_POINTS 64
/* False: there are VBOARD_POINTS already, len is 0, the range wraps, or (watching) it lies in the core's own registers.
 * The same point may be added twice and is then removed twice. A copy of the board keeps its own points. */
bool vboard_point_add(struct vboard *v, enum vboard_point kind, uint32_t addr, uint32_t len);
bool vboard_point_remove(struct vboard *v, enum vboard_point kind, uint32_t addr, uint32_t len);
void vboard_points_clear(struct vboard *v);

/* One line for each call, return and exception to f, with names and virtual time; the run takes some forty times as
 * long and is the same. only: shell patterns of function names between commas ("flash_*,boot_*"), NULL or "": all.
 * f NULL: off. */
void vboard_trace_calls(struct vboard *v, FILE *f, const char *only);
/* Add the names of an ELF file to those of the loaded programs; flash stays as it is. Errors as vboard_load. */
MUST_CHECK enum err vboard_load_symbols(struct vboard *v, const char *path, char *err_msg,
                                        size_t cap);

/* To dst (cap bytes): "name+0x12" of the symbol that covers addr, or "". */
void vboard_symbol_at(const struct vboard *v, uint32_t addr, char *dst, size_t cap);

/* The registers of the peripherals, a line each: block, name, address, reset value, writable bits, and whether it is
 * modelled, holds its value, or reads as reset. What is not listed is absent. board: a name, NULL: the default one;
 * nothing is written for a name that there is not. */
void vboard_registers(FILE *f, const char *board);
/* The same as a table in Markdown, a row for each kind of block, with the blocks that are absent. */
void vboard_register_table(FILE *f, const char *board);

#endif
