/* Tests of the update's state machine, without a device: the orders that it gives, and what it makes of results. The
 * commands' tests drive it against servers and over lines that lose (cli_update_test, cli_losses_test). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "host/client/update/engine.h"

/* A device in a few words: which of its two images runs, and what the other slot holds. */
static struct board {
    bool uploaded, pending, swapped, confirmed;
    bool never_starts; /* the reset leads back to the old image */
    unsigned lose;     /* the answer to the n-th request from now on, 0: none */
    uint64_t now_ms;
    struct smp_image_list list;
} board;

static char orders[512];

static const struct update_goal goal = {
    .hash = {2}, .hash_len = 1, .version = "2.0.0", .size = 100, .confirm = true, .wait_ms = 60000};

static struct smp_image_state image_state(uint32_t slot, uint8_t which)
{
    struct smp_image_state s = {.slot = slot, .hash = {which}, .hash_len = 1, .bootable = true};
    snprintf(s.version, sizeof s.version, "%u.0.0", which);
    return s;
}

static void read_list(void)
{
    struct smp_image_state first = image_state(0, board.swapped ? 2 : 1),
                           second = image_state(1, board.swapped ? 1 : 2);
    first.active = true;
    first.confirmed = !board.swapped || board.confirmed;
    second.pending = board.pending;
    second.confirmed = board.swapped && !board.confirmed;
    board.list = (struct smp_image_list){.count = board.uploaded || board.swapped ? 2 : 1};
    board.list.image[0] = first;
    board.list.image[1] = second;
}

static void reset(void)
{
    const bool starts = board.pending && !board.never_starts;
    if (board.swapped && !board.confirmed)
        board.swapped = false;
    board.swapped |= starts;
    board.pending = false;
}

/* What the device does with an order, and what comes back. */
static struct update_result carry_out(const struct update *u)
{
    static const struct smp_slot_list slots = {.count = 0};
    struct update_result r = {.mode = -1, .slots = &slots};
    switch (u->order.kind) {
    case UPDATE_UPLOAD:
        board.uploaded = true;
        break;
    case UPDATE_MARK:
        board.pending = true;
        break;
    case UPDATE_CONFIRM:
        board.confirmed = true;
        break;
    case UPDATE_RESET:
        reset();
        break;
    case UPDATE_WAIT:
        board.now_ms += u->order.quiet_ms;
        break;
    default:
        break;
    }
    read_list();
    r.list = &board.list;
    r.now_ms = board.now_ms++;
    const bool asks = u->order.kind == UPDATE_LIST || u->order.kind == UPDATE_MARK ||
                      u->order.kind == UPDATE_CONFIRM || u->order.kind == UPDATE_RESET;
    if (asks && board.lose > 0 && --board.lose == 0)
        r.e = ERR_TIMEOUT;
    return r;
}

static void step(struct update *u)
{
    size_t len = strlen(orders);
    snprintf(orders + len, sizeof orders - len, "%s ", update_order_name(u->order.kind));
    const struct update_result r = carry_out(u);
    update_took(u, &r);
}

static enum update_end run(const struct update_goal *g)
{
    struct update u;
    orders[0] = '\0';
    update_begin(&u, g);
    for (unsigned n = 0; n < 100 && u.end == UPDATE_GOES_ON; n++)
        step(&u);
    return u.end;
}

static void new_board(void)
{
    board = (struct board){.uploaded = false};
}

static void an_update_from_beginning_to_end(void **state)
{
    (void)state;
    new_board();
    assert_int_equal(run(&goal), UPDATE_DONE);
    assert_string_equal(orders, "list recovery mode slots upload list mark reset wait list "
                                "confirm list ");
    assert_int_equal(run(&goal), UPDATE_ALREADY_RUNS);
    assert_string_equal(orders, "list recovery mode ");
}

/* Broken off before any order and begun anew: what is done is found done. */
static void it_may_be_broken_off_anywhere(void **state)
{
    (void)state;
    for (unsigned n = 0; n < 12; n++) {
        struct update u;
        new_board();
        update_begin(&u, &goal);
        for (unsigned k = 0; k < n; k++)
            step(&u);
        assert_int_equal(u.end, UPDATE_GOES_ON);
        const enum update_end end = run(&goal);
        assert_true(end == UPDATE_DONE || (end == UPDATE_ALREADY_RUNS && n >= 11));
        assert_true(board.swapped && board.confirmed);
    }
}

/* Whether the request arrived is for the device to say: here each had. */
static void each_answer_may_be_lost(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 7; n++) {
        new_board();
        board.lose = n;
        assert_int_equal(run(&goal), UPDATE_DONE);
        assert_int_equal(board.lose, 0);
        assert_true(board.swapped && board.confirmed);
    }
}

static void an_image_that_does_not_start_is_no_success(void **state)
{
    (void)state;
    new_board();
    board.never_starts = true;
    assert_int_equal(run(&goal), UPDATE_NOT_STARTED);
}

static void without_a_confirmation_it_stays_on_trial(void **state)
{
    (void)state;
    struct update_goal tested = goal;
    tested.confirm = false;
    new_board();
    assert_int_equal(run(&tested), UPDATE_DONE);
    assert_true(board.swapped && !board.confirmed);
    /* Another image that is on trial holds the way back in the other slot. */
    struct update_goal third = goal;
    third.hash[0] = 3;
    assert_int_equal(run(&third), UPDATE_OTHER_ON_TRIAL);
}

/* A struct update is a value: a copy goes on from where it was taken. */
static void a_copy_goes_on(void **state)
{
    (void)state;
    struct update u, copy;
    new_board();
    update_begin(&u, &goal);
    for (unsigned n = 0; n < 6; n++)
        step(&u);
    const struct board then = board;
    copy = u;
    while (u.end == UPDATE_GOES_ON)
        step(&u);
    board = then;
    while (copy.end == UPDATE_GOES_ON)
        step(&copy);
    assert_int_equal(u.end, UPDATE_DONE);
    assert_int_equal(copy.end, UPDATE_DONE);
}

static void who_drives_it_may_give_up(void **state)
{
    (void)state;
    struct update u;
    new_board();
    update_begin(&u, &goal);
    step(&u);
    update_took(&u, &(struct update_result){.gave_up = true});
    assert_int_equal(u.end, UPDATE_GAVE_UP);
    assert_int_equal(u.order.kind, UPDATE_END);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_from_beginning_to_end),
        cmocka_unit_test(it_may_be_broken_off_anywhere),
        cmocka_unit_test(each_answer_may_be_lost),
        cmocka_unit_test(an_image_that_does_not_start_is_no_success),
        cmocka_unit_test(without_a_confirmation_it_stays_on_trial),
        cmocka_unit_test(a_copy_goes_on),
        cmocka_unit_test(who_drives_it_may_give_up),
    };
    return cmocka_run_group_tests_name("update_engine", tests, NULL, NULL);
}
