/* port_tcp.c - a serial stream over TCP: the virtual board's endpoint, or a terminal server. */
#include <netinet/in.h>
#include <netinet/tcp.h>

#include "host/client/link/ports.h"
#include "host/client/link/sockets.h"

enum err port_tcp_open(struct port_fd *p, const struct device_name *n, char *why, size_t cap)
{
    port_fd_init(p, -1);
    enum err e = socket_connect(&p->fd, n, SOCK_STREAM, why, cap);
    if (e != ERR_OK)
        return e;
    int on = 1; /* a request is a few short writes; do not wait to merge them */
    setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return ERR_OK;
}
