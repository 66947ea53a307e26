/* fake_server.h - a device for tests, in a process of its own: the real SMP server and update engine on a
 * fake flash, over UDP, TCP or a pty, with its log between the frames. */
#ifndef CLI_FAKE_SERVER_H
#define CLI_FAKE_SERVER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum fake_kind { FAKE_UDP4, FAKE_UDP6, FAKE_TCP, FAKE_PTY };

/* What is wrong with the device. */
enum fake_habit {
    FAKE_SOUND,
    FAKE_FLASH_FAILS, /* every program of bank 2 fails as in the field report */
    FAKE_SILENT,      /* never answers */
    FAKE_HANGS_UP,    /* closes the line once when an upload is half done */
    FAKE_OTHER_KEY,   /* its bootloader trusts a key that nothing is signed with */
};

struct fake_server {
    pid_t pid;
    const char *option; /* "--udp", "--tcp", "--port" */
    char address[128];  /* its value */
};

/* The device runs version 1.0.0. */
void fake_server_start(struct fake_server *s, enum fake_kind kind, enum fake_habit habit);
void fake_server_stop(struct fake_server *s);

/* A signed-by-hash image of this version, with payload bytes of program; returns its size. */
size_t fake_image(uint8_t *out, size_t cap, uint8_t major, size_t payload);

#endif
