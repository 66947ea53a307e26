/* update_options.h - the options of a rehearsal of an update that other commands pass on to it. */
#ifndef HOST_CLI_COMMANDS_REHEARSE_UPDATE_OPTIONS_H
#define HOST_CLI_COMMANDS_REHEARSE_UPDATE_OPTIONS_H

#include "host/board/board_options.h"

/* Rows for an option table. */
#define REHEARSE_UPDATE_OPTIONS                                                                   \
    {"cuts", 'n', "N", "approximate number of power cuts (default 200)", 0},                      \
        {"permanent", 0, NULL,                                                                    \
         "request the new image as permanent (default: as a test, which reverts)", 0},            \
        {"layout", 0, "FILE",                                                                     \
         "the partition table: .dts, .dtb or overlay (default: board.dtb beside the bootloader)", \
         0},                                                                                      \
        {"board", 'b', "FILE.dts", "the board's devicetree that an overlay belongs to", 0},       \
        {"config", 'c', "FILE", "the bootloader's .config, which chooses the upgrade strategy",   \
         0},                                                                                      \
        {"ready", 0, "TEXT",                                                                      \
         "an image counts as started when the console shows TEXT (default: at its first "         \
         "instruction)",                                                                          \
         0},                                                                                      \
        {"console", 0, "UNIT", "the UART of the console (default USART3)", 0},                    \
        {"seed", 0, "NUMBER", "seed that draws the cases and the torn words (default 1)", 0},     \
        {"jobs", 'j', "N", "number of processes (default 2)", 0}, BOARD_OPTIONS

#endif
