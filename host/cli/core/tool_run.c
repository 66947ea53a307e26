#include "host/cli/core/tool_run.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/compiler.h"
#include "host/cli/core/cleanup.h"

#define LOOK_NS 2000000
/* As a shell says it. */
#define NOT_FOUND 127

static void limit(int resource, size_t most)
{
    const struct rlimit r = {most, most};
    setrlimit(resource, &r);
}

static int open_beside(int folder, const char *name, int flags)
{
    return openat(folder, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | flags, 0600);
}

/* In the child. */
static void exec_tool(const char *const argv[], const char *folder, const char *out,
                      const char *log, const struct tool_limits *l)
{
    int at = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    int in = open("/dev/null", O_RDONLY | O_CLOEXEC);
    int to = open_beside(at, out, O_TRUNC), errors = open_beside(at, log, O_APPEND);
    setpgid(0, 0);
    signal(SIGPIPE, SIG_DFL);         /* cli_run ignores it */
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* ends the tool if this program is killed */
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_FSIZE, l->file);
    limit(RLIMIT_AS, l->memory);
    if (at >= 0 && fchdir(at) == 0 && dup2(in, STDIN_FILENO) >= 0 && dup2(to, STDOUT_FILENO) >= 0 &&
        dup2(errors, STDERR_FILENO) >= 0)
        execvp(argv[0], (char *const *)(uintptr_t)argv);
    _exit(NOT_FOUND);
}

static uint64_t seconds_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec;
}

/* True if the child has ended in time; it is not reaped yet. */
static bool ends_within(pid_t child, const struct tool_limits *l)
{
    const struct timespec pause = {0, LOOK_NS};
    const uint64_t end = seconds_now() + l->seconds;
    for (;;) {
        siginfo_t info = {.si_pid = 0};
        if (waitid(P_PID, (id_t)child, &info, WEXITED | WNOHANG | WNOWAIT) != 0 && errno != EINTR)
            return true;
        if (info.si_pid == child)
            return true;
        if (seconds_now() > end)
            return false;
        if (l->wait != NULL)
            l->wait(l->ctx);
        nanosleep(&pause, NULL);
    }
}

static bool is_full(const char *folder, const char *name, size_t most)
{
    struct stat st;
    int at = open(folder, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
    bool full = fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && (uint64_t)st.st_size >= most;
    close(at);
    return full;
}

enum tool_end tool_run(const char *const argv[], const char *folder, const char *out,
                       const char *log, const struct tool_limits *limits)
{
    sigset_t before;
    int status = 0;
    cleanup_hold(&before);
    pid_t child = fork();
    if (child == 0) {
        cleanup_release(&before);
        exec_tool(argv, folder, out, log, limits);
    }
    if (child > 0) {
        setpgid(child, child); /* parent and child both do this: whichever runs first */
        cleanup_group(child);
    }
    cleanup_release(&before);
    if (child < 0)
        return TOOL_MISSING;
    bool ended = ends_within(child, limits);
    kill(-child, SIGKILL); /* before it is reaped: until then the process number cannot be reused */
    waitpid(child, &status, 0);
    cleanup_group(0);
    if (!ended)
        return TOOL_TOO_LONG;
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
        return TOOL_DONE;
    if (is_full(folder, out, limits->file) || is_full(folder, log, limits->file))
        return TOOL_TOO_LARGE;
    return WIFEXITED(status) && WEXITSTATUS(status) == NOT_FOUND ? TOOL_MISSING : TOOL_FAILED;
}
