/* Applications whose writes are shut until the board's button is pressed (CONFIG_APP_WRITES_BUTTON), or whose own rule
 * says busy while it is held (CONFIG_APP_WRITES_HOOK). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/wire/errors.h"
#include "testing/system/rig_firmware.h"

#define BUTTON "nucleo_h753zi-button"
#define HOOK   "nucleo_h753zi-hook"
#define SECOND 1000000000ull

static void expect_said(const struct rig *r, size_t from, const char *line)
{
    if (!rig_said(r, line, from))
        fail_msg("not \"%s\":\n%s", line, r->console + from);
}

/* The command "uptime" of group shell. Returns the length of the answer. */
static size_t exec_uptime(struct rig *r, uint8_t answer[64])
{
    static const uint8_t request[] = {0x0a, 0,   0,   14,   0,    9,   44,  0,   0xa1, 0x64, 'a',
                                      'r',  'g', 'v', 0x81, 0x66, 'u', 'p', 't', 'i',  'm',  'e'};
    size_t len = 0;
    assert_int_equal(r->link.link.send(&r->link.link, request, sizeof request), ERR_OK);
    assert_int_equal(r->link.link.recv(&r->link.link, answer, 64, &len, 1000), ERR_OK);
    return len;
}

static void expect_shut(struct rig *r)
{
    uint8_t answer[64];
    size_t from = r->console_len;
    assert_int_equal(smp_image_erase(&r->client, 1), ERR_PEER);
    assert_int_equal(r->client.error.group, -1);
    assert_int_equal(r->client.error.rc, MGMT_ERR_EACCESSDENIED);
    expect_said(r, from,
                "<wrn> app: img mgmt, command 5: write denied; press the button first\r\n");
    assert_int_equal(smp_reset(&r->client, false), ERR_PEER);
    assert_int_equal(r->client.error.rc, MGMT_ERR_EACCESSDENIED);
    expect_said(r, from, "<wrn> app: os mgmt, command 5: write denied; press the button first\r\n");
    assert_int_equal(exec_uptime(r, answer), 14);
    assert_memory_equal(answer + 8, "\xbf\x62rc\x0b\xff", 6);
    expect_said(r, from,
                "<wrn> app: shell mgmt, command 0: write denied; press the button first\r\n");
}

static void expect_open(struct rig *r)
{
    uint8_t answer[64];
    char reply[32];
    assert_true(exec_uptime(r, answer) > 14);
    assert_int_equal(smp_echo(&r->client, "still there", reply, sizeof reply), ERR_OK);
    assert_int_equal(smp_image_erase(&r->client, 1), ERR_OK);
}

static void press(struct rig *r)
{
    size_t from = r->console_len;
    rig_hold_button(r, true);
    assert_true(rig_run_until(r, "app: button: writes are open for 120 s\r\n", from, SECOND));
    rig_hold_button(r, false);
}

static void an_update_needs_the_button(void **state)
{
    (void)state;
    struct rig *r = rig_new(BUTTON, VBOARD_TIMING_FAST, 1);
    struct rig_file v2 = rig_file("tests/" BUTTON "-2.0.0.bin");
    rig_boot(r);
    expect_shut(r);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    press(r);
    expect_open(r);
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    rig_expect_slot(r, 0, "2.0.0", true, false);
    size_t from = r->console_len;
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_PEER);
    assert_int_equal(r->client.error.rc, MGMT_ERR_EACCESSDENIED);
    assert_true(rig_said(r, "img mgmt, command 0: write denied", from));
    press(r);
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
    rig_expect_slot(r, 0, "2.0.0", true, true);
    rig_expect_no_lint(r);
    rig_free(r);
    free(v2.data);
}

static void the_window_closes(void **state)
{
    (void)state;
    struct rig *r = rig_new(BUTTON, VBOARD_TIMING_FAST, 1);
    rig_boot(r);
    press(r);
    assert_false(rig_run_until(r, "never", r->console_len, 118 * SECOND));
    expect_open(r);
    assert_false(rig_run_until(r, "never", r->console_len, 3 * SECOND));
    expect_shut(r);
    rig_expect_no_lint(r);
    rig_free(r);
}

static void a_busy_application_is_left_alone(void **state)
{
    (void)state;
    struct rig *r = rig_new(HOOK, VBOARD_TIMING_FAST, 1);
    uint8_t answer[64];
    rig_boot(r);
    expect_open(r);
    rig_hold_button(r, true);
    size_t from = r->console_len;
    assert_int_equal(smp_image_erase(&r->client, 1), ERR_PEER);
    assert_int_equal(r->client.error.group, -1);
    assert_int_equal(r->client.error.rc, MGMT_ERR_EBUSY);
    expect_said(
        r, from,
        "<wrn> app: img mgmt, command 5: write denied for now; the application is busy\r\n");
    rig_expect_slot(r, 0, "1.0.0", true, true);
    assert_int_equal(exec_uptime(r, answer), 14);
    assert_memory_equal(answer + 8, "\xbf\x62rc\x0a\xff", 6);
    rig_hold_button(r, false);
    expect_open(r);
    rig_expect_no_lint(r);
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_busy_application_is_left_alone),
        cmocka_unit_test(an_update_needs_the_button),
        cmocka_unit_test(the_window_closes),
    };
    return cmocka_run_group_tests_name("button", tests, NULL, NULL);
}
