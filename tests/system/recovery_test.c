/* Serial recovery in the real bootloader: every way in, and a board with nothing to boot that comes back.
 *
 * usage: system_recovery [BOOTLOADER_ELF] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/system/rig_firmware.h"

#define DEFAULT "nucleo_h753zi"
#define READY   "SMP server ready"
#define MINUTE  (60ull * 1000000000ull)

static const char *elf = "tests/nucleo_h753zi-recovery/bootloader.elf";

static struct rig *board(void)
{
    char why[200] = "";
    struct rig *r = rig_new(DEFAULT, VBOARD_TIMING_FAST, 1);
    if (vboard_load(r->board, elf, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s: %s", elf, why);
    return r;
}

static void brick(struct rig *r)
{
    static const uint8_t zeros[SECTOR];
    for (uint32_t at = 0; at < 14 * SECTOR; at += SECTOR)
        vboard_flash_poke(r->board, SLOT0 + at, zeros, sizeof zeros);
    vboard_flash_spoil(r->board, SLOT0);
    vboard_flash_spoil(r->board, SLOT1);
}

static void expect_boot(struct rig *r, size_t from, const char *banner)
{
    if (!rig_run_until(r, READY, from, 2 * MINUTE) || !rig_said(r, banner, from))
        fail_msg("not \"%s\":\n%s", banner, r->console + from);
}

static void bricked_board_comes_back(void **state)
{
    static uint8_t have[7 * SECTOR];
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = board();
    char reply[32];
    (void)state;
    brick(r);
    vboard_power_on(r->board);
    rig_wait_recovery(r, 0);
    assert_int_equal(smp_echo(&r->client, "anybody?", reply, sizeof reply), ERR_OK);
    assert_string_equal(reply, "anybody?");
    assert_null(rig_slot(r, 0));
    rig_upload_in_place(r, &v2, 0);
    assert_string_equal(rig_slot(r, 0)->version, "2.0.0");
    size_t from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    expect_boot(r, from, "Booting smp_server 2.0.0");
    assert_true(vboard_flash_peek(r->board, SLOT0, have, v2.len));
    assert_memory_equal(have, v2.data, v2.len);
    assert_int_equal(vboard_lint_count(r->board), 0);
    rig_free(r);
    free(v2.data);
}

/* Version 1 of the protocol, and what is not there. */
static void errors_are_flat_in_both_versions(void **state)
{
    struct rig *r = board();
    char reply[64];
    (void)state;
    brick(r);
    vboard_power_on(r->board);
    rig_wait_recovery(r, 0);
    for (uint8_t version = 0; version < 2; version++) {
        r->client.version = version;
        assert_int_equal(smp_echo(&r->client, "hello", reply, sizeof reply), ERR_OK);
        assert_int_equal(smp_os_info(&r->client, "s", reply, sizeof reply), ERR_PEER);
        assert_int_equal(r->client.error.group, -1);
        assert_int_equal(r->client.error.rc, 8);
        assert_int_equal(smp_image_erase(&r->client, 7), ERR_PEER);
        assert_int_equal(r->client.error.group, -1);
        assert_int_equal(r->client.error.rc, 3);
    }
    assert_int_equal(smp_image_erase(&r->client, 0), ERR_OK);
    rig_free(r);
}

static void ungenuine_upload_does_not_run(void **state)
{
    struct rig_file bad = rig_file("tests/" DEFAULT "-stranger.bin");
    struct rig_file good = rig_file("tests/" DEFAULT "-3.0.0.bin");
    struct rig *r = board();
    (void)state;
    brick(r);
    vboard_power_on(r->board);
    rig_wait_recovery(r, 0);
    rig_upload_in_place(r, &bad, 0);
    size_t from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    rig_wait_recovery(r, from);
    assert_true(rig_said(r, "Image in the primary slot refused", from));
    rig_upload_in_place(r, &good, 0);
    from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    expect_boot(r, from, "Booting smp_server 3.0.0");
    rig_free(r);
    free(bad.data);
    free(good.data);
}

static void image_that_cannot_be_swapped_is_refused(void **state)
{
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = board();
    struct smp_upload u;
    (void)state;
    brick(r);
    vboard_power_on(r->board);
    rig_wait_recovery(r, 0);
    uint64_t before = vboard_operations(r->board);
    smp_upload_begin(&u, v2.data, 0xa0000 + 1, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_int_equal(r->client.error.rc, 3);
    assert_int_equal(vboard_operations(r->board), before);
    rig_free(r);
    free(v2.data);
}

static void upload_that_was_cut_starts_again(void **state)
{
    struct rig_file v2 = rig_file("tests/" DEFAULT "-2.0.0.bin");
    struct rig *r = board();
    struct smp_upload u;
    (void)state;
    brick(r);
    vboard_power_on(r->board);
    rig_wait_recovery(r, 0);
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    while (u.off < 200000)
        assert_int_equal(smp_upload_step(&r->client, &u), ERR_OK);
    size_t from = r->console_len;
    vboard_power_on(r->board);
    rig_wait_recovery(r, from);
    rig_upload_in_place(r, &v2, 0);
    from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    expect_boot(r, from, "Booting smp_server 2.0.0");
    rig_free(r);
    free(v2.data);
}

static void held_button_asks_for_it(void **state)
{
    struct rig *r = board();
    (void)state;
    vboard_power_on(r->board);
    rig_hold_button(r, true);
    rig_wait_recovery(r, 0);
    assert_string_equal(rig_slot(r, 0)->version, "1.0.0");
    rig_hold_button(r, false);
    size_t from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    expect_boot(r, from, "Booting smp_server 1.0.0");
    rig_free(r);
}

/* A reset with boot_mode 1 goes there once. */
static void boot_mode_asks_for_it_once(void **state)
{
    static const uint8_t request[] = {0x0a, 0,   0,   13,  0,   0,   42,  5,   0xa1, 0x69, 'b',
                                      'o',  'o', 't', '_', 'm', 'o', 'd', 'e', 0x01, 0};
    struct rig *r = board();
    uint8_t answer[64];
    size_t len;
    (void)state;
    rig_boot(r);
    struct smp_bootloader b;
    assert_int_equal(smp_bootloader_info(&r->client, &b), ERR_OK);
    assert_true(b.has_mode && b.mode == 9);
    assert_int_equal(r->link.link.send(&r->link.link, request, sizeof request), ERR_OK);
    assert_int_equal(r->link.link.recv(&r->link.link, answer, sizeof answer, &len, 1000), ERR_OK);
    assert_int_equal(len, 10); /* an empty map */
    size_t from = r->console_len;
    rig_wait_recovery(r, from);
    from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    expect_boot(r, from, "Booting smp_server 1.0.0");
    rig_free(r);
}

int main(int argc, char **argv)
{
    if (argc > 1)
        elf = argv[1];
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bricked_board_comes_back),
        cmocka_unit_test(errors_are_flat_in_both_versions),
        cmocka_unit_test(ungenuine_upload_does_not_run),
        cmocka_unit_test(image_that_cannot_be_swapped_is_refused),
        cmocka_unit_test(upload_that_was_cut_starts_again),
        cmocka_unit_test(held_button_asks_for_it),
        cmocka_unit_test(boot_mode_asks_for_it_once),
    };
    return cmocka_run_group_tests_name("recovery", tests, NULL, NULL);
}
