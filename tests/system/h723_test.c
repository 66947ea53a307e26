/* The whole update on the NUCLEO-H723ZG, whose flash is one bank; and images for another part. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "testing/system/rig_update_flow.h"

#define FIRMWARE "nucleo_h723zg"
#define S        1000000000ull

static void the_bootloader_says_which_board_it_is_for(void **state)
{
    (void)state;
    struct rig *r = rig_new(FIRMWARE, VBOARD_TIMING_FAST, 1);
    assert_string_equal(vboard_name(r->board), FIRMWARE);
    rig_free(r);
}

static void an_update_within_the_one_bank(void **state)
{
    (void)state;
    const struct flow f = {.firmware = FIRMWARE,
                           .mode = 9,
                           .second = 0,
                           .reverts = true,
                           .console = "Starting swap using offset algorithm."};
    flow_update(&f);
}

/* Power on with image in slot0, put there as no programmer would. */
static struct rig *with_image(const char *image, const char *text)
{
    struct rig_file f = rig_file(image);
    struct rig *r = rig_new(FIRMWARE, VBOARD_TIMING_FAST, 3);
    vboard_flash_poke(r->board, SLOT0, f.data, f.len);
    vboard_power_on(r->board);
    if (!rig_run_until(r, text, 0, 5 * S))
        fail_msg("no \"%s\" in:\n%s", text, r->console);
    free(f.data);
    return r;
}

static void the_bootloader_starts_no_image_for_another_part(void **state)
{
    (void)state;
    struct rig *r =
        with_image("tests/" FIRMWARE "-other-part.bin", "Image built for stm32h753, not stm32h723");
    assert_true(rig_run_until(r, "Unable to find bootable image", 0, 5 * S));
    assert_false(rig_run_until(r, "Booting smp_server", 0, 5 * S));
    rig_free(r);
}

static void an_image_without_a_mark_is_started(void **state)
{
    (void)state;
    struct rig *r = with_image("tests/" FIRMWARE "-no-mark.bin", "Booting smp_server 2.0.0");
    rig_free(r);
}

/* It is swapped in, does not run, and goes back. */
static void an_upload_for_another_part_reverts(void **state)
{
    (void)state;
    struct rig_file other = rig_file("tests/" FIRMWARE "-other-part.bin");
    struct rig *r = rig_new(FIRMWARE, VBOARD_TIMING_FAST, 4);
    rig_boot(r);
    rig_upload(r, &other);
    rig_set_state(r, &other, false);
    size_t from = r->console_len;
    rig_reset(r);
    assert_true(rig_said(r, "Image built for stm32h753, not stm32h723", from));
    rig_expect_slot(r, 0, "1.0.0", true, true);
    rig_expect_no_lint(r);
    rig_free(r);
    free(other.data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_bootloader_says_which_board_it_is_for),
        cmocka_unit_test(an_update_within_the_one_bank),
        cmocka_unit_test(the_bootloader_starts_no_image_for_another_part),
        cmocka_unit_test(an_image_without_a_mark_is_started),
        cmocka_unit_test(an_upload_for_another_part_reverts),
    };
    return cmocka_run_group_tests_name("h723", tests, NULL, NULL);
}
