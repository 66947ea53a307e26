/* Two images that need each other, and security counters, on the real ELF files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/system/rig_boot_info.h"

#define FIRMWARE "nucleo_h753zi-two-images"
#define SLOT2    0x00080000u
#define CUTS     4u
#define BOOT_NS  (120ull * 1000000000ull)

static struct rig_file app2, data2, low, app4, data4;

static int load_files(void **state)
{
    (void)state;
    app2 = rig_file("tests/two-app-2.0.0.bin");
    data2 = rig_file("tests/two-data-2.0.0.bin");
    low = rig_file("tests/two-app-low.bin");
    app4 = rig_file("tests/two-app-4.0.0.bin");
    data4 = rig_file("tests/two-data-4.0.0.bin");
    return 0;
}

static int free_files(void **state)
{
    (void)state;
    free(app2.data);
    free(data2.data);
    free(low.data);
    free(app4.data);
    free(data4.data);
    return 0;
}

static struct rig *factory(void)
{
    struct rig *r = rig_new(FIRMWARE, VBOARD_TIMING_FAST, 1);
    rig_load(r, "tests/two-data-1.0.0.bin", FLASH_BASE + SLOT2);
    rig_boot(r);
    return r;
}

static void expect(struct rig *r, const char *app, const char *data)
{
    assert_string_equal(rig_slot_of(r, 0, 0)->version, app);
    assert_string_equal(rig_slot_of(r, 1, 0)->version, data);
}

/* One alone waits and says so; with the other both come, and both go back. */
static void together_or_not_at_all(void **state)
{
    struct rig *r = factory();
    (void)state;
    expect(r, "1.0.0", "1.0.0");
    boot_info_agrees(r, FIRMWARE, 0, (const uint32_t[]){1, 1});
    rig_upload_image(r, &app2, 0);
    rig_set_state(r, &app2, false);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(
        rig_said(r, "Image 0 needs image 1 at version 2.0.0 or later, and would meet 1.0.0", from));
    expect(r, "1.0.0", "1.0.0");
    assert_true(rig_slot_of(r, 0, 1)->pending);
    rig_upload_image(r, &data2, 1);
    rig_set_state(r, &data2, false);
    rig_reset(r);
    expect(r, "2.0.0", "2.0.0");
    rig_reset(r);
    expect(r, "1.0.0", "1.0.0");
    assert_int_equal(vboard_lint_count(r->board), 0);
    rig_free(r);
}

static uint32_t draw(uint32_t *seed, uint32_t bound)
{
    *seed = *seed * 1664525u + 1013904223u;
    return (*seed >> 8) % bound;
}

static void boot_to_the_end(struct rig *r, uint64_t cut, enum vboard_cut how)
{
    size_t from = r->console_len;
    vboard_cut_at(r->board, cut, how);
    vboard_power_on(r->board);
    if (!rig_run_until(r, "SMP server ready", from, BOOT_NS)) {
        assert_int_not_equal(cut, 0);
        boot_to_the_end(r, 0, VBOARD_CUT_BEFORE);
    }
    r->rx_len = 0;
}

/* Both for good, cut anywhere: both are new in the end, and so are the counters. */
static void cuts_of_both(void **state)
{
    struct rig *r = factory();
    uint32_t seed = 20261122;
    (void)state;
    rig_upload_image(r, &app2, 0);
    rig_upload_image(r, &data2, 1);
    rig_set_state(r, &app2, true);
    rig_set_state(r, &data2, true);
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 1};
    struct vboard *before = vboard_new(&config);
    assert_non_null(before);
    vboard_copy(before, r->board);
    uint64_t start = vboard_operations(r->board);
    boot_to_the_end(r, 0, VBOARD_CUT_BEFORE);
    uint32_t operations = (uint32_t)(vboard_operations(r->board) - start);
    expect(r, "2.0.0", "2.0.0");
    for (unsigned i = 0; i < CUTS; i++) {
        vboard_copy(r->board, before);
        boot_to_the_end(r, 1 + draw(&seed, operations), (enum vboard_cut)draw(&seed, 3));
        expect(r, "2.0.0", "2.0.0");
        assert_int_equal(vboard_lint_count(r->board), 0);
    }
    print_message("  %u operations, %u cuts\n", (unsigned)operations, CUTS);
    boot_info_agrees(r, FIRMWARE, 0, (const uint32_t[]){2, 2});
    rig_upload_image(r, &low, 0);
    rig_set_state(r, &low, true);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(
        rig_said(r, "Image 0 has security counter 1, this device asks for 2 or more", from));
    assert_true(rig_said(r, "security counter below the stored one", from));
    expect(r, "2.0.0", "2.0.0");
    assert_false(rig_slot_of(r, 0, 1)->pending);
    vboard_free(before);
    rig_free(r);
}

/* Serial recovery takes any image, and replaces the one that was there. What may run is asked at the boot, of the
 * counter, too. */
static void recovery_brings_no_lower_counter_in(void **state)
{
    struct rig *r = factory();
    (void)state;
    rig_upload_image(r, &app2, 0);
    rig_upload_image(r, &data2, 1);
    rig_set_state(r, &app2, true);
    rig_set_state(r, &data2, true);
    rig_reset(r);
    expect(r, "2.0.0", "2.0.0");
    size_t from = r->console_len;
    vboard_power_on(r->board);
    rig_hold_button(r, true);
    rig_wait_recovery(r, from);
    rig_hold_button(r, false);
    rig_upload_in_place(r, &low, 0);
    from = r->console_len;
    assert_int_equal(smp_reset(&r->client, false), ERR_OK);
    rig_wait_recovery(r, from);
    assert_true(rig_said(r, "security counter below the stored one", from));
    rig_upload_in_place(r, &app2, 0);
    rig_reset(r);
    expect(r, "2.0.0", "2.0.0");
    rig_free(r);
}

/* The first key leaks: an image signed with the next one shuts it out, once no image needs it any more. */
static void a_leaked_key_is_shut_out(void **state)
{
    struct rig *r = factory();
    (void)state;
    rig_upload_image(r, &app4, 0);
    rig_set_state(r, &app4, true);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Key 0 is not retired yet: another image is signed with it", from));
    expect(r, "4.0.0", "1.0.0");
    rig_upload_image(r, &data4, 1);
    rig_set_state(r, &data4, true);
    from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Key 0 is retired: what it signed does not run here any more", from));
    expect(r, "4.0.0", "4.0.0");
    rig_upload_image(r, &app2, 0);
    rig_set_state(r, &app2, true);
    from = r->console_len;
    rig_reset(r);
    assert_true(
        rig_said(r, "Image in the secondary slot refused: signed with a retired key", from));
    expect(r, "4.0.0", "4.0.0");
    assert_false(rig_slot_of(r, 0, 1)->pending);
    assert_int_equal(vboard_lint_count(r->board), 0);
    rig_free(r);
}

/* Without a genuine image 1 image 0 does not start. */
static void none_without_the_other(void **state)
{
    struct rig *r = rig_new(FIRMWARE, VBOARD_TIMING_FAST, 1);
    (void)state;
    vboard_power_on(r->board);
    assert_true(rig_run_until(r, "Unable to find bootable image", 0, BOOT_NS));
    assert_true(rig_said(r, "Image index: 1", 0));
    assert_true(rig_said(r, "Image in the primary slot refused: no image", 0));
    rig_free(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(together_or_not_at_all),
        cmocka_unit_test(cuts_of_both),
        cmocka_unit_test(recovery_brings_no_lower_counter_in),
        cmocka_unit_test(a_leaked_key_is_shut_out),
        cmocka_unit_test(none_without_the_other),
    };
    return cmocka_run_group_tests(tests, load_files, free_files);
}
