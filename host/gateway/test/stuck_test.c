/* Tests of what would hold a device up for good, and of paths that are rarely gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "testing/client/rig_line.h"
#include "testing/gateway/fake_ddi.h"
#include "testing/gateway/rig_gateway.h"
#include "testing/rig_command.h"

/* ---- what would hold a device up for good ---- */

static void config_data_of_a_device_that_was_off_is_told_later(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.action = NULL;
    fake_ddi.wants_config = true;
    rig_line.off_until = rig_line.now + 100000;
    rig_gateway_run_for(300);
    assert_false(fake_ddi.wants_config);
    rig_gateway_stop();
}

static void what_the_server_refuses_does_not_keep_it_from_polling(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.wants_config = true;
    fake_ddi.refuses = "/configData";
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_gateway_run_for(200);
    assert_in_range(fake_ddi.polls, 15, 40);
    rig_gateway_stop();
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    rig_gateway_run_for(100);
    rig_expect_state("7", JOURNAL_SUCCEEDED);
    const unsigned polls = fake_ddi.polls;
    rig_gateway_run_for(200);
    assert_in_range(fake_ddi.polls, polls + 10, polls + 40);
    fake_ddi.refuses = NULL;
    rig_gateway_run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void polls_without_sense_become_rare(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.nonsense_polls = true;
    rig_gateway_run_for(1000);
    assert_in_range(fake_ddi.requests, 8, 14);
    rig_gateway_stop();
}

static void deployments_without_sense_do_not_hurry_the_polls(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.nonsense = "<html>";
    fake_ddi.nonsense_stays = true;
    rig_gateway_run_for(1000);
    assert_in_range(fake_ddi.polls, 80, 140); /* every 10 s, as it says */
    rig_gateway_stop();
}

static void a_size_that_was_wrong_may_be_put_right(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.size_lie = 10;
    rig_gateway_run_for(15);
    fake_ddi.size_lie = 0;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* ---- more of the same: each was seen to break something when it was missing ---- */

static void a_second_restart_before_its_turn_forgets_nothing(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_past_return();
    rig_gateway_config.rollout.at_once_per_link = 0;
    rig_gateway_restart();
    rig_gateway_run_for(30);
    assert_int_equal(rig_gateway_device()->action.state, JOURNAL_WAITING);
    rig_gateway_config.rollout.at_once_per_link = 1;
    rig_gateway_restart();
    assert_true(rig_gateway_device()->past_return);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_expect_no_drift();
    rig_gateway_stop();
}

static void a_download_waits_for_the_operator_after_a_failure_too(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    rig_gateway_run_for(15);
    fake_ddi.download = "skip";
    rig_gateway_run_for(15);
    fake_ddi.refuses = NULL;
    rig_gateway_run_for(100);
    assert_int_equal(fake_ddi.downloads, 0);
    fake_ddi.download = "forced";
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void what_was_given_up_may_be_assigned_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.action = NULL;
    rig_gateway_run_for(60);
    rig_expect_state("7", JOURNAL_CANCELLED);
    fake_ddi.action = "7";
    fake_ddi.update = "forced";
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void another_action_takes_the_place_of_one_that_waits(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.update = "forced";
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_true(a.reported);
    rig_gateway_stop();
}

/* Neither another action nor another file disturbs an update that is under way. */
static void what_is_offered_in_the_middle_waits(void **state)
{
    (void)state;
    static const char *const ids[] = {"7", "9"};
    for (unsigned i = 0; i < ARRAY_LEN(ids); i++) {
        rig_gateway_begin(FAKE_SOUND);
        rig_gateway_run_past_return();
        fake_ddi_assign(ids[i], "app.bin", rig_two, rig_two_len - 1);
        rig_gateway_device()->deployment_url =
            strdup(FAKE_DDI_URL "/D/controller/v1/d/deploymentBase/1");
        for (unsigned n = 0; n < 3; n++)
            rig_gateway_turn();
        assert_string_equal(rig_gateway_device()->action.id, "7");
        fake_ddi_assign(ids[i], "app.bin", rig_two, rig_two_len);
        rig_gateway_run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        rig_expect_state("7", JOURNAL_SUCCEEDED);
        rig_expect_two_confirmed();
        rig_expect_no_drift();
        rig_gateway_stop();
    }
}

static void the_next_action_may_be_cancelled_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.cancel = "10";
    rig_gateway_run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
    rig_gateway_stop();
}

/* Whatever lies unreported around it, and an older one that is open is given up. */
static void a_restart_takes_up_the_newest_that_is_open(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    struct journal_action other = {.controller = "d", .id = "6", .state = JOURNAL_WAITING};
    assert_int_equal(journal_put_action(rig_gateway.journal, &other), ERR_OK);
    rig_gateway_run_past_return();
    other = (struct journal_action){.controller = "d", .id = "8", .state = JOURNAL_CANCELLED};
    assert_int_equal(journal_put_action(rig_gateway.journal, &other), ERR_OK);
    rig_gateway_restart();
    assert_string_equal(rig_gateway_device()->action.id, "7");
    assert_true(rig_gateway_device()->past_return);
    rig_expect_state("6", JOURNAL_CANCELLED);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    rig_expect_no_drift();
    rig_gateway_stop();
}

static void a_success_that_waits_for_the_journal_is_looked_at(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    while (rig_gateway_device()->running == NULL ||
           rig_gateway_device()->running->phase != UPDATE_ENDS)
        rig_gateway_turn();
    rig_gateway_device()->action.controller[0] = '\0'; /* no journal takes it */
    rig_gateway_run_for(60);
    assert_int_equal(fake_ddi.ends, 0);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    snprintf(rig_gateway_device()->action.controller,
             sizeof rig_gateway_device()->action.controller, "d");
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    rig_expect_feedback("the device runs 1.0.0 now: the action begins anew");
    rig_expect_two_confirmed();
    rig_gateway_stop();
}

/* After so many orders of the update. False: it has ended before, or is past the mark. */
static bool begin_update(unsigned orders)
{
    rig_gateway_begin(FAKE_SOUND);
    while (rig_gateway_device()->running == NULL)
        rig_gateway_turn();
    for (unsigned i = 0; i < orders && rig_gateway_device()->running != NULL; i++)
        rig_gateway_turn();
    return rig_gateway_device()->running != NULL && !rig_gateway_device()->past_return;
}

static void no_order_is_given_that_the_journal_does_not_take(void **state)
{
    (void)state;
    for (unsigned orders = 0; begin_update(orders); orders++) {
        rig_gateway_device()->action.controller[0] = '\0'; /* no journal takes it */
        rig_gateway_turn();
        const unsigned requests = rig_line.requests;
        rig_gateway_run_for(30);
        assert_int_equal(rig_line.requests, requests);
        snprintf(rig_gateway_device()->action.controller,
                 sizeof rig_gateway_device()->action.controller, "d");
        rig_gateway_run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        rig_gateway_stop();
    }
    rig_gateway_stop();
}

static void a_cancel_before_the_mark_ends_the_update(void **state)
{
    (void)state;
    unsigned orders = 0;
    for (; begin_update(orders); orders++) {
        rig_gateway_device()->cancel_state = CANCEL_ASKED;
        rig_gateway_device()->cancel = (struct ddi_cancel){"8", "7"};
        rig_gateway_device()->cancel_feedback_url =
            strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/8");
        gw_action_cancel(rig_gateway_device());
        rig_gateway_run_for(30);
        assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
        rig_expect_state("7", JOURNAL_CANCELLED);
        assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
        rig_expect_not("pending");
        rig_expect_no_drift();
        rig_gateway_stop();
    }
    assert_true(orders > 5);
    rig_gateway_stop();
}

/* The last look of an update may have read what recovery says. */
static void an_end_in_recovery_is_no_success(void **state)
{
    (void)state;
    static struct device_job j;
    const struct update_goal goal = {.confirm = true};
    rig_line_new(FAKE_MCUBOOT_STATES);
    j.name = rig_gateway_config.device[0].link;
    device_job_begin(&j, &goal, NULL);
    device_job_step(&j);
    j.update.list = *j.result.list;
    j.update.end = UPDATE_DONE;
    device_job_end(&j);
    assert_int_equal(j.code, CLI_REFUSED);
    assert_non_null(strstr(j.words.evidence, "this is serial recovery"));
}

/* Its application says so, before the update or behind the mark. */
static void a_busy_device_is_waited_for(void **state)
{
    (void)state;
    for (unsigned behind = 0; behind < 2; behind++) {
        rig_gateway_begin(FAKE_SOUND);
        while (rig_gateway_device()->running == NULL)
            rig_gateway_turn();
        if (behind)
            rig_gateway_run_past_return();
        struct device_job *j = &rig_gateway_device()->running->job;
        j->update.end = UPDATE_RESET_REFUSED;
        j->result.error = (struct smp_error){.group = -1, .rc = 10}; /* MGMT_ERR_EBUSY */
        rig_gateway_device()->running->phase = UPDATE_ENDS;
        device_job_close(j);
        const struct gw_artifact *a = rig_gateway_device()->artifact;
        gw_update_turn(rig_gateway_device());
        assert_null(rig_gateway_device()->running);
        assert_int_equal(a->rollout.broken_off, behind);
        assert_int_equal(a->rollout.running, 0);
        rig_gateway_run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        rig_expect_feedback("the device is busy: its application says so; again in 10 s");
        rig_expect_no_drift();
        rig_gateway_stop();
    }
}

static void a_success_that_is_on_trial_is_none(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("update --no-confirm %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    cli_mode.quiet = true;
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    rig_expect_feedback("the device runs 2.0.0, not confirmed now: the action begins anew");
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    rig_gateway_stop();
}

static void a_failure_is_told_at_once_though_looks_have_become_rare(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_FLASH_FAILS);
    rig_gateway_run_for(1);
    rig_gateway_device()->look_ms = rig_line.now + 1000000;
    rig_gateway_run_until(&fake_ddi.is_closed, 100);
    assert_false(fake_ddi.is_success);
    rig_gateway_stop();
}

/* The person who has repaired the server does not wait for the pause that the failures had reached. */
static void a_file_that_could_not_be_had_is_fetched_when_it_is_assigned_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    rig_gateway_run_until(&fake_ddi.is_closed, 1000);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("the file could not be fetched: the server answered 403");
    fake_ddi.refuses = NULL;
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 25);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void an_end_that_the_server_knows_no_more_is_reported(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    fake_ddi.refuses_by = 404;
    rig_gateway_run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_SUCCEEDED);
    assert_true(a.reported);
    rig_gateway_stop();
}

static void a_success_of_a_device_that_is_off_now_is_not_told(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    rig_gateway_run_for(60);
    rig_expect_state("7", JOURNAL_SUCCEEDED);
    fake_ddi.refuses = NULL;
    rig_line.refused_until = rig_line.now + 100000;
    rig_gateway_restart();
    rig_gateway_run_for(60);
    assert_int_equal(fake_ddi.ends, 0);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* MCUboot's recovery calls what lies in the first slot active and confirmed. */
static void a_list_of_recovery_is_no_proof(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_MCUBOOT_STATES);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    cli_mode.quiet = true;
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 600);
    rig_expect_feedback("the device runs no image now: the action begins anew");
    rig_gateway_stop();
}

/* Another device waits with the file, and has tried it in vain. */
static void a_file_that_could_not_be_had_is_asked_for_by_the_next_device(void **state)
{
    (void)state;
    struct gw_device other = {.gateway = &rig_gateway};
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    rig_gateway_run_for(15);
    gw_artifact_use(&other, rig_gateway_device()->artifact);
    rig_gateway_run_until(&fake_ddi.is_closed, 1000);
    assert_int_equal(other.artifact->state, ARTIFACT_UNUSABLE);
    fake_ddi.refuses = NULL;
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    gw_artifact_leave(&other);
    rig_gateway_stop();
}

/* Then nobody has kept it in the cache. */
static void a_file_that_comes_when_nobody_wants_it_any_more(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    while (rig_gateway.artifacts == NULL || rig_gateway.artifacts->state != ARTIFACT_FETCHING) {
        gateway_turn(&rig_gateway);
        if (rig_gateway.artifacts == NULL || rig_gateway.artifacts->state != ARTIFACT_FETCHING)
            assert_int_equal(http_poll(rig_gateway.http, 100), ERR_OK);
    }
    assert_true(gw_action_close(rig_gateway_device(), JOURNAL_CANCELLED, "a test"));
    fake_ddi.action = NULL;
    while (rig_gateway.artifacts->state == ARTIFACT_FETCHING)
        rig_gateway_turn();
    assert_int_equal(fake_ddi.downloads, 1);
    assert_int_equal(unlink(rig_gateway.artifacts->path), 0);
    fake_ddi_assign("9", "app.bin", rig_two, rig_two_len);
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 2);
    rig_gateway_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(config_data_of_a_device_that_was_off_is_told_later),
        cmocka_unit_test(what_the_server_refuses_does_not_keep_it_from_polling),
        cmocka_unit_test(polls_without_sense_become_rare),
        cmocka_unit_test(deployments_without_sense_do_not_hurry_the_polls),
        cmocka_unit_test(a_size_that_was_wrong_may_be_put_right),
        cmocka_unit_test(a_second_restart_before_its_turn_forgets_nothing),
        cmocka_unit_test(a_download_waits_for_the_operator_after_a_failure_too),
        cmocka_unit_test(what_was_given_up_may_be_assigned_again),
        cmocka_unit_test(another_action_takes_the_place_of_one_that_waits),
        cmocka_unit_test(what_is_offered_in_the_middle_waits),
        cmocka_unit_test(the_next_action_may_be_cancelled_again),
        cmocka_unit_test(a_restart_takes_up_the_newest_that_is_open),
        cmocka_unit_test(a_success_that_waits_for_the_journal_is_looked_at),
        cmocka_unit_test(no_order_is_given_that_the_journal_does_not_take),
        cmocka_unit_test(a_cancel_before_the_mark_ends_the_update),
        cmocka_unit_test(an_end_in_recovery_is_no_success),
        cmocka_unit_test(a_busy_device_is_waited_for),
        cmocka_unit_test(a_success_that_is_on_trial_is_none),
        cmocka_unit_test(a_failure_is_told_at_once_though_looks_have_become_rare),
        cmocka_unit_test(a_file_that_could_not_be_had_is_fetched_when_it_is_assigned_again),
        cmocka_unit_test(an_end_that_the_server_knows_no_more_is_reported),
        cmocka_unit_test(a_success_of_a_device_that_is_off_now_is_not_told),
        cmocka_unit_test(a_list_of_recovery_is_no_proof),
        cmocka_unit_test(a_file_that_could_not_be_had_is_asked_for_by_the_next_device),
        cmocka_unit_test(a_file_that_comes_when_nobody_wants_it_any_more),
    };
    return cmocka_run_group_tests_name("gateway_stuck", tests, rig_gateway_set_up,
                                       rig_gateway_tear_down);
}
