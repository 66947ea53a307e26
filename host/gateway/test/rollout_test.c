/* Tests of a rollout's pace. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/gateway/rollout.h"

static const struct gateway_rollout pace = {.at_once = 4,
                                            .at_once_per_link = 2,
                                            .canary = 2,
                                            .stop_after_failures = 3,
                                            .retry_first = 10,
                                            .retry_most = 100};

static void expect(const struct rollout *r, unsigned running, unsigned on_link, bool under_way,
                   enum rollout_answer answer)
{
    assert_int_equal(rollout_may_start(&pace, r, running, on_link, under_way), answer);
}

static void the_first_go_one_by_one(void **state)
{
    (void)state;
    struct rollout r = {0};
    for (unsigned i = 0; i < pace.canary; i++) {
        expect(&r, 0, 0, false, ROLLOUT_START);
        rollout_started(&r);
        expect(&r, 1, 0, false, ROLLOUT_CANARY);
        rollout_succeeded(&r);
    }
    rollout_started(&r);
    expect(&r, 1, 0, false, ROLLOUT_START);
}

/* A restart of the gateway, or a device that went away in the middle, is no reason to begin a second one. */
static void a_canary_that_is_broken_off_is_still_one(void **state)
{
    (void)state;
    struct rollout r = {.broken_off = 1};
    expect(&r, 0, 0, false, ROLLOUT_CANARY);
    expect(&r, 0, 0, true, ROLLOUT_START);
}

static void so_many_at_a_time(void **state)
{
    (void)state;
    const struct rollout r = {.succeeded = 2, .running = 3};
    expect(&r, 3, 1, false, ROLLOUT_START);
    expect(&r, 4, 0, false, ROLLOUT_IS_FULL);
    expect(&r, 4, 0, true, ROLLOUT_IS_FULL);
    expect(&r, 0, 2, true, ROLLOUT_LINK_IS_FULL);
}

static void failures_in_a_row_stop_it(void **state)
{
    (void)state;
    struct rollout r = {.succeeded = 2};
    for (unsigned i = 0; i < 2; i++) {
        rollout_started(&r);
        rollout_failed(&pace, &r);
    }
    expect(&r, 0, 0, false, ROLLOUT_START);
    rollout_started(&r);
    rollout_succeeded(&r); /* the row ends */
    for (unsigned i = 0; i < 3; i++) {
        rollout_started(&r);
        rollout_failed(&pace, &r);
    }
    assert_true(r.is_stopped);
    expect(&r, 0, 0, false, ROLLOUT_STOPPED);
    expect(&r, 0, 0, true, ROLLOUT_START); /* what had begun is not left on trial */
    struct gateway_rollout never = pace;
    never.stop_after_failures = 0;
    struct rollout unstopped = {.succeeded = 2};
    for (unsigned i = 0; i < 10; i++) {
        rollout_started(&unstopped);
        rollout_failed(&never, &unstopped);
    }
    assert_int_equal(rollout_may_start(&never, &unstopped, 0, 0, false), ROLLOUT_START);
    assert_int_equal(r.running, 0);
}

/* A device that was under way when the others failed. */
static void a_success_does_not_lift_the_stop(void **state)
{
    (void)state;
    struct rollout r = {.succeeded = 2};
    for (unsigned i = 0; i < 4; i++)
        rollout_started(&r);
    for (unsigned i = 0; i < 3; i++)
        rollout_failed(&pace, &r);
    rollout_succeeded(&r);
    expect(&r, 0, 0, false, ROLLOUT_STOPPED);
    rollout_resumed(&r);
    expect(&r, 0, 0, false, ROLLOUT_START);
    assert_int_equal(r.running, 0);
}

static void pauses_double_up_to_the_most(void **state)
{
    (void)state;
    static const uint32_t pauses[] = {10, 10, 20, 40, 80, 100, 100};
    for (unsigned i = 0; i < 7; i++)
        assert_int_equal(rollout_pause(&pace, i), pauses[i]);
    assert_int_equal(rollout_pause(&pace, UINT32_MAX), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_go_one_by_one),
        cmocka_unit_test(a_canary_that_is_broken_off_is_still_one),
        cmocka_unit_test(so_many_at_a_time),
        cmocka_unit_test(failures_in_a_row_stop_it),
        cmocka_unit_test(a_success_does_not_lift_the_stop),
        cmocka_unit_test(pauses_double_up_to_the_most),
    };
    return cmocka_run_group_tests_name("gateway_rollout", tests, NULL, NULL);
}
