/* port_fd.c - bytes over a file descriptor, with time limits. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "core/base/bytes.h"
#include "host/client/link/ports.h"

/* A line that accepts no byte for so long is stuck. */
#define WRITE_TIMEOUT_MS 5000

enum err port_errno(int error)
{
    switch (error) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
        return ERR_NOENT;
    case EACCES:
    case EPERM:
        return ERR_ACCESS;
    case EBUSY:
    case EWOULDBLOCK:
        return ERR_BUSY;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case EIO: /* a tty whose other end has gone */
        return ERR_CLOSED;
    case ETIMEDOUT:
        return ERR_TIMEOUT;
    default:
        return ERR_IO;
    }
}

static enum err wait_for(int fd, short events, int timeout_ms)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;
    do
        n = poll(&p, 1, timeout_ms);
    while (n < 0 && errno == EINTR);
    if (n == 0)
        return ERR_TIMEOUT;
    /* Bytes that came before a hang-up are still to be read. */
    return n < 0 || (p.revents & events) == 0 ? ERR_CLOSED : ERR_OK;
}

static enum err write_all(struct smp_port *port, const void *data, size_t len)
{
    struct port_fd *p = CONTAINER_OF(port, struct port_fd, port);
    const uint8_t *at = data;
    if (p->fd < 0)
        return ERR_CLOSED;
    while (len > 0) {
        enum err e = wait_for(p->fd, POLLOUT, WRITE_TIMEOUT_MS);
        if (e != ERR_OK)
            return e;
        ssize_t n = write(p->fd, at, len);
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0)
            return n < 0 ? port_errno(errno) : ERR_CLOSED;
        at += n;
        len -= (size_t)n;
    }
    return ERR_OK;
}

static enum err read_some(struct smp_port *port, void *dst, size_t cap, size_t *n,
                          uint32_t timeout_ms)
{
    struct port_fd *p = CONTAINER_OF(port, struct port_fd, port);
    if (p->fd < 0)
        return ERR_CLOSED;
    for (;;) {
        enum err e = wait_for(p->fd, POLLIN, timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms);
        if (e != ERR_OK)
            return e;
        ssize_t got = read(p->fd, dst, cap);
        if (got < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (got <= 0)
            return ERR_CLOSED;
        *n = (size_t)got;
        return ERR_OK;
    }
}

void port_fd_init(struct port_fd *p, int fd)
{
    *p = (struct port_fd){.port = {.write = write_all, .read = read_some}, .fd = fd};
}

void port_fd_close(struct port_fd *p)
{
    if (p->serial != NULL)
        port_serial_close(p);
    else if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}
