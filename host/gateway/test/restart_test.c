/* Tests of what the gateway must never tell, nor forget: restarts at any point, a journal that takes nothing, what is on
 * trial. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/client/rig_line.h"
#include "testing/gateway/fake_ddi.h"
#include "testing/gateway/rig_gateway.h"

/* ---- restarts, and a disk that is full ---- */

/* Stopped before any order of the update, as a power cut would do it: the next gateway finishes what the first began. */
/* Killed twice: the second time before the update has begun again. */
static void a_mark_is_remembered_over_restarts(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    while (!rig_gateway.device[0].past_return)
        rig_gateway_turn();
    for (unsigned i = 0; i < 3; i++) {
        rig_gateway_stop();
        rig_gateway_start();
        assert_true(rig_gateway.device[0].past_return);
        for (unsigned n = 0; n < 10 * i; n++)
            rig_gateway_turn();
    }
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void a_restart_goes_on_where_the_device_is(void **state)
{
    (void)state;
    for (unsigned orders = 0; orders < 12; orders++) {
        rig_gateway_begin(FAKE_SOUND);
        char step[sizeof rig_gateway.device[0].action.step] = "";
        for (unsigned seen = 0; seen <= orders && !fake_ddi.is_closed;) {
            rig_gateway_turn();
            const struct journal_action *a = &rig_gateway.device[0].action;
            seen += a->state == JOURNAL_RUNNING && strcmp(a->step, step) != 0;
            snprintf(step, sizeof step, "%s", a->step);
        }
        rig_gateway_stop();
        rig_gateway_start();
        if (!fake_ddi.is_closed)
            rig_gateway_run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        assert_int_equal(fake_ddi.downloads, 1);
        rig_expect_two_confirmed();
        rig_gateway_stop();
    }
}

static void a_full_disk_touches_no_device(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    assert_int_equal(journal_limit(rig_gateway.journal, 100, 4096), ERR_OK);
    fake_ddi.update = "forced";
    rig_gateway_run_for(100);
    assert_int_equal(rig_line.requests, 0);
    assert_int_equal(journal_limit(rig_gateway.journal, 100, 0), ERR_OK);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* It answers, and its list may even have the image; but nothing runs. */
static void no_success_of_a_device_in_recovery(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_RECOVERY_KEPT);
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = fake_ddi.is_success = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 600);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("the device runs no image now: the action begins anew");
    rig_gateway_stop();
}

static void no_success_while_the_journal_cannot_take_it_back(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = fake_ddi.is_success = false;
    rig_gateway_device()->action.controller[0] = '\0'; /* no journal takes it */
    rig_gateway_run_for(100);
    assert_int_equal(fake_ddi.ends, 1);
    snprintf(rig_gateway_device()->action.controller,
             sizeof rig_gateway_device()->action.controller, "d");
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    rig_gateway_stop();
}

/* The device is off after any of the orders behind the mark; the gateway is killed while it is tried again, twice. */
static void a_restart_knows_that_a_cancel_comes_too_late(void **state)
{
    (void)state;
    for (unsigned orders = 0; orders < 6; orders++) {
        rig_gateway_begin(FAKE_SOUND);
        rig_gateway_run_past_return();
        for (unsigned i = 0; i < orders; i++)
            rig_gateway_turn();
        if (fake_ddi.is_closed || journal_state_is_closed(rig_gateway_device()->action.state)) {
            rig_gateway_stop();
            break;
        }
        rig_line.refused_until = rig_line.off_until = rig_line.now + 100000;
        for (unsigned i = 0; i < 2; i++) {
            rig_gateway_restart();
            assert_true(rig_gateway_device()->past_return);
            rig_gateway_run_for(30);
        }
        rig_gateway_restart();
        fake_ddi.cancel = "8";
        rig_gateway_run_for(20);
        assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
        fake_ddi.cancel = NULL;
        rig_gateway_run_until(&fake_ddi.is_closed, 600);
        assert_true(fake_ddi.is_success);
        rig_expect_two_confirmed();
        rig_gateway_stop();
    }
}

static void a_restart_takes_up_the_action_that_is_open(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    struct journal_action old = {.controller = "d", .id = "6", .state = JOURNAL_FAILED};
    assert_int_equal(journal_put_action(rig_gateway.journal, &old), ERR_OK);
    rig_gateway_run_past_return();
    rig_gateway_restart();
    assert_string_equal(rig_gateway_device()->action.id, "7");
    assert_true(rig_gateway_device()->past_return);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void a_cancel_of_what_has_succeeded_is_rejected(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    fake_ddi.cancel = "8";
    rig_gateway_run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
    rig_expect_state("7", JOURNAL_SUCCEEDED);
    rig_gateway_stop();
}

/* The server wants it stopped while its end is being worked out: it succeeds, and the next action is not held up. */
static void a_cancel_that_the_end_outruns_is_answered(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len); /* which runs already */
    while (rig_gateway_device()->running == NULL ||
           rig_gateway_device()->running->phase != UPDATE_ENDS)
        rig_gateway_turn();
    rig_gateway_device()->cancel_state = CANCEL_ASKED;
    rig_gateway_device()->cancel = (struct ddi_cancel){"10", "9"};
    rig_gateway_device()->cancel_feedback_url =
        strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/10");
    gw_action_cancel(rig_gateway_device());
    rig_gateway_run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
    assert_int_equal(rig_gateway_device()->cancel_state, CANCEL_NONE);
    rig_gateway_stop();
}

static void a_cancelled_action_is_not_taken_up_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.cancel = "8";
    rig_gateway_run_for(30);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_true(a.reported);
    rig_gateway_restart();
    assert_false(rig_gateway_device()->has_action);
    rig_gateway_stop();
}

static void a_marked_device_does_not_wait_for_the_next_window(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_past_return();
    rig_line.off_until = rig_line.now + 60000;
    fake_ddi.window = "unavailable";
    rig_gateway_run_for(70);
    rig_gateway_restart();
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* goosebit: it just offers it no more. */
static void what_is_marked_goes_on_though_it_is_offered_no_more(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_past_return();
    rig_line.off_until = rig_line.now + 60000;
    fake_ddi.action = NULL;
    rig_gateway_run_for(200);
    rig_expect_state("7", JOURNAL_SUCCEEDED);
    rig_expect_two_confirmed();
    rig_gateway_stop();
}

static void what_is_given_up_on_trial_is_known(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_past_return();
    rig_gateway_stop();
    rig_line_mend();
    fake_ddi.action = NULL;
    rig_gateway_start();
    rig_gateway_run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_non_null(strstr(a.reason, "the device may run it, on trial"));
    rig_expect_no_drift();
    rig_gateway_stop();
}

/* It was last seen with 1.0.0, before the reset. */
static void a_device_that_vanished_is_not_said_to_run_the_old_image(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_past_return();
    rig_gateway_device()->action.attempts = 4;
    const int64_t before = rig_gateway.now;
    rig_line.off_until = UINT64_MAX;
    rig_gateway_run_until(&fake_ddi.is_closed, 600);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("not known what runs");
    struct journal_device row;
    assert_int_equal(journal_get_device(rig_gateway.journal, "d", &row), ERR_OK);
    assert_true(row.seen == 0 || row.seen < before);
    rig_expect_state("7", JOURNAL_FAILED);
    rig_gateway_stop();
}

static void a_failure_says_what_runs_now(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_OTHER_KEY);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    rig_expect_feedback("a look at the device: it runs 1.0.0, confirmed");
    rig_gateway_stop();
}

/* The failures of files that were refused are none of devices. */
static void a_restart_counts_no_failure_that_touched_no_device(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const ids[] = {"7", "8", "9"};
        fake_ddi_assign(ids[i], "app.bin", rig_two, rig_two_len - 1);
        rig_gateway_run_until(&fake_ddi.is_closed, 120);
    }
    rig_gateway_restart();
    for (const struct gw_artifact *a = rig_gateway.artifacts; a != NULL; a = a->next)
        assert_false(a->rollout.is_stopped);
    rig_gateway_stop();
}

static void a_rollout_stays_stopped_until_a_person_resumes_it(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_OTHER_KEY);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    fake_ddi_assign("8", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(rig_gateway.artifacts->rollout.is_stopped);
    rig_gateway_restart();
    rig_line_new(FAKE_SOUND);
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_for(100);
    assert_false(fake_ddi.is_closed);
    assert_int_equal(rig_line.requests, 0);
    cli_mode.quiet = true;
    assert_int_equal(gateway_resume(&rig_gateway_config), CLI_DONE);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(rig_gateway.artifacts->rollout.succeeded, 1);
    char stopped[JOURNAL_SETTING_MAX + 1];
    assert_int_equal(journal_get(rig_gateway.journal, "stopped", stopped, sizeof stopped),
                     ERR_NOENT);
    rig_gateway_restart();
    for (const struct gw_artifact *a = rig_gateway.artifacts; a != NULL; a = a->next)
        assert_false(a->rollout.is_stopped);
    rig_gateway_stop();
}

/* hawkBit without its database: action 7 was 1.0.0, and is 2.0.0 now. */
static void an_old_id_with_another_file_is_a_new_action(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi_assign("7", "app.bin", rig_two, rig_two_len - 1);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_false(fake_ddi.is_success);
    fake_ddi_assign("7", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* Quit by force: feedback is answered 410, and the device is left as it is. */
static void what_the_server_has_closed_itself_is_not_marked(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.update = "forced";
    fake_ddi.refuses = "/feedback";
    fake_ddi.refuses_by = 410;
    while (rig_gateway_device()->running == NULL)
        rig_gateway_turn();
    fake_ddi.action = NULL;
    rig_gateway_run_for(60);
    rig_expect_state("7", JOURNAL_CANCELLED);
    rig_expect_no_drift();
    rig_gateway_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_old_id_with_another_file_is_a_new_action),
        cmocka_unit_test(what_the_server_has_closed_itself_is_not_marked),
        cmocka_unit_test(a_mark_is_remembered_over_restarts),
        cmocka_unit_test(a_restart_goes_on_where_the_device_is),
        cmocka_unit_test(a_full_disk_touches_no_device),
        cmocka_unit_test(no_success_of_a_device_in_recovery),
        cmocka_unit_test(no_success_while_the_journal_cannot_take_it_back),
        cmocka_unit_test(a_restart_knows_that_a_cancel_comes_too_late),
        cmocka_unit_test(a_restart_takes_up_the_action_that_is_open),
        cmocka_unit_test(a_cancel_of_what_has_succeeded_is_rejected),
        cmocka_unit_test(a_cancel_that_the_end_outruns_is_answered),
        cmocka_unit_test(a_cancelled_action_is_not_taken_up_again),
        cmocka_unit_test(a_marked_device_does_not_wait_for_the_next_window),
        cmocka_unit_test(what_is_marked_goes_on_though_it_is_offered_no_more),
        cmocka_unit_test(what_is_given_up_on_trial_is_known),
        cmocka_unit_test(a_device_that_vanished_is_not_said_to_run_the_old_image),
        cmocka_unit_test(a_failure_says_what_runs_now),
        cmocka_unit_test(a_restart_counts_no_failure_that_touched_no_device),
        cmocka_unit_test(a_rollout_stays_stopped_until_a_person_resumes_it),
    };
    return cmocka_run_group_tests_name("gateway_restart", tests, rig_gateway_set_up,
                                       rig_gateway_tear_down);
}
