/* gdb_server.h - the TCP port where GDB reaches the virtual board; vboard/debug speaks the protocol. One client at a
 * time; after it leaves, another may connect. A server that is not open never halts the board. */
#ifndef HOST_BOARD_GDB_SERVER_H
#define HOST_BOARD_GDB_SERVER_H

#include "host/cli/core/cli.h"
#include "vboard/gdb.h"

struct gdb_server {
    struct gdb gdb;
    bool is_open;
    int listener, fd;
    char name[128]; /* for people: "127.0.0.1:3333" */
    char in[2048], out[2048];
    size_t in_len, out_len;
};

/* text: ":PORT", "PORT" or "HOST:PORT"; without a host, this machine only. halted: the board waits for a debugger
 * before its first instruction. CLI_DONE, or an exit code with the error printed. */
MUST_CHECK int gdb_server_open(struct gdb_server *d, const char *text, struct vboard *v,
                               FILE *trace, bool halted);
void gdb_server_close(struct gdb_server *d);

/* Accept a client, notice that it left, move bytes both ways; never blocks. */
void gdb_server_serve(struct gdb_server *d);
/* The descriptor to poll: readable when a client wants something; -1 if the server is not open. */
int gdb_server_fd(const struct gdb_server *d);

bool gdb_server_is_open(const struct gdb_server *d);
bool gdb_server_halted(const struct gdb_server *d);
bool gdb_server_killed(const struct gdb_server *d);
unsigned gdb_server_until(const struct gdb_server *d);
void gdb_server_stopped(struct gdb_server *d, const struct vboard_stop *stop);

#endif
