/* board_door.h - where a UART of the virtual board comes out: a pty, a TCP port, stdio, or nowhere.
 *
 * A client may come and go. What the UART sends while nobody listens is dropped here, as on a real line; the
 * log file of board_lines.h has it. */
#ifndef HOST_BOARD_BOARD_DOOR_H
#define HOST_BOARD_BOARD_DOOR_H

#include <stdbool.h>
#include <stddef.h>

#include "host/cli/core/cli.h"

enum door_kind { DOOR_NONE, DOOR_PTY, DOOR_TCP, DOOR_STDIO };

struct door {
    enum door_kind kind;
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
MUST_CHECK int door_open(struct door *d, const char *text);
void door_close(struct door *d);

/* Bytes from the client, without waiting; 0 if there are none. */
size_t door_read(struct door *d, void *dst, size_t cap);

/* Bytes for the client; what does not fit its buffers is dropped. */
void door_write(struct door *d, const void *data, size_t len);

#define DOORS_MAX 8
/* Sleep until there is something to read (or to accept) at one of n doors, at most DOORS_MAX, or at the descriptor
 * other (-1: none), a signal, or ms have passed. */
void door_wait(struct door *const d[], size_t n, int other, int ms);

#endif
