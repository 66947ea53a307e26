/* Every upgrade strategy on its real ELF files: an update that is tried, goes back, is tried again and kept; with power
 * cuts in the boot that brings it in and in the one that takes it back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "testing/system/rig_boot_info.h"
#include "testing/system/rig_update_flow.h"

static const struct flow strategies[] = {
    {"strategy-swap-move", 3, 0, true, "Starting swap using move algorithm.", false, 0},
    {"strategy-swap-scratch", 1, 0, true, "Starting swap using scratch algorithm.", false, 0},
    {"strategy-overwrite", 2, 0, false, "Copying the secondary slot to the primary slot", false, 0},
    {"strategy-direct-xip", 5, 1, true, "Jumping to slot 1", false, 0},
    {"strategy-ram-load", 6, 1, true, "Jumping to 0x24000000 in RAM, from slot 1", false, 0},
};

static void each_strategy(void **state)
{
    flow_update(*state);
}

/* Virtual time from the request to reset until the application listens, and the flash operations in it. */
static uint64_t reset_ns(struct rig *r, uint64_t *operations)
{
    uint64_t begin = vboard_now_ns(r->board), before = vboard_operations(r->board);
    rig_reset(r);
    *operations = vboard_operations(r->board) - before;
    return vboard_now_ns(r->board) - begin;
}

/* Between the request and the new image the bootloader programs one word, and erases nothing: that boot takes as long as
 * one that has nothing to write. An erase would be a second. */
static void a_trial_starts_without_an_erase(void **state)
{
    static const char *const names[] = {"strategy-direct-xip", "strategy-ram-load"};
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
        uint64_t in_trial, in_kept;
        struct rig_file v2 = flow_version(names[i], "2.0.0");
        struct rig *r = rig_new(names[i], VBOARD_TIMING_MAXIMUM, 4);
        rig_boot(r);
        rig_upload(r, &v2);
        rig_set_state(r, &v2, false);
        uint64_t trial = reset_ns(r, &in_trial);
        rig_expect_slot(r, 1, "2.0.0", true, false);
        assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
        uint64_t kept = reset_ns(r, &in_kept);
        print_message("%s: reset to ready %u ms on trial, %u ms once confirmed\n", names[i],
                      (unsigned)(trial / 1000000), (unsigned)(kept / 1000000));
        assert_int_equal(in_trial, 1);
        assert_int_equal(in_kept, 0);
        assert_true(trial < kept + 100000000);
        rig_expect_no_lint(r);
        rig_free(r);
        free(v2.data);
    }
}

/* One slot: the running image cannot be replaced from within, and the server says so before it touches anything. */
static void single_slot(void **state)
{
    (void)state;
    struct rig_file v2 = flow_version("strategy-single", "2.0.0");
    struct rig *r = flow_board("strategy-single");
    rig_expect_slot(r, 0, "1.0.0", true, true);
    assert_null(rig_slot(r, 1));
    boot_info_agrees(r, "strategy-single", 0, NULL);
    uint64_t operations = vboard_operations(r->board);
    struct smp_upload u;
    smp_upload_begin(&u, v2.data, v2.len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&r->client.error), "IMG_MGMT_ERR_NO_FREE_SLOT");
    assert_true(rig_said(r, "There is one slot, and its image runs", 0));
    assert_int_equal(smp_image_erase(&r->client, 0), ERR_PEER);
    rig_reset(r);
    rig_expect_slot(r, 0, "1.0.0", true, true);
    assert_int_equal(vboard_operations(r->board), operations);
    rig_free(r);
    free(v2.data);
}

/* An image that was linked for slot0 is not taken for slot1: at the first packet, by its header. */
static void image_for_the_other_slot_is_refused(void **state)
{
    (void)state;
    struct rig_file v1 = flow_version("strategy-direct-xip", "1.0.0");
    struct rig *r = flow_board("strategy-direct-xip");
    struct smp_upload u;
    smp_upload_begin(&u, v1.data, v1.len, 0, false);
    assert_int_equal(smp_upload_step(&r->client, &u), ERR_PEER);
    assert_string_equal(smp_error_name(&r->client.error), "IMG_MGMT_ERR_INVALID_FLASH_ADDRESS");
    rig_free(r);
    free(v1.data);
}

/* Direct-XIP on a device that remembers: a newer image with a lower security counter is refused, in words, and its
 * request is cleared; what ran goes on. */
static void lower_counter_does_not_run_in_either_slot(void **state)
{
    static const char name[] = "strategy-direct-xip-counter";
    (void)state;
    struct rig_file v2 = flow_version(name, "2.0.0"), low = flow_version(name, "low");
    struct rig *r = flow_board(name);
    boot_info_agrees(r, name, 0, (const uint32_t[]){0x01000000});
    rig_upload(r, &v2);
    rig_set_state(r, &v2, false);
    rig_reset(r);
    boot_info_agrees(r, name, 1, (const uint32_t[]){0x01000000}); /* on trial */
    assert_int_equal(smp_image_set_state(&r->client, NULL, 0, true, NULL), ERR_OK);
    rig_reset(r);
    boot_info_agrees(r, name, 1, (const uint32_t[]){0x02000000});
    rig_upload(r, &low);
    rig_set_state(r, &low, false);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(
        rig_said(r, "Image 0 has security counter 1, this device asks for 33554432 or more", from));
    assert_true(rig_said(r, "The request for slot 0 is cleared", from));
    rig_expect_slot(r, 1, "2.0.0", true, true);
    assert_false(rig_slot(r, 0)->pending);
    assert_int_equal(vboard_lint_count(r->board), 0);
    rig_free(r);
    free(v2.data);
    free(low.data);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(strategies) + 4] = {
        [ARRAY_LEN(strategies)] = cmocka_unit_test(single_slot),
        [ARRAY_LEN(strategies) + 1] = cmocka_unit_test(image_for_the_other_slot_is_refused),
        [ARRAY_LEN(strategies) + 2] = cmocka_unit_test(lower_counter_does_not_run_in_either_slot),
        [ARRAY_LEN(strategies) + 3] = cmocka_unit_test(a_trial_starts_without_an_erase),
    };
    for (unsigned i = 0; i < ARRAY_LEN(strategies); i++)
        tests[i] = (struct CMUnitTest){.name = strategies[i].firmware,
                                       .test_func = each_strategy,
                                       .initial_state = (void *)(uintptr_t)&strategies[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("strategies", tests, NULL, NULL);
}
