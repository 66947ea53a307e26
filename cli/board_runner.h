/* board_runner.h - runs a virtual board for a person: between its UART and the door, between virtual time and
 * the clock on the wall. */
#ifndef CLI_BOARD_RUNNER_H
#define CLI_BOARD_RUNNER_H

#include "cli/board_door.h"
#include "cli/gdb_door.h"
#include "vboard/vboard.h"

struct board_runner {
    struct vboard *board;
    struct door door;
    struct gdb_door gdb;
    FILE *log;              /* copy of the console, or NULL */
    uint64_t limit_ns;      /* of virtual time; UINT64_MAX: none */
    const char *until_text; /* stop when the console has said this; NULL: never */
    bool text_seen;
    char said[4096]; /* the console's last bytes, to find until_text in */
    size_t said_len;
    char sent[8192]; /* what the UART has sent since the last flush */
    size_t sent_len;
    char input[4096]; /* from the client, not yet taken by the UART */
    size_t input_len;
};

/* For struct vboard_config; ctx is the runner. */
void board_runner_uart_tx(void *ctx, uint8_t byte);

/* Run until a limit, the text, or a signal (SIGINT, SIGTERM, SIGHUP: *stop->why is VBOARD_TIME), or until the board stops
 * by itself. With a GDB door it then waits for a debugger. The board is powered on already. */
struct vboard_stop board_runner_run(struct board_runner *r);

/* True once a signal has asked for the end. */
bool board_runner_interrupted(void);

#endif
