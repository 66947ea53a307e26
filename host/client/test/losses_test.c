/* Tests of commands on a line that loses requests and answers: each of them, one at a time; of the first contact; and of
 * the time that a loss and a slow line cost. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "host/cli/core/cli.h"
#include "testing/client/rig_line.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* What nobody can know without an answer. */
static void expect_no_false_claim(void)
{
    rig_expect_not("did not accept");
    rig_expect_not("could not be marked");
    rig_expect_not("could not be confirmed");
    rig_expect_not("the bootloader did not start");
    rig_expect("  next: ");
}

/* One update with a loss at n. False: the update has fewer than n packets. */
static bool try_update(enum rig_loss loss, unsigned n, bool has_console)
{
    rig_line_new(FAKE_SOUND);
    rig_line.has_console = has_console;
    rig_lose(loss, n);
    int code = rig_command("update %s --wait 10" RIG_DEVICE, rig_two_path);
    bool hit = rig_line.hit, for_good = loss == LOSE_REQUESTS_FROM || loss == LOSE_ANSWERS_FROM;
    if (code != CLI_DONE && loss <= LOSE_LINE_CLOSED)
        fail_msg("%s %u: exit code %d\n%s", rig_loss_names[loss], n, code, rig_output);
    if (code != CLI_DONE && !for_good &&
        strstr(rig_output, "the device did not come back within") == NULL)
        rig_expect("the device does not answer; waited 10 s for it"); /* all echoes of one wait */
    if (code == CLI_DONE)
        rig_expect("update confirmed\n");
    else
        expect_no_false_claim();
    if (hit && for_good && code != CLI_NO_CONNECTION)
        fail_msg("%s %u: exit code %d\n%s", rig_loss_names[loss], n, code, rig_output);
    if (code != CLI_DONE) {
        rig_line_mend();
        code = rig_command("update %s" RIG_DEVICE, rig_two_path);
        if (code != CLI_DONE)
            rig_expect("the device already runs this image, confirmed");
    }
    rig_expect_two_confirmed();
    return hit;
}

static void exhaust(enum rig_loss loss, bool has_console)
{
    unsigned n = 1;
    while (try_update(loss, n, has_console))
        n++;
    /* params, list, slots, 8 chunks, list, mark, reset, echo, list, confirm, list */
    assert_in_range(n, 15, 100);
}

static void update_survives_each_lost_request(void **state)
{
    (void)state;
    exhaust(LOSE_REQUEST, true);
    exhaust(LOSE_REQUEST, false);
}

static void update_survives_each_lost_answer(void **state)
{
    (void)state;
    exhaust(LOSE_ANSWER, true);
    exhaust(LOSE_ANSWER, false);
}

static void update_survives_each_late_answer(void **state)
{
    (void)state;
    exhaust(LOSE_ANSWER_LATE, true);
    exhaust(LOSE_ANSWER_LATE, false);
}

/* What a datagram may meet on its way. */
static void update_survives_packets_that_come_twice_or_out_of_order(void **state)
{
    (void)state;
    exhaust(DOUBLE_REQUEST, true);
    exhaust(DOUBLE_ANSWER, true);
    exhaust(SWAP_REQUESTS, true);
    exhaust(SWAP_ANSWERS, true);
}

static void update_survives_a_line_that_closes_anywhere(void **state)
{
    (void)state;
    exhaust(LOSE_LINE_CLOSED, true);
    exhaust(LOSE_LINE_CLOSED, false);
}

static void update_after_each_silent_exchange(void **state)
{
    (void)state;
    exhaust(LOSE_REQUEST_AND_RETRIES, true);
    exhaust(LOSE_REQUEST_AND_RETRIES, false);
    exhaust(LOSE_ANSWER_AND_RETRIES, true);
    exhaust(LOSE_ANSWER_AND_RETRIES, false);
}

static void update_after_silence_for_good(void **state)
{
    (void)state;
    exhaust(LOSE_REQUESTS_FROM, true);
    exhaust(LOSE_ANSWERS_FROM, true);
    exhaust(LOSE_ANSWERS_FROM, false);
}

/* The reported case: the device resets, and its answer is lost. */
static void a_lost_reset_answer_is_no_failure(void **state)
{
    (void)state;
    unsigned seen = 0;
    for (unsigned n = 1; seen == 0; n++) {
        assert_true(try_update(LOSE_ANSWER, n, true));
        rig_line_new(FAKE_SOUND);
        rig_lose(LOSE_ANSWER, n);
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        seen = strstr(rig_output, "reset    no answer (") != NULL;
    }
    rig_expect("it may have arrived; waiting up to 120 s for the device");
}

/* Single commands: the answer to the first request after the greeting never comes. */
static void what_is_not_known_is_not_claimed(void **state)
{
    (void)state;
    static const struct {
        const char *command, *text;
    } cases[] = {
        {"reset", "no answer: it is not known whether the device resets"},
        {"reset --wait 5", "the device did not come back within 5 s"},
        {"image confirm", "no answer: it is not known whether the image is confirmed"},
        {"image erase", "no answer: it is not known whether the slot is erased"},
        {"image list", "the image list could not be read"},
    };
    for (unsigned i = 0; i < 2 * ARRAY_LEN(cases); i++) {
        rig_line_new(FAKE_SOUND);
        rig_line.has_console = false;
        rig_lose(i % 2 == 0 ? LOSE_ANSWERS_FROM : LOSE_REQUESTS_FROM,
                 strstr(cases[i / 2].command, "--wait") ? 3 : 2);
        assert_int_equal(rig_command("%s" RIG_DEVICE, cases[i / 2].command), CLI_NO_CONNECTION);
        rig_expect(cases[i / 2].text);
        rig_expect_not("did not accept");
    }
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_lose(LOSE_ANSWERS_FROM, 2);
    assert_int_equal(rig_command("image test %s" RIG_DEVICE, rig_two_path), CLI_NO_CONNECTION);
    rig_expect("no answer: it is not known whether the image is marked for a test");
    rig_expect("next: slipway image list shows it, once the device answers");
    rig_lose(LOSE_ANSWERS_FROM, 2);
    assert_int_equal(rig_command("image upload %s --timeout 1" RIG_DEVICE, rig_two_path),
                     CLI_NO_CONNECTION);
    rig_expect("the device did not come back within 60 s");
}

/* A console shows the boot even if the answer is lost; without a console it is not known. */
static void a_reset_is_known_by_its_boot(void **state)
{
    (void)state;
    for (unsigned has_console = 0; has_console < 2; has_console++) {
        rig_line_new(FAKE_SOUND);
        rig_line.has_console = has_console;
        rig_lose(LOSE_ANSWER, 2);
        assert_int_equal(rig_command("reset" RIG_DEVICE),
                         has_console ? CLI_DONE : CLI_NO_CONNECTION);
        rig_line_mend();
        rig_lose(LOSE_ANSWER, 3);
        assert_int_equal(rig_command("reset --wait 10" RIG_DEVICE),
                         has_console ? CLI_DONE : CLI_NO_CONNECTION);
        rig_expect(has_console ? "the device is back"
                               : "the device answers, but it is not known whether it has reset");
    }
}

/* ---- first contact ---- */

/* A board that was just switched on: at first nothing listens, then the program has not started yet. */
static void booting(uint64_t refused_ms, uint64_t off_ms)
{
    rig_line_new(FAKE_SOUND);
    rig_line.refused_until = refused_ms;
    rig_line.off_until = off_ms;
}

static void first_contact_waits(void **state)
{
    (void)state;
    static const uint64_t delays[][2] = {{0, 14000}, {9000, 9000}, {9000, 14000}, {0, 19500}};
    for (size_t i = 0; i < ARRAY_LEN(delays); i++) {
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("update %s --wait 20" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("waiting up to 20 s for tcp 192.0.2.1:5000 (");
        rig_expect("update confirmed");
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("reset --wait 20" RIG_DEVICE), CLI_DONE);
        rig_expect("the device is back");
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("image upload %s --wait 20" RIG_DEVICE, rig_two_path),
                         CLI_DONE);
        booting(delays[i][0], delays[i][1]);
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_NO_CONNECTION);
    }
}

static void first_contact_that_never_comes_is_named(void **state)
{
    (void)state;
    booting(1000000, 1000000);
    assert_int_equal(rig_command("update %s --wait 20" RIG_DEVICE, rig_two_path),
                     CLI_NO_CONNECTION);
    rig_expect("error: cannot open tcp 192.0.2.1:5000 within 20 s\n  evidence: Connection refused");
    assert_in_range(rig_line.now, 20000, 21000);
    booting(0, 1000000);
    assert_int_equal(rig_command("reset --wait 20" RIG_DEVICE), CLI_NO_CONNECTION);
    rig_expect("error: the device does not answer; waited 20 s for it\n");
    assert_in_range(rig_line.now, 20000, 21000);
    booting(0, 0);
    assert_int_equal(rig_command("reset --wait 7 --port /dev/slipway-none"), CLI_NO_CONNECTION);
    rig_expect("error: cannot open /dev/slipway-none at 115200 baud within 7 s\n"
               "  evidence: open: No such file or directory");
    assert_in_range(rig_line.now, 7000, 8000);
}

/* ---- slow lines ---- */

/* Answers that take longer than the polls' interval are still answers. */
static void a_slow_line_is_no_silence(void **state)
{
    (void)state;
    for (unsigned delay_ms = 200; delay_ms < 2000; delay_ms += 90) {
        rig_line_new(FAKE_SOUND);
        rig_line.delay_ms = delay_ms;
        assert_int_equal(rig_command("update %s --wait 20" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("update confirmed");
    }
}

/* ---- what a loss costs ---- */

/* How long an upload takes, ms, if request n is lost; 0: none is. */
static uint64_t upload_time(unsigned n, bool says_dropped)
{
    rig_line_new(FAKE_SOUND);
    rig_line.delay_ms = 20;
    rig_line.says_dropped = says_dropped;
    rig_lose(n > 0 ? LOSE_REQUEST : LOSE_NOTHING, n);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
    assert_int_equal(rig_line.hit, n > 0);
    return rig_line.now;
}

/* A loss used to cost 8 s per chunk, and a minute for the first. */
static void a_lost_chunk_costs_little(void **state)
{
    const uint64_t whole = upload_time(0, false);
    (void)state;
    assert_in_range(upload_time(2, false) - whole, 1, 2200); /* nothing is known of the link */
    for (unsigned n = 4; n < 40; n += 5)
        assert_in_range(upload_time(n, false) - whole, 1, 500);
}

static void a_loss_that_the_console_tells_costs_nothing(void **state)
{
    const uint64_t whole = upload_time(0, true);
    (void)state;
    for (unsigned n = 2; n < 40; n += 7)
        assert_in_range(upload_time(n, true) - whole, 0, 100);
}

/* ---- several chunks under way ---- */

/* The requests of an upload to a server that takes 10 ms for each, behind a line of 40 ms; what it costs, ms. */
static uint64_t windowed_upload(unsigned holds, enum rig_loss loss, unsigned n)
{
    rig_line_new(FAKE_SOUND);
    rig_line.delay_ms = 40;
    rig_line.handle_ms = 10;
    rig_line.holds = holds;
    rig_lose(loss, n);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
    return rig_line.now;
}

/* Its buffers are used, but for one: it answers from them, too. */
static void the_window_is_what_the_server_holds(void **state)
{
    const unsigned window = rig_line_buffers > 2 ? rig_line_buffers - 1 : 1;
    (void)state;
    uint64_t ms = windowed_upload(rig_line_buffers, LOSE_NOTHING, 0);
    assert_int_equal(rig_line.most_waiting, window);
    assert_int_equal(rig_line.surplus, 0);
    assert_in_range(ms, 41 * 50 / window, 46 * 50 / window + 100); /* 42 chunks */
}

/* A loss is found by the next answer; then one chunk at a time, and soon as many as before. */
static void a_loss_narrows_the_window_for_a_while(void **state)
{
    (void)state;
    const uint64_t whole = windowed_upload(rig_line_buffers, LOSE_NOTHING, 0);
    const unsigned last = rig_line.requests;
    for (unsigned n = 5; n < last; n++) { /* the last one is for the list */
        assert_in_range(windowed_upload(rig_line_buffers, LOSE_REQUEST, n) - whole, 1, 600);
        assert_true(rig_line.hit);
        rig_expect_not("the device went away");
    }
}

/* A server that holds a single request, whatever it announces: after a few losses hardly any more is sent in vain. */
static void a_server_that_holds_less_than_it_says(void **state)
{
    (void)state;
    const uint64_t single = 42 * 50;
    assert_in_range(windowed_upload(1, LOSE_NOTHING, 0), 1, 2 * single);
    assert_in_range(rig_line.surplus, rig_line_buffers > 2, 12);
}

static void an_adapter_that_drops_for_good(void **state)
{
    (void)state;
    for (unsigned every = 3; every < 12; every++) {
        (void)windowed_upload(rig_line_buffers, LOSE_EVERY_REQUEST, every);
        assert_true(rig_line.hit);
        rig_lose(LOSE_NOTHING, 0);
        assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
    }
}

/* Part of another file is on the device, and the first chunk, which alone names the file, is lost: the device answered
 * the chunks behind it about the other file, and the upload went on in that one. */
static void an_upload_of_another_file_is_not_gone_on_with(void **state)
{
    (void)state;
    for (unsigned n = 2; n < 7; n++) {
        for (unsigned update = 0; update < 2; update++) {
            rig_line_new(FAKE_SOUND);
            rig_line.delay_ms = 40;
            rig_line.signal = SIGINT;
            rig_line.signal_at = 6;
            assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path),
                             CLI_SIGNAL + SIGINT);
            rig_line.signal = 0;
            rig_lose(LOSE_REQUEST, n);
            assert_int_equal(
                rig_command("%s %s" RIG_DEVICE, update ? "update" : "image upload", rig_two_path),
                CLI_DONE);
            rig_expect_not("goes on at");
            if (update)
                rig_expect_two_confirmed();
        }
    }
}

/* All that is under way is lost, and the new program knows nothing of the upload. */
static void a_device_that_reboots_in_the_middle(void **state)
{
    (void)state;
    for (unsigned n = 2; n < 40; n += 3) {
        rig_line_new(FAKE_SOUND);
        rig_line.delay_ms = 40;
        rig_line.reboot_at = n;
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
        rig_line_new(FAKE_SOUND);
        rig_line.delay_ms = 40;
        rig_line.reboot_at = n < 11 ? n : 11; /* before that update's last chunk is answered */
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("update confirmed");
    }
}

/* What was acknowledged counts: chunks under way are waited for, and the device has just what is said. */
static void a_stopped_upload_says_what_the_device_has(void **state)
{
    (void)state;
    for (unsigned n = 6; n < 30; n++) {
        unsigned said = 0, has = 1;
        rig_line_new(FAKE_SOUND);
        rig_line.delay_ms = 40;
        rig_line.signal = SIGINT;
        rig_line.signal_at = n;
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path),
                         CLI_SIGNAL + SIGINT);
        const char *at = strstr(rig_output, "stopped by Ctrl-C: ");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "stopped by Ctrl-C: %u of", &said), 1);
        rig_expect("it goes on at ");
        rig_line.signal = 0;
        rig_line.delay_ms = 1;
        rig_line.handle_ms = 30;
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
        assert_true(rig_line.most_waiting <
                    rig_line_buffers); /* what was sent in vain waits, too */
        at = strstr(rig_output, "the device has ");
        assert_non_null(at);
        assert_int_equal(sscanf(at, "the device has %u of", &has), 1);
        assert_int_equal(has, said);
    }
}

/* The server announces 1,024 bytes but takes fewer. The rest of the session, and a second upload, use the size that
 * was found. */
static void a_server_that_takes_less_than_it_says(void **state)
{
    static const size_t takes[] = {1000, 600, 300};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(takes); i++) {
        rig_line_new(FAKE_SOUND);
        rig_line.delay_ms = 20;
        rig_line.takes = takes[i];
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("the device does not answer larger packets than ");
        rig_expect("though it announces buffers of 1024");
        rig_expect("update confirmed");
        assert_in_range(rig_line.now, 1, 20000);
    }
}

/* Packets do not become smaller because the device is gone. */
static void silence_halves_nothing(void **state)
{
    (void)state;
    rig_line_new(FAKE_SOUND);
    rig_lose(LOSE_REQUESTS_FROM, 5);
    assert_int_equal(rig_command("image upload %s --wait 10" RIG_DEVICE, rig_one_path),
                     CLI_NO_CONNECTION);
    rig_expect_not("larger packets");
    rig_expect("no answer for 5 s; waiting for the device to write, up to 8 s");
    rig_expect("still waiting for tcp 192.0.2.1:5000 (");
}

static void long_work_is_told_every_five_seconds(void **state)
{
    static const struct {
        uint8_t id;
        const char *command, *what;
    } cases[] = {{SMP_IMAGE_ERASE, "image erase", "the device to erase the slot, up to 60 s"},
                 {SMP_IMAGE_UPLOAD, "image upload ", "the device to erase the slot, up to 60 s"}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_line_new(FAKE_SOUND);
        rig_line.slow_id = cases[i].id;
        rig_line.slow_ms = i == 0 ? 17000 : 7000;
        assert_int_equal(
            rig_command("%s%s" RIG_DEVICE, cases[i].command, i == 0 ? "" : rig_two_path), CLI_DONE);
        rig_expect(cli_text("no answer for 5 s; waiting for %s", cases[i].what));
        if (i == 0)
            rig_expect("no answer for 15 s; ");
        cli_release();
    }
}

/* usage: cli_losses_test [TEST]   (a name, with * for any) */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(update_survives_each_lost_request),
        cmocka_unit_test(update_survives_each_lost_answer),
        cmocka_unit_test(update_survives_each_late_answer),
        cmocka_unit_test(update_survives_packets_that_come_twice_or_out_of_order),
        cmocka_unit_test(update_survives_a_line_that_closes_anywhere),
        cmocka_unit_test(update_after_each_silent_exchange),
        cmocka_unit_test(update_after_silence_for_good),
        cmocka_unit_test(a_lost_reset_answer_is_no_failure),
        cmocka_unit_test(what_is_not_known_is_not_claimed),
        cmocka_unit_test(a_reset_is_known_by_its_boot),
        cmocka_unit_test(first_contact_waits),
        cmocka_unit_test(first_contact_that_never_comes_is_named),
        cmocka_unit_test(a_slow_line_is_no_silence),
        cmocka_unit_test(a_lost_chunk_costs_little),
        cmocka_unit_test(a_loss_that_the_console_tells_costs_nothing),
        cmocka_unit_test(the_window_is_what_the_server_holds),
        cmocka_unit_test(a_loss_narrows_the_window_for_a_while),
        cmocka_unit_test(a_server_that_holds_less_than_it_says),
        cmocka_unit_test(an_adapter_that_drops_for_good),
        cmocka_unit_test(an_upload_of_another_file_is_not_gone_on_with),
        cmocka_unit_test(a_device_that_reboots_in_the_middle),
        cmocka_unit_test(a_stopped_upload_says_what_the_device_has),
        cmocka_unit_test(a_server_that_takes_less_than_it_says),
        cmocka_unit_test(silence_halves_nothing),
        cmocka_unit_test(long_work_is_told_every_five_seconds),
    };
    rig_line_buffers = 2;
    int one =
        cmocka_run_group_tests_name("losses, one chunk at a time", tests, rig_line_set_up, NULL);
    rig_line_buffers = 4;
    int three =
        cmocka_run_group_tests_name("losses, three chunks under way", tests, NULL, rig_folder_end);
    return one + three;
}
