/* Keys that are shut out: by whom, when, and under power cuts. Real signatures. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/rollback/rollback_store.h"
#include "testing/rig_image.h"
#include "testing/update/rig_two_images.h"

static const struct two_images_shape shapes[] = {{&update_swap_offset, 32, 32, 512, 5, 0},
                                                 {&update_overwrite, 16, 16, 384, 4, 0}};

/* In the order of the bootloader's table: the one in use, the next, the one in the safe, a stranger. */
enum { DAILY, NEXT, SAFE, STRANGER, KEYS };
static struct fresh_key key[KEYS];
static struct image_key table[SAFE + 1];
static uint8_t hash[KEYS][SHA256_SIZE];

/* The key that signed the image, and the key that it retires (KEYS: none). */
static struct signed_image {
    struct member m;
    unsigned by, retires;
} images[] = {
    {.m = {.major = 1}, DAILY, KEYS},  {.m = {.major = 2}, NEXT, DAILY},
    {.m = {.major = 3}, DAILY, KEYS},  {.m = {.major = 4}, DAILY, SAFE},
    {.m = {.major = 5}, DAILY, DAILY}, {.m = {.major = 6}, NEXT, SAFE},
    {.m = {.major = 7}, SAFE, NEXT},   {.m = {.major = 8}, SAFE, STRANGER},
    {.m = {.major = 9}, SAFE, KEYS},
};
enum {
    OLD,
    LEAVE_DAILY,
    LATER_DAILY,
    DAILY_SAFE,
    DAILY_ITSELF,
    NEXT_SAFE,
    SAFE_NEXT,
    SAFE_NOBODY,
    PLAIN_SAFE
};

static struct two_images start, w;

static int make_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEYS; i++) {
        struct sha256 h;
        fresh_key_make(&key[i]);
        sha256_init(&h);
        sha256_update(&h, key[i].spki, sizeof key[i].spki);
        sha256_final(&h, hash[i]);
        if (i <= SAFE)
            table[i] = key[i].key;
    }
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < KEYS; i++)
        fresh_key_free(&key[i]);
    return 0;
}

static void fresh(const struct two_images_shape *s, unsigned count, unsigned running,
                  unsigned offered)
{
    two_images_init(&start, s, count);
    start.rollback.keys = true;
    start.keys = table;
    start.key_count = ARRAY_LEN(table);
    for (unsigned i = 0; i < ARRAY_LEN(images); i++) {
        struct member *m = &images[i].m;
        m->size = (uint8_t)(7 + i);
        m->counter = m->needs = -1;
        m->signer = &key[images[i].by].signer;
        m->retires = images[i].retires < KEYS ? hash[images[i].retires] : NULL;
        two_images_build(&start, m);
    }
    for (unsigned i = 0; i < count; i++)
        two_images_install(&start, i, SLOT_PRIMARY, &images[running].m);
    two_images_install(&start, 0, SLOT_SECONDARY, &images[offered].m);
}

static bool retired(struct two_images *f, unsigned which)
{
    struct rollback_record r = {.type = ROLLBACK_KEY};
    bool found;
    memcpy(r.name, hash[which], sizeof r.name);
    assert_int_equal(rollback_store_find(&f->rollback.area, &r, &found, NULL), ERR_OK);
    return found;
}

static void boot(struct two_images *f, unsigned runs)
{
    struct update_outcome out[2];
    fake_power_on(&f->fake);
    assert_int_equal(two_images_boot(f, out), ERR_OK);
    assert_int_equal(out[0].verdict, IMAGE_GENUINE);
    assert_true(two_images_runs(f, 0, &images[runs].m));
}

/* Upload an image for good, boot, and expect one to run. */
static void update(struct two_images *f, unsigned offered, unsigned runs)
{
    fake_power_on(&f->fake);
    assert_int_equal(update_upload_begin(&f->pair[0]), ERR_OK);
    two_images_install(f, 0, SLOT_SECONDARY, &images[offered].m);
    assert_int_equal(update_set_pending(&f->pair[0], true), ERR_OK);
    boot(f, runs);
}

/* The whole story: the daily key leaks, the next one shuts it out, the one in the safe that. */
static void one_after_the_other(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        struct trailer_state sec;
        fresh(s, 1, OLD, LEAVE_DAILY);
        boot(&start, OLD);
        update(&start, LEAVE_DAILY, LEAVE_DAILY);
        assert_true(retired(&start, DAILY) && !retired(&start, NEXT) && !retired(&start, SAFE));
        update(&start, LATER_DAILY, LEAVE_DAILY);
        assert_int_equal(trailer_read(&start.pair[0], SLOT_SECONDARY, &sec), ERR_OK);
        assert_int_equal(sec.magic, TRAILER_MAGIC_UNSET);
        update(&start, SAFE_NEXT, SAFE_NEXT);
        assert_true(retired(&start, DAILY) && retired(&start, NEXT) && !retired(&start, SAFE));
        update(&start, LEAVE_DAILY, SAFE_NEXT);
        update(&start, PLAIN_SAFE, PLAIN_SAFE);
        update(&start, SAFE_NOBODY, SAFE_NOBODY);
        assert_false(retired(&start, STRANGER));
        assert_int_equal(start.fake.violations, 0);
    }
}

/* A leaked key can retire neither a later key nor itself. */
static void nobody_retires_upwards(void **state)
{
    static const struct {
        unsigned image, key;
    } tries[] = {{DAILY_SAFE, SAFE}, {DAILY_ITSELF, DAILY}, {NEXT_SAFE, SAFE}};
    (void)state;
    FOR_EACH_SHAPE(s)
    for (unsigned i = 0; i < ARRAY_LEN(tries); i++) {
        fresh(s, 1, OLD, tries[i].image);
        boot(&start, OLD);
        update(&start, tries[i].image, tries[i].image);
        assert_false(retired(&start, tries[i].key));
        update(&start, PLAIN_SAFE, PLAIN_SAFE);
    }
}

/* An image on trial retires no key: the old image, to which a revert returns, is signed with it. */
static void a_trial_retires_nobody(void **state)
{
    (void)state;
    fresh(&shapes[0], 1, OLD, LEAVE_DAILY);
    assert_int_equal(update_set_pending(&start.pair[0], false), ERR_OK);
    boot(&start, LEAVE_DAILY);
    assert_false(retired(&start, DAILY));
    two_images_copy(&w, &start);
    boot(&w, OLD);
    assert_false(retired(&w, DAILY));
    assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
    boot(&start, LEAVE_DAILY);
    assert_true(retired(&start, DAILY));
}

/* Confirmed, and what the old key signed asked for before the next boot: it is shut out first. */
static void nothing_slips_in_between(void **state)
{
    (void)state;
    fresh(&shapes[0], 1, OLD, LEAVE_DAILY);
    assert_int_equal(update_set_pending(&start.pair[0], false), ERR_OK);
    boot(&start, LEAVE_DAILY);
    assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
    update(&start, LATER_DAILY, LEAVE_DAILY);
    assert_true(retired(&start, DAILY));
}

/* What a programmer puts into the primary is asked as well. */
static void it_holds_for_what_runs(void **state)
{
    struct update_outcome out[2];
    (void)state;
    fresh(&shapes[0], 1, OLD, LEAVE_DAILY);
    update(&start, LEAVE_DAILY, LEAVE_DAILY);
    two_images_install(&start, 0, SLOT_PRIMARY, &images[OLD].m);
    assert_int_equal(two_images_boot(&start, out), ERR_OK);
    assert_int_equal(out[0].verdict, IMAGE_REFUSED);
    assert_int_equal(out[0].primary.fault, IMAGE_FAULT_KEY_RETIRED);
}

/* Another image is signed with the key: it is not shut out before that one has been updated too. */
static void not_while_another_needs_it(void **state)
{
    struct update_outcome out[2];
    (void)state;
    fresh(&shapes[0], 2, OLD, LEAVE_DAILY);
    update(&start, LEAVE_DAILY, LEAVE_DAILY);
    assert_false(retired(&start, DAILY));
    two_images_install(&start, 1, SLOT_SECONDARY, &images[PLAIN_SAFE].m);
    assert_int_equal(update_set_pending(&start.pair[1], false), ERR_OK);
    boot(&start, LEAVE_DAILY);
    assert_false(retired(&start, DAILY)); /* image 1 is on trial */
    assert_int_equal(update_set_confirmed(&start.pair[1]), ERR_OK);
    boot(&start, LEAVE_DAILY);
    assert_true(retired(&start, DAILY));
    assert_int_equal(two_images_boot(&start, out), ERR_OK);
    assert_int_equal(out[1].verdict, IMAGE_GENUINE);
}

/* Every cut of the boot that stores it, more of them behind: the image runs, and in the end the key is shut out. */
static void every_cut(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, 1, LEAVE_DAILY, LATER_DAILY);
        two_images_copy(&w, &start);
        boot(&w, LEAVE_DAILY);
        uint32_t ops = w.fake.ops;
        assert_true(retired(&w, DAILY));
        for (uint32_t n = 1; n <= ops; n++)
            for (int how = 0; how < FAKE_CUT_COUNT; how++)
                for (unsigned more = 0; more < 2; more++) {
                    struct update_outcome out[2];
                    assert_int_equal(two_images_boot_cut(&w, &start, out, n, how, more), ERR_OK);
                    assert_int_equal(out[0].verdict, IMAGE_GENUINE);
                    assert_true(retired(&w, DAILY) && !retired(&w, NEXT));
                    assert_int_equal(w.fake.violations, 0);
                }
        print_message("  %u operations\n", (unsigned)ops);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_after_the_other),
        cmocka_unit_test(nobody_retires_upwards),
        cmocka_unit_test(a_trial_retires_nobody),
        cmocka_unit_test(it_holds_for_what_runs),
        cmocka_unit_test(nothing_slips_in_between),
        cmocka_unit_test(not_while_another_needs_it),
        cmocka_unit_test(every_cut),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
