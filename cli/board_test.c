/* Tests of slipway board run and board flash with programs of a few instructions, and of the pty door. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "cli/board_door.h"
#include "cli/cli.h"

static char folder[] = "/tmp/slipway-test.XXXXXX";

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
    save_program("loop.bin", loop, 1);
    save_program("udf.bin", undefined, 1);
    save("bad.hex", ":0000", 5);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    static const char *const names[] = {"loop.bin", "udf.bin", "bad.hex", "flash",
                                        "dump",     "log",     "uart"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(in_folder(names[i]));
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

static void a_board_that_stops_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(run("board run %s --uart none --for 0.01", in_folder("udf.bin")), CLI_REFUSED);
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
    assert_int_equal(run("board run %s --flash %s --uart none", loop, in_folder("bad.hex")),
                     CLI_BAD_FILE);
    assert_int_equal(run("board run %s --uart none --for 0.01 --flash /no/such/folder/f", loop),
                     CLI_BAD_FILE);
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
    static struct door d;
    char text[16] = "";
    assert_int_equal(door_open(&d, cli_text("pty:%s", in_folder("uart"))), CLI_DONE);
    assert_int_equal(door_read(&d, text, sizeof text), 0);
    assert_false(d.connected);
    door_write(&d, "lost", 4); /* nobody is there */
    for (int client = 0; client < 3; client++) {
        int fd = open_link();
        assert_int_equal(write(fd, "\x03\n\r", 3), 3); /* raw: no signal, no translation, no echo */
        door_wait(&d, -1, 1000);
        assert_int_equal(door_read(&d, text, sizeof text), 3);
        assert_memory_equal(text, "\x03\n\r", 3);
        assert_true(d.connected);
        door_write(&d, "a\nb", 3);
        assert_int_equal(read(fd, text, sizeof text), 3);
        assert_memory_equal(text, "a\nb", 3);
        close(fd);
        assert_int_equal(door_read(&d, text, sizeof text), 0);
        assert_false(d.connected);
    }
    door_close(&d);
    struct stat st;
    assert_int_equal(lstat(in_folder("uart"), &st), -1); /* the link is gone */
    assert_int_equal(errno, ENOENT);
    cli_release();
}

static void a_link_does_not_replace_a_file(void **state)
{
    (void)state;
    static struct door d;
    assert_int_equal(door_open(&d, cli_text("pty:%s", in_folder("loop.bin"))), CLI_BAD_FILE);
    door_close(&d);
    struct stat st;
    assert_int_equal(lstat(in_folder("loop.bin"), &st), 0);
    assert_true(S_ISREG(st.st_mode));
    cli_release();
}

static void a_reader_that_sleeps_does_not_stop_the_board(void **state)
{
    (void)state;
    static struct door d;
    static char much[1000];
    char byte;
    assert_int_equal(door_open(&d, cli_text("pty:%s", in_folder("uart"))), CLI_DONE);
    int fd = open_link();
    assert_int_equal(door_read(&d, &byte, 1), 0);
    assert_true(d.connected);
    memset(much, 'x', sizeof much);
    for (int i = 0; i < 1000; i++)
        door_write(&d, much, sizeof much); /* returns, whatever the client does */
    assert_true(d.out_len <= sizeof d.out);
    assert_true(d.connected); /* full is not gone */
    close(fd);
    door_close(&d);
    cli_release();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_program_runs_for_a_while),
        cmocka_unit_test(a_board_that_stops_is_an_error),
        cmocka_unit_test(bad_input_is_told_apart),
        cmocka_unit_test(flash_is_kept_between_runs),
        cmocka_unit_test(pty_clients_come_and_go),
        cmocka_unit_test(a_link_does_not_replace_a_file),
        cmocka_unit_test(a_reader_that_sleeps_does_not_stop_the_board),
    };
    return cmocka_run_group_tests_name("board", tests, set_up, tear_down);
}
