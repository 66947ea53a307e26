/* Tests of commands behind lines of different framing: console frames, Zephyr's shell, raw packets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host/cli/core/cli.h"
#include "testing/client/rig_line.h"
#include "testing/rig_command.h"
#include "testing/rig_folder.h"

/* It took a frame only where a piece of input began with it: our line feed in front lost the first request of each command,
 * 2.5 s each time. */
static void a_shell_loses_no_request(void **state)
{
    (void)state;
    static const char *const commands[] = {"echo hello", "params", "image list", "reset --wait 10"};
    for (size_t i = 0; i < 2 * ARRAY_LEN(commands); i++) {
        rig_line_behind(FAKE_SHELL_FRAMES, FAKE_SOUND);
        rig_line.has_console = i % 2 == 0;
        rig_line.off_until = rig_line.has_console ? 0 : 4000; /* raw packets are tried meanwhile */
        assert_int_equal(rig_command("%s" RIG_DEVICE, commands[i / 2]), CLI_DONE);
        assert_int_equal(rig_line.wire.lost, 0);
    }
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("update confirmed\n");
}

/* What a terminal has left on the line costs one request, and half a second. The line feed and the frame behind it are two
 * pieces of input, even for a shell that has lost the first. */
static void the_rest_of_a_line_is_ended(void **state)
{
    (void)state;
    static const enum fake_framing framings[] = {FAKE_FRAMES_STRICT, FAKE_SHELL_FRAMES};
    for (size_t i = 0; i < ARRAY_LEN(framings); i++) {
        rig_line_behind(framings[i], FAKE_SOUND);
        fake_wire_take(&rig_line.wire, "AT\r", 3);
        assert_int_equal(rig_command("echo hello" RIG_DEVICE), CLI_DONE);
        assert_int_equal(rig_line.wire.lost, framings[i] == FAKE_FRAMES_STRICT);
        assert_in_range(rig_line.now, 0, 600);
    }
}

static void raw_packets_are_found_out(void **state)
{
    (void)state;
    rig_line_behind(FAKE_RAW_PACKETS, FAKE_SOUND);
    assert_int_equal(rig_command("echo hello" RIG_DEVICE), CLI_DONE);
    rig_expect("no answer in console framing, but to raw packets");
    assert_in_range(rig_line.now, 0, 5000);
    uint64_t start = rig_line.now;
    assert_int_equal(rig_command("echo hello --raw" RIG_DEVICE), CLI_DONE);
    rig_expect_not("no answer");
    assert_int_equal(rig_line.now, start);
    assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("update confirmed\n");
    rig_line_behind(FAKE_RAW_PACKETS, FAKE_SOUND);
    assert_int_equal(rig_command("update %s --raw --wait 20" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_line_behind(FAKE_RAW_PACKETS, FAKE_SOUND);
    rig_line.off_until = 7000;
    assert_int_equal(rig_command("update %s --wait 20" RIG_DEVICE, rig_two_path), CLI_DONE);
    rig_expect("but to raw packets");
    rig_line_behind(FAKE_RAW_PACKETS,
                    FAKE_SOUND); /* somebody has asked in frames, and was stopped */
    fake_wire_take(&rig_line.wire, "\006\011AAsIAAABAAADBqAqQw==\n", 23);
    assert_int_equal(rig_command("echo hello --raw" RIG_DEVICE), CLI_DONE);
    rig_line_behind(FAKE_FRAMES, FAKE_SOUND);
    assert_int_equal(rig_command("echo hello --raw" RIG_DEVICE), CLI_NO_CONNECTION);
    rig_expect("next: leave --raw out");
    assert_int_equal(rig_command("echo hello --raw --udp 192.0.2.1"), CLI_USAGE);
    rig_expect("--raw is for serial lines");
}

/* The application speaks raw packets, and after the reset a bootloader's recovery console frames. */
static void the_framing_may_change_with_a_reset(void **state)
{
    (void)state;
    for (unsigned back = 0; back < 2; back++) {
        rig_line_behind(back ? FAKE_FRAMES : FAKE_RAW_PACKETS, FAKE_SOUND);
        rig_line.has_console = false;
        rig_line.framing_after_reset = back ? FAKE_RAW_PACKETS : FAKE_FRAMES_STRICT;
        rig_line.framing_changes = true;
        assert_int_equal(rig_command("update %s" RIG_DEVICE, rig_two_path), CLI_DONE);
        rig_expect(back ? "no answer in console framing, but to raw packets"
                        : "no answer to raw packets, but in console framing");
    }
}

/* usage: cli_framing_test [TEST]   (a name, with * for any) */
int main(int argc, char **argv)
{
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_shell_loses_no_request),
        cmocka_unit_test(the_rest_of_a_line_is_ended),
        cmocka_unit_test(raw_packets_are_found_out),
        cmocka_unit_test(the_framing_may_change_with_a_reset),
    };
    rig_line_buffers = 4; /* several chunks in a row, but for raw packets */
    return cmocka_run_group_tests_name("framing", tests, rig_line_set_up, rig_folder_end);
}
