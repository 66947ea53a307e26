/* ports.h - ways to reach a device: a serial line and a TCP stream (struct smp_port), UDP datagrams (struct
 * smp_link). */
#ifndef HOST_CLIENT_LINK_PORTS_H
#define HOST_CLIENT_LINK_PORTS_H

#include "core/smp/wire/transport.h"
#include "host/client/link/device_name.h"

/* A byte stream over a file descriptor. */
struct port_fd {
    struct smp_port port;
    int fd;       /* -1: closed */
    void *serial; /* what libserialport knows of it; NULL: no port of that library */
};

/* Use fd, which the caller has opened (or -1). */
void port_fd_init(struct port_fd *p, int fd);
void port_fd_close(struct port_fd *p);

/* Open. ERR_OK; ERR_NOENT (no such port, name or host), ERR_INVAL (the name means several ports), ERR_ACCESS, ERR_BUSY (in
 * use by another program), ERR_CLOSED (refused), ERR_IO; why (cap bytes) then says what the system said. */
MUST_CHECK enum err port_serial_open(struct port_fd *p, const struct device_name *n, char *why,
                                     size_t cap);
/* For port_fd_close. */
void port_serial_close(struct port_fd *p);
/* The path of a serial port, which may be named by its USB id, as it is now. Errors as above. */
MUST_CHECK enum err port_serial_path(const struct device_name *n, char *path, size_t path_cap,
                                     char *why, size_t cap);
MUST_CHECK enum err port_tcp_open(struct port_fd *p, const struct device_name *n, char *why,
                                  size_t cap);

struct link_udp {
    struct smp_link link;
    int fd;
};
void link_udp_init(struct link_udp *u, int fd);
MUST_CHECK enum err link_udp_open(struct link_udp *u, const struct device_name *n, char *why,
                                  size_t cap);
void link_udp_close(struct link_udp *u);

/* The error for an errno. */
enum err port_errno(int error);

#endif
