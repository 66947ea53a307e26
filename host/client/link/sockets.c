#include "host/client/link/sockets.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/client/link/ports.h"

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

static void name_listener(int fd, char *name, size_t cap)
{
    struct sockaddr_storage a;
    socklen_t len = sizeof a;
    char host[100] = "", port[10] = "";
    if (getsockname(fd, (struct sockaddr *)&a, &len) == 0)
        getnameinfo((struct sockaddr *)&a, len, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV);
    snprintf(name, cap, "%s:%s", host, port);
}

enum err socket_listen(int *fd, const char *host, const char *port, char *name, size_t name_cap,
                       char *why, size_t cap)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *list = NULL;
    int rc = getaddrinfo(host, port, &hints, &list), on = 1;
    if (rc != 0) {
        snprintf(why, cap, "%s", gai_strerror(rc));
        return ERR_INVAL;
    }
    int s = socket(list->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    bool ok = s >= 0 && setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
              bind(s, list->ai_addr, list->ai_addrlen) == 0 && listen(s, 1) == 0;
    snprintf(why, cap, "%s", strerror(errno));
    freeaddrinfo(list);
    if (!ok && s >= 0)
        close(s);
    if (!ok)
        return ERR_IO;
    name_listener(s, name, name_cap);
    *fd = s;
    return ERR_OK;
}

int socket_accept(int listener)
{
    int on = 1, fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0)
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}
