#include "host/board/uart_endpoint.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "host/board/board_files.h"
#include "host/cli/core/cleanup.h"
#include "host/client/link/sockets.h"
#include "host/client/link/tty_speed.h"

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

/* A pty's number: of "/dev/pts/5" it is 5. False: it is no such name. */
static bool pty_number(const char *name, long *number)
{
    int end = 0;
    return sscanf(name, "/dev/pts/%ld%n", number, &end) == 1 && name[end] == '\0' && *number >= 0;
}

/* A board locks, in the file of all ptys' masters, the byte with the number of its own. Any other place would be left
 * over when it is killed; a lock on the pty itself is the client's. */
static struct flock lock_of(long number)
{
    return (struct flock){.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = number, .l_len = 1};
}

/* Does a link's target belong to a board? *pid: of its process, 0 or less if it is in another namespace. master: any
 * pty's. */
static bool board_at(int master, const char *target, long *pid)
{
    long number;
    if (!pty_number(target, &number))
        return false;
    struct flock lock = lock_of(number);
    bool found = fcntl(master, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
    *pid = found ? (long)lock.l_pid : 0;
    return found;
}

static int link_is_not_ours(const char *link, const char *evidence)
{
    return cli_fail(CLI_BAD_FILE, cli_text("cannot make the link '%s'", link), evidence,
                    "choose another name, or remove it");
}

static int link_in_use(const char *link, const char *target, long pid)
{
    return cli_fail(
        CLI_REFUSED, cli_text("'%s' is the UART of a running board", link),
        cli_text("it leads to %s, and %s has that", target, board_process_text(pid)),
        pid > 0 ? cli_text("end that board (kill %ld), or give this one a link of its own", pid)
                : "end that board, or give this one a link of its own");
}

static bool read_target(const char *link, char target[PATH_MAX])
{
    ssize_t n = readlink(link, target, PATH_MAX - 1);
    target[n > 0 ? n : 0] = '\0';
    return n > 0;
}

/* May the link at this path go? CLI_DONE: it is of a board that has ended. */
static int check_link(int master, const char *link)
{
    struct stat st;
    char target[PATH_MAX];
    long number, pid;
    if (lstat(link, &st) == 0 && !S_ISLNK(st.st_mode))
        return link_is_not_ours(link, "the name belongs to something that is not a link");
    if (!read_target(link, target))
        return CLI_DONE; /* it has gone meanwhile */
    if (!pty_number(target, &number))
        return link_is_not_ours(link, cli_text("it is a link to '%s', which is no pty", target));
    return board_at(master, target, &pid) ? link_in_use(link, target, pid) : CLI_DONE;
}

/* Out of the way with a link that check_link allows, unless another board was faster: then its link goes back. */
static int remove_stale(int master, const char *link)
{
    char target[PATH_MAX];
    const char *aside = cli_beside(link);
    int code = check_link(master, link);
    if (code != CLI_DONE || rename(link, aside) != 0)
        return code;
    long pid;
    if (read_target(aside, target) && board_at(master, target, &pid) && rename(aside, link) == 0)
        return link_in_use(link, target, pid);
    unlink(aside);
    return CLI_DONE;
}

#define LINK_TRIES 100 /* against other boards that begin at the same time */

static int make_link(struct uart_endpoint *d, const char *link)
{
    sigset_t before;
    int code = CLI_DONE, why = EEXIST;
    cleanup_hold(&before);
    for (int tries = 0; code == CLI_DONE && why == EEXIST && tries < LINK_TRIES; tries++) {
        why = symlink(d->name, link) == 0 ? 0 : errno;
        if (why == EEXIST)
            code = remove_stale(d->fd, link);
    }
    cleanup_release(&before);
    if (code == CLI_DONE && why != 0)
        return cli_fail(CLI_BAD_FILE, cli_text("cannot make the link '%s'", link), strerror(why),
                        "check the folder and its permissions");
    if (code == CLI_DONE)
        snprintf(d->link, sizeof d->link, "%s", link);
    return code;
}

/* If this fails, a second board can take the link unnoticed; all else works. */
static void lock_pty(const struct uart_endpoint *d)
{
    long number;
    if (!pty_number(d->name, &number))
        return;
    struct flock lock = lock_of(number);
    (void)!fcntl(d->fd, F_SETLK, &lock);
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
    lock_pty(d);
    return link[0] != '\0' ? make_link(d, link) : CLI_DONE;
}

unsigned endpoint_baud(const struct uart_endpoint *d)
{
    struct termios t; /* of the client's side: both have the same */
    if (d->kind != ENDPOINT_PTY || tcgetattr(d->fd, &t) != 0)
        return 0;
    const unsigned baud = tty_speed(&t);
    return baud == TTY_SPEED_UNSET ? 0 : baud;
}

/* The next client of the pty may be one that sets no speed. */
static void forget_speed(const struct uart_endpoint *d)
{
    struct termios t;
    if (endpoint_baud(d) != 0 && tcgetattr(d->fd, &t) == 0 && tty_set_speed(&t, TTY_SPEED_UNSET))
        tcsetattr(d->fd, TCSANOW, &t);
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
    forget_speed(d);
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
