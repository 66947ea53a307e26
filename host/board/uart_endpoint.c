#include "host/board/uart_endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "host/cli/core/cleanup.h"
#include "host/client/link/sockets.h"

/* How often to look whether somebody has opened the pty. */
#define PTY_LOOK_MS 20

static struct termios stdin_before;
static bool stdin_changed;

static int failed(const char *what, const char *next)
{
    return cli_fail(CLI_NO_CONNECTION, what, strerror(errno), next);
}

static void set_nonblocking(int fd)
{
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

/* ---- pty ---- */

static int make_link(struct uart_endpoint *d, const char *link)
{
    struct stat st;
    if (lstat(link, &st) == 0 && !S_ISLNK(st.st_mode))
        return cli_fail(CLI_BAD_FILE, cli_text("cannot make the link '%s'", link),
                        "the name belongs to something that is not a link", "choose another name");
    const char *temporary = cli_beside(link);
    sigset_t before;
    cleanup_hold(&before);
    bool made = symlink(d->name, temporary) == 0, renamed = made && rename(temporary, link) == 0;
    int why = errno;
    if (made && !renamed)
        unlink(temporary);
    cleanup_release(&before);
    if (!renamed)
        return cli_fail(CLI_BAD_FILE, cli_text("cannot make the link '%s'", link), strerror(why),
                        "check the folder and its permissions");
    snprintf(d->link, sizeof d->link, "%s", link);
    return CLI_DONE;
}

static int open_pty(struct uart_endpoint *d, const char *link)
{
    struct termios t;
    d->fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (d->fd < 0 || grantpt(d->fd) != 0 || unlockpt(d->fd) != 0 ||
        ptsname_r(d->fd, d->name, sizeof d->name) != 0 || tcgetattr(d->fd, &t) != 0)
        return failed("cannot make a pty", "is /dev/pts mounted? --uart tcp:5000 does without");
    cfmakeraw(&t);
    tcsetattr(d->fd, TCSANOW, &t);
    set_nonblocking(d->fd);
    /* Linux reports a hang-up on the master only after a client has opened and closed the pty. */
    int slave = open(d->name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave >= 0)
        close(slave);
    return link[0] != '\0' ? make_link(d, link) : CLI_DONE;
}

/* ---- TCP ---- */

static int listen_on(struct uart_endpoint *d, const char *host, const char *port)
{
    char why[100];
    enum err e = socket_listen(&d->listener, host, port, d->name, sizeof d->name, why, sizeof why);
    if (e == ERR_OK)
        return CLI_DONE;
    if (e == ERR_INVAL)
        return cli_fail(CLI_USAGE, cli_text("--uart tcp: '%s:%s' is not an address", host, port),
                        why, "--uart tcp:5000");
    return cli_fail(CLI_NO_CONNECTION, cli_text("cannot listen on %s:%s", host, port), why,
                    "choose another port");
}

/* Listen on 127.0.0.1 unless a host is named: do not expose the board's console to the network. */
static int open_tcp(struct uart_endpoint *d, const char *text)
{
    const char *colon = strrchr(text, ':');
    if (colon == NULL)
        return listen_on(d, "127.0.0.1", text);
    return listen_on(d, cli_text("%.*s", (int)(colon - text), text), colon + 1);
}

static void accept_client(struct uart_endpoint *d)
{
    if (d->kind != ENDPOINT_TCP || d->fd >= 0)
        return;
    d->fd = socket_accept(d->listener);
    d->connected = d->fd >= 0;
}

/* ---- stdio ---- */

static int open_stdio(struct uart_endpoint *d)
{
    d->fd = STDIN_FILENO;
    d->connected = true;
    snprintf(d->name, sizeof d->name, "stdio");
    if (tcgetattr(STDIN_FILENO, &stdin_before) != 0)
        return CLI_DONE; /* a pipe */
    struct termios t = stdin_before;
    cfmakeraw(&t);
    t.c_lflag |= ISIG; /* Ctrl-C ends the board */
    t.c_oflag |= OPOST;
    /* So that a signal restores the terminal even if the board is not closed in order. */
    cleanup_terminal(STDIN_FILENO, &stdin_before, &t, "");
    stdin_changed = tcsetattr(STDIN_FILENO, TCSANOW, &t) == 0;
    return CLI_DONE;
}

/* ---- any ---- */

int endpoint_open(struct uart_endpoint *d, const char *text)
{
    memset(d, 0, sizeof *d);
    d->fd = d->listener = -1;
    if (strncmp(text, "pty", 3) == 0 && (text[3] == '\0' || text[3] == ':')) {
        d->kind = ENDPOINT_PTY;
        return open_pty(d, text[3] == ':' ? text + 4 : "");
    }
    if (strncmp(text, "tcp:", 4) == 0) {
        d->kind = ENDPOINT_TCP;
        return open_tcp(d, text + 4);
    }
    if (strcmp(text, "stdio") == 0) {
        d->kind = ENDPOINT_STDIO;
        return open_stdio(d);
    }
    if (strcmp(text, "none") == 0)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("--uart: '%s' is not a known connection", text), NULL,
                    "--uart pty[:LINK], tcp:PORT, stdio or none");
}

static void remove_link(struct uart_endpoint *d)
{
    char target[256];
    ssize_t n = d->link[0] != '\0' ? readlink(d->link, target, sizeof target - 1) : -1;
    if (n < 0)
        return;
    target[n] = '\0';
    if (strcmp(target, d->name) == 0) /* another board may have replaced the link by its own */
        unlink(d->link);
}

void endpoint_close(struct uart_endpoint *d)
{
    remove_link(d);
    if (d->fd >= 0 && d->kind != ENDPOINT_STDIO)
        close(d->fd);
    if (d->listener >= 0)
        close(d->listener);
    if (d->kind == ENDPOINT_STDIO && stdin_changed) {
        tcsetattr(STDIN_FILENO, TCSANOW, &stdin_before);
        cleanup_terminal(-1, NULL, NULL, NULL);
        stdin_changed = false;
    }
    d->fd = d->listener = -1;
}

static void lose_client(struct uart_endpoint *d)
{
    d->connected = false;
    d->out_len = 0;
    if (d->kind == ENDPOINT_PTY || d->fd < 0)
        return; /* the master stays for the next client */
    if (d->kind == ENDPOINT_TCP)
        close(d->fd);
    d->fd = -1;
}

size_t endpoint_read(struct uart_endpoint *d, void *dst, size_t cap)
{
    accept_client(d);
    if (d->fd < 0 || cap == 0)
        return 0;
    if (d->kind == ENDPOINT_STDIO) { /* stays blocking: its flags are shared with the shell */
        struct pollfd p = {.fd = d->fd, .events = POLLIN};
        if (poll(&p, 1, 0) <= 0)
            return 0;
    }
    ssize_t n = read(d->fd, dst, cap);
    if (n > 0) {
        d->connected = true;
        return (size_t)n;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        d->connected = true;
    else
        lose_client(d); /* end of file; EIO from a pty that nobody has open */
    return 0;
}

static void flush_out(struct uart_endpoint *d)
{
    int fd = d->kind == ENDPOINT_STDIO ? STDOUT_FILENO : d->fd;
    ssize_t n = write(fd, d->out, d->out_len);
    if (n > 0) {
        memmove(d->out, d->out + n, d->out_len - (size_t)n);
        d->out_len -= (size_t)n;
    } else if (n < 0 && errno != EAGAIN && errno != EINTR) {
        lose_client(d);
    }
}

void endpoint_write(struct uart_endpoint *d, const void *data, size_t len)
{
    bool out = d->kind == ENDPOINT_STDIO || (d->connected && d->fd >= 0);
    if (!out || len > sizeof d->out - d->out_len)
        len = 0;
    memcpy(d->out + d->out_len, data, len);
    d->out_len += len;
    if (out && d->out_len > 0)
        flush_out(d);
}

void endpoint_wait(struct uart_endpoint *const d[], size_t n, int other, int ms)
{
    struct pollfd p[ENDPOINTS_MAX + 1];
    n = n < ENDPOINTS_MAX ? n : ENDPOINTS_MAX;
    for (size_t i = 0; i < n; i++) {
        p[i] = (struct pollfd){.fd = d[i]->fd >= 0 ? d[i]->fd : d[i]->listener, .events = POLLIN};
        if (d[i]->kind != ENDPOINT_PTY || d[i]->connected)
            continue;
        p[i].fd = -1; /* poll would return at once for a pty without client */
        ms = ms < PTY_LOOK_MS ? ms : PTY_LOOK_MS;
    }
    p[n] = (struct pollfd){.fd = other, .events = POLLIN};
    poll(p, n + 1, ms);
}
