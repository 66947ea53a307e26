/* Tests of `slipway update` to devices that hold something already: the image, an older one, one on trial, one that is
 * marked by mistake; and to images that do not keep running. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "host/cli/core/cli.h"
#include "host/client/image_print.h"
#include "testing/client/rig_line.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static void to_two(enum fake_habit habit)
{
    rig_line_new(habit);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
}

/* Swap using offset has moved 1.0.0 to where it does not look for a new image. */
static void back_to_the_previous_image(void **state)
{
    (void)state;
    to_two(FAKE_SOUND);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_one_path), CLI_DONE);
    rig_expect_not("not needed");
    rig_expect("upload   slot 1 holds version 1.0.0");
    rig_expect("update confirmed");
}

/* Swap using move finds it where it is, and the device says so. */
static void an_image_at_its_place_is_not_sent(void **state)
{
    (void)state;
    to_two(FAKE_SWAP_MOVE);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_one_path), CLI_DONE);
    rig_expect("upload   not needed: slot 1 holds the image");
    rig_expect_not("upload 100 %");
    rig_expect("update confirmed");
}

/* The device answers that it holds the whole image. */
static void an_upload_that_is_there_is_not_repeated(void **state)
{
    (void)state;
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("\nuploaded 2.0.0");
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("upload not needed: the device holds 2.0.0");
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("upload   not needed: slot 1 holds the image");
    rig_expect_not("upload 100 %");
    rig_expect("update confirmed");
}

static void an_image_that_is_not_bootable_is_sent_again(void **state)
{
    (void)state;
    rig_line_new(FAKE_NOT_BOOTABLE);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
    rig_expect("2.0.0         not-bootable          ");
    rig_expect(
        "slot 1: the bootloader does not look for an image where 2.0.0 lies; to run it, upload it: "
        "slipway update");
    assert_int_equal(rig_command("image test %s" RIG_DEVICE, rig_two_path), CLI_REFUSED);
    rig_expect("evidence: slot 1: the bootloader does not look for an image where 2.0.0 lies");
    rig_expect("next: slipway image upload IMAGE");
    rig_lose(LOSE_NOTHING, 0);
    assert_int_equal(rig_command("update %s --no-confirm" RIG_DEVICE, rig_two_path), CLI_DONE);
    const char *not_needed =
        strstr(rig_output, "upload   not needed"); /* said by the device, once */
    assert_non_null(not_needed);
    assert_null(strstr(not_needed + 1, "upload   not needed"));
}

static void another_image_that_is_marked_is_taken_back(void **state)
{
    (void)state;
    rig_line_new(FAKE_MARKS_LEFTOVER);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("test     the device marked another image instead: 1.0.0 in slot 1; taking it back");
    rig_expect("update confirmed");
    rig_expect_two_confirmed();
}

static void another_image_that_stays_marked_is_named(void **state)
{
    (void)state;
    rig_line_new(FAKE_LEFTOVER_STAYS);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_REFUSED);
    rig_expect("error: another image than the new one is pending\n"
               "  evidence: asked for was 2.0.0; the list has 1.0.0 in slot 1 as pending\n"
               "  evidence: the device refused to erase the slot: IMG_MGMT_ERR_NO_FREE_SLOT\n"
               "  next: slipway reset starts 1.0.0, and a second one goes back; then slipway "
               "update again\n");
}

/* A trial that ends before the client looks is not a refusal of the bootloader; without a console the two cannot be
 * distinguished. */
static void an_image_that_went_back_was_started(void **state)
{
    (void)state;
    for (unsigned has_console = 0; has_console < 2; has_console++) {
        rig_line_new(FAKE_SOUND);
        rig_line.has_console = has_console;
        rig_line.boots_twice = true;
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_REFUSED);
        rig_expect(
            has_console
                ? "error: the new image was started, and the device went back to the old one\n"
                : "error: the new image does not run after the reset; the old one does\n");
    }
}

/* Zephyr does not clear the reset flags: once the watchdog has reset the device, the boot after the update's own reset has
 * both causes. */
static void the_updates_own_reset_is_not_the_watchdogs(void **state)
{
    (void)state;
    rig_line_new(FAKE_SOUND);
    rig_line.cause = "<inf> mcuboot: Reset: watchdog or software\n";
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect_not("reset    the watchdog");
}

/* An image that does not feed the watchdog: our bootloader's line says so, while the update waits. */
static void a_reset_by_the_watchdog_is_told(void **state)
{
    static const char *const told[] = {
        NULL, "reset    the watchdog has reset the device: ",
        "reset    the watchdog (or the image itself, by software) has reset the device: "};
    (void)state;
    static const char *const causes[] = {"<inf> mcuboot: Reset: software\n",
                                         "<inf> mcuboot: Reset: watchdog\n",
                                         "<inf> mcuboot: Reset: watchdog or software\n"};
    for (unsigned watchdog = 0; watchdog < ARRAY_LEN(causes); watchdog++) {
        rig_line_new(FAKE_SOUND);
        rig_line.boots_twice = true;
        rig_line.cause = causes[watchdog];
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_REFUSED);
        rig_expect("error: the new image was started, and the device went back to the old one\n");
        if (!watchdog) {
            rig_expect_not("reset    the watchdog");
            continue;
        }
        const char *said = told[watchdog];
        rig_expect(said);
        assert_null(strstr(strstr(rig_output, said) + 1, said)); /* once */
        rig_expect(
            "next: feed the watchdog in the application, or build the bootloader without it");
    }
}

/* The server refuses the first packet, because the other slot holds the way back. */
static void an_upload_beside_a_trial_says_so(void **state)
{
    (void)state;
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("update %s --no-confirm" RIG_DEVICE, rig_two_path), CLI_DONE);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_REFUSED);
    rig_expect("error: the running image is itself on trial\n");
    rig_expect("2.0.0 is not confirmed; the other slot holds the image to go back to");
    rig_expect("the device answered IMG_MGMT_ERR_NO_FREE_SLOT");
    rig_expect("next: slipway image confirm keeps it; slipway reset goes back");
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_one_path), CLI_REFUSED);
    rig_expect("error: the running image is itself on trial\n");
    assert_int_equal(rig_command("image confirm" RIG_DEVICE), CLI_DONE);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
}

/* ---- words for what the bootloader does ---- */

/* Of every device it was said that the next boot swaps, and that what is not confirmed goes back. */
static void words_for_what_the_bootloader_does(void **state)
{
    static const struct {
        enum fake_habit habit;
        const char *next, *running, *end;
    } cases[] = {
        {FAKE_SOUND, "test     the next boot swaps to 2.0.0\n",
         "running  2.0.0 in slot 0, not confirmed: it goes back at the next reset\n",
         "update tested, not confirmed: the next reset goes back to 1.0.0\n"},
        {FAKE_OVERWRITE,
         "test     the next boot copies 2.0.0 over the running image: there is no way back\n",
         "running  2.0.0 in slot 0, confirmed\n",
         "update tested; the device lists it as confirmed by itself: it does not go back\n"},
        {FAKE_DIRECT_XIP, "test     the next boot starts 2.0.0 in slot 1, where it is\n",
         "running  2.0.0 in slot 1, not confirmed: it goes back at the next reset\n",
         "update tested, not confirmed: the next reset goes back to 1.0.0\n"},
        {FAKE_FRUGAL, "test     the next boot tries 2.0.0\n",
         "running  2.0.0 in slot 0, not confirmed: it may go back at the next reset\n",
         "update tested, not confirmed: the next reset may go back to 1.0.0\n"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_line_new(cases[i].habit);
        assert_int_equal(rig_command("update %s --no-confirm" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect(cases[i].next);
        rig_expect(cases[i].running);
        rig_expect(cases[i].end);
        if (cases[i].habit != FAKE_SOUND)
            rig_expect_not("boot swaps");
        rig_line_new(cases[i].habit);
        assert_int_equal(rig_command("update %s --permanent" RIG_DEVICE, rig_two_path), CLI_DONE);
        if (cases[i].habit != FAKE_OVERWRITE)
            rig_expect("permanently\n");
    }
    static const struct {
        int mode;
        const char *next;
        enum goes_back goes_back;
    } modes[] = {
        {0, "the next boot tries 9.9.9", GOES_BACK_NEVER},
        {1, "the next boot swaps to 9.9.9", GOES_BACK},
        {4, "the next boot starts 9.9.9 in slot 3, where it is", GOES_BACK_NEVER},
        {6, "the next boot loads 9.9.9 from slot 3 into RAM and starts it", GOES_BACK_PERHAPS},
        {77, "the next boot tries 9.9.9", GOES_BACK_PERHAPS}};
    const struct smp_image_state s = {.slot = 3, .version = "9.9.9"};
    for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
        assert_string_equal(image_next_boot_text(modes[i].mode, &s), modes[i].next);
        assert_int_equal(image_goes_back(modes[i].mode), modes[i].goes_back);
    }
}

/* ---- stopped by a signal ---- */

/* It was lost to SIGINT, and the next run's bar began at 0 and counted what was there as sent now. */
static void a_stopped_upload_goes_on_where_it_was(void **state)
{
    static const struct {
        int signal;
        const char *by;
    } cases[] = {{SIGINT, "Ctrl-C"}, {SIGTERM, "SIGTERM"}};
    (void)state;
    for (unsigned update = 0; update < 2; update++)
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
            const char *command = update ? "update" : "image upload";
            signal(cases[i].signal, SIG_DFL); /* who runs the tests may have it ignored */
            rig_line_new(FAKE_SOUND);
            rig_line.delay_ms = 100;
            rig_line.signal = cases[i].signal;
            rig_line.signal_at = update ? 10 : 6;
            assert_int_equal(rig_command("%s %s" RIG_DEVICE, command, rig_two_path),
                             CLI_SIGNAL + cases[i].signal);
            unsigned off, len, part;
            const char *text = strstr(rig_output, cli_text("error: stopped by %s: ", cases[i].by));
            assert_non_null(text);
            assert_int_equal(sscanf(strchr(text, ':') + 1,
                                    " stopped by %*[^:]: %u of %u bytes are uploaded (%u %%)", &off,
                                    &len, &part),
                             3);
            assert_int_equal(part, (uint64_t)off * 100 / len);
            rig_expect(
                cli_text("next: run the same command again: it goes on at %u %%, or from the "
                         "start if the device was reset in between\n",
                         part));
            rig_line.signal = 0;
            assert_int_equal(rig_command("%s %s" RIG_DEVICE, command, rig_two_path), CLI_DONE);
            rig_expect(cli_text("the device has %u of %u bytes: the upload goes on at %u %%\n", off,
                                len, part));
            rig_expect_not("upload   0 %");
            /* Less than a kilobyte in each 100 ms, of which one was lost to the first question. */
            double rate;
            text = strstr(rig_output, "KB  ");
            assert_non_null(text);
            assert_int_equal(sscanf(text, "KB  %lf KB/s", &rate), 1);
            assert_true(rate < 10);
        }
}

static void a_stop_before_the_first_answer(void **state)
{
    (void)state;
    signal(SIGINT, SIG_DFL);
    rig_line_new(FAKE_SOUND);
    rig_line.signal = SIGINT;
    rig_line.signal_at = 2; /* behind the question for the buffers */
    rig_line.slow_id = SMP_IMAGE_UPLOAD;
    rig_line.slow_ms = 30000; /* the erase */
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_SIGNAL + SIGINT);
    rig_expect("error: stopped by Ctrl-C: the device has not answered the first packet\n");
    rig_expect("  next: run the same command again\n");
    assert_true(rig_line.now < 3000); /* the program's patience, not the machine's */
}

/* What the device has is not known then; and it is not waited for. */
static void a_stop_of_a_device_that_is_silent(void **state)
{
    static const struct {
        enum rig_loss loss;
        unsigned signal_at;
        uint64_t ms; /* by then it has ended */
    } cases[] = {{LOSE_REQUESTS_FROM, 6, 5000},
                 {LOSE_LINE_CLOSED, 6, 5000},
                 {LOSE_REQUESTS_FROM, 80, 60000}}; /* while the device is waited for */
    (void)state;
    signal(SIGINT, SIG_DFL);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        rig_line_new(FAKE_SOUND);
        rig_lose(cases[i].loss, 6);
        rig_line.signal = SIGINT;
        rig_line.signal_at = cases[i].signal_at;
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path),
                         CLI_SIGNAL + SIGINT);
        rig_expect("  evidence: the device did not answer what was sent last\n"
                   "  next: run the same command again: the device says where it goes on\n");
        assert_true(rig_line.now < cases[i].ms);
    }
}

/* Serial recovery knows no hash: no promise. */
static void a_stopped_upload_into_recovery_begins_anew(void **state)
{
    static const enum fake_habit habits[] = {FAKE_RECOVERY, FAKE_MCUBOOT_RECOVERY};
    (void)state;
    signal(SIGINT, SIG_DFL);
    for (size_t i = 0; i < ARRAY_LEN(habits); i++) {
        rig_line_new(habits[i]);
        rig_line.signal = SIGINT;
        rig_line.signal_at = 9;
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_SIGNAL + SIGINT);
        rig_expect("error: stopped by Ctrl-C: ");
        rig_expect("next: run the same command again: serial recovery begins anew, at 0 %\n");
        rig_expect("next: until an upload is complete, slot 0 holds a part of an image");
        rig_line.signal = 0;
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect_not("goes on at");
        rig_expect("upload   0 %");
    }
}

static void a_signal_with_the_last_answer_counts(void **state)
{
    (void)state;
    signal(SIGINT, SIG_DFL);
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    unsigned requests = rig_line.requests;
    rig_line_new(FAKE_SOUND);
    rig_line.signal = SIGINT;
    rig_line.signal_at = requests - 1; /* the last one is for the list */
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_SIGNAL + SIGINT);
    rig_expect("error: stopped by Ctrl-C: the upload is complete\n");
}

/* ---- packages ---- */

static const char *beside_two(const char *name)
{
    static char path[8][100];
    static unsigned n;
    char *p = path[n++ % ARRAY_LEN(path)];
    snprintf(p, sizeof path[0], "%.*s/%s", (int)(strrchr(rig_two_path, '/') - rig_two_path),
             rig_two_path, name);
    return p;
}

/* Of a program of this version, linked for each slot; or of one that is copied. */
static void make_package(const char *version, bool in_place)
{
    static const char program[2000] = {0x5a};
    rig_save(beside_two("program"), (const uint8_t *)program, sizeof program);
    for (unsigned i = 0; i < 2; i++) {
        const char *place = !in_place ? "" : i == 0 ? " --rom-fixed 0x1000" : " --rom-fixed 0x8000";
        assert_int_equal(rig_command("sign -v %s -H 0x20 --pad-header -S 0xe0000%s %s %s", version,
                                     place, beside_two("program"),
                                     beside_two(i == 0 ? "a.bin" : "b.bin")),
                         CLI_DONE);
    }
    assert_int_equal(rig_command("package %s %s %s", beside_two("a.bin"),
                                 in_place ? beside_two("b.bin") : "", beside_two("p.zip")),
                     CLI_DONE);
}

static void drop_package(void)
{
    static const char *const names[] = {"program", "a.bin", "b.bin", "p.zip"};
    for (unsigned i = 0; i < ARRAY_LEN(names); i++)
        unlink(beside_two(names[i]));
}

static void a_package_sends_the_half_for_the_free_slot(void **state)
{
    static const char *const half[] = {"a.bin, 2072 bytes, linked for the first slot\n",
                                       "b.bin, 2072 bytes, linked for the second slot\n"};
    (void)state;
    rig_line_new(FAKE_DIRECT_XIP);
    for (unsigned n = 2; n <= 4; n++) {
        char version[10];
        snprintf(version, sizeof version, "%u.0.0", n);
        make_package(version, true);
        assert_int_equal(rig_command("update %s --no-confirm" RIG_DEVICE, beside_two("p.zip")),
                         CLI_DONE);
        rig_expect(half[n % 2 == 0]);
        rig_expect_not(half[n % 2]);
        rig_expect("update tested");
        assert_int_equal(rig_command("update %s" RIG_DEVICE, beside_two("p.zip")), CLI_DONE);
        rig_expect(half[n % 2 ==
                        0]); /* the one that runs: it is confirmed, and the other one is not sent */
        rig_expect_not("upload  ");
        rig_expect("update confirmed");
        assert_int_equal(rig_command("update %s" RIG_DEVICE, beside_two("p.zip")), CLI_REFUSED);
        rig_expect("the device already runs this image, confirmed");
    }
    drop_package();
}

static void a_package_for_another_bootloader_is_refused(void **state)
{
    (void)state;
    make_package("2.0.0", true);
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, beside_two("p.zip")), CLI_REFUSED);
    rig_expect("error: the package is not for this device's bootloader\n"
               "  evidence: its images run in the slot that they are in (direct-XIP); the device's "
               "mode is swap using offset\n");
    rig_expect_not("upload  ");
    assert_int_equal(rig_command("update %s --image 1" RIG_DEVICE, beside_two("p.zip")),
                     CLI_REFUSED);
    rig_expect("p.zip' has nothing for image 1\n  evidence: it has files of image 0\n");
    make_package("2.0.0", false);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, beside_two("p.zip")), CLI_DONE);
    rig_expect("a.bin, 2072 bytes\n");
    rig_expect("update confirmed");
    rig_expect_two_confirmed();
    drop_package();
}

/* Serial recovery writes to the first slot. */
static void recovery_gets_the_half_for_the_first_slot(void **state)
{
    (void)state;
    make_package("2.0.0", true);
    rig_line_new(FAKE_RECOVERY);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, beside_two("p.zip")), CLI_DONE);
    rig_expect("a.bin, 2072 bytes, linked for the first slot\n");
    rig_expect_two_confirmed();
    drop_package();
}

/* usage: cli_update_test [TEST]   (a name, with * for any) */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(back_to_the_previous_image),
        cmocka_unit_test(an_image_at_its_place_is_not_sent),
        cmocka_unit_test(an_upload_that_is_there_is_not_repeated),
        cmocka_unit_test(an_image_that_is_not_bootable_is_sent_again),
        cmocka_unit_test(another_image_that_is_marked_is_taken_back),
        cmocka_unit_test(another_image_that_stays_marked_is_named),
        cmocka_unit_test(an_image_that_went_back_was_started),
        cmocka_unit_test(the_updates_own_reset_is_not_the_watchdogs),
        cmocka_unit_test(a_reset_by_the_watchdog_is_told),
        cmocka_unit_test(an_upload_beside_a_trial_says_so),
        cmocka_unit_test(words_for_what_the_bootloader_does),
        cmocka_unit_test(a_stopped_upload_goes_on_where_it_was),
        cmocka_unit_test(a_stop_before_the_first_answer),
        cmocka_unit_test(a_stop_of_a_device_that_is_silent),
        cmocka_unit_test(a_stopped_upload_into_recovery_begins_anew),
        cmocka_unit_test(a_signal_with_the_last_answer_counts),
        cmocka_unit_test(a_package_sends_the_half_for_the_free_slot),
        cmocka_unit_test(a_package_for_another_bootloader_is_refused),
        cmocka_unit_test(recovery_gets_the_half_for_the_first_slot),
    };
    return cmocka_run_group_tests_name("update", tests, rig_line_set_up, rig_folder_end);
}
