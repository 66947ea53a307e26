/* board_options.h - options of the commands that run a virtual board: which board it is, and how strict. */
#ifndef HOST_BOARD_BOARD_OPTIONS_H
#define HOST_BOARD_BOARD_OPTIONS_H

#include "host/cli/core/cli.h"
#include "vboard/vboard.h"

/* Rows for an option table. A command may also have --timing and --seed (of the board), which are taken too, and
 * --lint-stops. */
#define BOARD_OPTIONS                                                                            \
    {"unmodelled", 0, "WAY",                                                                     \
     "what to do at a register that the board does not model: stop (default); warn: report it "  \
     "once, read 0, go on; zero: the same without a report",                                     \
     0},                                                                                         \
        {"stores", 0, "WAY",                                                                     \
         "what becomes of flash stores that lack a barrier: late (default): they always fail; "  \
         "in-order: they work, as nearly always on silicon, with a lint event",                  \
         0},                                                                                     \
        {"defect", 0, "WHAT",                                                                    \
         "a chip that is broken: hash-stuck: HASH stays BUSY; hash-bit: a digest has one wrong " \
         "bit; pll: no PLL locks; hse: HSE does not start",                                      \
         0},                                                                                     \
        {"hse", 0, "HZ",                                                                         \
         "frequency of another board's HSE crystal (default: the NUCLEO's 8 MHz from the "       \
         "ST-LINK, with HSEBYP only)",                                                           \
         0},                                                                                     \
        {"sdram", 0, "ADDRESS:MB",                                                               \
         "add another board's SDRAM at the FMC: ADDRESS is 0xc0000000 or 0xd0000000", 0},        \
    {                                                                                            \
        "speculation", 0, NULL,                                                                  \
            "set RDPERR and RDSERR in the flash status as speculative reads do, unless the MPU " \
            "covers system flash",                                                               \
            0                                                                                    \
    }

/* Which board. */
#define BOARD_NAME_OPTION                                                                         \
    {                                                                                             \
        "board", 0, "NAME",                                                                       \
            "nucleo_h753zi or nucleo_h723zg (default: the one with the part that the program or " \
            "the flash file is for, else nucleo_h753zi)",                                         \
            0                                                                                     \
    }

/* What --board says, NULL without it. CLI_USAGE, with the error printed: there is no such board. */
MUST_CHECK int board_options_name(const struct cli_args *a, const char **name);

/* Fill in c->board: name, if it is not NULL; else the board with the part that one of the count programs
 * (FILE[@ADDRESS]) names; else the board that the flash file (may be NULL) belongs to; else the default board. If it
 * is not the default board, a line is printed. CLI_REFUSED, with the error printed: there is no board with
 * that part. */
MUST_CHECK int board_options_choose(struct vboard_config *c, const char *name,
                                    const char *const *program, unsigned count, const char *flash);

/* CLI_DONE, or CLI_USAGE with the error printed. c->timing counts if --timing is not given. */
MUST_CHECK int board_options_take(struct vboard_config *c, const struct cli_args *a);

/* "USART1", "UART4": its number, 1 to 8; 0 for another text. */
unsigned board_options_uart(const char *name);

#endif
