/* Tests of slipway board run and board flash with programs of a few instructions. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/image/hex_file.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

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

/* Vectors (stack 0x24001000, reset 0x08000008 | 1), then the code. */
static void save_program(const char *name, const uint16_t *code, size_t halfwords)
{
    uint8_t bytes[64] = {0x00, 0x10, 0x00, 0x24, 0x09, 0x00, 0x00, 0x08};
    memcpy(bytes + 8, code, halfwords * 2);
    rig_save(rig_path(name), bytes, sizeof bytes);
}

static int set_up(void **state)
{
    static const uint16_t loop[] = {0xe7fe};      /* b . */
    static const uint16_t undefined[] = {0xde00}; /* udf #0 */
    rig_folder_begin(state);
    save_program("loop.bin", loop, 1);
    save_program("udf.bin", undefined, 1);
    rig_save(rig_path("bad.hex"), (const uint8_t *)":0000", 5);
    return 0;
}

static void a_program_runs_for_a_while(void **state)
{
    (void)state;
    assert_int_equal(rig_command("board run %s --uart none --for 0.01", rig_path("loop.bin")),
                     CLI_DONE);
    assert_int_equal(
        rig_command("board run %s --uart none --for 0.01 --until-text ready", rig_path("loop.bin")),
        CLI_REFUSED);
}

/* Under a name that does not end in .hex its text was taken for the program, and it ran. */
static void intel_hex_runs_under_any_name(void **state)
{
    static const char *const names[] = {"loop.HEX", "loop.txt"};
    (void)state;
    struct cli_blob b;
    assert_int_equal(cli_read_file(rig_path("loop.bin"), 100, &b), CLI_DONE);
    const struct hex_chunk chunk = {0x08000000, b.data, b.len};
    size_t len;
    char *text = hex_text(&chunk, 1, &len);
    assert_non_null(text);
    cli_release();
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        rig_save(rig_path(names[i]), (const void *)text, len);
        const char *path = rig_path(names[i]);
        assert_int_equal(rig_command("board run %s --uart none --for 0.01", path), CLI_DONE);
        rig_expect_not("warning:");
        assert_int_equal(rig_command("board run %s@0x08020000 --uart none --for 0.01", path),
                         CLI_DONE);
        rig_expect("warning: @0x08020000 is not used\n");
        unlink(path);
    }
    free(text);
    assert_int_equal(
        rig_command("board run %s@0x08000000 --uart none --for 0.01", rig_path("loop.bin")),
        CLI_DONE);
    rig_expect_not("warning:");
}

static void a_board_that_stops_is_an_error(void **state)
{
    (void)state;
    assert_int_equal(rig_command("board run %s --uart none --for 0.01", rig_path("udf.bin")),
                     CLI_REFUSED);
}

/* movs r0, #4 (WRITE0); adr r1, text; bkpt 0xab; movs r0, #0x18 (EXIT); ldr r1, =reason; bkpt 0xab; b . */
static void semihosting_speaks_and_ends_the_run(void **state)
{
    static uint16_t code[] = {0x2004, 0xa103, 0xbeab, 0x2018, 0x4903, 0xbeab, 0xe7fe,
                              0,      0x6568, 0x6c6c, 0x0a6f, 0,      0x0026, 2};
    (void)state;
    save_program("p.bin", code, ARRAY_LEN(code));
    const char *p = rig_path("p.bin"), *log = rig_path("log");
    assert_int_equal(
        rig_command("board run %s --uart none --for 1 --semihosting --until-text hello", p),
        CLI_DONE);
    assert_int_equal(rig_command("board run %s --uart none --for 1 --semihosting --log %s", p, log),
                     CLI_DONE);
    struct cli_blob b;
    assert_int_equal(cli_read_file(log, 100, &b), CLI_DONE);
    assert_int_equal(b.len, 6);
    assert_memory_equal(b.data, "hello\n", 6);
    cli_release();
    unlink(log);
    assert_int_equal(
        rig_command("board run %s --uart none --for 1 --semihosting --until-text never", p),
        CLI_REFUSED);
    assert_int_equal(rig_command("board run %s --uart none --for 1", p), CLI_REFUSED);
    code[12] = 0x0024; /* not the end of an application */
    save_program("p.bin", code, ARRAY_LEN(code));
    assert_int_equal(rig_command("board run %s --uart none --for 1 --semihosting", p), CLI_REFUSED);
    unlink(rig_path("p.bin"));
}

static void bad_input_is_told_apart(void **state)
{
    (void)state;
    const char *loop = rig_path("loop.bin");
    assert_int_equal(rig_command("board run %s --uart none", rig_path("missing.elf")),
                     CLI_BAD_FILE);
    assert_int_equal(rig_command("board run %s --uart none", rig_path("bad.hex")), CLI_BAD_FILE);
    assert_int_equal(rig_command("board run %s@0x20000000 --uart none", loop),
                     CLI_BAD_FILE); /* no flash */
    assert_int_equal(rig_command("board run %s@here --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --uart telex", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --timing slow --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --for ever --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --for -1 --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --trace bells --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --stores never --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --defect hsi --uart none", loop), CLI_USAGE);
    assert_int_equal(rig_command("board run %s --hse 7 --uart none", loop), CLI_USAGE);
    static const char *const sdram[] = {
        "32", "0xd0000000", "0xd0000000:0", "0xd0000000:257", "0x90000000:8", "0xd0000000:8x"};
    for (size_t i = 0; i < ARRAY_LEN(sdram); i++)
        assert_int_equal(
            rig_command("board run %s --sdram %s --uart none --for 0.01", loop, sdram[i]),
            CLI_USAGE);
    assert_int_equal(rig_command("board run %s --flash %s --uart none", loop, rig_path("bad.hex")),
                     CLI_BAD_FILE);
    assert_int_equal(
        rig_command("board run %s --uart none --for 0.01 --flash /no/such/folder/f", loop),
        CLI_BAD_FILE);
}

/* The exit code is not enough: the error must say what is wrong with the file. */
static void expect_error(const char *name, const void *bytes, size_t len, int code,
                         const char *says)
{
    rig_save(rig_path(name), bytes, len);
    assert_int_equal(rig_command("board run %s --uart none --for 0.01", rig_path(name)), code);
    rig_expect(says);
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
    assert_int_equal(rig_command("board flash load %s %s", rig_path("flash"), rig_path("loop.bin")),
                     CLI_DONE);
    assert_int_equal(rig_command("board flash load %s %s", rig_path("dump"), rig_path("loop.bin")),
                     CLI_DONE);
    assert_int_equal(rig_command("board flash diff %s %s", rig_path("flash"), rig_path("dump")),
                     CLI_DONE);
    assert_int_equal(
        rig_command("board flash load %s %s@0x08100000", rig_path("dump"), rig_path("loop.bin")),
        CLI_DONE);
    assert_int_equal(rig_command("board flash diff %s %s", rig_path("flash"), rig_path("dump")),
                     CLI_REFUSED);
    assert_int_equal(rig_command("board flash diff %s %s", rig_path("flash"), rig_path("missing")),
                     CLI_BAD_FILE);
    assert_int_equal(rig_command("board flash mix %s %s", rig_path("flash"), rig_path("dump")),
                     CLI_USAGE);
    unlink(rig_path("flash"));
    unlink(rig_path("dump"));
}

static void flash_is_kept_between_runs(void **state)
{
    (void)state;
    const char *flash = rig_path("flash"), *loop = rig_path("loop.bin");
    assert_int_equal(rig_command("board run %s --uart none --for 0.001 --flash %s", loop, flash),
                     CLI_DONE);
    assert_int_equal(rig_command("board run --uart none --for 0.001 --flash %s", flash), CLI_DONE);
    assert_int_equal(rig_command("board flash load %s %s@0x08100000", flash, loop), CLI_DONE);
    assert_int_equal(rig_command("board flash dump %s %s", flash, rig_path("dump")), CLI_DONE);
    struct cli_blob b;
    assert_int_equal(cli_read_file(rig_path("dump"), 4u << 20, &b), CLI_DONE);
    assert_int_equal(b.len, 2u << 20);
    assert_int_equal(b.data[8], 0xfe);            /* the loop */
    assert_int_equal(b.data[0x100000 + 9], 0xe7); /* and its copy in bank 2 */
    assert_int_equal(b.data[0x80000], 0xff);
    cli_release();
    assert_int_equal(rig_command("board flash dump %s %s", rig_path("missing"), rig_path("dump")),
                     CLI_BAD_FILE);
}

static void a_run_that_takes_long_says_how_far_it_is(void **state)
{
    const char *loop = rig_path("loop.bin");
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
        cmocka_unit_test(a_run_that_takes_long_says_how_far_it_is),
    };
    return cmocka_run_group_tests_name("board", tests, set_up, rig_folder_end);
}
