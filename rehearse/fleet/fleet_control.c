#include "rehearse/fleet/fleet_control.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum err fleet_control_open(struct fleet_control *c, const char *path)
{
    struct sockaddr_un a = {.sun_family = AF_UNIX};
    memset(c, 0, sizeof *c);
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        c->clients[i].fd = -1;
    c->listener = -1;
    if (strlen(path) >= sizeof a.sun_path)
        return ERR_INVAL;
    strcpy(a.sun_path, path);
    strcpy(c->path, path);
    unlink(path);
    c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (c->listener < 0 || bind(c->listener, (struct sockaddr *)&a, sizeof a) != 0 ||
        listen(c->listener, (int)CONTROL_CLIENTS) != 0)
        return ERR_IO;
    return ERR_OK;
}

static void hang_up(struct control_client *client)
{
    if (client->fd >= 0)
        close(client->fd);
    free(client->out);
    client->out = NULL;
    client->fd = -1;
}

void fleet_control_close(struct fleet_control *c)
{
    for (unsigned i = 0; i < CONTROL_CLIENTS; i++)
        hang_up(&c->clients[i]);
    if (c->listener >= 0)
        close(c->listener);
    unlink(c->path);
}

int fleet_control_accept(struct fleet_control *c)
{
    int fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (unsigned i = 0; fd >= 0 && i < CONTROL_CLIENTS; i++)
        if (c->clients[i].fd < 0) {
            c->clients[i].fd = fd;
            c->clients[i].line_len = 0;
            return (int)i;
        }
    if (fd >= 0)
        close(fd);
    return -1;
}

/* True if the client is still there; what cannot be written yet stays. */
static bool write_out(struct control_client *client)
{
    while (client->out != NULL) {
        ssize_t n = send(client->fd, client->out + client->out_at, client->out_len - client->out_at,
                         MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN || errno == EINTR;
        client->out_at += (size_t)n;
        if (client->out_at < client->out_len)
            continue;
        free(client->out);
        client->out = NULL;
    }
    return true;
}

static void answer(struct control_client *client, struct fleet *f, const char *line, size_t len,
                   uint64_t now_ms)
{
    client->out = fleet_answer(f, line, len, now_ms);
    client->out_len = strlen(client->out) + 1;
    client->out[client->out_len - 1] = '\n'; /* in place of the NUL */
    client->out_at = 0;
}

/* The lines that are there, one after another as long as the answers are taken. */
static bool answer_lines(struct control_client *client, struct fleet *f, uint64_t now_ms)
{
    char *end;
    while (client->out == NULL && (end = memchr(client->line, '\n', client->line_len)) != NULL) {
        size_t len = (size_t)(end - client->line);
        answer(client, f, client->line, len, now_ms);
        client->line_len -= len + 1;
        memmove(client->line, end + 1, client->line_len);
        if (!write_out(client))
            return false;
    }
    return client->out != NULL || client->line_len < sizeof client->line;
}

/* A client that hangs up, or whose line does not end, has gone. */
static bool read_lines(struct control_client *client)
{
    if (client->out != NULL)
        return true;
    ssize_t n = recv(client->fd, client->line + client->line_len,
                     sizeof client->line - client->line_len, 0);
    if (n < 0)
        return errno == EAGAIN || errno == EINTR;
    client->line_len += (size_t)n;
    return n > 0;
}

bool fleet_control_serve(struct control_client *client, struct fleet *f, uint64_t now_ms)
{
    if (write_out(client) && read_lines(client) && answer_lines(client, f, now_ms))
        return true;
    hang_up(client);
    return false;
}
