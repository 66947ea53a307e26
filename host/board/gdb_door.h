/* gdb_door.h - the TCP port at which a debugger finds the virtual board: vboard/gdb.h with a wire. One client at a
 * time, and it may come again. A door that is not open never halts anything. */
#ifndef HOST_BOARD_GDB_DOOR_H
#define HOST_BOARD_GDB_DOOR_H

#include "host/cli/core/cli.h"
#include "vboard/gdb.h"

struct gdb_door {
    struct gdb gdb;
    bool is_open;
    int listener, fd;
    char name[128]; /* for people: "127.0.0.1:3333" */
    char in[2048], out[2048];
    size_t in_len, out_len;
};

/* text: ":PORT", "PORT" or "HOST:PORT"; without a host, this machine only. halted: the board waits for a debugger
 * before its first instruction. CLI_DONE, or an exit code with the error printed. */
MUST_CHECK int gdb_door_open(struct gdb_door *d, const char *text, struct vboard *v, FILE *trace,
                             bool halted);
void gdb_door_close(struct gdb_door *d);

/* Take and give bytes, accept and lose clients; never waits. */
void gdb_door_serve(struct gdb_door *d);
/* To wait for: readable when a client wants something; -1 if the door is not open. */
int gdb_door_fd(const struct gdb_door *d);

bool gdb_door_is_open(const struct gdb_door *d);
bool gdb_door_halted(const struct gdb_door *d);
bool gdb_door_killed(const struct gdb_door *d);
unsigned gdb_door_until(const struct gdb_door *d);
void gdb_door_stopped(struct gdb_door *d, const struct vboard_stop *stop);

#endif
