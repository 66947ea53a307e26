/* service.h - what a service tells systemd: that it is ready, alive, what it does, and that it stops. Datagrams to the socket
 * in NOTIFY_SOCKET, as sd_notify(3) describes them, without libsystemd. Without that variable nothing happens. */
#ifndef HOST_GATEWAY_SERVICE_SERVICE_H
#define HOST_GATEWAY_SERVICE_SERVICE_H

#include <stdint.h>
#include <sys/socket.h>
#include <sys/un.h>

struct service {
    int fd; /* negative: nobody listens */
    struct sockaddr_un to;
    socklen_t to_len;
    uint32_t
        watchdog_ms; /* systemd ends a service that was silent for so long; 0: it does not watch */
};

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID. A socket that cannot be used counts as none. */
void service_open(struct service *s);
void service_close(struct service *s);

/* Each sends one message, and waits for systemd at most a second. A message that is lost is no error: the watchdog
 * notices. */
void service_ready(const struct service *s);
/* Call it at least every watchdog_ms / 2, from the loop that must not hang. */
void service_alive(const struct service *s);
/* What systemctl status shows: one line, at most 200 bytes; what follows a line's end is left out. */
void service_status(const struct service *s, const char *text);
void service_stopping(const struct service *s);

#endif
