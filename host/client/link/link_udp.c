/* link_udp.c - one SMP packet per datagram, as in mcumgr's UDP transport. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "host/client/link/ports.h"
#include "host/client/link/sockets.h"

static enum err send_packet(struct smp_link *l, const uint8_t *packet, size_t len)
{
    struct link_udp *u = CONTAINER_OF(l, struct link_udp, link);
    ssize_t n = send(u->fd, packet, len, 0);
    if (n < 0 && errno == ECONNREFUSED) /* the answer to an earlier datagram; report it once */
        return ERR_CLOSED;
    return n == (ssize_t)len ? ERR_OK : ERR_IO;
}

static enum err recv_packet(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                            uint32_t timeout_ms)
{
    struct link_udp *u = CONTAINER_OF(l, struct link_udp, link);
    struct pollfd p = {.fd = u->fd, .events = POLLIN};
    int ready;
    do
        ready = poll(&p, 1, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return ready == 0 ? ERR_TIMEOUT : ERR_IO;
    /* MSG_TRUNC: the datagram's length, even if it is cut. */
    ssize_t n = recv(u->fd, packet, cap, MSG_TRUNC);
    if (n < 0)
        return port_errno(errno);
    if ((size_t)n > cap)
        return ERR_NOMEM;
    *len = (size_t)n;
    return ERR_OK;
}

void link_udp_init(struct link_udp *u, int fd)
{
    *u = (struct link_udp){.link = {.send = send_packet, .recv = recv_packet}, .fd = fd};
}

/* The peer's family decides how much fits an Ethernet frame beside the IP and UDP headers. */
static size_t largest_datagram(int fd)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    bool v6 = getpeername(fd, (struct sockaddr *)&a, &len) == 0 && a.ss_family == AF_INET6;
    return v6 ? 1452 : 1472;
}

enum err link_udp_open(struct link_udp *u, const struct device_name *n, char *why, size_t cap)
{
    link_udp_init(u, -1);
    enum err e = socket_connect(&u->fd, n, SOCK_DGRAM, why, cap);
    if (e == ERR_OK)
        u->link.max_packet = largest_datagram(u->fd);
    return e;
}

void link_udp_close(struct link_udp *u)
{
    if (u->fd >= 0)
        close(u->fd);
    u->fd = -1;
}
