/* uart_endpoint.h - where a UART of the virtual board comes out: a pty, a TCP port, stdio, or nowhere.
 *
 * A client may come and go. What the UART sends while nobody listens is dropped here, as on a real line; the
 * log file of board_uarts.h has it. */
#ifndef HOST_BOARD_UART_ENDPOINT_H
#define HOST_BOARD_UART_ENDPOINT_H

#include <stdbool.h>
#include <stddef.h>

#include "host/cli/core/cli.h"

enum endpoint_kind { ENDPOINT_NONE, ENDPOINT_PTY, ENDPOINT_TCP, ENDPOINT_STDIO };

struct uart_endpoint {
    enum endpoint_kind kind;
    int fd;         /* pty master, TCP client, or stdin; -1: none */
    int listener;   /* TCP */
    bool connected; /* somebody is at the other end */
    char name[256]; /* for people: "/dev/pts/5", "127.0.0.1:5000" */
    char link[256]; /* the symlink that was made, "" if none */
    char out[65536];
    size_t out_len;
};

/* text: "pty[:LINK]", "tcp:PORT", "tcp:HOST:PORT", "stdio", "none". Port 0: any free one. CLI_DONE, or an exit code
 * with the error printed. */
MUST_CHECK int endpoint_open(struct uart_endpoint *d, const char *text);
void endpoint_close(struct uart_endpoint *d);

/* Bytes from the client, without waiting; 0 if there are none. */
size_t endpoint_read(struct uart_endpoint *d, void *dst, size_t cap);

/* Bytes for the client; what does not fit its buffers is dropped. */
void endpoint_write(struct uart_endpoint *d, const void *data, size_t len);

/* The speed that the client has set, in baud; 0: it has none, or has not said so. */
unsigned endpoint_baud(const struct uart_endpoint *d);

#define ENDPOINTS_MAX 8
/* Sleep until there is something to read (or to accept) at one of n endpoints, at most ENDPOINTS_MAX, or at the descriptor
 * other (-1: none), a signal, or ms have passed. */
void endpoint_wait(struct uart_endpoint *const d[], size_t n, int other, int ms);

#endif
