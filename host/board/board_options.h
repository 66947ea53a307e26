/* board_options.h - options of the commands that run a virtual board: which board it is, and how strict. */
#ifndef HOST_BOARD_BOARD_OPTIONS_H
#define HOST_BOARD_BOARD_OPTIONS_H

#include "host/cli/core/cli.h"
#include "vboard/vboard.h"

/* Rows for an option table. A command may also have --timing and --seed (of the board), which are taken too, and
 * --lint-stops. */
#define BOARD_OPTIONS                                                                              \
    {"unmodelled", 0, "WAY",                                                                       \
     "a register that the board does not model: stop (default); warn: report it once, read 0, go " \
     "on; zero: the same in silence",                                                              \
     0},                                                                                           \
        {"stores", 0, "WAY",                                                                       \
         "stores to flash without the barriers they need: late (default): they go wrong each "     \
         "time; "                                                                                  \
         "in-order: as nearly always on silicon, they work, with a lint event",                    \
         0},                                                                                       \
        {"hse", 0, "HZ",                                                                           \
         "the crystal of another board; default: the NUCLEO's 8 MHz from the ST-LINK, HSEBYP "     \
         "only",                                                                                   \
         0},                                                                                       \
        {"sdram", 0, "ADDRESS:MB", "SDRAM of another board at the FMC: 0xc0000000 or 0xd0000000",  \
         0},                                                                                       \
    {                                                                                              \
        "speculation", 0, NULL,                                                                    \
            "let RDPERR and RDSERR turn up in flash status, unless the MPU covers system flash", 0 \
    }

/* CLI_DONE, or CLI_USAGE with the error printed. c->timing counts if --timing is not given. */
MUST_CHECK int board_options_take(struct vboard_config *c, const struct cli_args *a);

/* "USART1", "UART4": its number, 1 to 8; 0 for another text. */
unsigned board_options_uart(const char *name);

#endif
