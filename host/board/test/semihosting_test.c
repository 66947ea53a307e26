/* Each semihosting call by itself, with arguments as a program may give them, hostile ones included. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "host/board/semihosting.h"

#define CODE   0x24000000u
#define BLOCK  0x24000100u
#define TEXT   0x24000200u
#define RAM    0x2407fff8u /* the last 8 bytes of AXI SRAM */
#define FAILED 0xffffffffu

static struct vboard *board;
static struct semihosting host;
static char said[64];
static size_t said_len;

static void hear(void *ctx, char c)
{
    (void)ctx;
    if (said_len + 1 < sizeof said)
        said[said_len++] = c;
}

static int set_up(void **state)
{
    static const uint8_t bkpt[2] = {0xab, 0xbe};
    const struct vboard_config config = {.seed = 1};
    (void)state;
    board = vboard_new(&config);
    assert_non_null(board);
    vboard_power_on(board);
    assert_int_equal(vboard_write(board, CODE, bkpt, 2), 2);
    assert_int_equal(vboard_write(board, TEXT, "hello", 6), 6);
    assert_int_equal(vboard_write(board, RAM, "unended!", 8), 8);
    memset(said, 0, sizeof said);
    said_len = 0;
    host = (struct semihosting){.say = hear};
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(board);
    return 0;
}

static uint32_t call(uint32_t op, uint32_t arg)
{
    vboard_set_cpu_reg(board, 0, op);
    vboard_set_cpu_reg(board, 1, arg);
    vboard_set_cpu_reg(board, VBOARD_PC, CODE);
    const struct vboard_stop stop = {.why = VBOARD_BREAKPOINT, .pc = CODE};
    assert_true(semihosting_is_call(board, &stop));
    semihosting_serve(&host, board);
    assert_int_equal(vboard_cpu_reg(board, VBOARD_PC), CODE + 2);
    return vboard_cpu_reg(board, 0);
}

static uint32_t call_block(uint32_t op, uint32_t a, uint32_t b, uint32_t c)
{
    uint8_t block[12];
    put_le32(block, a);
    put_le32(block + 4, b);
    put_le32(block + 8, c);
    assert_int_equal(vboard_write(board, BLOCK, block, sizeof block), sizeof block);
    return call(op, BLOCK);
}

static void output_is_heard(void **state)
{
    (void)state;
    assert_int_equal(call(0x04, TEXT), 0);
    assert_int_equal(call(0x03, TEXT + 1), 0);
    assert_int_equal(call_block(0x05, 2, TEXT, 4), 0);
    assert_string_equal(said, "helloehell");
}

static void the_console_opens_and_no_file_of_the_host(void **state)
{
    (void)state;
    assert_int_equal(vboard_write(board, TEXT, ":tt", 4), 4);
    assert_int_equal(call_block(0x01, TEXT, 0, 3), 1);
    assert_int_equal(call_block(0x01, TEXT, 4, 3), 2);
    assert_int_equal(vboard_write(board, TEXT, "/etc/passwd", 12), 12);
    assert_int_equal(call_block(0x01, TEXT, 0, 11), FAILED);
    assert_int_equal(call_block(0x06, 1, TEXT, 8), 8); /* nothing was read */
    assert_int_equal(call(0x0e, BLOCK), FAILED);       /* REMOVE */
    assert_int_equal(call(0x12, BLOCK), FAILED);       /* SYSTEM */
}

static void hostile_arguments_end_where_memory_ends(void **state)
{
    (void)state;
    assert_int_equal(call_block(0x05, 1, 0x90000000, FAILED), FAILED);
    assert_int_equal(call_block(0x05, 1, RAM, 100), 92);
    assert_int_equal(call(0x04, RAM), FAILED); /* no NUL before the end of memory */
    assert_int_equal(call(0x05, 0x90000000), 0);
    assert_int_equal(call(0x01, 0xfffffffe), FAILED);
    assert_int_equal(call_block(0x16, 0x90000000, 0, 0), FAILED);
    assert_int_equal(call(0xdeadbeef, 0), FAILED);
    assert_string_equal(said, "unended!unended!");
    assert_false(host.exited);
}

static void an_end_has_a_code(void **state)
{
    static const struct {
        uint32_t reason, status, code;
    } rows[] = {{0x20026, 0, 0}, {0x20026, 7, 7}, {0x20023, 0, 1}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        host.exited = false;
        (void)call_block(0x20, rows[i].reason, rows[i].status, 0);
        assert_true(host.exited);
        assert_int_equal(host.exit_code, rows[i].code);
    }
    (void)call(0x18, 0x20026);
    assert_int_equal(host.exit_code, 0);
    (void)call(0x18, 0x20024);
    assert_int_equal(host.exit_code, 1);
}

static void other_breakpoints_are_left_alone(void **state)
{
    static const uint8_t bkpt_0[2] = {0x00, 0xbe};
    struct vboard_stop stop = {.why = VBOARD_BREAKPOINT, .pc = CODE + 2};
    (void)state;
    assert_int_equal(vboard_write(board, CODE + 2, bkpt_0, 2), 2);
    assert_false(semihosting_is_call(board, &stop));
    stop = (struct vboard_stop){.why = VBOARD_TIME, .pc = CODE};
    assert_false(semihosting_is_call(board, &stop));
}

#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(output_is_heard),
        T(the_console_opens_and_no_file_of_the_host),
        T(hostile_arguments_end_where_memory_ends),
        T(an_end_has_a_code),
        T(other_breakpoints_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
