#include "testing/client/fake_server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "testing/client/fake_wire.h"

/* The device's endpoints; one set per process. */
static struct {
    enum fake_kind kind;
    enum fake_habit habit;
    int listener, fd;
    struct sockaddr_storage client; /* UDP */
    socklen_t client_len;
    struct fake_wire wire;
    bool hung_up;
    pid_t parent; /* who has started it */
} d;

static bool is_stream(void)
{
    return d.kind >= FAKE_TCP;
}

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    _exit(99);
}

/* ---- the line ---- */

static enum err send_bytes(void *ctx, const void *bytes, size_t len)
{
    (void)ctx;
    const char *at = bytes;
    while (len > 0 && d.fd >= 0) {
        ssize_t n = write(d.fd, at, len);
        if (n <= 0)
            return ERR_CLOSED;
        at += n;
        len -= (size_t)n;
    }
    return ERR_OK;
}

static void log_line(const char *text, size_t len)
{
    if (is_stream() && d.kind != FAKE_RAW)
        (void)!send_bytes(NULL, text, len);
}

static void send_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (is_stream())
        (void)!fake_wire_send(&d.wire, packet, len, send_bytes, NULL);
    else
        sendto(d.fd, packet, len, 0, (struct sockaddr *)&d.client, d.client_len);
}

/* Before the answer goes out, so that the upload cannot end first. */
static void interrupt_once(void)
{
    if (d.habit != FAKE_INTERRUPTS || d.hung_up || !fake_device_half_done())
        return;
    d.hung_up = true;
    kill(d.parent, SIGINT);
}

static void on_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    if (d.habit == FAKE_SILENT)
        return;
    interrupt_once();
    fake_device_receive(packet, len);
    if (fake_device_takes_reset())
        fake_device_boot();
}

static void hang_up_once(void)
{
    if (d.habit != FAKE_HANGS_UP || d.hung_up || !fake_device_half_done())
        return;
    d.hung_up = true;
    close(d.fd);
    d.fd = -1;
}

static void serve_stream(void)
{
    char bytes[512];
    if (d.fd < 0)
        d.fd = accept(d.listener, NULL, NULL);
    ssize_t n = read(d.fd, bytes, sizeof bytes);
    if (n > 0) {
        fake_wire_take(&d.wire, bytes, (size_t)n);
        hang_up_once();
    } else if (d.kind != FAKE_PTY) {
        close(d.fd);
        d.fd = -1;
    } else {
        usleep(5000); /* nobody has the pty open */
    }
}

static void serve_datagram(void)
{
    static uint8_t packet[FAKE_BUF_SIZE];
    d.client_len = sizeof d.client;
    ssize_t n =
        recvfrom(d.fd, packet, sizeof packet, 0, (struct sockaddr *)&d.client, &d.client_len);
    if (n > 0)
        on_packet(NULL, packet, (size_t)n);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

static void run(void)
{
    static const struct fake_line line = {send_packet, log_line, NULL, NULL, 4};
    const enum fake_framing framing = d.kind == FAKE_SHELL ? FAKE_SHELL_FRAMES
                                      : d.kind == FAKE_RAW ? FAKE_RAW_PACKETS
                                                           : FAKE_FRAMES;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGPIPE, SIG_IGN);
    fake_device_start(d.habit, &line);
    fake_wire_init(&d.wire, framing, on_packet, log_line, now_ms);
    for (;;) {
        if (is_stream())
            serve_stream();
        else
            serve_datagram();
    }
}

/* ---- start and stop ---- */

static int bound_socket(int family, int type, unsigned *port)
{
    struct sockaddr_in a4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct sockaddr *a = family == AF_INET ? (struct sockaddr *)&a4 : (struct sockaddr *)&a6;
    socklen_t len = family == AF_INET ? sizeof a4 : sizeof a6;
    int fd = socket(family, type | SOCK_CLOEXEC, 0);
    must(fd >= 0 && bind(fd, a, len) == 0 && getsockname(fd, a, &len) == 0, "bind");
    *port = ntohs(family == AF_INET ? a4.sin_port : a6.sin6_port);
    return fd;
}

static void open_pty(struct fake_server *s)
{
    struct termios t;
    d.fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    must(d.fd >= 0 && grantpt(d.fd) == 0 && unlockpt(d.fd) == 0 && tcgetattr(d.fd, &t) == 0, "pty");
    cfmakeraw(&t);
    tcsetattr(d.fd, TCSANOW, &t);
    must(ptsname_r(d.fd, s->address, sizeof s->address) == 0, "ptsname");
    s->option = "--port";
}

static void open_endpoint(struct fake_server *s)
{
    unsigned port = 0;
    d.fd = d.listener = -1;
    if (d.kind == FAKE_PTY) {
        open_pty(s);
        return;
    }
    if (is_stream()) {
        d.listener = bound_socket(AF_INET, SOCK_STREAM, &port);
        must(listen(d.listener, 1) == 0, "listen");
    } else {
        d.fd = bound_socket(d.kind == FAKE_UDP6 ? AF_INET6 : AF_INET, SOCK_DGRAM, &port);
    }
    s->option = is_stream() ? "--tcp" : "--udp";
    snprintf(s->address, sizeof s->address, "%s:%u", d.kind == FAKE_UDP6 ? "[::1]" : "127.0.0.1",
             port);
}

void fake_server_start(struct fake_server *s, enum fake_kind kind, enum fake_habit habit)
{
    d.kind = kind;
    d.habit = habit;
    d.parent = getpid();
    open_endpoint(s);
    fflush(NULL);
    s->pid = fork();
    must(s->pid >= 0, "fork");
    if (s->pid == 0)
        run();
    close(d.fd >= 0 ? d.fd : d.listener);
}

void fake_server_stop(struct fake_server *s)
{
    kill(s->pid, SIGKILL);
    waitpid(s->pid, NULL, 0);
}
