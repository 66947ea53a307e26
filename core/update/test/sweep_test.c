/* Power cuts at every operation of every phase of an update, in every way the fake flash knows, and
 * further cuts during the recovery. After each: a genuine image, the right one, and a flash whose
 * every byte is what it would have been without the cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "testing/update/rig_sweep.h"

/* The last of each has a trailer of several sectors. */
static const struct two_slots_shape offset_shapes[] = {
    {1, 8, 128, 5, &update_swap_offset, 0, 0},   {2, 8, 128, 5, &update_swap_offset, 0, 0},
    {4, 8, 128, 5, &update_swap_offset, 0, 0},   {8, 8, 192, 5, &update_swap_offset, 0, 0},
    {16, 16, 384, 5, &update_swap_offset, 0, 0}, {32, 32, 512, 5, &update_swap_offset, 0, 0},
    {8, 8, 64, 8, &update_swap_offset, 0, 0},
};
static const struct two_slots_shape move_shapes[] = {
    {1, 8, 128, 5, &update_swap_move, 0, 0},   {4, 8, 128, 5, &update_swap_move, 0, 0},
    {16, 16, 384, 5, &update_swap_move, 0, 0}, {32, 32, 768, 5, &update_swap_move, 0, 0},
    {8, 8, 64, 9, &update_swap_move, 0, 0},
};
/* Regions of one sector, of two, and of two that are one of the secondary's. */
static const struct two_slots_shape scratch_shapes[] = {
    {1, 8, 128, 4, &update_swap_scratch, 1, 0},   {4, 8, 128, 5, &update_swap_scratch, 2, 0},
    {8, 8, 192, 6, &update_swap_scratch, 2, 2},   {8, 8, 128, 6, &update_swap_scratch, 3, 2},
    {32, 32, 768, 4, &update_swap_scratch, 1, 0}, {8, 8, 64, 8, &update_swap_scratch, 2, 0},
};
static const struct two_slots_shape overwrite_shapes[] = {
    {1, 8, 128, 4, &update_overwrite, 0, 0},   {4, 8, 128, 6, &update_overwrite, 0, 2},
    {16, 16, 384, 4, &update_overwrite, 0, 0}, {32, 32, 512, 4, &update_overwrite, 0, 0},
    {8, 8, 64, 7, &update_overwrite, 0, 0},
};

static const struct swept strategies[] = {
    {"offset", offset_shapes, ARRAY_LEN(offset_shapes), 0},
    {"move", move_shapes, ARRAY_LEN(move_shapes), 0},
    {"scratch", scratch_shapes, ARRAY_LEN(scratch_shapes), 0},
    {"overwrite", overwrite_shapes, ARRAY_LEN(overwrite_shapes), 0},
};

/* ---- scenarios --------------------------------------------------------------------------------- */

/* The device takes a whole further update from here, without breaking a flash rule. */
static bool can_update(const struct device *x)
{
    static struct device y;
    struct update_outcome out;
    two_slots_copy(&y, x);
    fake_power_on(&y.fake);
    enum two_slots_image next = two_slots_running(&y) == IMAGE_C ? IMAGE_A : IMAGE_C;
    if (update_upload_begin(&y.pair) != ERR_OK)
        return false;
    two_slots_install(&y, SLOT_SECONDARY, update_upload_offset(&y.pair), next);
    return update_set_pending(&y.pair, true) == ERR_OK && two_slots_boot(&y, &out) == ERR_OK &&
           two_slots_running(&y) == next && y.fake.violations == 0 && at_rest(&y);
}

static bool new_and_at_rest(const struct device *x)
{
    return two_slots_running(x) == IMAGE_B && at_rest(x);
}

static bool new_unconfirmed(const struct device *x)
{
    bool confirmed = true;
    return two_slots_running(x) == IMAGE_B && update_is_confirmed(&x->pair, &confirmed) == ERR_OK &&
           !confirmed;
}

static bool old_and_at_rest(const struct device *x)
{
    return two_slots_running(x) == IMAGE_A && at_rest(x);
}

static void scenario_permanent(const struct two_slots_shape *s)
{
    static const struct goal g = {"permanent", true, false, new_and_at_rest, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(update_set_pending(&start.pair, true), ERR_OK);
    sweep(&g);
}

static void scenario_test_and_revert(const struct two_slots_shape *s)
{
    static const struct goal up = {"test", true, true, new_unconfirmed, NULL};
    static const struct goal back = {"revert", true, false, old_and_at_rest, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&up);
    two_slots_copy(&start, &end);
    sweep(&back);
}

/* Down again: the larger image goes out, the smaller comes in. */
static void scenario_shrinking(const struct two_slots_shape *s)
{
    static const struct goal up = {"test, smaller image", true, true, NULL, NULL};
    static const struct goal back = {"revert to the larger", true, false, new_and_at_rest, NULL};
    fresh(s, IMAGE_B, IMAGE_A);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&up);
    assert_int_equal(two_slots_running(&end), IMAGE_A);
    two_slots_copy(&start, &end);
    sweep(&back);
}

static bool either_and_usable(const struct device *x)
{
    return two_slots_running(x) != IMAGE_NOTHING && at_rest(x) && can_update(x) &&
           trailer_of(x, SLOT_PRIMARY).image_ok != TRAILER_FLAG_BAD;
}

static void scenario_confirm(const struct two_slots_shape *s)
{
    static const struct goal g = {"confirm", false, false, either_and_usable, app_confirms};
    struct update_outcome out;
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    sweep(&g);
    assert_int_equal(two_slots_running(&end), IMAGE_B);
}

static bool usable(const struct device *x)
{
    return two_slots_running(x) != IMAGE_NOTHING && can_update(x);
}

static void scenario_request(const struct two_slots_shape *s)
{
    static const struct goal test = {"request a test", false, false, usable, app_asks_test};
    static const struct goal perm = {"request permanent", false, false, usable, app_asks_permanent};
    fresh(s, IMAGE_A, IMAGE_B);
    sweep(&test);
    sweep(&perm);
}

static bool refused(const struct device *x)
{
    return old_and_at_rest(x) && trailer_of(x, SLOT_SECONDARY).magic == TRAILER_MAGIC_UNSET &&
           can_update(x);
}

static void scenario_refused(const struct two_slots_shape *s)
{
    static const struct goal forged = {"forged image", false, false, refused, NULL};
    static const struct goal absent = {"no image", false, false, refused, NULL};
    static const struct goal misplaced = {"image in the wrong place", false, false, refused, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    start.bytes[start.pair.slot[1].offset + update_upload_offset(&start.pair) + 40] ^= 1;
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&forged);

    two_slots_init(&start, s);
    two_slots_install(&start, SLOT_PRIMARY, 0, IMAGE_A);
    assert_int_equal(update_set_pending(&start.pair, true), ERR_OK);
    sweep(&absent);

    uint32_t elsewhere = s->sector * (s->per_coarse > 1 ? s->per_coarse : 1);
    two_slots_install(&start, SLOT_SECONDARY, elsewhere - update_upload_offset(&start.pair),
                      IMAGE_A);
    sweep(&misplaced);
}

static bool new_for_good(const struct device *x)
{
    bool confirmed = false;
    return new_and_at_rest(x) && update_is_confirmed(&x->pair, &confirmed) == ERR_OK && confirmed;
}

/* If the old image is lost when a revert is due, the new one is kept and confirmed. */
static void scenario_no_way_back(const struct two_slots_shape *s)
{
    static const struct goal g = {"no way back", false, false, new_for_good, NULL};
    struct update_outcome out;
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    start.bytes[start.pair.slot[1].offset + 40] ^= 1;
    sweep(&g);
    assert_true(can_update(&end));
}

/* A third image is requested while the second is unconfirmed. */
static void scenario_second_upgrade(const struct two_slots_shape *s)
{
    static const struct goal up = {"upgrade over unconfirmed", true, true, NULL, NULL};
    static const struct goal back = {"revert to the unconfirmed", true, false, new_and_at_rest,
                                     NULL};
    struct update_outcome out;
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    assert_int_equal(update_upload_begin(&start.pair), ERR_OK);
    two_slots_install(&start, SLOT_SECONDARY, update_upload_offset(&start.pair), IMAGE_C);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&up);
    assert_int_equal(two_slots_running(&end), IMAGE_C);
    two_slots_copy(&start, &end);
    sweep(&back);
}

/* imgtool's padded image, magic only, put into the secondary by a programmer. */
static void scenario_padded(const struct two_slots_shape *s)
{
    static const struct goal g = {"request without swap_info", true, true, new_unconfirmed, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(trailer_put_magic(&start.pair, SLOT_SECONDARY), ERR_OK);
    sweep(&g);
}

/* After an overwrite there is no old image to revert to. */
static void scenario_overwritten(const struct two_slots_shape *s)
{
    static const struct goal up = {"overwrite", false, false, new_for_good, NULL};
    static const struct goal down = {"overwrite, smaller image", false, false, old_and_at_rest,
                                     NULL};
    for (int permanent = 0; permanent < 2; permanent++) {
        fresh(s, IMAGE_A, IMAGE_B);
        assert_int_equal(update_set_pending(&start.pair, permanent), ERR_OK);
        sweep(&up);
    }
    fresh(s, IMAGE_B, IMAGE_A);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&down);
    assert_true(can_update(&end));
}

/* The bootloader compares versions. What it installed it takes back, though that is older: an interrupted
 * revert must not be taken for a request. */
static void scenario_revert_is_no_downgrade(const struct two_slots_shape *s)
{
    static const struct goal up = {"test, compared", true, true, new_unconfirmed, NULL};
    static const struct goal back = {"revert, compared", true, false, old_and_at_rest, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    start.no_downgrade = true;
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&up);
    two_slots_copy(&start, &end);
    sweep(&back);
}

static bool not_downgraded(const struct device *x)
{
    return new_and_at_rest(x) && trailer_of(x, SLOT_SECONDARY).magic == TRAILER_MAGIC_UNSET &&
           slot_has_header(&x->pair, SLOT_SECONDARY, update_upload_offset(&x->pair));
}

static void scenario_downgrade(const struct two_slots_shape *s)
{
    static const struct goal g = {"downgrade refused", false, false, not_downgraded, NULL};
    for (int permanent = 0; permanent < 2; permanent++) {
        fresh(s, IMAGE_B, IMAGE_A);
        start.no_downgrade = true;
        assert_int_equal(update_set_pending(&start.pair, permanent), ERR_OK);
        sweep(&g);
    }
    /* The same version is none. */
    struct update_outcome out;
    fresh(s, IMAGE_B, IMAGE_B);
    start.no_downgrade = true;
    assert_int_equal(update_set_pending(&start.pair, true), ERR_OK);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    assert_int_equal(out.performed, SWAP_TYPE_PERM);
}

/* An upgrade by copy is cut; what it left of the primary's header is no version to compare with. */
static void scenario_overwritten_upwards(const struct two_slots_shape *s)
{
    static const struct goal up = {"overwrite, compared", false, false, new_for_good, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    start.no_downgrade = true;
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&up);
}

SWEEP_SCENARIO(permanent)
SWEEP_SCENARIO(test_and_revert)
SWEEP_SCENARIO(shrinking)
SWEEP_SCENARIO(confirm)
SWEEP_SCENARIO(request)
SWEEP_SCENARIO(refused)
SWEEP_SCENARIO(no_way_back)
SWEEP_SCENARIO(second_upgrade)
SWEEP_SCENARIO(padded)
SWEEP_SCENARIO(revert_is_no_downgrade)
SWEEP_SCENARIO(downgrade)
SWEEP_SCENARIO(overwritten)
SWEEP_SCENARIO(overwritten_upwards)

int main(int argc, char **argv)
{
    const struct CMUnitTest swaps[] = {
        cmocka_unit_test(sweep_permanent),   cmocka_unit_test(sweep_test_and_revert),
        cmocka_unit_test(sweep_shrinking),   cmocka_unit_test(sweep_confirm),
        cmocka_unit_test(sweep_request),     cmocka_unit_test(sweep_refused),
        cmocka_unit_test(sweep_no_way_back), cmocka_unit_test(sweep_second_upgrade),
        cmocka_unit_test(sweep_padded),      cmocka_unit_test(sweep_revert_is_no_downgrade),
        cmocka_unit_test(sweep_downgrade),
    };
    const struct CMUnitTest copies[] = {
        cmocka_unit_test(sweep_overwritten), cmocka_unit_test(sweep_overwritten_upwards),
        cmocka_unit_test(sweep_downgrade),   cmocka_unit_test(sweep_request),
        cmocka_unit_test(sweep_refused),
    };
    if (!sweep_choose(strategies, ARRAY_LEN(strategies), argc, argv))
        return 2;
    return swept->shapes == overwrite_shapes ? cmocka_run_group_tests(copies, NULL, NULL)
                                             : cmocka_run_group_tests(swaps, NULL, NULL);
}
