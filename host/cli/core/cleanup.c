/* cleanup.c - the list, and the handler that goes through it: only what a signal handler may call. */
#include "host/cli/core/cleanup.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "core/base/compiler.h"

static struct {
    char path[CLEANUP_PATHS][PATH_MAX];
    volatile sig_atomic_t used[CLEANUP_PATHS];
    volatile pid_t group;
    pid_t owner; /* 0: no handler is set */
} list;

static struct {
    volatile sig_atomic_t number; /* noted, 0: none */
    struct sigaction before[2];   /* of note_numbers */
} notes;
static const int note_numbers[] = {SIGINT, SIGTERM};

static struct {
    volatile sig_atomic_t fd; /* negative: none */
    struct termios before, during;
    const char *text;
} terminal = {.fd = -1};

/* ---- the handlers ---- */

static void undo(void)
{
    if (list.group > 0)
        kill(-list.group, SIGKILL);
    for (size_t i = CLEANUP_PATHS;
         i-- > 0;) /* backwards: a folder was listed before what is in it */
        if (list.used[i] && unlink(list.path[i]) != 0)
            (void)!rmdir(list.path[i]);
    if (terminal.fd >= 0)
        tcsetattr(terminal.fd, TCSAFLUSH, &terminal.before);
}

/* Let the signal have its default effect now; returns if that does not end the program. */
static void do_default(int number)
{
    struct sigaction ours;
    sigset_t only;
    const struct sigaction theirs = {.sa_handler = SIG_DFL};
    sigaction(number, &theirs, &ours);
    raise(number);
    sigemptyset(&only);
    sigaddset(&only, number);
    sigprocmask(SIG_UNBLOCK, &only, NULL);
    sigaction(number, &ours, NULL);
}

static void on_end(int number)
{
    if (getpid() == list.owner)
        undo();
    do_default(number);
}

static void on_note(int number)
{
    if (notes.number != 0)
        on_end(number);
    notes.number = number;
}

/* SIGTSTP and its like: restore the terminal's modes, then stop; on_continue sets them again. */
static void on_suspend(int number)
{
    int kept = errno;
    if (terminal.fd >= 0)
        tcsetattr(terminal.fd, TCSAFLUSH, &terminal.before);
    do_default(number);
    errno = kept;
}

/* Also runs after SIGSTOP, which has no handler. */
static void on_continue(int number)
{
    int kept = errno;
    (void)number;
    if (terminal.fd >= 0) {
        tcsetattr(terminal.fd, TCSANOW, &terminal.during);
        (void)!write(terminal.fd, terminal.text, strlen(terminal.text));
    }
    errno = kept;
}

static void handle(int number, void (*handler)(int), const sigset_t *meanwhile)
{
    struct sigaction now;
    struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
    action.sa_mask = *meanwhile;
    if (sigaction(number, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
        sigaction(number, &action, NULL);
}

static bool ends_the_program(int number)
{
    static const int others[] = {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU,
                                 SIGCHLD, SIGCONT, SIGURG,  SIGWINCH};
    for (size_t i = 0; i < ARRAY_LEN(others); i++)
        if (others[i] == number)
            return false;
    return true;
}

static void take_signals(void)
{
    sigset_t all;
    if (list.owner == getpid())
        return;
    sigfillset(&all);
    list.owner = getpid();
    for (size_t i = 0; i < CLEANUP_PATHS; i++)
        list.used[i] = 0; /* the list is the parent's */
    list.group = 0;
    for (int i = 1; i <= SIGRTMAX; i++)
        if (ends_the_program(i))
            handle(i, on_end, &all);
}

/* ---- the list ---- */

void cleanup_hold(sigset_t *before)
{
    sigset_t all;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, before);
}

void cleanup_release(const sigset_t *before)
{
    sigprocmask(SIG_SETMASK, before, NULL);
}

bool cleanup_add(const char *path)
{
    size_t i = CLEANUP_PATHS;
    size_t size = strlen(path) + 1;
    if (size > PATH_MAX)
        return false;
    take_signals();
    while (i > 0 && !list.used[i - 1]) /* behind all others */
        i--;
    if (i == CLEANUP_PATHS)
        return false;
    memcpy(list.path[i], path, size);
    list.used[i] = 1;
    return true;
}

bool cleanup_make_folder(const char *path, mode_t mode)
{
    sigset_t before;
    cleanup_hold(&before);
    bool made = mkdir(path, mode) == 0, listed = made && cleanup_add(path);
    if (made && !listed) {
        rmdir(path);
        errno = ENAMETOOLONG;
    }
    cleanup_release(&before);
    return listed;
}

void cleanup_forget(const char *path)
{
    for (size_t i = 0; i < CLEANUP_PATHS; i++)
        if (list.used[i] && strcmp(list.path[i], path) == 0)
            list.used[i] = 0;
}

void cleanup_note_signals(bool note)
{
    struct sigaction action = {.sa_handler = on_note, .sa_flags = SA_RESTART};
    sigfillset(&action.sa_mask);
    notes.number = note ? 0 : notes.number;
    for (size_t i = 0; i < ARRAY_LEN(note_numbers); i++) {
        if (!note)
            sigaction(note_numbers[i], &notes.before[i], NULL);
        else if (sigaction(note_numbers[i], NULL, &notes.before[i]) == 0 &&
                 notes.before[i].sa_handler != SIG_IGN)
            sigaction(note_numbers[i], &action, NULL);
    }
}

int cleanup_noted_signal(void)
{
    return notes.number;
}

void cleanup_group(pid_t group)
{
    take_signals();
    list.group = group;
}

void cleanup_terminal(int fd, const struct termios *before, const struct termios *during,
                      const char *text)
{
    static const int stops[] = {SIGTSTP, SIGTTIN, SIGTTOU};
    sigset_t all, mask;
    cleanup_hold(&mask);
    take_signals();
    terminal.fd = fd;
    if (fd >= 0) {
        terminal.before = *before;
        terminal.during = *during;
        terminal.text = text;
        sigfillset(&all);
        for (size_t i = 0; i < ARRAY_LEN(stops); i++)
            handle(stops[i], on_suspend, &all);
        handle(SIGCONT, on_continue, &all);
    }
    cleanup_release(&mask);
}
