/* Tests of the board's UARTs: the pty endpoint, and the options --uart and --console of slipway board run. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/board/uart_endpoint.h"
#include "host/cli/core/cli.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"
#include "testing/vboard/rig_program.h"

#ifndef PROBE_ELF
#error "PROBE_ELF is the path of vboard/board/test/firmware/probe.c's ELF file"
#endif

static int set_up(void **state)
{
    rig_folder_begin(state);
    program_begin();
    emit(0xe7fe); /* b . */
    rig_save(rig_path("loop.bin"), program, program_len);
    return 0;
}

/* ---- the pty ---- */

static int open_link(void)
{
    int fd = open(rig_path("uart"), O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    return fd;
}

static void pty_clients_come_and_go(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    char text[16] = "";
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", rig_path("uart"))), CLI_DONE);
    assert_int_equal(endpoint_read(&d, text, sizeof text), 0);
    assert_false(d.connected);
    endpoint_write(&d, "lost", 4); /* nobody is there */
    for (int client = 0; client < 3; client++) {
        int fd = open_link();
        assert_int_equal(write(fd, "\x03\n\r", 3), 3); /* raw: no signal, no translation, no echo */
        endpoint_wait((struct uart_endpoint *const[]){&d}, 1, -1, 1000);
        assert_int_equal(endpoint_read(&d, text, sizeof text), 3);
        assert_memory_equal(text, "\x03\n\r", 3);
        assert_true(d.connected);
        endpoint_write(&d, "a\nb", 3);
        assert_int_equal(read(fd, text, sizeof text), 3);
        assert_memory_equal(text, "a\nb", 3);
        close(fd);
        assert_int_equal(endpoint_read(&d, text, sizeof text), 0);
        assert_false(d.connected);
    }
    endpoint_close(&d);
    struct stat st;
    assert_int_equal(lstat(rig_path("uart"), &st), -1); /* the link is gone */
    assert_int_equal(errno, ENOENT);
    cli_release();
}

static void a_link_does_not_replace_a_file(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", rig_path("loop.bin"))), CLI_BAD_FILE);
    endpoint_close(&d);
    struct stat st;
    assert_int_equal(lstat(rig_path("loop.bin"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    cli_release();
}

/* A link to anything but a pty was replaced. */
static void what_is_no_link_to_a_pty_stays(void **state)
{
    char target[64] = "";
    (void)state;
    char link[128];
    snprintf(link, sizeof link, "%s", rig_path("uart"));
    static const char *const targets[] = {"loop.bin", "/no/such/file", "/dev/pts/ptmx"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        assert_int_equal(symlink(targets[i], link), 0);
        assert_int_equal(
            rig_command("board run %s --uart pty:%s --for 0.001", rig_path("loop.bin"), link),
            CLI_BAD_FILE);
        rig_expect(cli_text("evidence: it is a link to '%s', which is no pty\n", targets[i]));
        assert_int_equal(readlink(link, target, sizeof target), strlen(targets[i]));
        unlink(link);
    }
    assert_int_equal(mkdir(link, 0700), 0);
    assert_int_equal(
        rig_command("board run %s --uart pty:%s --for 0.001", rig_path("loop.bin"), link),
        CLI_BAD_FILE);
    rig_expect("evidence: the name belongs to something that is not a link\n");
    assert_int_equal(rmdir(link), 0);
}

static void a_reader_that_sleeps_does_not_stop_the_board(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    static char much[1000];
    char byte;
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", rig_path("uart"))), CLI_DONE);
    int fd = open_link();
    assert_int_equal(endpoint_read(&d, &byte, 1), 0);
    assert_true(d.connected);
    memset(much, 'x', sizeof much);
    for (int i = 0; i < 1000; i++)
        endpoint_write(&d, much, sizeof much); /* returns, whatever the client does */
    assert_true(d.out_len <= sizeof d.out);
    assert_true(d.connected); /* full is not gone */
    close(fd);
    endpoint_close(&d);
    cli_release();
}

/* ---- several UARTs ---- */

static int open_port(const char *name)
{
    for (int i = 0; i < 500; i++) {
        int fd = open(rig_path(name), O_RDWR | O_NOCTTY);
        if (fd >= 0)
            return fd;
        usleep(20000);
    }
    fail_msg("no %s", name);
    return -1;
}

static void read_all(int fd, char *dst, size_t len)
{
    size_t n = 0;
    struct pollfd p = {.fd = fd, .events = POLLIN};
    while (n < len && poll(&p, 1, 10000) == 1) {
        ssize_t got = read(fd, dst + n, len - n);
        assert_true(got > 0);
        n += (size_t)got;
    }
    dst[n] = '\0';
}

/* vboard/board/test/firmware/probe.c, two_echoes: USART3 changes the case, UART4 adds one. */
static void two_UARTs_talk_at_once(void **state)
{
    (void)state;
    static const uint8_t scenario[4] = {20};
    char text[64];
    int status;
    rig_save(rig_path("scenario.bin"), (const void *)scenario, sizeof scenario);
    unlink(rig_path("log"));
    pid_t board = fork();
    if (board == 0)
        _exit(rig_command(
            "board run %s %s@0x08020000 --quiet --uart UART4=pty:%s --uart usart3=pty:%s "
            "--log %s --for 30",
            PROBE_ELF, rig_path("scenario.bin"), rig_path("uart4"), rig_path("uart"),
            rig_path("log")));
    int console = open_port("uart"), other = open_port("uart4");
    for (int i = 0; i < 3; i++) {
        assert_int_equal(write(other, "HAL", 3), 3);
        assert_int_equal(write(console, "slipway", 7), 7);
        do /* "two" may have gone before we came */
            read_all(console, text, 1);
        while (text[0] != 'S' && text[0] != '\0');
        read_all(console, text + 1, 6);
        assert_string_equal(text, "SLIPWAY");
        read_all(other, text, 3);
        assert_string_equal(text, "IBM");
    }
    kill(board, SIGTERM);
    assert_int_equal(waitpid(board, &status, 0), board);
    assert_int_equal(status, 0);
    struct cli_blob log; /* of the console alone */
    assert_int_equal(cli_read_file(rig_path("log"), 1000, &log), CLI_DONE);
    assert_int_equal(log.len, strlen("two\nSLIPWAYSLIPWAYSLIPWAY"));
    assert_memory_equal(log.data, "two\nSLIPWAYSLIPWAYSLIPWAY", log.len);
    cli_release();
    close(console);
    close(other);
}

static void the_console_may_be_another_UART(void **state)
{
    (void)state;
    static const uint8_t scenario[4] = {20};
    rig_save(rig_path("scenario.bin"), (const void *)scenario, sizeof scenario);
    char files[300];
    snprintf(files, sizeof files, "%s %s@0x08020000", PROBE_ELF, rig_path("scenario.bin"));
    assert_int_equal(rig_command("board run %s --uart none --for 0.05 --until-text two", files),
                     CLI_DONE);
    assert_int_equal(
        rig_command("board run %s --uart none --for 0.05 --until-text two --console UART4", files),
        CLI_REFUSED);
}

static void impossible_UART_options_are_refused(void **state)
{
    (void)state;
    const char *loop = rig_path("loop.bin");
    static const char *const bad[] = {
        "--uart UART3=none",
        "--uart USART9=pty",
        "--uart =pty",
        "--uart none --uart USART3=none",
        "--uart UART4=none --uart uart4=none",
        "--uart UART4=stdio --uart stdio",
        "--uart UART4=telex",
        "--console UART3",
        "--console UART4 --uart none --uart UART4=none",
    };
    for (size_t i = 0; i < ARRAY_LEN(bad); i++)
        if (rig_command("board run %s --for 0.001 %s", loop, bad[i]) != CLI_USAGE)
            fail_msg("%s is taken", bad[i]);
    assert_int_equal(rig_command("board run %s --for 0.001 --uart pty:%s --uart UART4=pty:%s", loop,
                                 rig_path("uart"), rig_path("uart")),
                     CLI_USAGE);
    assert_int_equal(
        rig_command("board run %s --for 0.001 --uart pty:%s=x", loop, rig_path("uart")),
        CLI_DONE); /* the '=' belongs to the link */
}

/* ---- what nobody hears ---- */

/* A UART, with the clock of a reset, at its pin. */
struct speaker {
    uint32_t uart, clock, enable, port, moder, afrh;
};
static const struct speaker usart1 = {0x40011000, 0x580244f0, 1u << 4,
                                      0x58020000, 0xabfbffff, 7u << 4}; /* PA9 */
static const struct speaker usart3 = {0x40004800, 0x580244e8, 1u << 18,
                                      0x58020c00, 0xfffeffff, 7u << 0}; /* PD8 */

/* len bytes, at most 16, through its FIFO. */
static void emit_text(const struct speaker *s, unsigned len)
{
    if (len == 0)
        return;
    emit_store(0x580244e0, 1u << 0 | 1u << 3); /* clocks of the ports A and D */
    emit_store(s->port + 0x24, s->afrh);
    emit_store(s->port, s->moder);
    emit_store(s->clock, s->enable);
    emit_store(s->uart + 0x0c, 64);              /* BRR */
    emit_store(s->uart, 1u << 29 | 1u << 3 | 1); /* CR1: FIFOEN, TE, UE */
    for (unsigned i = 0; i < len; i++)
        emit_store(s->uart + 0x28, 'a' + i);
}

/* Then it sleeps for ever. */
static void save_speaker(const char *name, unsigned on_usart1, unsigned on_usart3)
{
    program_begin();
    emit(0xb672); /* cpsid i */
    emit_text(&usart1, on_usart1);
    emit_text(&usart3, on_usart3);
    emit(0xbf30); /* wfi */
    emit(0xe7fd); /* b */
    rig_save(rig_path(name), (const void *)program, program_len);
}

static unsigned times(const char *text)
{
    unsigned n = 0;
    for (const char *p = rig_output; (p = strstr(p, text)) != NULL; p++)
        n++;
    return n;
}

static void a_UART_that_nobody_hears_is_named(void **state)
{
    static const char note[] = "board| USART1 sent 5 bytes; --console USART1 shows them\n";
    const char *p = rig_path("p.bin");
    (void)state;
    save_speaker("p.bin", 5, 0);
    assert_int_equal(rig_command("board run %s --uart none --for 0.5", p), CLI_DONE);
    assert_int_equal(times(note), 1); /* at the end */
    assert_int_equal(rig_command("board run %s --uart none --for 2", p), CLI_DONE);
    assert_int_equal(times(note), 2); /* and during the run, once */
    assert_int_equal(rig_command("board run %s --uart none --for 2 --until-text ready", p),
                     CLI_REFUSED);
    rig_expect("  evidence: USART1 sent 5 bytes; --console USART1 shows them\n");
    assert_int_equal(times(note), 1);
    assert_int_equal(rig_command("board run %s --uart none --for 2 --json", p), CLI_DONE);
    rig_expect("\"uart\": \"USART1\",\n      \"bytes\": 5\n");
    rig_expect_not("board|");
    rig_expect_not("ran:");
    save_speaker("p.bin", 1, 3); /* a console that speaks is not to be taken away */
    assert_int_equal(rig_command("board run %s --uart none --for 2", p), CLI_DONE);
    assert_int_equal(times("board| USART1 sent 1 byte; --uart USART1=pty shows them\n"), 1);
    unlink(p);
}

static void a_UART_that_is_connected_is_not_named(void **state)
{
    static const char *const options[] = {"--console USART1", "--uart USART1=none", "--quiet"};
    (void)state;
    save_speaker("p.bin", 5, 0);
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        assert_int_equal(
            rig_command("board run %s --for 2 %s --uart none", rig_path("p.bin"), options[i]),
            CLI_DONE);
        rig_expect_not("USART1");
    }
    save_speaker("p.bin", 0, 5);
    assert_int_equal(rig_command("board run %s --uart none --for 2 --json", rig_path("p.bin")),
                     CLI_DONE);
    rig_expect("\"unheard\": []");
    unlink(rig_path("p.bin"));
}

/* Where the endpoint is, is no part of the document. */
static void json_is_one_document_on_stdout(void **state)
{
    static const char begin[] = "{\n  \"virtual_seconds\": 0.001,";
    char link[200];
    snprintf(link, sizeof link, "pty:%s", rig_path("uart"));
    struct cli_blob b;
    (void)state;
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_non_null(freopen(rig_path("log"), "w", stdout));
    const char *words[] = {"slipway", "board", "run",   rig_path("loop.bin"), "--uart", link,
                           "--for",   "0.001", "--json"};
    int code = cli_run(ARRAY_LEN(words), (char **)(uintptr_t)words);
    fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    assert_int_equal(code, CLI_DONE);
    assert_int_equal(cli_read_file(rig_path("log"), 1000, &b), CLI_DONE);
    assert_memory_equal(b.data, begin, strlen(begin));
    assert_string_equal((const char *)b.data + b.len - 4, "]\n}\n");
    cli_release();
    unlink(rig_path("log"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pty_clients_come_and_go),
        cmocka_unit_test(a_link_does_not_replace_a_file),
        cmocka_unit_test(what_is_no_link_to_a_pty_stays),
        cmocka_unit_test(a_reader_that_sleeps_does_not_stop_the_board),
        cmocka_unit_test(two_UARTs_talk_at_once),
        cmocka_unit_test(the_console_may_be_another_UART),
        cmocka_unit_test(impossible_UART_options_are_refused),
        cmocka_unit_test(a_UART_that_nobody_hears_is_named),
        cmocka_unit_test(a_UART_that_is_connected_is_not_named),
        cmocka_unit_test(json_is_one_document_on_stdout),
    };
    return cmocka_run_group_tests_name("uarts", tests, set_up, rig_folder_end);
}
