/* Tests of the gateway's loop: the way of an update, the server's answers, downloads, cancels. */
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

/* ---- the way of an update ---- */

static void success_is_what_runs_confirmed(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    rig_expect_feedback("succeeded: version 2.0.0 runs, confirmed");
    assert_string_equal(fake_ddi.authorization, "TargetToken secret");
    rig_expect_no_feedback("secret");
    /* And no word more of it. */
    rig_gateway_run_for(100);
    assert_int_equal(fake_ddi.ends, 1);
    assert_int_equal(fake_ddi.downloads, 1);
    rig_gateway_stop();
}

static void a_file_of_goosebit_has_no_sha256(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.has_no_sha256 = true;
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* The image is refused by the device's bootloader: what is reported is what runs. */
static void an_image_that_does_not_start_is_a_failure(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_OTHER_KEY);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("running is 1.0.0, not 2.0.0");
    rig_gateway_stop();
}

static void a_flash_that_fails_is_reported_in_its_words(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_FLASH_FAILS);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("Status Bank2: 0x00040000");
    rig_gateway_stop();
}

/* Nothing is sent to a device before the file was judged. */
static void an_unfit_file_costs_no_byte(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi_assign("7", "app.bin", rig_two, rig_two_len - 1);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("the file was refused, and nothing was sent");
    assert_int_equal(rig_line.requests, 0);
    rig_gateway_stop();
}

/* ---- a device that is away, or busy ---- */

static void a_silent_device_is_tried_again_and_reported(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_lose(LOSE_REQUESTS_FROM, 1);
    rig_gateway_run_until(&fake_ddi.is_closed, 1000);
    assert_false(fake_ddi.is_success);
    rig_expect_feedback("; again in 10 s");
    rig_expect_feedback("; again in 20 s");
    rig_expect_feedback("; again in 40 s");
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.attempts, 5);
    assert_int_equal(a.state, JOURNAL_FAILED);
    assert_true(a.reported);
    rig_gateway_stop();
}

static void a_device_that_comes_back_is_updated(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_line.off_until = rig_line.now + 30000;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* ---- the server ---- */

static void a_server_that_fails_is_asked_less_and_less(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.failures = 1000;
    fake_ddi.status = 500;
    rig_gateway_run_for(1000);
    assert_in_range(fake_ddi.requests, 8, 14); /* 2 s, 4 s, ... 256 s */
    fake_ddi.failures = 0;
    rig_gateway_run_until(&fake_ddi.is_closed, 600);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void retry_after_is_heeded(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.failures = 1;
    fake_ddi.status = 429;
    fake_ddi.retry_after_s = 200;
    rig_gateway_run_for(10);
    const uint64_t refused_ms = fake_ddi.last_ms;
    assert_int_equal(fake_ddi.requests, 1);
    rig_gateway_run_until(&fake_ddi.is_closed, 600);
    assert_true(fake_ddi.is_success);
    assert_true(refused_ms > 0 && fake_ddi.last_ms > refused_ms + 199000);
    rig_gateway_stop();
}

static void an_end_that_the_server_misses_is_told_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 1); /* not done a second time */
    rig_expect_feedback("answered from the journal: succeeded");
    rig_gateway_stop();
}

/* A success is said again only if it is still true. */
static void a_success_that_is_offered_again_is_looked_at(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    rig_expect_feedback("the device runs 1.0.0 now: the action begins anew");
    rig_gateway_stop();
}

static void a_failure_is_answered_from_the_journal(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_FLASH_FAILS);
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    fake_ddi.offers_closed = true;
    rig_gateway_run_for(60);
    assert_true(fake_ddi.ends > 1);
    assert_false(fake_ddi.is_success);
    assert_int_equal(rig_gateway.counts.failed, 1);
    rig_gateway_stop();
    /* goosebit has one id for both: there it is a new assignment. */
    rig_gateway_begin(FAKE_FLASH_FAILS);
    rig_gateway_config.server.ids_repeat = true;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    fake_ddi.offers_closed = true;
    rig_gateway_run_for(120);
    assert_true(rig_gateway.counts.failed > 1);
    rig_gateway_stop();
}

static void what_makes_no_sense_once_is_asked_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.nonsense = "<html>";
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

static void links_elsewhere_are_not_followed(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.nonsense_stays = true;
    fake_ddi.nonsense =
        "{\"id\":\"7\",\"deployment\":{\"download\":\"forced\",\"update\":\"forced\",\"chunks\":[{"
        "\"part\":\"os\",\"version\":\"2\",\"name\":\"a\",\"artifacts\":[{\"filename\":\"a.bin\","
        "\"hashes\":{\"sha1\":\"0000000000000000000000000000000000000000\"},\"size\":5,\"_links\":{"
        "\"download\":{\"href\":\"http://192.0.2.7/a.bin\"}}}]}]}}";
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_false(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 0);
    rig_expect_feedback("192.0.2.7");
    rig_gateway_stop();
}

static void the_operators_time_is_kept(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.download = "skip";
    rig_gateway_run_for(60);
    assert_int_equal(fake_ddi.downloads, 0);
    fake_ddi.download = "forced";
    fake_ddi.window = "unavailable";
    rig_gateway_run_for(60);
    assert_int_equal(fake_ddi.downloads, 1);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.window = "available";
    fake_ddi.update = "skip";
    rig_gateway_run_for(60);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.update = "attempt";
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_gateway_stop();
}

/* hawkBit's "download only": no update, and the action ends with that word. */
static void a_file_that_is_only_fetched_is_told(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    rig_expect_feedback("\"execution\":\"downloaded\"");
    rig_expect_feedback("waits: the server's maintenance window is closed, or it wants no update");
    rig_gateway_stop();
}

/* What the server's bad moment has kept from it comes later, and that moment is no news of the device. */
static void details_that_the_server_did_not_take_are_told_again(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    fake_ddi.refuses = "/feedback";
    fake_ddi.refuses_by = 503;
    rig_gateway_run_for(20);
    rig_expect_no_feedback("judged: fits");
    fake_ddi.refuses = NULL;
    rig_gateway_run_for(60);
    rig_expect_feedback("\"offered\"");
    rig_expect_feedback("judged: fits");
    rig_expect_no_feedback("503");
    rig_gateway_stop();
}

static void config_data_says_what_runs(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.action = NULL;
    fake_ddi.wants_config = true;
    rig_gateway_run_for(60);
    assert_false(fake_ddi.wants_config);
    assert_non_null(strstr(fake_ddi.config, "\"image.version\":\"1.0.0\""));
    assert_non_null(strstr(fake_ddi.config, "\"bootloader\":\"MCUboot\""));
    rig_gateway_stop();
}

/* ---- downloads ---- */

static void a_download_goes_on_where_it_stopped(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.breaks_off_at = 2000;
    rig_gateway_run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 2);
    assert_int_equal(fake_ddi.from, 2000);
    rig_gateway_stop();
}

static void a_file_that_changes_on_its_way_is_not_used(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.wrong_bytes = true;
    rig_gateway_run_for(100);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.wrong_bytes = false;
    rig_gateway_run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.from, 0); /* from the beginning */
    rig_gateway_stop();
}

/* ---- cancel ---- */

static void a_cancel_before_the_update_is_accepted(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.cancel = "8";
    rig_gateway_run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
    assert_int_equal(rig_line.requests, 0);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    rig_gateway_stop();
}

static void a_cancel_behind_the_mark_is_rejected(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    while (!rig_gateway.device[0].past_return)
        rig_gateway_turn();
    fake_ddi.cancel = "8";
    rig_gateway.device[0].cancel_url = strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/8");
    for (unsigned i = 0; i < 1000 && fake_ddi.cancel_answer == FAKE_CANCEL_OPEN; i++)
        rig_gateway_turn();
    fake_ddi.cancel = NULL;
    rig_gateway_run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    rig_gateway_stop();
}

static void what_is_offered_no_more_is_left(void **state)
{
    (void)state;
    rig_gateway_begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    rig_gateway_run_for(30);
    fake_ddi.action = NULL;
    rig_gateway_run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(rig_gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_int_equal(rig_line.requests, 0);
    rig_gateway_stop();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(success_is_what_runs_confirmed),
        cmocka_unit_test(a_file_of_goosebit_has_no_sha256),
        cmocka_unit_test(an_image_that_does_not_start_is_a_failure),
        cmocka_unit_test(a_flash_that_fails_is_reported_in_its_words),
        cmocka_unit_test(an_unfit_file_costs_no_byte),
        cmocka_unit_test(a_silent_device_is_tried_again_and_reported),
        cmocka_unit_test(a_device_that_comes_back_is_updated),
        cmocka_unit_test(a_server_that_fails_is_asked_less_and_less),
        cmocka_unit_test(retry_after_is_heeded),
        cmocka_unit_test(an_end_that_the_server_misses_is_told_again),
        cmocka_unit_test(a_success_that_is_offered_again_is_looked_at),
        cmocka_unit_test(a_failure_is_answered_from_the_journal),
        cmocka_unit_test(what_makes_no_sense_once_is_asked_again),
        cmocka_unit_test(links_elsewhere_are_not_followed),
        cmocka_unit_test(the_operators_time_is_kept),
        cmocka_unit_test(a_file_that_is_only_fetched_is_told),
        cmocka_unit_test(details_that_the_server_did_not_take_are_told_again),
        cmocka_unit_test(config_data_says_what_runs),
        cmocka_unit_test(a_download_goes_on_where_it_stopped),
        cmocka_unit_test(a_file_that_changes_on_its_way_is_not_used),
        cmocka_unit_test(a_cancel_before_the_update_is_accepted),
        cmocka_unit_test(a_cancel_behind_the_mark_is_rejected),
        cmocka_unit_test(what_is_offered_no_more_is_left),
    };
    return cmocka_run_group_tests_name("gateway", tests, rig_gateway_set_up, rig_gateway_tear_down);
}
