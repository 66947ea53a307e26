/* board_runner.h - runs a virtual board for a person: it connects the UARTs to their endpoints, and paces virtual
 * time by real time. */
#ifndef HOST_BOARD_BOARD_RUNNER_H
#define HOST_BOARD_BOARD_RUNNER_H

#include "host/board/board_uarts.h"
#include "host/board/gdb_server.h"
#include "host/board/semihosting.h"

/* The wall clock, and the wait for input or a debugger of at most ms. NULL: the machine's. A test has its own. */
struct board_wall {
    uint64_t (*now_ns)(void *ctx);
    void (*wait)(void *ctx, int ms);
    void *ctx;
};

struct board_runner {
    struct vboard *board;
    struct board_uarts lines;
    struct gdb_server gdb;
    struct semihosting semihosting; /* answered if say is set; its end is the end of the run */
    uint64_t limit_ns;              /* of virtual time; UINT64_MAX: none */
    struct board_wall wall;
    void (*on_slice)(struct board_runner *r); /* after each slice of the run; may be NULL */
    uint64_t followed_ns; /* the board's own: the wall's time up to which its sleep has followed */
};

/* For struct vboard_config; ctx is the runner. */
void board_runner_uart_any(void *ctx, unsigned uart, uint8_t byte);

/* For struct semihosting; ctx is the runner: as if the console had sent it. */
void board_runner_say(void *ctx, char c);

/* Run until a limit, until the console shows the text, until a signal (SIGINT, SIGTERM, SIGHUP: the result's why is
 * VBOARD_TIME), or until the board stops by itself. With a GDB endpoint it then waits for a debugger. The board is
 * powered on already. */
struct vboard_stop board_runner_run(struct board_runner *r);

/* True once a signal has asked for the end. */
bool board_runner_interrupted(void);

#endif
