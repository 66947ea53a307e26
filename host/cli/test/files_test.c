/* Tests of whole files: one is replaced as a whole or not at all, goes into nothing that was there before, and leaves
 * nothing beside it, whatever ends the program; and of tools that are held to limits. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <dirent.h>

#include "host/cli/core/cleanup.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/tool_run.h"

static char folder[64];

/* The system's random bytes are all 7 for so many calls. */
static unsigned sevens;

ssize_t getrandom(void *buf, size_t len, unsigned flags)
{
    if (sevens == 0)
        return syscall(SYS_getrandom, buf, len, flags);
    sevens--;
    memset(buf, 7, len);
    return (ssize_t)len;
}

static const char *in_folder(const char *name)
{
    return cli_text("%s/%s", folder, name);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/slipway-files-XXXXXX");
    return mkdtemp(folder) != NULL ? 0 : -1;
}

/* The number of files left over; with remove they are deleted. */
static int files(bool remove)
{
    int n = 0;
    DIR *d = opendir(folder);
    for (struct dirent *e = d != NULL ? readdir(d) : NULL; e != NULL; e = readdir(d)) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        n++;
        if (remove)
            (void)!unlink(in_folder(e->d_name));
    }
    if (d != NULL)
        closedir(d);
    return n;
}

static int remove_folder(void **state)
{
    (void)state;
    files(true);
    cli_release();
    return rmdir(folder);
}

static void holds(const char *path, const char *text)
{
    struct cli_blob b;
    assert_int_equal(cli_read_file(path, 1000, &b), CLI_DONE);
    assert_string_equal((const char *)b.data, text);
}

static void write_text(const char *path, const char *text, unsigned mode)
{
    assert_int_equal(cli_write_file(path, text, strlen(text), mode), CLI_DONE);
}

/* Secrets have mode 0600, and are written in another way. */
static void a_file_is_replaced(void **state)
{
    (void)state;
    static const unsigned modes[] = {0644, 0600};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        const char *path = in_folder("out"), *old = in_folder("old");
        struct stat st;
        write_text(path, "first", modes[i]);
        assert_int_equal(link(path, old), 0);
        write_text(path, "second", modes[i]);
        holds(path, "second");
        holds(old, "first"); /* another file, not the same one written over */
        assert_int_equal(stat(path, &st), 0);
        assert_int_equal(st.st_mode & 0777, modes[i]);
        assert_int_equal(files(true), 2);
    }
}

/* What a link points to stays; the link is the file that is replaced. */
static void a_link_is_replaced(void **state)
{
    (void)state;
    const char *path = in_folder("link"), *real = in_folder("real");
    write_text(real, "kept", 0644);
    assert_int_equal(symlink("real", path), 0);
    write_text(path, "new", 0644);
    holds(real, "kept");
    holds(path, "new");
    assert_int_equal(files(true), 2);
}

/* In a shared folder another user has made the file, or a link, that the key would be written through, because its
 * name could be foreseen. */
static void what_another_user_put_there_takes_no_secret(void **state)
{
    (void)state;
    const char *path = in_folder("key"), *victim = in_folder("victim");
    const char *guesses[] = {cli_text("%s.%ld.tmp", path, (long)getpid()),
                             in_folder(".slipway-07070707.tmp")};
    struct stat st;
    write_text(victim, "precious", 0644);
    for (size_t i = 0; i < 2 * ARRAY_LEN(guesses); i++) {
        const char *guess = guesses[i / 2];
        int fd = i % 2 == 0 ? open(guess, O_CREAT | O_WRONLY, 0666) : -1;
        assert_true(fd >= 0 || symlink("victim", guess) == 0);
        sevens = 1;
        write_text(path, "secret", 0600);
        sevens = 0;
        assert_int_equal(lstat(path, &st), 0);
        assert_int_equal(st.st_mode, S_IFREG | 0600);
        assert_true(fd < 0 || (fstat(fd, &st) == 0 && st.st_size == 0));
        holds(path, "secret");
        holds(victim, "precious");
        assert_int_equal(files(false), 3);
        assert_int_equal(unlink(guess), 0);
        close(fd);
    }
    files(true);
}

/* If every temporary name is taken, there is an error, not an endless loop. */
static void names_run_out(void **state)
{
    (void)state;
    const char *path = in_folder("key");
    assert_int_equal(symlink("nowhere", in_folder(".slipway-07070707.tmp")), 0);
    sevens = 1000;
    assert_int_equal(cli_write_file(path, "x", 1, 0600), CLI_BAD_FILE);
    sevens = 0;
    assert_int_equal(files(true), 1);
}

static void a_new_file_replaces_none(void **state)
{
    (void)state;
    const char *path = in_folder("key");
    assert_int_equal(cli_refuse_existing(path), CLI_DONE);
    assert_int_equal(cli_write_new_file(path, "first", 5, 0600), CLI_DONE);
    assert_int_equal(cli_refuse_existing(path), CLI_BAD_FILE);
    assert_int_equal(cli_write_new_file(path, "second", 6, 0600), CLI_BAD_FILE);
    holds(path, "first");
    assert_int_equal(files(true), 1);
    assert_int_equal(symlink("nowhere", path), 0); /* a link is something, too */
    assert_int_equal(cli_write_new_file(path, "third", 5, 0600), CLI_BAD_FILE);
    assert_int_equal(access(in_folder("nowhere"), F_OK), -1);
    assert_int_equal(files(true), 1);
}

/* /dev/stdout may be anything, also a file to which text is appended. */
static void a_stream_is_written_to(void **state)
{
    (void)state;
    char text[10] = "";
    int ends[2], file = open(in_folder("log"), O_CREAT | O_RDWR, 0644);
    assert_int_equal(write(file, "log: ", 5), 5);
    write_text(cli_text("/dev/fd/%d", file), "more", 0600);
    holds(in_folder("log"), "log: more");
    close(file);
    assert_int_equal(pipe(ends), 0);
    write_text(cli_text("/proc/self/fd/%d", ends[1]), "piped", 0600);
    assert_int_equal(cli_write_new_file(cli_text("/dev/fd/%d", ends[1]), "!", 1, 0600), CLI_DONE);
    assert_int_equal(read(ends[0], text, sizeof text), 6);
    assert_string_equal(text, "piped!");
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(mkfifo(in_folder("fifo"), 0600), 0);
    int reader = open(in_folder("fifo"), O_RDONLY | O_NONBLOCK);
    write_text(in_folder("fifo"), "ours", 0600);
    assert_int_equal(read(reader, text, sizeof text), 4);
    if (geteuid() == 0) { /* nobody else can make another user's pipe */
        assert_int_equal(chown(in_folder("fifo"), 1, 1), 0);
        write_text(in_folder("fifo"), "all's", 0644);
        assert_int_equal(cli_write_file(in_folder("fifo"), "mine", 4, 0600), CLI_BAD_FILE);
        assert_int_equal(read(reader, text, sizeof text), 5);
    }
    close(reader);
    assert_int_equal(files(true), 2);
}

static void a_folder_is_not(void **state)
{
    (void)state;
    assert_int_equal(cli_write_file(folder, "x", 1, 0644), CLI_BAD_FILE);
    assert_int_equal(cli_write_file(in_folder("no/such"), "x", 1, 0644), CLI_BAD_FILE);
    assert_int_equal(files(false), 0);
}

/* A file written in pieces and abandoned: the old file stays. */
static void a_file_can_be_given_up(void **state)
{
    (void)state;
    const char *path = in_folder("out");
    struct cli_output o;
    cli_output_begin(&o, path, 0644);
    cli_output_put(&o, "in ", 3);
    cli_output_put(&o, "pieces", 6);
    assert_int_equal(cli_output_close(&o), CLI_DONE);
    holds(path, "in pieces");
    cli_output_begin(&o, path, 0644);
    cli_output_put(&o, "other", 5);
    cli_output_abandon(&o);
    holds(path, "in pieces");
    cli_output_begin(&o, path, 0644);
    cli_output_abandon(&o);
    holds(path, "in pieces");
    assert_int_equal(files(true), 1);
}

/* No space: the error is the first piece's, though later ones would fit. */
static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct cli_output o;
    cli_output_begin(&o, "/dev/full", 0644);
    cli_output_put(&o, "x", 1);
    cli_output_put(&o, "", 0);
    assert_int_equal(cli_output_close(&o), CLI_BAD_FILE);
}

/* ---- signals ---- */

static void begin_and_end_by(int number)
{
    const struct rlimit no_core = {0, 0};
    struct cli_output o;
    char inner[80];
    setrlimit(RLIMIT_CORE, &no_core);
    signal(number, SIG_DFL); /* whoever runs the tests may ignore it */
    snprintf(inner, sizeof inner, "%s/inner", folder);
    if (mkdir(inner, 0700) != 0 || !cleanup_add(inner))
        _exit(98);
    cli_output_begin(&o, cli_text("%s/file", inner), 0600);
    cli_output_put(&o, "half", 4);
    cli_output_begin(&o, in_folder("out"), 0644);
    cli_output_put(&o, "half", 4);
    if (files(false) != 2) /* the folder, and the file beside it */
        _exit(99);
    if (fork() == 0) /* a child has nothing to clear up */
        raise(number);
    wait(NULL);
    if (files(false) != 2)
        _exit(97);
    raise(number);
    _exit(0);
}

static void nothing_is_left_after_a_signal(void **state)
{
    (void)state;
    static const int numbers[] = {SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE,  SIGALRM,
                                  SIGUSR1, SIGABRT, SIGXCPU, SIGXFSZ, SIGVTALRM};
    for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
        int status;
        pid_t child = fork();
        if (child == 0)
            begin_and_end_by(numbers[i]);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), numbers[i]);
        assert_int_equal(files(false), 0);
    }
}

/* Under nohup SIGHUP stays ignored. */
static void what_is_ignored_stays_ignored(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        struct cli_output o;
        signal(SIGHUP, SIG_IGN);
        cli_output_begin(&o, in_folder("out"), 0644);
        cli_output_put(&o, "whole", 5);
        raise(SIGHUP);
        _exit(cli_output_close(&o));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    holds(in_folder("out"), "whole");
    assert_int_equal(files(true), 1);
}

/* ---- tools ---- */

static const struct tool_limits ample = {.seconds = 600, .file = 1u << 20, .memory = 1u << 30};

static enum tool_end shell(const char *command, const struct tool_limits *limits)
{
    const char *const argv[] = {"sh", "-c", command, NULL};
    return tool_run(argv, folder, "out", "log", limits);
}

/* Wait until no process has the pipe's other end; without a limit, since a process may take long to die. */
static void all_are_gone(int ends[2])
{
    char c;
    close(ends[1]);
    assert_int_equal(read(ends[0], &c, 1), 0);
    close(ends[0]);
}

static void a_tool_ends_as_it_ends(void **state)
{
    (void)state;
    const char *const nobody[] = {"slipway-no-such-tool", NULL};
    assert_int_equal(shell("echo out; echo log >&2", &ample), TOOL_DONE);
    holds(in_folder("out"), "out\n");
    assert_int_equal(shell("pwd; echo more >&2; exit 1", &ample), TOOL_FAILED);
    holds(in_folder("out"), cli_text("%s\n", folder));
    holds(in_folder("log"), "log\nmore\n");
    assert_int_equal(shell("kill -TERM $$", &ample), TOOL_FAILED);
    assert_int_equal(tool_run(nobody, folder, "out", "log", &ample), TOOL_MISSING);
    assert_int_equal(files(true), 2);
}

/* The tool must not read this program's standard input. */
static void a_tool_reads_nothing(void **state)
{
    (void)state;
    int ends[2], kept = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "typed", 5), 5);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    assert_int_equal(shell("cat", &ample), TOOL_DONE);
    dup2(kept, STDIN_FILENO);
    close(kept);
    holds(in_folder("out"), "");
    files(true);
}

static void a_tool_that_writes_without_end_is_stopped(void **state)
{
    (void)state;
    assert_int_equal(shell("yes", &ample), TOOL_TOO_LARGE);
    assert_int_equal(shell("yes >&2", &ample), TOOL_TOO_LARGE);
    files(true);
}

static void a_tool_that_does_not_end_is_stopped_with_its_children(void **state)
{
    (void)state;
    const struct tool_limits short_time = {.seconds = 1, .file = 1u << 20, .memory = 1u << 30};
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(shell("sleep 1000 & sleep 1000", &short_time), TOOL_TOO_LONG);
    all_are_gone(ends);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(shell("sleep 1000 & exit 0", &ample), TOOL_DONE); /* it forked */
    all_are_gone(ends);
    files(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced),
        cmocka_unit_test(a_link_is_replaced),
        cmocka_unit_test(what_another_user_put_there_takes_no_secret),
        cmocka_unit_test(names_run_out),
        cmocka_unit_test(a_new_file_replaces_none),
        cmocka_unit_test(a_stream_is_written_to),
        cmocka_unit_test(a_folder_is_not),
        cmocka_unit_test(a_file_can_be_given_up),
        cmocka_unit_test(a_full_disk_is_an_error),
        cmocka_unit_test(nothing_is_left_after_a_signal),
        cmocka_unit_test(what_is_ignored_stays_ignored),
        cmocka_unit_test(a_tool_ends_as_it_ends),
        cmocka_unit_test(a_tool_reads_nothing),
        cmocka_unit_test(a_tool_that_writes_without_end_is_stopped),
        cmocka_unit_test(a_tool_that_does_not_end_is_stopped_with_its_children),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
