/* Tests of commands to serial recovery, ours and MCUboot's: known for what it is, left with an image that runs, and
 * entered by a reset. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "testing/client/rig_line.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

static const enum fake_habit recoveries[] = {FAKE_RECOVERY, FAKE_MCUBOOT_RECOVERY,
                                             FAKE_MCUBOOT_STATES};

static void an_update_leads_out_of_recovery(void **state)
{
    (void)state;
    static const enum fake_framing framings[] = {FAKE_FRAMES_STRICT, FAKE_RAW_PACKETS};
    for (size_t i = 0; i < ARRAY_LEN(recoveries) * ARRAY_LEN(framings); i++) {
        rig_line_behind(framings[i % 2], recoveries[i / 2]);
        assert_int_equal(rig_command("update %s --no-confirm" RIG_DEVICE, rig_two_path),
                         CLI_REFUSED);
        rig_expect("error: serial recovery has no test boot");
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("running  no image, but serial recovery: its image list is empty, without "
                   "splitStatus, and it has neither os info nor bootloader info\n");
        rig_expect("upload   slot 0 holds version 2.0.0\n");
        rig_expect("running  2.0.0 in slot 0, confirmed\n");
        rig_expect("update confirmed\n");
        rig_expect_two_confirmed();
    }
}

/* Over an older image, which the list shows: by its flags, or by none. */
static void an_update_replaces_what_recovery_holds(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(recoveries); i++) {
        rig_line_new(recoveries[i]);
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_one_path), CLI_DONE);
        rig_expect("it has written the image to its first slot: slipway reset starts it\n");
        assert_int_equal(rig_command("update %s --json" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect("\"previous_version\": \"1.0.0\"");
        rig_expect("\"recovery\": true");
        rig_expect_two_confirmed();
    }
}

static void commands_name_recovery(void **state)
{
    (void)state;
    static const char *const refused[] = {"info", "bootloader", "image slots", "image confirm"};
    for (size_t i = 0; i < ARRAY_LEN(recoveries); i++) {
        const char *evidence = recoveries[i] == FAKE_MCUBOOT_STATES
                                   ? "this is serial recovery: its image list has no splitStatus, "
                                     "and it takes the console echo command"
                                   : "this is serial recovery: its image list has no flags";
        rig_line_new(recoveries[i]);
        assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect(evidence);
        for (size_t k = 0; k < ARRAY_LEN(refused); k++) {
            assert_int_equal(rig_command("%s" RIG_DEVICE, refused[k]), CLI_REFUSED);
            rig_expect("MGMT_ERR_ENOTSUP (rc 8)");
            rig_expect(evidence);
            rig_expect("next: slipway update IMAGE brings an image in");
        }
        assert_int_equal(rig_command("image list" RIG_DEVICE), CLI_DONE);
        rig_expect(evidence);
        rig_expect_not("not-bootable");
        assert_int_equal(rig_command("image list --json" RIG_DEVICE), CLI_DONE);
        rig_expect("\"recovery\": true");
        rig_expect_not("\"bootable\": false");
    }
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("image list --json" RIG_DEVICE), CLI_DONE);
    rig_expect("\"recovery\": false");
    assert_int_equal(rig_line.requests, 2); /* an application's list needs no more questions */
}

/* All of it is error 3 there. */
static void what_recovery_means_by_an_error(void **state)
{
    (void)state;
    rig_line_new(FAKE_MCUBOOT_RECOVERY);
    assert_int_equal(rig_command("image upload %s" RIG_DEVICE, rig_large_path), CLI_REFUSED);
    rig_expect("MGMT_ERR_EINVAL (rc 3)");
    rig_expect("evidence: this is serial recovery: ");
    rig_expect("evidence: by 3 it also says that an image is too large for its slot");
    rig_expect("next: slipway layout show says what fits the slot");
}

/* As MCUboot's with states it leaves splitStatus out, and refuses the same commands. */
static void a_server_that_saves_bytes_is_no_recovery(void **state)
{
    (void)state;
    rig_line_new(FAKE_FRUGAL);
    assert_int_equal(rig_command("info" RIG_DEVICE), CLI_REFUSED);
    rig_expect_not("serial recovery");
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect_not("serial recovery");
    rig_expect("running  2.0.0 in slot 0, not confirmed");
    rig_expect_two_confirmed();
}

static void recovery_that_stays_is_named(void **state)
{
    (void)state;
    rig_line_new(FAKE_RECOVERY_KEPT);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_REFUSED);
    rig_expect("error: after the reset it is serial recovery that answers, no image\n"
               "  evidence: this is serial recovery: its image list has no flags\n"
               "  evidence: its list has 2.0.0\n");
    rig_expect("next: slipway verify -k PUBLIC_KEY IMAGE: is it signed");
    rig_expect("button or pin is held");
}

static void update_in_recovery_over_a_lossy_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * ARRAY_LEN(recoveries); i++) {
        for (unsigned n = 1;; n++) {
            rig_line_new(recoveries[i / 2]);
            rig_lose(i % 2 == 0 ? LOSE_REQUEST : LOSE_ANSWER, n);
            int code = rig_command("update %s --wait 20" RIG_DEVICE, rig_two_path);
            if (code != CLI_DONE)
                fail_msg("recovery %zu, %s %u: %s", i / 2, rig_loss_names[rig_line.loss], n,
                         rig_output);
            if (!rig_line.hit)
                break;
            rig_expect_two_confirmed();
        }
    }
}

/* A bootloader that waits for a request at each start takes our echoes for one: then the reset is repeated, and nothing is
 * sent until the image has been started. */
static void a_window_for_recovery_is_left_in_silence(void **state)
{
    (void)state;
    rig_line_new(FAKE_DFU_WINDOW);
    rig_line.listens_at_once = true;
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("reset    it is serial recovery that answers; once more, and in silence\n");
    rig_expect("update confirmed\n");
    rig_expect_two_confirmed();
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" RIG_DEVICE), CLI_DONE);
    rig_expect("the device is back, in serial recovery: its image list has no flags\n");
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_one_path), CLI_DONE);
    rig_expect("running  1.0.0 in slot 0, confirmed\n");
}

static void a_reset_leads_into_recovery(void **state)
{
    (void)state;
    rig_line_new(FAKE_SOUND);
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" RIG_DEVICE), CLI_DONE);
    rig_expect("the device is back, in serial recovery: its image list has no flags\n");
    assert_int_equal(rig_command("reset --wait 20" RIG_DEVICE), CLI_DONE);
    rig_expect("the device is back\n");
    rig_line_new(FAKE_OLD_SERVER);
    assert_int_equal(rig_command("reset --boot-mode 1 --wait 20" RIG_DEVICE), CLI_REFUSED);
    rig_expect("error: the device is back, but not in serial recovery\n");
    assert_int_equal(rig_command("reset --boot-mode 256" RIG_DEVICE), CLI_USAGE);
}

/* usage: cli_recovery_test [TEST]   (a name, with * for any) */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_update_leads_out_of_recovery),
        cmocka_unit_test(an_update_replaces_what_recovery_holds),
        cmocka_unit_test(commands_name_recovery),
        cmocka_unit_test(what_recovery_means_by_an_error),
        cmocka_unit_test(a_server_that_saves_bytes_is_no_recovery),
        cmocka_unit_test(recovery_that_stays_is_named),
        cmocka_unit_test(update_in_recovery_over_a_lossy_line),
        cmocka_unit_test(a_window_for_recovery_is_left_in_silence),
        cmocka_unit_test(a_reset_leads_into_recovery),
    };
    return cmocka_run_group_tests_name("recovery", tests, rig_line_set_up, rig_folder_end);
}
