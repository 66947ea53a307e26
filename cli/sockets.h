/* sockets.h - names to addresses, for the TCP port, the UDP link and the virtual board's door. */
#ifndef CLI_SOCKETS_H
#define CLI_SOCKETS_H

#include <sys/socket.h>

#include "cli/device_name.h"
#include "smp/transport.h"

/* Connect a socket of the given type (SOCK_STREAM, SOCK_DGRAM) to the first address of n that answers.
 * IPv4 and IPv6; at most 5 s per address. Errors as in ports.h. */
MUST_CHECK enum err socket_connect(int *fd, const struct device_name *n, int type, char *why,
                                   size_t cap);

#endif
