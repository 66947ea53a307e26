/* Power cuts at every operation of the updates of encrypted images, in every way that the fake flash has. At the
 * end the primary has the plain text, and the secondary the image as uploaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/update/strategy.h"
#include "testing/update/rig_sweep.h"

/* Where plain_a is set, the first image was there before the first encrypted one. */
static const struct encrypted_shape {
    struct two_slots_shape shape;
    uint8_t key_size;
    bool plain_a;
} shapes[] = {
    {{4, 8, 160, 5, &update_swap_offset, 0, 0}, 32, true},
    {{32, 32, 640, 5, &update_swap_offset, 0, 0}, 16, false},
    {{4, 8, 160, 5, &update_swap_move, 0, 0}, 16, true},
    {{32, 32, 768, 5, &update_swap_move, 0, 0}, 32, false},
    {{8, 8, 224, 6, &update_swap_scratch, 2, 2}, 32, false},
    {{32, 32, 768, 4, &update_swap_scratch, 1, 0}, 16, true},
    {{4, 8, 160, 6, &update_overwrite, 0, 2}, 16, true},
    {{32, 32, 768, 4, &update_overwrite, 0, 0}, 32, false},
};

static void begin(const struct encrypted_shape *s, enum two_slots_image old,
                  enum two_slots_image new, bool permanent)
{
    two_slots_init(&start, &s->shape);
    two_slots_encrypt(&start, s->key_size, s->plain_a);
    two_slots_install(&start, SLOT_PRIMARY, 0, old);
    two_slots_install(&start, SLOT_SECONDARY, update_upload_offset(&start.pair), new);
    assert_int_equal(update_set_pending(&start.pair, permanent), ERR_OK);
}

static bool is_b_and_rests(const struct device *x)
{
    return two_slots_running(x) == IMAGE_B && at_rest(x);
}

static bool is_a_and_rests(const struct device *x)
{
    return two_slots_running(x) == IMAGE_A && at_rest(x);
}

static void scenario_permanent(const struct encrypted_shape *s)
{
    static const struct goal g = {"permanent", true, false, is_b_and_rests, NULL};
    begin(s, IMAGE_A, IMAGE_B, true);
    sweep(&g);
}

/* Up and back again: each image goes out as it came. */
static void scenario_revert(const struct encrypted_shape *s)
{
    static const struct goal up = {"test", true, true, NULL, NULL};
    static const struct goal back = {"revert", true, false, is_a_and_rests, NULL};
    begin(s, IMAGE_A, IMAGE_B, false);
    sweep(&up);
    assert_true(two_slots_holds(&end, SLOT_SECONDARY, 0, IMAGE_A));
    two_slots_copy(&start, &end);
    sweep(&back);
    assert_true(two_slots_holds(&end, SLOT_SECONDARY, update_upload_offset(&end.pair), IMAGE_B));
}

static void scenario_shrinking(const struct encrypted_shape *s)
{
    static const struct goal up = {"test, smaller image", true, true, NULL, NULL};
    static const struct goal back = {"revert to the larger", true, false, is_b_and_rests, NULL};
    begin(s, IMAGE_B, IMAGE_A, false);
    sweep(&up);
    assert_int_equal(two_slots_running(&end), IMAGE_A);
    assert_true(two_slots_holds(&end, SLOT_SECONDARY, 0, IMAGE_B));
    two_slots_copy(&start, &end);
    sweep(&back);
}

static void scenario_overwritten(const struct encrypted_shape *s)
{
    static const struct goal g = {"overwrite", false, false, is_b_and_rests, NULL};
    begin(s, IMAGE_A, IMAGE_B, true);
    sweep(&g);
}

static void sweep_of(const struct update_strategy *strategy)
{
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        if (shapes[i].shape.strategy != strategy)
            continue;
        if (!strategy->reverts) {
            scenario_overwritten(&shapes[i]);
            continue;
        }
        scenario_permanent(&shapes[i]);
        scenario_revert(&shapes[i]);
        scenario_shrinking(&shapes[i]);
    }
}

static void sweep_offset(void **state)
{
    (void)state;
    sweep_of(&update_swap_offset);
}

static void sweep_move(void **state)
{
    (void)state;
    sweep_of(&update_swap_move);
}

static void sweep_scratch(void **state)
{
    (void)state;
    sweep_of(&update_swap_scratch);
}

static void sweep_overwrite(void **state)
{
    (void)state;
    sweep_of(&update_overwrite);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sweep_offset),
        cmocka_unit_test(sweep_move),
        cmocka_unit_test(sweep_scratch),
        cmocka_unit_test(sweep_overwrite),
    };
    if (argc > 1)
        cmocka_set_test_filter(argv[1]);
    return cmocka_run_group_tests_name("encrypted sweep", tests, NULL, NULL);
}
