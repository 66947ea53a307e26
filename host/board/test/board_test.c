/* Tests of slipway board run and board flash with programs of a few instructions, and of the pty endpoint. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/board/board_files.h"
#include "host/board/uart_endpoint.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/image/hex_file.h"
#include "testing/rig_command.h"
#include "testing/vboard/rig_program.h"

#ifndef PROBE_ELF
#error "PROBE_ELF is the path of vboard/board/test/firmware/probe.c's ELF file"
#endif

static char folder[] = "/tmp/slipway-test.XXXXXX";

/* The machine's clock, as progress sees it: each look takes so long. */
static uint64_t look_ms;

uint64_t clock_ms(void)
{
    static uint64_t now;
    return now += look_ms;
}

void clock_sleep_ms(unsigned ms)
{
    (void)ms;
}

static const char *in_folder(const char *name)
{
    static char path[4][128];
    static unsigned next;
    char *p = path[next++ % 4];
    snprintf(p, sizeof path[0], "%s/%s", folder, name);
    return p;
}

static void save(const char *name, const void *bytes, size_t len)
{
    FILE *f = fopen(in_folder(name), "w");
    assert_non_null(f);
    assert_int_equal(fwrite(bytes, 1, len, f), len);
    assert_int_equal(fclose(f), 0);
}

/* Vectors (stack 0x24001000, reset 0x08000008 | 1), then the code. */
static void save_program(const char *name, const uint16_t *code, size_t halfwords)
{
    uint8_t bytes[64] = {0x00, 0x10, 0x00, 0x24, 0x09, 0x00, 0x00, 0x08};
    memcpy(bytes + 8, code, halfwords * 2);
    save(name, bytes, sizeof bytes);
}

static int set_up(void **state)
{
    (void)state;
    static const uint16_t loop[] = {0xe7fe};      /* b . */
    static const uint16_t undefined[] = {0xde00}; /* udf #0 */
    assert_non_null(mkdtemp(folder));
    rig_begin(folder);
    save_program("loop.bin", loop, 1);
    save_program("udf.bin", undefined, 1);
    save("bad.hex", ":0000", 5);
    rig_begin(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"loop.bin", "udf.bin", "bad.hex", "flash",
                                        "dump",     "log",     "uart",    "scenario.bin"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(in_folder(names[i]));
    rig_end();
    return rmdir(folder);
}

static int run(const char *fmt, ...)
{
    char words[512], *argv[24] = {(char *)(uintptr_t) "slipway"};
    int argc = 1;
    va_list args;
    va_start(args, fmt);
    vsnprintf(words, sizeof words, fmt, args);
    va_end(args);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " "))
        argv[argc++] = word;
    return cli_run(argc, argv);
}

static void a_program_runs_for_a_while(void **state)
{
    (void)state;
    assert_int_equal(run("board run %s --uart none --for 0.01", in_folder("loop.bin")), CLI_DONE);
    assert_int_equal(
        run("board run %s --uart none --for 0.01 --until-text ready", in_folder("loop.bin")),
        CLI_REFUSED);
}

/* Under a name that does not end in .hex its text was taken for the program, and it ran. */
static void intel_hex_runs_under_any_name(void **state)
{
    static const char *const names[] = {"loop.HEX", "loop.txt"};
    (void)state;
    struct cli_blob b;
    assert_int_equal(cli_read_file(in_folder("loop.bin"), 100, &b), CLI_DONE);
    const struct hex_chunk chunk = {0x08000000, b.data, b.len};
    size_t len;
    char *text = hex_text(&chunk, 1, &len);
    assert_non_null(text);
    cli_release();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        save(names[i], text, len);
        const char *path = in_folder(names[i]);
        assert_int_equal(rig_command("board run %s --uart none --for 0.01", path), CLI_DONE);
        rig_expect_not("warning:");
        assert_int_equal(rig_command("board run %s@0x08020000 --uart none --for 0.01", path),
                         CLI_DONE);
        rig_expect("warning: @0x08020000 is not used\n");
        unlink(path);
    }
    free(text);
    assert_int_equal(
        rig_command("board run %s@0x08000000 --uart none --for 0.01", in_folder("loop.bin")),
        CLI_DONE);
    rig_expect_not("warning:");
}

static void a_board_that_stops_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(run("board run %s --uart none --for 0.01", in_folder("udf.bin")), CLI_REFUSED);
}

/* movs r0, #4 (WRITE0); adr r1, text; bkpt 0xab; movs r0, #0x18 (EXIT); ldr r1, =reason; bkpt 0xab; b . */
static void semihosting_speaks_and_ends_the_run(void **state)
{
    static uint16_t code[] = {0x2004, 0xa103, 0xbeab, 0x2018, 0x4903, 0xbeab, 0xe7fe,
                              0,      0x6568, 0x6c6c, 0x0a6f, 0,      0x0026, 2};
    (void)state;
    save_program("p.bin", code, ARRAY_LEN(code));
    const char *p = in_folder("p.bin"), *log = in_folder("log");
    assert_int_equal(run("board run %s --uart none --for 1 --semihosting --until-text hello", p),
                     CLI_DONE);
    assert_int_equal(run("board run %s --uart none --for 1 --semihosting --log %s", p, log),
                     CLI_DONE);
    struct cli_blob b;
    assert_int_equal(cli_read_file(log, 100, &b), CLI_DONE);
    assert_int_equal(b.len, 6);
    assert_memory_equal(b.data, "hello\n", 6);
    cli_release();
    unlink(log);
    assert_int_equal(run("board run %s --uart none --for 1 --semihosting --until-text never", p),
                     CLI_REFUSED);
    assert_int_equal(run("board run %s --uart none --for 1", p), CLI_REFUSED);
    code[12] = 0x0024; /* not the end of an application */
    save_program("p.bin", code, ARRAY_LEN(code));
    assert_int_equal(run("board run %s --uart none --for 1 --semihosting", p), CLI_REFUSED);
    unlink(in_folder("p.bin"));
}

static void bad_input_is_told_apart(void **state)
{
    (void)state;
    const char *loop = in_folder("loop.bin");
    assert_int_equal(run("board run %s --uart none", in_folder("missing.elf")), CLI_BAD_FILE);
    assert_int_equal(run("board run %s --uart none", in_folder("bad.hex")), CLI_BAD_FILE);
    assert_int_equal(run("board run %s@0x20000000 --uart none", loop), CLI_BAD_FILE); /* no flash */
    assert_int_equal(run("board run %s@here --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --uart telex", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --timing slow --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --for ever --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --for -1 --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --trace bells --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --stores never --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --defect hsi --uart none", loop), CLI_USAGE);
    assert_int_equal(run("board run %s --hse 7 --uart none", loop), CLI_USAGE);
    static const char *const sdram[] = {
        "32", "0xd0000000", "0xd0000000:0", "0xd0000000:257", "0x90000000:8", "0xd0000000:8x"};
    for (size_t i = 0; i < ARRAY_LEN(sdram); i++)
        assert_int_equal(run("board run %s --sdram %s --uart none --for 0.01", loop, sdram[i]),
                         CLI_USAGE);
    assert_int_equal(run("board run %s --flash %s --uart none", loop, in_folder("bad.hex")),
                     CLI_BAD_FILE);
    assert_int_equal(run("board run %s --uart none --for 0.01 --flash /no/such/folder/f", loop),
                     CLI_BAD_FILE);
}

/* The exit code is not enough: the error must say what is wrong with the file. */
static void expect_error(const char *name, const void *bytes, size_t len, int code,
                         const char *says)
{
    static char text[4096];
    const char *log = in_folder("log");
    save(name, bytes, len);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    assert_non_null(freopen(log, "w", stderr));
    int got = run("board run %s --uart none --for 0.01", in_folder(name));
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    FILE *f = fopen(log, "r");
    assert_non_null(f);
    text[fread(text, 1, sizeof text - 1, f)] = '\0';
    fclose(f);
    unlink(in_folder(name));
    if (got != code || strstr(text, says) == NULL)
        fail_msg("exit code %d, '%s' does not say '%s'", got, text, says);
}

/* An ELF file with two segments of 16 bytes. */
static void make_elf(uint8_t elf[148], uint32_t second)
{
    static const uint8_t head[] = {0x7f, 'E', 'L', 'F', 1, 1, 1, 0,  0, 0, 0,
                                   0,    0,   0,   0,   0, 2, 0, 40, 0, 1};
    memset(elf, 0, 148);
    memcpy(elf, head, sizeof head);
    put_le32(elf + 28, 52);
    put_le16(elf + 42, 32);
    put_le16(elf + 44, 2);
    for (unsigned i = 0; i < 2; i++) {
        uint8_t *ph = elf + 52 + 32 * i;
        put_le32(ph, 1);
        put_le32(ph + 4, 116 + 16 * i);
        put_le32(ph + 12, i == 0 ? 0x08000000 : second);
        put_le32(ph + 16, 16);
    }
}

static void every_bad_program_is_explained(void **state)
{
    static const char sum[] = ":0400000001020304F3\n:00000001FF\n",
                      far[] = ":020000042000DA\n:0100000055AA\n";
    static const char cut[] = ":020000040800F2\n:0400000001020304F2\n";
    uint8_t elf[148], flash[64] = {0};
    (void)state;
    expect_error("p.hex", sum, strlen(sum), CLI_BAD_FILE, "HEX line 1 has a wrong checksum");
    expect_error("p.hex", far, strlen(far), CLI_BAD_FILE, "outside the flash");
    expect_error("p.hex", cut, strlen(cut), CLI_BAD_FILE, "no end record");
    make_elf(elf, 0x08000008);
    expect_error("p.elf", elf, sizeof elf, CLI_BAD_FILE, "0x08000008 is given twice");
    make_elf(elf, 0x20000000);
    expect_error("p.elf", elf, sizeof elf, CLI_BAD_FILE, "0x20000000 lie outside the flash");
    make_elf(elf, 0x08000010);
    expect_error("p.elf", elf, 140, CLI_BAD_FILE, "runs past the end of the file");
    put_le32(flash, 0x20010000);
    put_le32(flash + 4, 0x90000001);
    expect_error("p.bin", flash, sizeof flash, CLI_REFUSED, "reset vector points to no memory");
    put_le32(flash + 4, 0x08000021);
    put_le32(flash + 0x20, 0x47004800); /* ldr r0, [pc]; bx r0 */
    put_le32(flash + 0x24, 0x60000001);
    expect_error("p.bin", flash, sizeof flash, CLI_REFUSED,
                 "jump to an unmapped address or into unreadable flash (stacked pc 0x60000000)");
    memset(flash, 0xff, sizeof flash);
    expect_error("p.bin", flash, sizeof flash, CLI_REFUSED, "blank: no program");
}

static void flash_files_are_compared(void **state)
{
    (void)state;
    assert_int_equal(run("board flash load %s %s", in_folder("flash"), in_folder("loop.bin")),
                     CLI_DONE);
    assert_int_equal(run("board flash load %s %s", in_folder("dump"), in_folder("loop.bin")),
                     CLI_DONE);
    assert_int_equal(run("board flash diff %s %s", in_folder("flash"), in_folder("dump")),
                     CLI_DONE);
    assert_int_equal(
        run("board flash load %s %s@0x08100000", in_folder("dump"), in_folder("loop.bin")),
        CLI_DONE);
    assert_int_equal(run("board flash diff %s %s", in_folder("flash"), in_folder("dump")),
                     CLI_REFUSED);
    assert_int_equal(run("board flash diff %s %s", in_folder("flash"), in_folder("missing")),
                     CLI_BAD_FILE);
    assert_int_equal(run("board flash mix %s %s", in_folder("flash"), in_folder("dump")),
                     CLI_USAGE);
    unlink(in_folder("flash"));
    unlink(in_folder("dump"));
}

static void flash_is_kept_between_runs(void **state)
{
    (void)state;
    const char *flash = in_folder("flash"), *loop = in_folder("loop.bin");
    assert_int_equal(run("board run %s --uart none --for 0.001 --flash %s", loop, flash), CLI_DONE);
    assert_int_equal(run("board run --uart none --for 0.001 --flash %s", flash), CLI_DONE);
    assert_int_equal(run("board flash load %s %s@0x08100000", flash, loop), CLI_DONE);
    assert_int_equal(run("board flash dump %s %s", flash, in_folder("dump")), CLI_DONE);
    struct cli_blob b;
    assert_int_equal(cli_read_file(in_folder("dump"), 4u << 20, &b), CLI_DONE);
    assert_int_equal(b.len, 2u << 20);
    assert_int_equal(b.data[8], 0xfe);            /* the loop */
    assert_int_equal(b.data[0x100000 + 9], 0xe7); /* and its copy in bank 2 */
    assert_int_equal(b.data[0x80000], 0xff);
    cli_release();
    assert_int_equal(run("board flash dump %s %s", in_folder("missing"), in_folder("dump")),
                     CLI_BAD_FILE);
}

/* ---- the pty ---- */

static int open_link(void)
{
    int fd = open(in_folder("uart"), O_RDWR | O_NOCTTY);
    assert_true(fd >= 0);
    return fd;
}

static void pty_clients_come_and_go(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    char text[16] = "";
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", in_folder("uart"))), CLI_DONE);
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
    assert_int_equal(lstat(in_folder("uart"), &st), -1); /* the link is gone */
    assert_int_equal(errno, ENOENT);
    cli_release();
}

static void a_link_does_not_replace_a_file(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", in_folder("loop.bin"))), CLI_BAD_FILE);
    endpoint_close(&d);
    struct stat st;
    assert_int_equal(lstat(in_folder("loop.bin"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    cli_release();
}

/* ---- a second board, in a process of its own ---- */

/* It runs until it is killed; the link is there when it has all that it wants. */
static pid_t start_board(void)
{
    fflush(NULL);
    pid_t board = fork();
    assert_true(board >= 0);
    if (board == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0)
        _exit(run("board run %s --quiet --flash %s --uart pty:%s", in_folder("loop.bin"),
                  in_folder("flash"), in_folder("uart")));
    struct stat st;
    while (stat(in_folder("uart"), &st) != 0) {
        assert_int_equal(waitpid(board, NULL, WNOHANG), 0);
        usleep(1000);
    }
    return board;
}

static void kill_board(pid_t board)
{
    kill(board, SIGKILL);
    assert_int_equal(waitpid(board, NULL, 0), board);
}

/* The second board took the link from the first one, which then was a board without a UART. */
static void two_boards_cannot_have_one_link(void **state)
{
    char before[64] = "", after[64] = "";
    (void)state;
    pid_t board = start_board();
    assert_true(readlink(in_folder("uart"), before, sizeof before - 1) > 0);
    assert_int_equal(rig_command("board run %s --uart pty:%s --for 0.001", in_folder("loop.bin"),
                                 in_folder("uart")),
                     CLI_REFUSED);
    rig_expect("/uart' is the UART of a running board\n");
    rig_expect(cli_text("evidence: it leads to %s, and process %d (", before, (int)board));
    rig_expect(cli_text("next: end that board (kill %d), or give this one a link of its own\n",
                        (int)board));
    assert_true(readlink(in_folder("uart"), after, sizeof after - 1) > 0);
    assert_string_equal(after, before);
    kill_board(board);
    assert_int_equal(readlink(in_folder("uart"), after, sizeof after - 1),
                     strlen(before)); /* left */
    assert_int_equal(rig_command("board run %s --quiet --uart pty:%s --for 0.001",
                                 in_folder("loop.bin"), in_folder("uart")),
                     CLI_DONE);
    assert_string_equal(rig_output, "");
    assert_int_equal(readlink(in_folder("uart"), after, sizeof after - 1),
                     -1); /* as it ended itself */
    unlink(in_folder("flash"));
}

/* A link to anything but a pty was replaced. */
static void what_is_no_link_to_a_pty_stays(void **state)
{
    char target[64] = "";
    (void)state;
    char link[128];
    snprintf(link, sizeof link, "%s", in_folder("uart"));
    static const char *const targets[] = {"loop.bin", "/no/such/file", "/dev/pts/ptmx"};
    for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
        assert_int_equal(symlink(targets[i], link), 0);
        assert_int_equal(
            rig_command("board run %s --uart pty:%s --for 0.001", in_folder("loop.bin"), link),
            CLI_BAD_FILE);
        rig_expect(cli_text("evidence: it is a link to '%s', which is no pty\n", targets[i]));
        assert_int_equal(readlink(link, target, sizeof target), strlen(targets[i]));
        unlink(link);
    }
    assert_int_equal(mkdir(link, 0700), 0);
    assert_int_equal(
        rig_command("board run %s --uart pty:%s --for 0.001", in_folder("loop.bin"), link),
        CLI_BAD_FILE);
    rig_expect("evidence: the name belongs to something that is not a link\n");
    assert_int_equal(rmdir(link), 0);
}

static void two_boards_cannot_have_one_flash_file(void **state)
{
    (void)state;
    pid_t board = start_board();
    const char *const commands[] = {"board run --uart none --for 0.001 --flash",
                                    "board flash load"};
    for (size_t i = 0; i < ARRAY_LEN(commands); i++) {
        assert_int_equal(
            rig_command("%s %s %s", commands[i], in_folder("flash"), in_folder("loop.bin")),
            CLI_REFUSED);
        rig_expect("/flash' is the flash of a running board\n");
        rig_expect(cli_text("evidence: process %d (", (int)board));
        rig_expect(cli_text("next: end that board (kill %d), or give", (int)board));
    }
    kill_board(board);
    assert_int_equal(
        rig_command("board run --uart none --for 0.001 --flash %s", in_folder("flash")), CLI_DONE);
    unlink(in_folder("flash"));
    unlink(in_folder("uart"));
}

/* Between reading the file and making it the flash nothing held it: two boards that began at once both had it. */
static void a_flash_file_is_claimed_while_a_board_begins(void **state)
{
    struct flash_claim claim;
    int ready[2], made = pipe(ready);
    char byte;
    (void)state;
    assert_int_equal(made, 0);
    const char *flash = in_folder("flash"), *loop = in_folder("loop.bin");
    assert_int_equal(run("board run %s --uart none --for 0.001 --flash %s", loop, flash), CLI_DONE);
    fflush(NULL);
    pid_t other = fork();
    assert_true(other >= 0);
    if (other == 0 && prctl(PR_SET_PDEATHSIG, SIGKILL) == 0) {
        (void)!write(ready[1], "", board_claim_flash(flash, &claim) == CLI_DONE);
        for (;;)
            pause();
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", flash),
                     CLI_REFUSED);
    kill_board(other);
    close(ready[0]);
    close(ready[1]);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", flash), CLI_DONE);
    unlink(flash);

    /* One that was not there, and then is. */
    struct vboard *v = vboard_new(&(struct vboard_config){0});
    assert_int_equal(board_claim_flash(flash, &claim), CLI_DONE);
    assert_true(claim.absent);
    save("flash", "another's", 9);
    assert_int_equal(board_keep_flash(v, flash, &claim), CLI_REFUSED);
    board_release_flash(&claim);
    vboard_free(v);
    unlink(flash);
    cli_release();
}

static void a_reader_that_sleeps_does_not_stop_the_board(void **state)
{
    (void)state;
    static struct uart_endpoint d;
    static char much[1000];
    char byte;
    assert_int_equal(endpoint_open(&d, cli_text("pty:%s", in_folder("uart"))), CLI_DONE);
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
        int fd = open(in_folder(name), O_RDWR | O_NOCTTY);
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
    save("scenario.bin", scenario, sizeof scenario);
    unlink(in_folder("log"));
    pid_t board = fork();
    if (board == 0)
        _exit(run("board run %s %s@0x08020000 --quiet --uart UART4=pty:%s --uart usart3=pty:%s "
                  "--log %s --for 30",
                  PROBE_ELF, in_folder("scenario.bin"), in_folder("uart4"), in_folder("uart"),
                  in_folder("log")));
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
    assert_int_equal(cli_read_file(in_folder("log"), 1000, &log), CLI_DONE);
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
    save("scenario.bin", scenario, sizeof scenario);
    char files[300];
    snprintf(files, sizeof files, "%s %s@0x08020000", PROBE_ELF, in_folder("scenario.bin"));
    assert_int_equal(run("board run %s --uart none --for 0.05 --until-text two", files), CLI_DONE);
    assert_int_equal(
        run("board run %s --uart none --for 0.05 --until-text two --console UART4", files),
        CLI_REFUSED);
}

static void impossible_UART_options_are_refused(void **state)
{
    (void)state;
    const char *loop = in_folder("loop.bin");
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
        if (run("board run %s --for 0.001 %s", loop, bad[i]) != CLI_USAGE)
            fail_msg("%s is taken", bad[i]);
    assert_int_equal(run("board run %s --for 0.001 --uart pty:%s --uart UART4=pty:%s", loop,
                         in_folder("uart"), in_folder("uart")),
                     CLI_USAGE);
    assert_int_equal(run("board run %s --for 0.001 --uart pty:%s=x", loop, in_folder("uart")),
                     CLI_DONE); /* the '=' belongs to the link */
}

/* ---- what nobody hears, and how far a run is ---- */

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
    save(name, program, program_len);
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
    const char *p = in_folder("p.bin");
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
            rig_command("board run %s --for 2 %s --uart none", in_folder("p.bin"), options[i]),
            CLI_DONE);
        rig_expect_not("USART1");
    }
    save_speaker("p.bin", 0, 5);
    assert_int_equal(rig_command("board run %s --uart none --for 2 --json", in_folder("p.bin")),
                     CLI_DONE);
    rig_expect("\"unheard\": []");
    unlink(in_folder("p.bin"));
}

/* Where the endpoint is, is no part of the document. */
static void json_is_one_document_on_stdout(void **state)
{
    static const char begin[] = "{\n  \"virtual_seconds\": 0.001,";
    struct cli_blob b;
    (void)state;
    fflush(stdout);
    int saved = dup(STDOUT_FILENO);
    assert_non_null(freopen(in_folder("log"), "w", stdout));
    int code = run("board run %s --uart pty:%s --for 0.001 --json", in_folder("loop.bin"),
                   in_folder("uart"));
    fflush(stdout);
    assert_true(dup2(saved, STDOUT_FILENO) >= 0);
    close(saved);
    assert_int_equal(code, CLI_DONE);
    assert_int_equal(cli_read_file(in_folder("log"), 1000, &b), CLI_DONE);
    assert_memory_equal(b.data, begin, strlen(begin));
    assert_string_equal((const char *)b.data + b.len - 4, "]\n}\n");
    cli_release();
    unlink(in_folder("log"));
}

static void a_run_that_takes_long_says_how_far_it_is(void **state)
{
    const char *loop = in_folder("loop.bin");
    (void)state;
    assert_int_equal(rig_command("board run %s --uart none --for 0.05", loop), CLI_DONE);
    rig_expect_not("board|");
    look_ms = 3000;
    assert_int_equal(rig_command("board run %s --uart none --for 0.05", loop), CLI_DONE);
    rig_expect("board| runs: 0.0 of 0.1 s of virtual time\n");
    assert_int_equal(rig_command("board run %s --uart none --for 0.05 --until-text ready", loop),
                     CLI_REFUSED);
    rig_expect("s of virtual time, and the console has not shown the text\n");
    static const char *const options[] = {"--uart none --quiet", "--uart none --json",
                                          "--uart none --trace flash", "--uart stdio"};
    for (size_t i = 0; i < ARRAY_LEN(options); i++) {
        assert_int_equal(rig_command("board run %s --for 0.05 %s", loop, options[i]), CLI_DONE);
        rig_expect_not("board|");
    }
    look_ms = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_runs_for_a_while),
        cmocka_unit_test(intel_hex_runs_under_any_name),
        cmocka_unit_test(a_board_that_stops_is_an_error),
        cmocka_unit_test(semihosting_speaks_and_ends_the_run),
        cmocka_unit_test(bad_input_is_told_apart),
        cmocka_unit_test(every_bad_program_is_explained),
        cmocka_unit_test(flash_files_are_compared),
        cmocka_unit_test(flash_is_kept_between_runs),
        cmocka_unit_test(pty_clients_come_and_go),
        cmocka_unit_test(a_link_does_not_replace_a_file),
        cmocka_unit_test(two_boards_cannot_have_one_link),
        cmocka_unit_test(what_is_no_link_to_a_pty_stays),
        cmocka_unit_test(two_boards_cannot_have_one_flash_file),
        cmocka_unit_test(a_flash_file_is_claimed_while_a_board_begins),
        cmocka_unit_test(a_reader_that_sleeps_does_not_stop_the_board),
        cmocka_unit_test(impossible_UART_options_are_refused),
        cmocka_unit_test(two_UARTs_talk_at_once),
        cmocka_unit_test(the_console_may_be_another_UART),
        cmocka_unit_test(a_UART_that_nobody_hears_is_named),
        cmocka_unit_test(a_UART_that_is_connected_is_not_named),
        cmocka_unit_test(json_is_one_document_on_stdout),
        cmocka_unit_test(a_run_that_takes_long_says_how_far_it_is),
    };
    return cmocka_run_group_tests_name("board", tests, set_up, tear_down);
}
