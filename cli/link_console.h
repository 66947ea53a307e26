/* link_console.h - SMP packets over a byte stream that carries the device's console too. */
#ifndef CLI_LINK_CONSOLE_H
#define CLI_LINK_CONSOLE_H

#include "cli/device_log.h"
#include "smp/console.h"
#include "smp/transport.h"

struct link_console {
    struct smp_link link;
    struct smp_port *port;
    struct device_log *log; /* takes the text between the frames */
    struct smp_console_decoder decoder;
    uint8_t frame[SMP_PACKET_MAX + 2]; /* the decoder's buffer */
    uint8_t in[512];                   /* bytes read and not yet decoded: in[at..end) */
    size_t at, end;
    uint8_t *dst; /* where the packet goes while recv runs */
    size_t cap, got;
    bool complete;
};

void link_console_init(struct link_console *c, struct smp_port *port, struct device_log *log);

/* The port was reopened: forget half-received things, and end the half line that the device may have in
 * its receiver by one 0a. */
MUST_CHECK enum err link_console_sync(struct link_console *c);

/* Read for at most timeout_ms, or until quiet_ms pass without a byte; text goes to the log, packets are
 * dropped. */
void link_console_drain(struct link_console *c, uint32_t timeout_ms, uint32_t quiet_ms);

#endif
