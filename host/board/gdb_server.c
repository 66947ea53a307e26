#include "host/board/gdb_server.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "host/client/link/sockets.h"

/* A debugger controls the whole board, so listen on 127.0.0.1 unless a host is named. */
static int listen_on(struct gdb_server *d, const char *text)
{
    const char *colon = strrchr(text, ':'), *port = colon != NULL ? colon + 1 : text;
    const char *host =
        colon != NULL && colon != text ? cli_text("%.*s", (int)(colon - text), text) : "127.0.0.1";
    char why[100];
    enum err e = socket_listen(&d->listener, host, port, d->name, sizeof d->name, why, sizeof why);
    if (e == ERR_OK)
        return CLI_DONE;
    if (e == ERR_INVAL)
        return cli_fail(CLI_USAGE, cli_text("--gdb: '%s' is not an address", text), why,
                        "--gdb :3333 or --gdb HOST:3333");
    return cli_fail(CLI_NO_CONNECTION, cli_text("cannot listen on %s:%s for GDB", host, port), why,
                    "choose another port: --gdb :3334; port 0 takes any that is free");
}

int gdb_server_open(struct gdb_server *d, const char *text, struct vboard *v, FILE *trace,
                    bool halted)
{
    memset(d, 0, sizeof *d);
    d->fd = d->listener = -1;
    gdb_init(&d->gdb, v, trace, halted);
    int code = listen_on(d, text);
    d->is_open = code == CLI_DONE;
    return code;
}

static void lose_client(struct gdb_server *d)
{
    if (d->fd >= 0)
        close(d->fd);
    d->fd = -1;
    d->in_len = d->out_len = 0;
    gdb_disconnect(&d->gdb);
}

void gdb_server_close(struct gdb_server *d)
{
    if (!d->is_open)
        return;
    if (d->fd >= 0)
        close(d->fd);
    close(d->listener);
    d->is_open = false;
}

static void accept_client(struct gdb_server *d)
{
    d->fd = socket_accept(d->listener);
    if (d->fd >= 0)
        gdb_connect(&d->gdb);
}

/* False: the client has gone. */
static bool take(struct gdb_server *d)
{
    ssize_t n = 0;
    if (d->in_len < sizeof d->in) {
        n = read(d->fd, d->in + d->in_len, sizeof d->in - d->in_len);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
            return false;
    }
    d->in_len += n > 0 ? (size_t)n : 0;
    size_t taken = gdb_receive(&d->gdb, d->in, d->in_len);
    memmove(d->in, d->in + taken, d->in_len - taken);
    d->in_len -= taken;
    return true;
}

static bool give(struct gdb_server *d)
{
    d->out_len += gdb_send(&d->gdb, d->out + d->out_len, sizeof d->out - d->out_len);
    while (d->out_len > 0) {
        ssize_t n = send(d->fd, d->out, d->out_len, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        memmove(d->out, d->out + n, d->out_len - (size_t)n);
        d->out_len -= (size_t)n;
        d->out_len += gdb_send(&d->gdb, d->out + d->out_len, sizeof d->out - d->out_len);
    }
    return !gdb_wants_close(&d->gdb);
}

void gdb_server_serve(struct gdb_server *d)
{
    if (!d->is_open)
        return;
    if (d->fd < 0)
        accept_client(d);
    if (d->fd >= 0 && (!take(d) || !give(d)))
        lose_client(d);
}

int gdb_server_fd(const struct gdb_server *d)
{
    if (!d->is_open)
        return -1;
    return d->fd >= 0 ? d->fd : d->listener;
}

bool gdb_server_is_open(const struct gdb_server *d)
{
    return d->is_open;
}

bool gdb_server_halted(const struct gdb_server *d)
{
    return d->is_open && gdb_halted(&d->gdb);
}

bool gdb_server_killed(const struct gdb_server *d)
{
    return d->is_open && gdb_killed(&d->gdb);
}

unsigned gdb_server_until(const struct gdb_server *d)
{
    return d->is_open ? gdb_until(&d->gdb) : 0;
}

void gdb_server_stopped(struct gdb_server *d, const struct vboard_stop *stop)
{
    if (d->is_open)
        gdb_stopped(&d->gdb, stop);
}
