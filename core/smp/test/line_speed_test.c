/* The device's side of a faster line: what it accepts, and when it goes back. */
#include "core/smp/server/line_speed.h"

#include "core/smp/wire/errors.h"
#include "testing/rig_smp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000u

static bool has_speed(uint32_t baud)
{
    return baud % 115200 == 0 || baud == 1000000;
}

static struct line_speed new_line(void)
{
    struct line_speed l;
    line_speed_init(&l, 115200, 1000000, has_speed);
    return l;
}

static void only_what_the_line_has_is_accepted(void **state)
{
    (void)state;
    struct line_speed l = new_line();
    assert_true(line_speed_ask(&l, 921600));
    assert_true(line_speed_ask(&l, 1000000));
    assert_true(line_speed_ask(&l, 115200));
    assert_false(line_speed_ask(&l, 0));
    assert_false(line_speed_ask(&l, 57600));   /* slower than usual */
    assert_false(line_speed_ask(&l, 1036800)); /* faster than max */
    assert_false(line_speed_ask(&l, 500000));  /* no such divider */
    line_speed_init(&l, 115200, 0, has_speed);
    assert_false(line_speed_ask(&l, 921600));
    assert_true(line_speed_ask(&l, 115200));
}

static void the_change_comes_behind_the_response(void **state)
{
    (void)state;
    struct line_speed l = new_line();
    assert_int_equal(line_speed_after_request(&l, 0), 0);
    assert_true(line_speed_ask(&l, 921600));
    assert_int_equal(l.now, 115200);
    assert_int_equal(line_speed_after_request(&l, 5000 * MS), 921600);
    assert_int_equal(l.now, 921600);
    assert_int_equal(line_speed_after_request(&l, 5001 * MS), 0);
    assert_true(line_speed_ask(&l, 921600)); /* it has that */
    assert_int_equal(line_speed_after_request(&l, 5002 * MS), 0);
}

static void a_speed_without_proof_ends_after_a_second(void **state)
{
    (void)state;
    struct line_speed l = new_line();
    assert_true(line_speed_ask(&l, 921600));
    assert_int_equal(line_speed_after_request(&l, 7 * MS), 921600);
    assert_int_equal(line_speed_after_silence(&l, (7 + LINE_PROOF_MS) * MS - 1), 0);
    assert_int_equal(line_speed_after_silence(&l, (7 + LINE_PROOF_MS) * MS), 115200);
    assert_int_equal(line_speed_after_silence(&l, 100000 * MS), 0);
}

static void each_request_lets_it_go_on(void **state)
{
    (void)state;
    struct line_speed l = new_line();
    uint64_t now = 0;
    assert_true(line_speed_ask(&l, 1000000));
    assert_int_equal(line_speed_after_request(&l, now), 1000000);
    now += (LINE_PROOF_MS - 1) * MS;
    for (unsigned n = 0; n < 5; n++) {
        assert_int_equal(line_speed_after_silence(&l, now), 0);
        assert_int_equal(line_speed_after_request(&l, now), 0);
        now += (LINE_SILENCE_MS - 1) * MS;
    }
    assert_int_equal(line_speed_after_silence(&l, now), 0);
    assert_int_equal(line_speed_after_silence(&l, now + MS), 115200);
}

/* ---- the group ---- */

static struct rig rig;

static void the_group_reads_and_asks(void **state)
{
    (void)state;
    static const struct smp_group *const groups[] = {&smp_group_os, &smp_group_line};
    struct line_speed l = new_line();
    smp_rig_small(&rig);
    rig.config.groups = groups;
    rig.config.group_count = ARRAY_LEN(groups);
    static const char read[] = "08000001534c0700 a0",
                      write[] = "0a00000b534c0700 a16462617564 1a000f4240";
    /* Not a serial line. */
    assert_string_equal(smp_rig_ask(&rig, read), "09000006534c0700bf62726308ff");
    assert_string_equal(smp_rig_ask(&rig, write), "0b000006534c0700bf62726308ff");
    rig.config.line = &l;
    assert_string_equal(
        smp_rig_ask(&rig, read),
        "09000020534c0700bf64626175641a0001c20065757375616c1a0001c200636d61781a000f4240ff");
    assert_string_equal(smp_rig_ask(&rig, write), "0b00000c534c0700bf64626175641a000f4240ff");
    assert_int_equal(l.asked, 1000000);
    /* 1,000,001 baud; no number; no body. */
    assert_string_equal(smp_rig_ask(&rig, "0a00000b534c0700 a16462617564 1a000f4241"),
                        "0b000015534c0700bf63657272bf6567726f757019534c62726302ffff");
    assert_string_equal(smp_rig_ask(&rig, "0200000b534c0700 a16462617564 1a000f4241"),
                        "03000006534c0700bf62726303ff");
    assert_string_equal(smp_rig_ask(&rig, "0a000007534c0700 a16462617564 60"),
                        "0b000006534c0700bf62726303ff");
    assert_string_equal(smp_rig_ask(&rig, "0a000001534c0700 a0"), "0b000006534c0700bf62726303ff");
    assert_int_equal(l.asked, 1000000);
    smp_rig_free(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_the_line_has_is_accepted),
        cmocka_unit_test(the_change_comes_behind_the_response),
        cmocka_unit_test(a_speed_without_proof_ends_after_a_second),
        cmocka_unit_test(each_request_lets_it_go_on),
        cmocka_unit_test(the_group_reads_and_asks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
