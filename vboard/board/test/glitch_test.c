/* Glitches: single steps, skipped instructions and changed registers, on a program of a few halfwords. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "vboard/vboard.h"

#define CODE 0x08000008u

static const uint16_t program[] = {
    0x2001,         /* 08: movs r0, #1 */
    0x3002,         /* 0a: adds r0, #2 */
    0x2803,         /* 0c: cmp r0, #3 */
    0xbf0c,         /* 0e: ite eq */
    0x2105,         /* 10: moveq r1, #5 */
    0x2107,         /* 12: movne r1, #7 */
    0xf241, 0x2234, /* 14: movw r2, #0x1234 */
    0xe7fe,         /* 18: b . */
};

static struct vboard *start(void)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST};
    struct vboard *v = vboard_new(&config);
    uint8_t bytes[32] = {0};
    assert_non_null(v);
    put_le32(bytes, 0x20000400);
    put_le32(bytes + 4, CODE | 1);
    for (unsigned i = 0; i < sizeof program / 2; i++)
        put_le16(bytes + 8 + 2 * i, program[i]);
    vboard_flash_poke(v, 0, bytes, sizeof bytes);
    vboard_power_on(v);
    return v;
}

static void step(struct vboard *v, unsigned n)
{
    assert_int_equal(vboard_step(v, n).why, VBOARD_TIME);
}

static void expect(struct vboard *v, uint32_t r0, uint32_t r1, uint32_t r2)
{
    step(v, 10);
    assert_int_equal(vboard_cpu_reg(v, 15), CODE + 16);
    assert_int_equal(vboard_cpu_reg(v, 0), r0);
    assert_int_equal(vboard_cpu_reg(v, 1), r1);
    assert_int_equal(vboard_cpu_reg(v, 2), r2);
    vboard_free(v);
}

static void a_step_is_an_instruction(void **state)
{
    static const uint8_t pc[] = {0, 2, 4, 6, 8, 10, 12, 16, 16};
    struct vboard *v = start();
    (void)state;
    for (unsigned i = 0; i < sizeof pc; i++) {
        assert_int_equal(vboard_cpu_reg(v, 15), CODE + pc[i]);
        step(v, 1);
    }
    expect(v, 3, 5, 0x1234);
}

/* Each instruction left out in turn, and what the registers hold in the end. */
static void a_skipped_instruction_has_no_effect(void **state)
{
    static const uint32_t ends[][3] = {
        {2, 7, 0x1234}, {1, 7, 0x1234}, {3, 7, 0x1234}, /* add to 0; no add; flags of the add */
        {3, 7, 0x1234},                                 /* no IT: both moves */
        {3, 0, 0x1234}, {3, 5, 0x1234}, {3, 5, 0},
    };
    (void)state;
    for (unsigned i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct vboard *v = start();
        step(v, i);
        assert_true(vboard_skip(v));
        expect(v, ends[i][0], ends[i][1], ends[i][2]);
    }
}

static void a_register_takes_a_value(void **state)
{
    struct vboard *v = start();
    (void)state;
    step(v, 2);
    vboard_set_cpu_reg(v, 0, vboard_cpu_reg(v, 0) ^ 4);
    expect(v, 7, 7, 0x1234);
    v = start();
    vboard_set_cpu_reg(v, 15, CODE + 12);
    expect(v, 0, 0, 0x1234);
}

static void what_is_not_in_memory_cannot_be_skipped(void **state)
{
    struct vboard *v = start();
    (void)state;
    vboard_set_cpu_reg(v, 15, 0x90000000);
    assert_false(vboard_skip(v));
    assert_int_equal(vboard_cpu_reg(v, 15), 0x90000000);
    vboard_free(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_an_instruction),
        cmocka_unit_test(a_skipped_instruction_has_no_effect),
        cmocka_unit_test(a_register_takes_a_value),
        cmocka_unit_test(what_is_not_in_memory_cannot_be_skipped),
    };
    return cmocka_run_group_tests_name("glitch", tests, NULL, NULL);
}
