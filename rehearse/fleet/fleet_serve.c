#include "rehearse/fleet/fleet_serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "rehearse/fleet/fleet_draw.h"

#define EVENTS      64
#define IN_A_ROW    8  /* datagrams of one device before the others have their turn */
#define DESCRIPTORS 16 /* besides the devices' sockets */

/* What epoll reports, in epoll_event.data: a device by its number, and these behind the last device. */
enum source { SOURCE_SIGNAL = FLEET_DEVICES_MAX, SOURCE_LISTENER, SOURCE_CLIENT };

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* ---- open ---- */

static enum err failed(char *why, size_t cap, const char *what)
{
    snprintf(why, cap, "%s: %s", what, strerror(errno));
    return ERR_IO;
}

static bool watch(struct fleet_serve *s, int fd, uint32_t events, unsigned source)
{
    struct epoll_event e = {.events = events, .data.u32 = source};
    return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &e) == 0;
}

static void allow_descriptors(unsigned devices)
{
    struct rlimit l;
    if (getrlimit(RLIMIT_NOFILE, &l) != 0 || l.rlim_cur >= devices + DESCRIPTORS)
        return;
    l.rlim_cur = l.rlim_max;
    (void)!setrlimit(RLIMIT_NOFILE, &l); /* if it does not help, a socket says so */
}

static bool bind_device(struct fleet_serve *s, unsigned i, unsigned port)
{
    struct sockaddr_in a = {.sin_family = AF_INET,
                            .sin_port = htons((uint16_t)port),
                            .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return false;
    s->sockets[s->open++] = fd;
    if (bind(fd, (struct sockaddr *)&a, len) != 0 ||
        getsockname(fd, (struct sockaddr *)&a, &len) != 0)
        return false;
    s->fleet->ports[i] = ntohs(a.sin_port);
    return watch(s, fd, EPOLLIN, i);
}

static enum err bind_devices(struct fleet_serve *s, unsigned base, char *why, size_t cap)
{
    allow_descriptors(s->fleet->count);
    s->sockets = fleet_memory(s->fleet->count, sizeof *s->sockets);
    for (unsigned i = 0; i < s->fleet->count; i++)
        if (!bind_device(s, i, base == 0 ? 0 : base + i)) {
            char what[80];
            snprintf(what, sizeof what, "UDP port %u of 127.0.0.1 for device %u",
                     base == 0 ? 0 : base + i, i);
            return failed(why, cap, what);
        }
    return ERR_OK;
}

static bool catch_signals(struct fleet_serve *s)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    if (sigprocmask(SIG_BLOCK, &set, NULL) != 0)
        return false;
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return s->signals >= 0 && watch(s, s->signals, EPOLLIN, SOURCE_SIGNAL);
}

enum err fleet_serve_open(struct fleet_serve *s, struct fleet *fleet, unsigned base,
                          const char *control, char *why, size_t cap)
{
    *s = (struct fleet_serve){.fleet = fleet, .signals = -1, .control.listener = -1};
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (s->epoll < 0 || !catch_signals(s))
        return failed(why, cap, "epoll");
    enum err e = fleet_control_open(&s->control, control);
    if (e == ERR_INVAL)
        snprintf(why, cap, "%s: too long for a Unix socket", control);
    if (e == ERR_IO || (e == ERR_OK && !watch(s, s->control.listener, EPOLLIN, SOURCE_LISTENER)))
        return failed(why, cap, control);
    return e == ERR_OK ? bind_devices(s, base, why, cap) : e;
}

void fleet_serve_close(struct fleet_serve *s)
{
    for (unsigned i = 0; i < s->open; i++)
        close(s->sockets[i]);
    free(s->sockets);
    fleet_control_close(&s->control);
    if (s->signals >= 0)
        close(s->signals);
    if (s->epoll >= 0)
        close(s->epoll);
}

/* ---- run ---- */

struct peer {
    int fd;
    struct sockaddr_in a;
};

static void send_to(void *ctx, const uint8_t *packet, size_t len)
{
    const struct peer *p = ctx;
    /* What the kernel does not take is lost, as on any line. */
    (void)!sendto(p->fd, packet, len, 0, (const struct sockaddr *)&p->a, sizeof p->a);
}

static void serve_device(struct fleet_serve *s, unsigned i)
{
    uint8_t packet[FLEET_PACKET_MAX];
    struct peer p = {.fd = s->sockets[i]};
    for (unsigned n = 0; n < IN_A_ROW; n++) {
        socklen_t len = sizeof p.a;
        ssize_t got =
            recvfrom(p.fd, packet, sizeof packet, MSG_TRUNC, (struct sockaddr *)&p.a, &len);
        if (got < 0)
            return;
        if ((size_t)got <= sizeof packet) /* a device has no room for a longer one */
            fleet_device_receive(&s->fleet->devices[i], packet, (size_t)got, now_ms(), send_to, &p);
    }
}

/* Boots whose time has come; the milliseconds until the next one, -1: none is due. */
static int wake_devices(struct fleet_serve *s)
{
    uint64_t now = now_ms(), next = FLEET_NEVER;
    for (unsigned i = 0; i < s->fleet->count; i++) {
        struct fleet_device *d = &s->fleet->devices[i];
        if (d->wake_ms == FLEET_NEVER)
            continue;
        fleet_device_wake(d, now);
        if (d->wake_ms < next)
            next = d->wake_ms;
    }
    return next == FLEET_NEVER ? -1 : next <= now ? 0 : (int)(next - now);
}

static void serve_client(struct fleet_serve *s, unsigned i)
{
    struct control_client *c = &s->control.clients[i];
    if (c->fd < 0 || !fleet_control_serve(c, s->fleet, now_ms()))
        return; /* epoll forgets a descriptor that is closed */
    struct epoll_event e = {.events = c->out != NULL ? EPOLLOUT : EPOLLIN,
                            .data.u32 = SOURCE_CLIENT + i};
    epoll_ctl(s->epoll, EPOLL_CTL_MOD, c->fd, &e);
}

static void take_client(struct fleet_serve *s)
{
    int i = fleet_control_accept(&s->control);
    if (i >= 0)
        (void)!watch(s, s->control.clients[i].fd, EPOLLIN, SOURCE_CLIENT + (unsigned)i);
}

static void serve(struct fleet_serve *s, unsigned source)
{
    if (source < FLEET_DEVICES_MAX)
        serve_device(s, source);
    else if (source == SOURCE_LISTENER)
        take_client(s);
    else
        serve_client(s, source - SOURCE_CLIENT);
}

void fleet_serve_run(struct fleet_serve *s)
{
    struct epoll_event e[EVENTS];
    for (;;) {
        int n = epoll_wait(s->epoll, e, EVENTS, wake_devices(s));
        for (int i = 0; i < n; i++) {
            if (e[i].data.u32 == SOURCE_SIGNAL)
                return;
            serve(s, e[i].data.u32);
        }
    }
}
