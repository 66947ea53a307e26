/* fake_server.h - the device of fake_device.h in a process of its own, over UDP, TCP or a pty, with its log
 * between the frames. */
#ifndef TESTING_CLIENT_FAKE_SERVER_H
#define TESTING_CLIENT_FAKE_SERVER_H

#include <sys/types.h>

#include "testing/client/fake_device.h"

/* The last two are TCP, too: behind Zephyr's shell, and raw packets, without a console. */
enum fake_kind { FAKE_UDP4, FAKE_UDP6, FAKE_TCP, FAKE_PTY, FAKE_SHELL, FAKE_RAW };

struct fake_server {
    pid_t pid;
    const char *option; /* "--udp", "--tcp", "--port" */
    char address[128];  /* its value */
};

/* The device runs version 1.0.0. */
void fake_server_start(struct fake_server *s, enum fake_kind kind, enum fake_habit habit);
void fake_server_stop(struct fake_server *s);

#endif
