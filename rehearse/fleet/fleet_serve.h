/* fleet_serve.h - all devices of a fleet in one thread, each on a UDP port of its own. */
#ifndef REHEARSE_FLEET_FLEET_SERVE_H
#define REHEARSE_FLEET_FLEET_SERVE_H

#include "rehearse/fleet/fleet_control.h"

/* Caller-owned; zero before fleet_serve_open. */
struct fleet_serve {
    struct fleet *fleet;
    int *sockets; /* as many as there are devices */
    int epoll, signals;
    struct fleet_control control;
    unsigned open; /* sockets that are bound */
};

/* Bind device i to 127.0.0.1, UDP port base + i (0: any port that is free), and listen for the judge at control.
 * fleet->ports is filled in. From here on SIGTERM and SIGINT only end fleet_serve_run. Not ERR_OK: why (cap bytes) is a
 * text for a person; fleet_serve_close is called all the same. */
MUST_CHECK enum err fleet_serve_open(struct fleet_serve *s, struct fleet *fleet, unsigned base,
                                     const char *control, char *why, size_t cap);

/* Until SIGTERM or SIGINT. */
void fleet_serve_run(struct fleet_serve *s);

/* Closes all, and removes the judge's socket. The devices stay. */
void fleet_serve_close(struct fleet_serve *s);

#endif
