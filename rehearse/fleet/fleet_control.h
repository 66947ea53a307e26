/* fleet_control.h - the Unix socket on which a judge asks: lines in, lines out. It never makes the devices wait: an answer
 * that the judge does not read stays in memory, and so long no further line of its is read. */
#ifndef REHEARSE_FLEET_FLEET_CONTROL_H
#define REHEARSE_FLEET_FLEET_CONTROL_H

#include "rehearse/fleet/fleet_command.h"

#define CONTROL_CLIENTS 4u

struct control_client {
    int fd; /* -1: free */
    char line[FLEET_COMMAND_MAX];
    size_t line_len;
    char *out; /* what is not written yet; NULL: nothing */
    size_t out_len, out_at;
};

struct fleet_control {
    int listener;
    char path[108]; /* of a sockaddr_un */
    struct control_client clients[CONTROL_CLIENTS];
};

/* Listen at path; a socket that an earlier run left there is replaced. ERR_INVAL: the path is too long; ERR_IO: errno
 * says why. */
MUST_CHECK enum err fleet_control_open(struct fleet_control *c, const char *path);
void fleet_control_close(struct fleet_control *c);

/* The number of a client that has come, or -1: nobody, or CONTROL_CLIENTS are there and it was turned away. */
int fleet_control_accept(struct fleet_control *c);

/* Its socket can be read, or written. False: it has gone, and its socket is closed. */
bool fleet_control_serve(struct control_client *client, struct fleet *f, uint64_t now_ms);

#endif
