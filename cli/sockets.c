#include "cli/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/ports.h"

#define CONNECT_TIMEOUT_MS 5000

/* Connect without blocking for longer than the limit; errno says why on false. */
static bool connect_within(int fd, const struct addrinfo *a)
{
    if (connect(fd, a->ai_addr, a->ai_addrlen) == 0)
        return true;
    if (errno != EINPROGRESS)
        return false;
    struct pollfd p = {.fd = fd, .events = POLLOUT};
    int error = ETIMEDOUT;
    socklen_t len = sizeof error;
    if (poll(&p, 1, CONNECT_TIMEOUT_MS) == 1)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
    errno = error;
    return error == 0;
}

enum err socket_connect(int *fd, const struct device_name *n, int type, char *why, size_t cap)
{
    const struct addrinfo hints = {.ai_socktype = type, .ai_family = AF_UNSPEC};
    struct addrinfo *list = NULL;
    char port[8];
    snprintf(port, sizeof port, "%u", n->port);
    int rc = getaddrinfo(n->place, port, &hints, &list);
    if (rc != 0) {
        snprintf(why, cap, "%s", gai_strerror(rc));
        return ERR_NOENT;
    }
    enum err e = ERR_NOENT;
    for (const struct addrinfo *a = list; a != NULL && e != ERR_OK; a = a->ai_next) {
        int s = socket(a->ai_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (s >= 0 && connect_within(s, a)) {
            *fd = s;
            e = ERR_OK;
            continue;
        }
        e = port_errno(errno);
        snprintf(why, cap, "%s", strerror(errno));
        if (s >= 0)
            close(s);
    }
    freeaddrinfo(list);
    return e;
}
