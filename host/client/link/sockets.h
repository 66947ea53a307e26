/* sockets.h - names to addresses, for the TCP port, the UDP link and the virtual board's endpoint. */
#ifndef HOST_CLIENT_LINK_SOCKETS_H
#define HOST_CLIENT_LINK_SOCKETS_H

#include <sys/socket.h>

#include "core/smp/wire/transport.h"
#include "host/client/link/device_name.h"

/* Connect a socket of the given type (SOCK_STREAM, SOCK_DGRAM) to the first address of n that answers.
 * IPv4 and IPv6; at most 5 s per address. Errors as in ports.h. */
MUST_CHECK enum err socket_connect(int *fd, const struct device_name *n, int type, char *why,
                                   size_t cap);

/* Listen at host:port for stream clients. accept does not block. name becomes the address in numbers, with the port that
 * was chosen for port 0. ERR_INVAL: no such address; ERR_IO: it cannot be had; why (cap bytes) in both cases. */
MUST_CHECK enum err socket_listen(int *fd, const char *host, const char *port, char *name,
                                  size_t name_cap, char *why, size_t cap);

/* The next client of a listener, not blocking and without delay; -1: there is none. */
int socket_accept(int listener);

#endif
