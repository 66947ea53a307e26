/* Encrypted images over the wire, as `slipway update` brings them: each kind of wrapping, each with another
 * strategy, on its own firmware. The first image, too, is one for a device that encrypts what goes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "testing/system/rig_boot_info.h"
#include "testing/system/rig_update_flow.h"

/* make_encryption.py has the same names. */
static const struct flow flows[] = {
    {"encrypted-rsa", 9, 0, true, "Starting swap using offset algorithm.", true, SECTOR},
    {"encrypted-ec256", 3, 0, true, "Starting swap using move algorithm.", true, 0},
    {"encrypted-x25519", 1, 0, true, "Starting swap using scratch algorithm.", true, 0},
    {"encrypted-x25519sha512", 9, 0, true, "Starting swap using offset algorithm.", true, SECTOR},
    {"encrypted-kw", 2, 0, false, "Copying the secondary slot to the primary slot", true, 0},
    {"encrypted-ramload", 6, 1, true, "Jumping to 0x24000000 in RAM, from slot 1", true, 0},
};

static void each_flow(void **state)
{
    flow_update(*state);
}

/* ---- two images ---- */

#define TWO    "encrypted-two"
#define HEADER 0x400u
#define TWO_S1 0x120000u /* slots of the two-images layout */
#define TWO_S2 0x080000u
#define TWO_S3 0x180000u

static void expect_two(struct rig *r, const char *version)
{
    assert_string_equal(rig_slot_of(r, 0, 0)->version, version);
    assert_string_equal(rig_slot_of(r, 1, 0)->version, version);
}

/* Both come in together and go back together, each with its own key. */
static void two_images(void **state)
{
    (void)state;
    struct rig *r = rig_new(TWO, VBOARD_TIMING_FAST, 5);
    rig_load(r, "tests/" TWO "-data-1.0.0.bin", FLASH_BASE + TWO_S2);
    struct rig_file app = flow_version(TWO, "2.0.0"), data = flow_version(TWO "-data", "2.0.0");
    struct rig_file app_clear = rig_file("tests/" TWO "/smp_server.bin"),
                    data_clear = rig_file("tests/" TWO "/data.bin");
    rig_boot(r);
    expect_two(r, "1.0.0");
    rig_upload_image(r, &app, 0);
    rig_upload_image(r, &data, 1);
    rig_set_state(r, &app, false);
    rig_set_state(r, &data, false);
    rig_reset(r);
    expect_two(r, "2.0.0");
    boot_info_agrees(r, TWO, 0, NULL);
    assert_true(flow_holds(r, SLOT0 + HEADER, &app_clear));
    assert_true(flow_holds(r, TWO_S2 + HEADER, &data_clear));
    assert_false(flow_holds(r, TWO_S1 + HEADER, &app_clear)); /* the same program, encrypted */
    assert_false(flow_holds(r, TWO_S3 + HEADER, &data_clear));
    rig_reset(r);
    expect_two(r, "1.0.0");
    assert_true(flow_holds(r, TWO_S1 + SECTOR, &app));
    assert_true(flow_holds(r, TWO_S3 + SECTOR, &data));
    assert_int_equal(vboard_lint_count(r->board), 0);
    rig_free(r);
    free(app.data), free(data.data), free(app_clear.data), free(data_clear.data);
}

int main(int argc, char **argv)
{
    struct CMUnitTest tests[ARRAY_LEN(flows) + 1] = {[ARRAY_LEN(flows)] =
                                                         cmocka_unit_test(two_images)};
    for (unsigned i = 0; i < ARRAY_LEN(flows); i++)
        tests[i] = (struct CMUnitTest){.name = flows[i].firmware,
                                       .test_func = each_flow,
                                       .initial_state = (void *)(uintptr_t)&flows[i]};
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("encrypted updates", tests, NULL, NULL);
}
