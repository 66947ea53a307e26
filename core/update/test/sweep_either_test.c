/* As sweep_test.c, for what runs from either slot: direct-XIP and RAM-load. The old image starts in the primary,
 * confirmed. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "testing/update/rig_sweep.h"

#define EITHER_SHAPES(strategy)                                                 \
    {                                                                           \
        {1, 8, 128, 4, strategy, 0, 0}, {4, 8, 128, 6, strategy, 0, 2},         \
            {16, 16, 384, 4, strategy, 0, 0}, {32, 32, 512, 4, strategy, 0, 0}, \
            {32, 32, 64, 10, strategy, 0, 0},                                   \
    }
static const struct two_slots_shape xip_revert_shapes[] = EITHER_SHAPES(&update_direct_xip_revert);
static const struct two_slots_shape ram_revert_shapes[] = EITHER_SHAPES(&update_ram_load_revert);
static const struct two_slots_shape xip_shapes[] = EITHER_SHAPES(&update_direct_xip);
static const struct two_slots_shape ram_shapes[] = EITHER_SHAPES(&update_ram_load);

/* Both slots have the images as uploaded, RAM the plain text. */
static const struct two_slots_shape ram_encrypted_shapes[] = {
    {4, 8, 160, 5, &update_ram_load, 0, 0}, {32, 32, 640, 5, &update_ram_load, 0, 0}};
static const struct two_slots_shape ram_revert_encrypted_shapes[] = {
    {4, 8, 160, 5, &update_ram_load_revert, 0, 0}, {32, 32, 640, 5, &update_ram_load_revert, 0, 0}};

static const struct swept strategies[] = {
    {"xip", xip_shapes, ARRAY_LEN(xip_shapes), 0},
    {"xip-revert", xip_revert_shapes, ARRAY_LEN(xip_revert_shapes), 0},
    {"ram", ram_shapes, ARRAY_LEN(ram_shapes), 0},
    {"ram-revert", ram_revert_shapes, ARRAY_LEN(ram_revert_shapes), 0},
    {"ram-encrypted", ram_encrypted_shapes, ARRAY_LEN(ram_encrypted_shapes), 16},
    {"ram-revert-encrypted", ram_revert_encrypted_shapes, ARRAY_LEN(ram_revert_encrypted_shapes),
     32},
};

static enum trial trial_in(const struct device *x, enum slot s)
{
    static struct device y;
    struct candidate c[2];
    unsigned count;
    two_slots_copy(&y, x);
    assert_int_equal(candidates_list(&y.pair, c, &count), ERR_OK);
    for (unsigned i = 0; i < count; i++)
        if (c[i].slot == s)
            return c[i].trial;
    return TRIAL_NONE;
}

/* The device takes a whole further update from here, without breaking a flash rule. */
static bool takes_another(const struct device *x)
{
    static struct device y;
    struct update_outcome out;
    two_slots_copy(&y, x);
    fake_power_on(&y.fake);
    if (update_upload_begin(&y.pair) != ERR_OK)
        return false;
    two_slots_install(&y, update_upload_slot(&y.pair), 0, IMAGE_C);
    if (update_takes_requests(&y.pair) && update_set_pending(&y.pair, true) != ERR_OK)
        return false;
    return two_slots_boot(&y, &out) == ERR_OK && two_slots_running(&y) == IMAGE_C &&
           y.fake.violations == 0 && at_rest(&y);
}

static bool old_at_rest(const struct device *x)
{
    return two_slots_running(x) == IMAGE_A && at_rest(x) && takes_another(x);
}

static bool new_at_rest(const struct device *x)
{
    bool confirmed = false;
    return two_slots_running(x) == IMAGE_B && at_rest(x) && takes_another(x) &&
           update_is_confirmed(&x->pair, &confirmed) == ERR_OK && confirmed;
}

/* Tried; or it was, in the boot that was cut right behind that mark, or the request was cut: the old image is there for
 * good. */
static bool tried_or_old(const struct device *x)
{
    bool confirmed = true;
    if (two_slots_running(x) != IMAGE_B)
        return old_at_rest(x);
    return update_is_confirmed(&x->pair, &confirmed) == ERR_OK && !confirmed && takes_another(x);
}

static bool either(const struct device *x)
{
    return two_slots_running(x) != IMAGE_NOTHING && takes_another(x);
}

static bool either_at_rest(const struct device *x)
{
    return either(x) && at_rest(x);
}

/* Old image confirmed by a first boot, new one uploaded. */
static void settled(const struct two_slots_shape *s)
{
    struct update_outcome out;
    fresh(s, IMAGE_A, IMAGE_NOTHING);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    assert_int_equal(trial_in(&start, SLOT_PRIMARY), TRIAL_CONFIRMED);
    assert_int_equal(update_upload_begin(&start.pair), ERR_OK);
    two_slots_install(&start, SLOT_SECONDARY, 0, IMAGE_B);
}

static void asked(const struct two_slots_shape *s, bool permanent)
{
    settled(s);
    assert_int_equal(update_set_pending(&start.pair, permanent), ERR_OK);
}

static void booted(const struct two_slots_shape *s)
{
    struct update_outcome out;
    asked(s, false);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    assert_int_equal(out.performed, SWAP_TYPE_TEST);
    assert_int_equal(two_slots_running(&start), IMAGE_B);
}

static void scenario_first_boot(const struct two_slots_shape *s)
{
    static const struct goal one = {"first boot", true, false, old_at_rest, NULL};
    static const struct goal two = {"first boot, two images", true, false, new_at_rest, NULL};
    fresh(s, IMAGE_A, IMAGE_NOTHING);
    sweep(&one);
    fresh(s, IMAGE_A, IMAGE_B);
    sweep(&two);
}

static void scenario_test_and_revert(const struct two_slots_shape *s)
{
    static const struct goal up = {"test", false, false, tried_or_old, NULL};
    static const struct goal back = {"revert", false, false, old_at_rest, NULL};
    asked(s, false);
    sweep(&up);
    assert_int_equal(two_slots_running(&end), IMAGE_B);
    two_slots_copy(&start, &end);
    sweep(&back);
    assert_int_equal(trailer_of(&end, SLOT_SECONDARY).magic, TRAILER_MAGIC_UNSET);
    assert_false(slot_has_header(&end.pair, SLOT_SECONDARY, 0));
}

/* A programmer put both there, the new one padded for a test: the old one is no failure, and not lost. */
static void scenario_padded(const struct two_slots_shape *s)
{
    static const struct goal up = {"request by a programmer", false, false, either, NULL};
    static const struct goal back = {"revert to a factory image", false, false, old_at_rest, NULL};
    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(trailer_put_magic(&start.pair, SLOT_SECONDARY), ERR_OK);
    sweep(&up);
    assert_int_equal(two_slots_running(&end), IMAGE_B);
    two_slots_copy(&start, &end);
    sweep(&back);
}

static void scenario_permanent(const struct two_slots_shape *s)
{
    static const struct goal g = {"permanent", true, false, new_at_rest, NULL};
    asked(s, true);
    sweep(&g);
}

static void scenario_confirm(const struct two_slots_shape *s)
{
    static const struct goal g = {"confirm", false, false, either_at_rest, app_confirms};
    booted(s);
    sweep(&g);
    assert_int_equal(two_slots_running(&end), IMAGE_B);
    assert_true(new_at_rest(&end));
}

static void scenario_request(const struct two_slots_shape *s)
{
    static const struct goal test = {"request a test", false, false, tried_or_old, app_asks_test};
    static const struct goal perm = {"request permanent", false, false, either, app_asks_permanent};
    settled(s);
    sweep(&test);
    settled(s);
    sweep(&perm);
    assert_true(new_at_rest(&end));
}

/* An upload begins over an image that failed, that is asked for, that was confirmed once. */
static void scenario_upload(const struct two_slots_shape *s)
{
    static const struct goal failed = {"upload over a failed one", false, false, old_at_rest,
                                       app_uploads};
    static const struct goal pending = {"upload over a request", false, false, tried_or_old,
                                        app_uploads};
    static const struct goal old = {"upload over the old image", false, false, new_at_rest,
                                    app_uploads};
    booted(s);
    start.pair.active = SLOT_PRIMARY; /* as a bootloader that leaves a failed image has it */
    sweep(&failed);
    asked(s, false);
    sweep(&pending);
    booted(s);
    assert_int_equal(update_set_confirmed(&start.pair), ERR_OK);
    sweep(&old);
}

static bool refused(const struct device *x)
{
    return old_at_rest(x) && trial_in(x, SLOT_SECONDARY) == TRIAL_NONE;
}

static void scenario_refused(const struct two_slots_shape *s)
{
    static const struct goal forged = {"forged image", false, false, refused, NULL};
    static const struct goal older = {"not newer", false, false, new_at_rest, NULL};
    struct update_outcome out;
    asked(s, false);
    start.bytes[start.pair.slot[1].offset + 40] ^= 1;
    sweep(&forged);

    fresh(s, IMAGE_B, IMAGE_NOTHING);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    two_slots_install(&start, SLOT_SECONDARY, 0, IMAGE_A);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_INVAL);
    assert_int_equal(trailer_put_magic(&start.pair, SLOT_SECONDARY), ERR_OK);
    sweep(&older);
    assert_int_equal(trailer_of(&end, SLOT_SECONDARY).magic, TRAILER_MAGIC_UNSET);
    assert_true(slot_has_header(&end.pair, SLOT_SECONDARY, 0));
}

/* A cut erase can leave the magic alone, so that the image is tried once more before it is kept. */
static bool new_at_rest_soon(const struct device *x)
{
    static struct device y;
    struct update_outcome out;
    two_slots_copy(&y, x);
    for (int boots = 0; boots < 2; boots++) {
        fake_power_on(&y.fake);
        if (two_slots_boot(&y, &out) != ERR_OK || two_slots_running(&y) != IMAGE_B)
            return false;
    }
    return new_at_rest(&y);
}

/* The confirmed image is spoilt while the new one is on trial: better the one than none. */
static void scenario_no_way_back(const struct two_slots_shape *s)
{
    static const struct goal g = {"no way back", false, false, new_at_rest_soon, NULL};
    booted(s);
    start.bytes[start.pair.slot[0].offset + 40] ^= 1;
    sweep(&g);
}

/* The older image has had its boot, or has it at the next. It is gone if the boot that was cut was that one. */
static bool older_is_tried(const struct device *x)
{
    static struct device y;
    struct update_outcome out;
    if (two_slots_running(x) == IMAGE_A)
        return takes_another(x);
    if (!slot_has_header(&x->pair, SLOT_PRIMARY, 0))
        return two_slots_running(x) == IMAGE_B && at_rest(x) && takes_another(x);
    two_slots_copy(&y, x);
    fake_power_on(&y.fake);
    return two_slots_boot(&y, &out) == ERR_OK && two_slots_running(&y) == IMAGE_A &&
           takes_another(&y);
}

/* An image on trial asks for one that is older. Once it is noted as the one to go back to it looks confirmed, and
 * newer: the attempt that has begun goes on all the same. */
static void scenario_older_from_trial(const struct two_slots_shape *s)
{
    static const struct goal g = {"an older one, asked for on trial", false, false, older_is_tried,
                                  NULL};
    bool confirmed;
    booted(s);
    assert_int_equal(update_upload_begin(&start.pair), ERR_OK);
    two_slots_install(&start, SLOT_PRIMARY, 0, IMAGE_A);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_OK);
    sweep(&g);
    assert_int_equal(two_slots_running(&end), IMAGE_A);
    assert_int_equal(update_is_confirmed(&end.pair, &confirmed), ERR_OK);
    assert_false(confirmed);
}

static void expect_no_writes(enum two_slots_image want)
{
    struct update_outcome out;
    fake_power_on(&start.fake);
    assert_int_equal(two_slots_boot(&start, &out), ERR_OK);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(two_slots_running(&start), want);
    assert_int_equal(start.fake.ops, 0);
}

static void scenario_newest(const struct two_slots_shape *s)
{
    static const struct goal old = {"upload over the old image", false, false, new_at_rest,
                                    app_uploads};
    enum swap_type type;
    fresh(s, IMAGE_B, IMAGE_A);
    expect_no_writes(IMAGE_B);
    start.bytes[40] ^= 1;
    expect_no_writes(IMAGE_A);

    fresh(s, IMAGE_A, IMAGE_B);
    assert_int_equal(trailer_put_magic(&start.pair, SLOT_PRIMARY), ERR_OK); /* as imgtool pads */
    assert_int_equal(update_next_swap_type(&start.pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_PERM);
    assert_int_equal(update_set_pending(&start.pair, false), ERR_NOTSUP);
    assert_int_equal(update_set_confirmed(&start.pair), ERR_OK);
    expect_no_writes(IMAGE_B);
    sweep(&old);
}

SWEEP_SCENARIO(first_boot)
SWEEP_SCENARIO(test_and_revert)
SWEEP_SCENARIO(padded)
SWEEP_SCENARIO(permanent)
SWEEP_SCENARIO(confirm)
SWEEP_SCENARIO(request)
SWEEP_SCENARIO(upload)
SWEEP_SCENARIO(refused)
SWEEP_SCENARIO(no_way_back)
SWEEP_SCENARIO(older_from_trial)
SWEEP_SCENARIO(newest)

int main(int argc, char **argv)
{
    const struct CMUnitTest trials[] = {
        cmocka_unit_test(sweep_first_boot),  cmocka_unit_test(sweep_test_and_revert),
        cmocka_unit_test(sweep_padded),      cmocka_unit_test(sweep_permanent),
        cmocka_unit_test(sweep_confirm),     cmocka_unit_test(sweep_request),
        cmocka_unit_test(sweep_upload),      cmocka_unit_test(sweep_refused),
        cmocka_unit_test(sweep_no_way_back), cmocka_unit_test(sweep_older_from_trial),
    };
    const struct CMUnitTest newest[] = {cmocka_unit_test(sweep_newest)};
    if (!sweep_choose(strategies, ARRAY_LEN(strategies), argc, argv))
        return 2;
    return swept->shapes->strategy->reverts ? cmocka_run_group_tests(trials, NULL, NULL)
                                            : cmocka_run_group_tests(newest, NULL, NULL);
}
