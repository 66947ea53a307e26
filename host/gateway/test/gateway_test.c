/* Tests of the gateway's loop: one device on a line in this process, a DDI server that does what the test says, and a clock
 * that passes only while somebody waits. */
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "host/gateway/gateway_inside.h"
#include "testing/client/rig_line.h"
#include "testing/gateway/fake_ddi.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static struct gateway_device device_config = {.id = "d", .token = "secret"};
static struct gateway_config config = {
    .server = {.url = FAKE_DDI_URL, .tenant = "D"},
    .rollout = {.at_once = 4,
                .at_once_per_link = 1,
                .canary = 1,
                .stop_after_failures = 2,
                .wait = 30,
                .retry_first = 10,
                .retry_most = 40},
    .cache_mb = 1,
    .device = &device_config,
    .device_count = 1,
};
static struct gateway gateway;
static uint8_t two[1 << 16]; /* the file of 2.0.0 */
static size_t two_len;
static char folder[] = "/tmp/gateway-test-XXXXXX";

static int set_up(void **state)
{
    struct cli_blob b;
    const char *why;
    if (rig_line_set_up(state) != 0 || mkdtemp(folder) == NULL ||
        !device_name_parse(&device_config.link, DEVICE_TCP, "192.0.2.1:5000", &why) ||
        cli_read_file(rig_two_path, sizeof two, &b) != CLI_DONE)
        return 1;
    memcpy(two, b.data, b.len);
    two_len = b.len;
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int kind, struct FTW *at)
{
    (void)st;
    (void)kind;
    (void)at;
    return remove(path);
}

static int tear_down(void **state)
{
    return rig_folder_end(state) | nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void start_gateway(void)
{
    gateway = (struct gateway){.config = &config, .cache = {.fd = -1}};
    cli_mode.quiet = getenv("SHOW") == NULL;
    assert_int_equal(gateway_begin(&gateway), CLI_DONE);
}

static void stop_gateway(void)
{
    gateway_end(&gateway);
}

/* A new device, server, gateway and folder; 2.0.0 is assigned. */
static void begin(enum fake_habit habit)
{
    static char state_folder[sizeof folder + 12];
    static unsigned runs;
    rig_line_new(habit);
    rig_line.has_console = true;
    fake_ddi_new();
    snprintf(state_folder, sizeof state_folder, "%s/%u", folder, ++runs);
    config.state = state_folder;
    config.server.ids_repeat = false;
    fake_ddi_assign("7", "app.bin", two, two_len);
    start_gateway();
}

static void turn(void)
{
    gateway_turn(&gateway);
    assert_int_equal(http_poll(gateway.http, 100), ERR_OK);
}

static void run_for(unsigned seconds)
{
    const uint64_t end = rig_line.now + seconds * 1000ull;
    while (rig_line.now < end)
        turn();
}

static void run_until(const bool *done, unsigned seconds)
{
    const uint64_t end = rig_line.now + seconds * 1000ull;
    while (!*done && rig_line.now < end)
        turn();
    if (!*done)
        fail_msg("not within %u s:\n%s", seconds, fake_ddi.told);
}

static void expect_told(const char *text)
{
    if (strstr(fake_ddi.told, text) == NULL)
        fail_msg("the server was not told \"%s\":\n%s", text, fake_ddi.told);
}

static void expect_not_told(const char *text)
{
    if (strstr(fake_ddi.told, text) != NULL)
        fail_msg("the server was told \"%s\":\n%s", text, fake_ddi.told);
}

/* ---- the way of an update ---- */

static void success_is_what_runs_confirmed(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    expect_told("succeeded: version 2.0.0 runs, confirmed");
    assert_string_equal(fake_ddi.authorization, "TargetToken secret");
    expect_not_told("secret");
    /* And no word more of it. */
    run_for(100);
    assert_int_equal(fake_ddi.ends, 1);
    assert_int_equal(fake_ddi.downloads, 1);
    stop_gateway();
}

static void a_file_of_goosebit_has_no_sha256(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.has_no_sha256 = true;
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* The image is refused by the device's bootloader: what is reported is what runs. */
static void an_image_that_does_not_start_is_a_failure(void **state)
{
    (void)state;
    begin(FAKE_OTHER_KEY);
    run_until(&fake_ddi.is_closed, 300);
    assert_false(fake_ddi.is_success);
    expect_told("running is 1.0.0, not 2.0.0");
    stop_gateway();
}

static void a_flash_that_fails_is_reported_in_its_words(void **state)
{
    (void)state;
    begin(FAKE_FLASH_FAILS);
    run_until(&fake_ddi.is_closed, 300);
    assert_false(fake_ddi.is_success);
    expect_told("Status Bank2: 0x00040000");
    stop_gateway();
}

/* Nothing is sent to a device before the file was judged. */
static void an_unfit_file_costs_no_byte(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi_assign("7", "app.bin", two, two_len - 1);
    run_until(&fake_ddi.is_closed, 120);
    assert_false(fake_ddi.is_success);
    expect_told("the file was refused, and nothing was sent");
    assert_int_equal(rig_line.requests, 0);
    stop_gateway();
}

/* ---- a device that is away, or busy ---- */

static void a_silent_device_is_tried_again_and_reported(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    rig_lose(LOSE_REQUESTS_FROM, 1);
    run_until(&fake_ddi.is_closed, 1000);
    assert_false(fake_ddi.is_success);
    expect_told("; again in 10 s");
    expect_told("; again in 20 s");
    expect_told("; again in 40 s");
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.attempts, 5);
    assert_int_equal(a.state, JOURNAL_FAILED);
    assert_true(a.reported);
    stop_gateway();
}

static void a_device_that_comes_back_is_updated(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    rig_line.off_until = rig_line.now + 30000;
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* ---- the server ---- */

static void a_server_that_fails_is_asked_less_and_less(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.failures = 1000;
    fake_ddi.status = 500;
    run_for(1000);
    assert_in_range(fake_ddi.requests, 8, 14); /* 2 s, 4 s, ... 256 s */
    fake_ddi.failures = 0;
    run_until(&fake_ddi.is_closed, 600);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void retry_after_is_heeded(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.failures = 1;
    fake_ddi.status = 429;
    fake_ddi.retry_after_s = 200;
    run_for(10);
    const uint64_t refused_ms = fake_ddi.last_ms;
    assert_int_equal(fake_ddi.requests, 1);
    run_until(&fake_ddi.is_closed, 600);
    assert_true(fake_ddi.is_success);
    assert_true(refused_ms > 0 && fake_ddi.last_ms > refused_ms + 199000);
    stop_gateway();
}

static void an_end_that_the_server_misses_is_told_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 1); /* not done a second time */
    expect_told("answered from the journal: succeeded");
    stop_gateway();
}

/* A success is said again only if it is still true. */
static void a_success_that_is_offered_again_is_looked_at(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    expect_told("the device runs 1.0.0 now: the action begins anew");
    stop_gateway();
}

static void a_failure_is_answered_from_the_journal(void **state)
{
    (void)state;
    begin(FAKE_FLASH_FAILS);
    run_until(&fake_ddi.is_closed, 300);
    fake_ddi.offers_closed = true;
    run_for(60);
    assert_true(fake_ddi.ends > 1);
    assert_false(fake_ddi.is_success);
    assert_int_equal(gateway.counts.failed, 1);
    stop_gateway();
    /* goosebit has one id for both: there it is a new assignment. */
    begin(FAKE_FLASH_FAILS);
    config.server.ids_repeat = true;
    run_until(&fake_ddi.is_closed, 300);
    fake_ddi.offers_closed = true;
    run_for(120);
    assert_true(gateway.counts.failed > 1);
    stop_gateway();
}

static void what_makes_no_sense_once_is_asked_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.nonsense = "<html>";
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void links_elsewhere_are_not_followed(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.nonsense_stays = true;
    fake_ddi.nonsense =
        "{\"id\":\"7\",\"deployment\":{\"download\":\"forced\",\"update\":\"forced\",\"chunks\":[{"
        "\"part\":\"os\",\"version\":\"2\",\"name\":\"a\",\"artifacts\":[{\"filename\":\"a.bin\","
        "\"hashes\":{\"sha1\":\"0000000000000000000000000000000000000000\"},\"size\":5,\"_links\":{"
        "\"download\":{\"href\":\"http://192.0.2.7/a.bin\"}}}]}]}}";
    run_until(&fake_ddi.is_closed, 120);
    assert_false(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 0);
    expect_told("192.0.2.7");
    stop_gateway();
}

static void the_operators_time_is_kept(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.download = "skip";
    run_for(60);
    assert_int_equal(fake_ddi.downloads, 0);
    fake_ddi.download = "forced";
    fake_ddi.window = "unavailable";
    run_for(60);
    assert_int_equal(fake_ddi.downloads, 1);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.window = "available";
    fake_ddi.update = "skip";
    run_for(60);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.update = "attempt";
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void config_data_says_what_runs(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.action = NULL;
    fake_ddi.wants_config = true;
    run_for(60);
    assert_false(fake_ddi.wants_config);
    assert_non_null(strstr(fake_ddi.config, "\"image.version\":\"1.0.0\""));
    assert_non_null(strstr(fake_ddi.config, "\"bootloader\":\"MCUboot\""));
    stop_gateway();
}

/* ---- downloads ---- */

static void a_download_goes_on_where_it_stopped(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.breaks_off_at = 2000;
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 2);
    assert_int_equal(fake_ddi.from, 2000);
    stop_gateway();
}

static void a_file_that_changes_on_its_way_is_not_used(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.wrong_bytes = true;
    run_for(100);
    assert_int_equal(rig_line.requests, 0);
    fake_ddi.wrong_bytes = false;
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.from, 0); /* from the beginning */
    stop_gateway();
}

/* ---- cancel ---- */

static void a_cancel_before_the_update_is_accepted(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.cancel = "8";
    run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
    assert_int_equal(rig_line.requests, 0);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    stop_gateway();
}

static void a_cancel_behind_the_mark_is_rejected(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    while (!gateway.device[0].past_return)
        turn();
    fake_ddi.cancel = "8";
    gateway.device[0].cancel_url = strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/8");
    for (unsigned i = 0; i < 1000 && fake_ddi.cancel_answer == FAKE_CANCEL_OPEN; i++)
        turn();
    fake_ddi.cancel = NULL;
    run_until(&fake_ddi.is_closed, 120);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    stop_gateway();
}

static void what_is_offered_no_more_is_left(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.action = NULL;
    run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_int_equal(rig_line.requests, 0);
    stop_gateway();
}

/* ---- restarts, and a disk that is full ---- */

/* Stopped before any order of the update, as a power cut would do it: the next gateway finishes what the first began. */
/* Killed twice: the second time before the update has begun again. */
static void a_mark_is_remembered_over_restarts(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    while (!gateway.device[0].past_return)
        turn();
    for (unsigned i = 0; i < 3; i++) {
        stop_gateway();
        start_gateway();
        assert_true(gateway.device[0].past_return);
        for (unsigned n = 0; n < 10 * i; n++)
            turn();
    }
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void a_restart_goes_on_where_the_device_is(void **state)
{
    (void)state;
    for (unsigned orders = 0; orders < 12; orders++) {
        begin(FAKE_SOUND);
        char step[sizeof gateway.device[0].action.step] = "";
        for (unsigned seen = 0; seen <= orders && !fake_ddi.is_closed;) {
            turn();
            const struct journal_action *a = &gateway.device[0].action;
            seen += a->state == JOURNAL_RUNNING && strcmp(a->step, step) != 0;
            snprintf(step, sizeof step, "%s", a->step);
        }
        stop_gateway();
        start_gateway();
        if (!fake_ddi.is_closed)
            run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        assert_int_equal(fake_ddi.downloads, 1);
        rig_expect_two_confirmed();
        stop_gateway();
    }
}

static void a_full_disk_touches_no_device(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    assert_int_equal(journal_limit(gateway.journal, 100, 4096), ERR_OK);
    fake_ddi.update = "forced";
    run_for(100);
    assert_int_equal(rig_line.requests, 0);
    assert_int_equal(journal_limit(gateway.journal, 100, 0), ERR_OK);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* ---- what must never be told, nor be forgotten ---- */

static struct gw_device *device(void)
{
    return &gateway.device[0];
}

static void restart(void)
{
    stop_gateway();
    start_gateway();
}

static void run_past_return(void)
{
    for (unsigned i = 0; i < 1000 && !device()->past_return; i++)
        turn();
    assert_true(device()->past_return);
}

static void expect_state(const char *id, enum journal_state state)
{
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", id, &a), ERR_OK);
    assert_int_equal(a.state, state);
}

/* Of every rollout, when no update is under way. */
static void expect_no_drift(void)
{
    assert_int_equal(gateway.updates, 0);
    assert_int_equal(gateway.link[0].updates, 0);
    for (const struct gw_artifact *a = gateway.artifacts; a != NULL; a = a->next) {
        assert_int_equal(a->rollout.running, 0);
        assert_int_equal(a->rollout.broken_off, 0);
    }
}

/* It answers, and its list may even have the image; but nothing runs. */
static void no_success_of_a_device_in_recovery(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_RECOVERY_KEPT);
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = fake_ddi.is_success = false;
    run_until(&fake_ddi.is_closed, 600);
    assert_false(fake_ddi.is_success);
    expect_told("the device runs no image now: the action begins anew");
    stop_gateway();
}

static void no_success_while_the_journal_cannot_take_it_back(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = fake_ddi.is_success = false;
    device()->action.controller[0] = '\0'; /* no journal takes it */
    run_for(100);
    assert_int_equal(fake_ddi.ends, 1);
    snprintf(device()->action.controller, sizeof device()->action.controller, "d");
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    stop_gateway();
}

/* The device is off after any of the orders behind the mark; the gateway is killed while it is tried again, twice. */
static void a_restart_knows_that_a_cancel_comes_too_late(void **state)
{
    (void)state;
    for (unsigned orders = 0; orders < 6; orders++) {
        begin(FAKE_SOUND);
        run_past_return();
        for (unsigned i = 0; i < orders; i++)
            turn();
        if (fake_ddi.is_closed || journal_state_is_closed(device()->action.state)) {
            stop_gateway();
            break;
        }
        rig_line.refused_until = rig_line.off_until = rig_line.now + 100000;
        for (unsigned i = 0; i < 2; i++) {
            restart();
            assert_true(device()->past_return);
            run_for(30);
        }
        restart();
        fake_ddi.cancel = "8";
        run_for(20);
        assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
        fake_ddi.cancel = NULL;
        run_until(&fake_ddi.is_closed, 600);
        assert_true(fake_ddi.is_success);
        rig_expect_two_confirmed();
        stop_gateway();
    }
}

static void a_restart_takes_up_the_action_that_is_open(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    struct journal_action old = {.controller = "d", .id = "6", .state = JOURNAL_FAILED};
    assert_int_equal(journal_put_action(gateway.journal, &old), ERR_OK);
    run_past_return();
    restart();
    assert_string_equal(device()->action.id, "7");
    assert_true(device()->past_return);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void a_cancel_of_what_has_succeeded_is_rejected(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    fake_ddi.cancel = "8";
    run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
    expect_state("7", JOURNAL_SUCCEEDED);
    stop_gateway();
}

/* The server wants it stopped while its end is being worked out: it succeeds, and the next action is not held up. */
static void a_cancel_that_the_end_outruns_is_answered(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    fake_ddi_assign("9", "app.bin", two, two_len); /* which runs already */
    while (device()->running == NULL || device()->running->phase != UPDATE_ENDS)
        turn();
    device()->cancel_state = CANCEL_ASKED;
    device()->cancel = (struct ddi_cancel){"10", "9"};
    device()->cancel_feedback_url = strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/10");
    gw_action_cancel(device());
    run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_REJECTED);
    assert_int_equal(device()->cancel_state, CANCEL_NONE);
    stop_gateway();
}

static void a_cancelled_action_is_not_taken_up_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.cancel = "8";
    run_for(30);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_true(a.reported);
    restart();
    assert_false(device()->has_action);
    stop_gateway();
}

static void a_marked_device_does_not_wait_for_the_next_window(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_past_return();
    rig_line.off_until = rig_line.now + 60000;
    fake_ddi.window = "unavailable";
    run_for(70);
    restart();
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* goosebit: it just offers it no more. */
static void what_is_marked_goes_on_though_it_is_offered_no_more(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_past_return();
    rig_line.off_until = rig_line.now + 60000;
    fake_ddi.action = NULL;
    run_for(200);
    expect_state("7", JOURNAL_SUCCEEDED);
    rig_expect_two_confirmed();
    stop_gateway();
}

static void what_is_given_up_on_trial_is_known(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_past_return();
    stop_gateway();
    rig_line_mend();
    fake_ddi.action = NULL;
    start_gateway();
    run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_non_null(strstr(a.reason, "the device may run it, on trial"));
    expect_no_drift();
    stop_gateway();
}

/* It was last seen with 1.0.0, before the reset. */
static void a_device_that_vanished_is_not_said_to_run_the_old_image(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_past_return();
    device()->action.attempts = 4;
    const int64_t before = gateway.now;
    rig_line.off_until = UINT64_MAX;
    run_until(&fake_ddi.is_closed, 600);
    assert_false(fake_ddi.is_success);
    expect_told("not known what runs");
    struct journal_device row;
    assert_int_equal(journal_get_device(gateway.journal, "d", &row), ERR_OK);
    assert_true(row.seen == 0 || row.seen < before);
    expect_state("7", JOURNAL_FAILED);
    stop_gateway();
}

static void a_failure_says_what_runs_now(void **state)
{
    (void)state;
    begin(FAKE_OTHER_KEY);
    run_until(&fake_ddi.is_closed, 300);
    expect_told("a look at the device: it runs 1.0.0, confirmed");
    stop_gateway();
}

/* The failures of files that were refused are none of devices. */
static void a_restart_counts_no_failure_that_touched_no_device(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    for (unsigned i = 0; i < 3; i++) {
        static const char *const ids[] = {"7", "8", "9"};
        fake_ddi_assign(ids[i], "app.bin", two, two_len - 1);
        run_until(&fake_ddi.is_closed, 120);
    }
    restart();
    for (const struct gw_artifact *a = gateway.artifacts; a != NULL; a = a->next)
        assert_false(a->rollout.is_stopped);
    stop_gateway();
}

static void a_rollout_stays_stopped_until_a_person_resumes_it(void **state)
{
    (void)state;
    begin(FAKE_OTHER_KEY);
    run_until(&fake_ddi.is_closed, 300);
    fake_ddi_assign("8", "app.bin", two, two_len);
    run_until(&fake_ddi.is_closed, 300);
    assert_true(gateway.artifacts->rollout.is_stopped);
    restart();
    rig_line_new(FAKE_SOUND);
    fake_ddi_assign("9", "app.bin", two, two_len);
    run_for(100);
    assert_false(fake_ddi.is_closed);
    assert_int_equal(rig_line.requests, 0);
    cli_mode.quiet = true;
    assert_int_equal(gateway_resume(&config), CLI_DONE);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(gateway.artifacts->rollout.succeeded, 1);
    char stopped[JOURNAL_SETTING_MAX + 1];
    assert_int_equal(journal_get(gateway.journal, "stopped", stopped, sizeof stopped), ERR_NOENT);
    restart();
    for (const struct gw_artifact *a = gateway.artifacts; a != NULL; a = a->next)
        assert_false(a->rollout.is_stopped);
    stop_gateway();
}

/* ---- what would hold a device up for good ---- */

static void config_data_of_a_device_that_was_off_is_told_later(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.action = NULL;
    fake_ddi.wants_config = true;
    rig_line.off_until = rig_line.now + 100000;
    run_for(300);
    assert_false(fake_ddi.wants_config);
    stop_gateway();
}

static void what_the_server_refuses_does_not_keep_it_from_polling(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.wants_config = true;
    fake_ddi.refuses = "/configData";
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    run_for(200);
    assert_in_range(fake_ddi.polls, 15, 40);
    stop_gateway();
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    run_for(100);
    expect_state("7", JOURNAL_SUCCEEDED);
    const unsigned polls = fake_ddi.polls;
    run_for(200);
    assert_in_range(fake_ddi.polls, polls + 10, polls + 40);
    fake_ddi.refuses = NULL;
    run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void polls_without_sense_become_rare(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.nonsense_polls = true;
    run_for(1000);
    assert_in_range(fake_ddi.requests, 8, 14);
    stop_gateway();
}

static void deployments_without_sense_do_not_hurry_the_polls(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.nonsense = "<html>";
    fake_ddi.nonsense_stays = true;
    run_for(1000);
    assert_in_range(fake_ddi.polls, 80, 140); /* every 10 s, as it says */
    stop_gateway();
}

static void a_size_that_was_wrong_may_be_put_right(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.size_lie = 10;
    run_for(15);
    fake_ddi.size_lie = 0;
    run_until(&fake_ddi.is_closed, 300);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* ---- more of the same: each was seen to break something when it was missing ---- */

static void a_second_restart_before_its_turn_forgets_nothing(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_past_return();
    config.rollout.at_once_per_link = 0;
    restart();
    run_for(30);
    assert_int_equal(device()->action.state, JOURNAL_WAITING);
    config.rollout.at_once_per_link = 1;
    restart();
    assert_true(device()->past_return);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    expect_no_drift();
    stop_gateway();
}

static void a_download_waits_for_the_operator_after_a_failure_too(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    run_for(15);
    fake_ddi.download = "skip";
    run_for(15);
    fake_ddi.refuses = NULL;
    run_for(100);
    assert_int_equal(fake_ddi.downloads, 0);
    fake_ddi.download = "forced";
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void what_was_given_up_may_be_assigned_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.action = NULL;
    run_for(60);
    expect_state("7", JOURNAL_CANCELLED);
    fake_ddi.action = "7";
    fake_ddi.update = "forced";
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void another_action_takes_the_place_of_one_that_waits(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.update = "forced";
    fake_ddi_assign("9", "app.bin", two, two_len);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_CANCELLED);
    assert_true(a.reported);
    stop_gateway();
}

/* Neither another action nor another file disturbs an update that is under way. */
static void what_is_offered_in_the_middle_waits(void **state)
{
    (void)state;
    static const char *const ids[] = {"7", "9"};
    for (unsigned i = 0; i < ARRAY_LEN(ids); i++) {
        begin(FAKE_SOUND);
        run_past_return();
        fake_ddi_assign(ids[i], "app.bin", two, two_len - 1);
        device()->deployment_url = strdup(FAKE_DDI_URL "/D/controller/v1/d/deploymentBase/1");
        for (unsigned n = 0; n < 3; n++)
            turn();
        assert_string_equal(device()->action.id, "7");
        fake_ddi_assign(ids[i], "app.bin", two, two_len);
        run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        expect_state("7", JOURNAL_SUCCEEDED);
        rig_expect_two_confirmed();
        expect_no_drift();
        stop_gateway();
    }
}

static void the_next_action_may_be_cancelled_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    fake_ddi_assign("9", "app.bin", two, two_len);
    fake_ddi.update = "skip";
    run_for(30);
    fake_ddi.cancel = "10";
    run_for(30);
    assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
    stop_gateway();
}

/* Whatever lies unreported around it, and an older one that is open is given up. */
static void a_restart_takes_up_the_newest_that_is_open(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    struct journal_action other = {.controller = "d", .id = "6", .state = JOURNAL_WAITING};
    assert_int_equal(journal_put_action(gateway.journal, &other), ERR_OK);
    run_past_return();
    other = (struct journal_action){.controller = "d", .id = "8", .state = JOURNAL_CANCELLED};
    assert_int_equal(journal_put_action(gateway.journal, &other), ERR_OK);
    restart();
    assert_string_equal(device()->action.id, "7");
    assert_true(device()->past_return);
    expect_state("6", JOURNAL_CANCELLED);
    run_until(&fake_ddi.is_closed, 200);
    expect_no_drift();
    stop_gateway();
}

static void a_success_that_waits_for_the_journal_is_looked_at(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    while (device()->running == NULL || device()->running->phase != UPDATE_ENDS)
        turn();
    device()->action.controller[0] = '\0'; /* no journal takes it */
    run_for(60);
    assert_int_equal(fake_ddi.ends, 0);
    rig_line_new(FAKE_SOUND); /* somebody flashes 1.0.0 */
    snprintf(device()->action.controller, sizeof device()->action.controller, "d");
    run_until(&fake_ddi.is_closed, 300);
    expect_told("the device runs 1.0.0 now: the action begins anew");
    rig_expect_two_confirmed();
    stop_gateway();
}

/* After so many orders of the update. False: it has ended before, or is past the mark. */
static bool begin_update(unsigned orders)
{
    begin(FAKE_SOUND);
    while (device()->running == NULL)
        turn();
    for (unsigned i = 0; i < orders && device()->running != NULL; i++)
        turn();
    return device()->running != NULL && !device()->past_return;
}

static void no_order_is_given_that_the_journal_does_not_take(void **state)
{
    (void)state;
    for (unsigned orders = 0; begin_update(orders); orders++) {
        device()->action.controller[0] = '\0'; /* no journal takes it */
        turn();
        const unsigned requests = rig_line.requests;
        run_for(30);
        assert_int_equal(rig_line.requests, requests);
        snprintf(device()->action.controller, sizeof device()->action.controller, "d");
        run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        stop_gateway();
    }
    stop_gateway();
}

static void a_cancel_before_the_mark_ends_the_update(void **state)
{
    (void)state;
    unsigned orders = 0;
    for (; begin_update(orders); orders++) {
        device()->cancel_state = CANCEL_ASKED;
        device()->cancel = (struct ddi_cancel){"8", "7"};
        device()->cancel_feedback_url = strdup(FAKE_DDI_URL "/D/controller/v1/d/cancelAction/8");
        gw_action_cancel(device());
        run_for(30);
        assert_int_equal(fake_ddi.cancel_answer, FAKE_CANCEL_ACCEPTED);
        expect_state("7", JOURNAL_CANCELLED);
        assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
        rig_expect_not("pending");
        expect_no_drift();
        stop_gateway();
    }
    assert_true(orders > 5);
    stop_gateway();
}

/* The last look of an update may have read what recovery says. */
static void an_end_in_recovery_is_no_success(void **state)
{
    (void)state;
    static struct device_job j;
    const struct update_goal goal = {.confirm = true};
    rig_line_new(FAKE_MCUBOOT_STATES);
    j.name = device_config.link;
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
        begin(FAKE_SOUND);
        while (device()->running == NULL)
            turn();
        if (behind)
            run_past_return();
        struct device_job *j = &device()->running->job;
        j->update.end = UPDATE_RESET_REFUSED;
        j->result.error = (struct smp_error){.group = -1, .rc = 10}; /* MGMT_ERR_EBUSY */
        device()->running->phase = UPDATE_ENDS;
        device_job_close(j);
        const struct gw_artifact *a = device()->artifact;
        gw_update_turn(device());
        assert_null(device()->running);
        assert_int_equal(a->rollout.broken_off, behind);
        assert_int_equal(a->rollout.running, 0);
        run_until(&fake_ddi.is_closed, 200);
        assert_true(fake_ddi.is_success);
        expect_told("the device is busy: its application says so; again in 10 s");
        expect_no_drift();
        stop_gateway();
    }
}

static void a_success_that_is_on_trial_is_none(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("update --no-confirm %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    cli_mode.quiet = true;
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    run_until(&fake_ddi.is_closed, 300);
    expect_told("the device runs 2.0.0, not confirmed now: the action begins anew");
    assert_true(fake_ddi.is_success);
    rig_expect_two_confirmed();
    stop_gateway();
}

static void a_failure_is_told_at_once_though_looks_have_become_rare(void **state)
{
    (void)state;
    begin(FAKE_FLASH_FAILS);
    run_for(1);
    device()->look_ms = rig_line.now + 1000000;
    run_until(&fake_ddi.is_closed, 100);
    assert_false(fake_ddi.is_success);
    stop_gateway();
}

/* The person who has repaired the server does not wait for the pause that the failures had reached. */
static void a_file_that_could_not_be_had_is_fetched_when_it_is_assigned_again(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    run_until(&fake_ddi.is_closed, 1000);
    assert_false(fake_ddi.is_success);
    expect_told("the file could not be fetched: the server answered 403");
    fake_ddi.refuses = NULL;
    fake_ddi_assign("9", "app.bin", two, two_len);
    run_until(&fake_ddi.is_closed, 25);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

static void an_end_that_the_server_knows_no_more_is_reported(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    fake_ddi.refuses_by = 404;
    run_for(60);
    struct journal_action a;
    assert_int_equal(journal_get_action(gateway.journal, "d", "7", &a), ERR_OK);
    assert_int_equal(a.state, JOURNAL_SUCCEEDED);
    assert_true(a.reported);
    stop_gateway();
}

static void a_success_of_a_device_that_is_off_now_is_not_told(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/feedback";
    run_for(60);
    expect_state("7", JOURNAL_SUCCEEDED);
    fake_ddi.refuses = NULL;
    rig_line.refused_until = rig_line.now + 100000;
    restart();
    run_for(60);
    assert_int_equal(fake_ddi.ends, 0);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    stop_gateway();
}

/* MCUboot's recovery calls what lies in the first slot active and confirmed. */
static void a_list_of_recovery_is_no_proof(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    run_until(&fake_ddi.is_closed, 120);
    rig_line_new(FAKE_MCUBOOT_STATES);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    cli_mode.quiet = true;
    fake_ddi.offers_closed = true;
    fake_ddi.is_closed = false;
    run_until(&fake_ddi.is_closed, 600);
    expect_told("the device runs no image now: the action begins anew");
    stop_gateway();
}

/* Another device waits with the file, and has tried it in vain. */
static void a_file_that_could_not_be_had_is_asked_for_by_the_next_device(void **state)
{
    (void)state;
    struct gw_device other = {.gateway = &gateway};
    begin(FAKE_SOUND);
    fake_ddi.refuses = "/files/";
    run_for(15);
    gw_artifact_use(&other, device()->artifact);
    run_until(&fake_ddi.is_closed, 1000);
    assert_int_equal(other.artifact->state, ARTIFACT_UNUSABLE);
    fake_ddi.refuses = NULL;
    fake_ddi_assign("9", "app.bin", two, two_len);
    run_until(&fake_ddi.is_closed, 60);
    assert_true(fake_ddi.is_success);
    gw_artifact_leave(&other);
    stop_gateway();
}

/* Then nobody has kept it in the cache. */
static void a_file_that_comes_when_nobody_wants_it_any_more(void **state)
{
    (void)state;
    begin(FAKE_SOUND);
    while (gateway.artifacts == NULL || gateway.artifacts->state != ARTIFACT_FETCHING) {
        gateway_turn(&gateway);
        if (gateway.artifacts == NULL || gateway.artifacts->state != ARTIFACT_FETCHING)
            assert_int_equal(http_poll(gateway.http, 100), ERR_OK);
    }
    assert_true(gw_action_close(device(), JOURNAL_CANCELLED, "a test"));
    fake_ddi.action = NULL;
    while (gateway.artifacts->state == ARTIFACT_FETCHING)
        turn();
    assert_int_equal(fake_ddi.downloads, 1);
    assert_int_equal(unlink(gateway.artifacts->path), 0);
    fake_ddi_assign("9", "app.bin", two, two_len);
    run_until(&fake_ddi.is_closed, 200);
    assert_true(fake_ddi.is_success);
    assert_int_equal(fake_ddi.downloads, 2);
    stop_gateway();
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
        cmocka_unit_test(config_data_says_what_runs),
        cmocka_unit_test(a_download_goes_on_where_it_stopped),
        cmocka_unit_test(a_file_that_changes_on_its_way_is_not_used),
        cmocka_unit_test(a_cancel_before_the_update_is_accepted),
        cmocka_unit_test(a_cancel_behind_the_mark_is_rejected),
        cmocka_unit_test(what_is_offered_no_more_is_left),
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
    return cmocka_run_group_tests_name("gateway", tests, set_up, tear_down);
}
