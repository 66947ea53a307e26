/* What a device remembers, where images run from either slot (direct-XIP): the newest image that may run does, and
 * neither a cut nor a higher version brings one back that the counter or a retired key has shut out. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "testing/rig_image.h"
#include "testing/update/rig_two_images.h"

static const struct two_images_shape newest[] = {{&update_direct_xip, 8, 8, 192, 4, 0},
                                                 {&update_direct_xip, 32, 32, 512, 4, 0}};
static const struct two_images_shape tried[] = {{&update_direct_xip_revert, 8, 8, 192, 4, 0},
                                                {&update_direct_xip_revert, 32, 32, 512, 4, 0}};

static struct member a = {.major = 1, .size = 9, .counter = 3, .needs = -1};
static struct member b = {.major = 2, .size = 15, .counter = 5, .needs = -1};
static struct member low = {.major = 9, .size = 11, .counter = 4, .needs = -1};
static struct member none = {.major = 9, .size = 12, .counter = -1, .needs = -1};
static struct member *const all[] = {&a, &b, &low, &none};

static struct two_images start, w;

static void fresh(const struct two_images_shape *s)
{
    two_images_init(&start, s, 1);
    start.rollback.counters = true;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        two_images_build(&start, all[i]);
    two_images_install(&start, 0, SLOT_PRIMARY, &a);
}

static struct update_outcome boot(struct two_images *f)
{
    struct update_outcome out[2];
    assert_int_equal(two_images_boot(f, out), ERR_OK);
    return out[0];
}

static void expect(struct two_images *f, enum slot runs, uint32_t counter)
{
    struct update_outcome out = boot(f);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(out.slot, runs);
    assert_int_equal(two_images_counter(f, 0), counter);
}

/* Put another image into the slot that does not run, and ask for it where that can be done. */
static void offer(struct two_images *f, enum slot running, const struct member *m)
{
    f->pair[0].active = running;
    assert_int_equal(update_upload_begin(&f->pair[0]), ERR_OK);
    two_images_install(f, 0, running == SLOT_PRIMARY ? SLOT_SECONDARY : SLOT_PRIMARY, m);
    if (update_takes_requests(&f->pair[0]))
        assert_int_equal(update_set_pending(&f->pair[0], false), ERR_OK);
}

/* Cut the boot that start stands before at every operation, in every way: what runs, and what is remembered, is one of
 * two states; and once more nothing is undone. */
struct state {
    enum slot slot;
    uint32_t counter;
};

static void sweep(const char *name, const struct state *end, const struct state *other)
{
    two_images_copy(&w, &start);
    fake_power_on(&w.fake);
    expect(&w, end->slot, end->counter);
    uint32_t ops = w.fake.ops;
    for (uint32_t n = 1; n <= ops; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++) {
            struct update_outcome out[2];
            uint32_t seed = n * 977 + (uint32_t)how;
            if (!fake_cut_is_drawn(n, how, 0))
                continue;
            two_images_copy(&w, &start);
            fake_power_on(&w.fake);
            fake_cut_at(&w.fake, n, (enum fake_cut)how, seed);
            enum err e = two_images_boot_through(&w, out, &seed, n % 3);
            uint32_t counter = two_images_counter(&w, 0);
            bool at_end = out[0].slot == end->slot && counter == end->counter;
            bool at_other = other && out[0].slot == other->slot && counter == other->counter;
            if (e || out[0].verdict != IMAGE_GENUINE || w.fake.violations || !(at_end || at_other))
                fail_msg("%s: cut %u class %d: err %d, slot %u, counter %u", name, (unsigned)n, how,
                         e, (unsigned)out[0].slot, (unsigned)counter);
        }
    print_message("  %s: %u operations\n", name, (unsigned)ops);
}

/* Without revert the newest image runs at once and counts as confirmed: the counter rises at its first boot. */
static void the_newest_raises_the_counter(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(newest); i++) {
        fresh(&newest[i]);
        expect(&start, SLOT_PRIMARY, 3);
        offer(&start, SLOT_PRIMARY, &b);
        sweep("newest", &(struct state){SLOT_SECONDARY, 5}, NULL);
    }
}

/* A higher version with a lower counter, or with none, does not run; what ran goes on. */
static void a_low_counter_does_not_run(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(newest); i++) {
        fresh(&newest[i]);
        offer(&start, SLOT_PRIMARY, &b);
        expect(&start, SLOT_SECONDARY, 5);
        offer(&start, SLOT_SECONDARY, &low);
        two_images_copy(&w, &start);
        assert_int_equal(boot(&w).secondary.fault, IMAGE_FAULT_COUNTER_LOW);
        expect(&w, SLOT_SECONDARY, 5);
        offer(&start, SLOT_SECONDARY, &none);
        assert_int_equal(boot(&start).secondary.fault, IMAGE_FAULT_COUNTER_MISSING);
        expect(&start, SLOT_SECONDARY, 5);
        /* Alone it does not run either. */
        const struct flash_area *sec = &start.pair[0].slot[SLOT_SECONDARY];
        fake_spoil(&start.fake, sec->offset, FAKE_UNREADABLE);
        assert_int_not_equal(boot(&start).verdict, IMAGE_GENUINE);
    }
}

/* With revert the counter stays through the trial: the old image must be able to return. */
static void a_trial_does_not_raise_the_counter(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(tried); i++) {
        const struct state old = {SLOT_PRIMARY, 3}, trial = {SLOT_SECONDARY, 3};
        fresh(&tried[i]);
        expect(&start, SLOT_PRIMARY, 3);
        offer(&start, SLOT_PRIMARY, &b);
        sweep("trial", &trial, &old); /* a cut where its one boot is noted takes the request back */
        expect(&start, SLOT_SECONDARY, 3);
        two_images_copy(&w, &start);
        sweep("goes back", &old, NULL);
        two_images_copy(&w, &start);
        w.pair[0].active = SLOT_SECONDARY;
        assert_int_equal(update_set_confirmed(&w.pair[0]), ERR_OK);
        two_images_copy(&start, &w);
        sweep("kept", &(struct state){SLOT_SECONDARY, 5}, NULL);
    }
}

/* A request for what is too old is cleared, with the reason; the confirmed image runs. */
static void a_low_request_is_cleared(void **state)
{
    struct trailer_state t;
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(tried); i++) {
        fresh(&tried[i]);
        expect(&start, SLOT_PRIMARY, 3);
        offer(&start, SLOT_PRIMARY, &b);
        expect(&start, SLOT_SECONDARY, 3);
        start.pair[0].active = SLOT_SECONDARY;
        assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
        expect(&start, SLOT_SECONDARY, 5);
        offer(&start, SLOT_SECONDARY, &low);
        assert_int_equal(trailer_read(&start.pair[0], SLOT_PRIMARY, &t), ERR_OK);
        assert_int_equal(t.magic, TRAILER_MAGIC_GOOD);
        sweep("too old", &(struct state){SLOT_SECONDARY, 5}, NULL);
        expect(&start, SLOT_SECONDARY, 5);
        assert_int_equal(trailer_read(&start.pair[0], SLOT_PRIMARY, &t), ERR_OK);
        assert_int_not_equal(t.magic, TRAILER_MAGIC_GOOD);
    }
}

/* A key is retired by an image in the other slot; then the old image, which it signed, runs nowhere. */
static void a_retired_key_is_shut_out_in_either_slot(void **state)
{
    static struct fresh_key key[2];
    static struct image_key table[2];
    static struct member old = {.major = 1, .size = 9, .counter = -1, .needs = -1};
    static struct member next = {.major = 2, .size = 9, .counter = -1, .needs = -1};
    static struct member later = {.major = 3, .size = 9, .counter = -1, .needs = -1};
    uint8_t hash[SHA256_SIZE];
    struct sha256 h;
    (void)state;
    for (unsigned i = 0; i < 2; i++) {
        fresh_key_make(&key[i]);
        table[i] = key[i].key;
    }
    sha256_init(&h);
    sha256_update(&h, key[0].spki, sizeof key[0].spki);
    sha256_final(&h, hash);
    old.signer = later.signer = &key[0].signer;
    next.signer = &key[1].signer;
    next.retires = hash;
    two_images_init(&start, &newest[1], 1);
    start.rollback.keys = true;
    start.keys = table;
    start.key_count = ARRAY_LEN(table);
    struct member *const made[] = {&old, &next, &later};
    for (unsigned i = 0; i < ARRAY_LEN(made); i++)
        two_images_build(&start, made[i]);
    two_images_install(&start, 0, SLOT_PRIMARY, &old);
    assert_int_equal(boot(&start).slot, SLOT_PRIMARY);
    offer(&start, SLOT_PRIMARY, &next);
    assert_int_equal(boot(&start).slot, SLOT_SECONDARY);
    offer(&start, SLOT_SECONDARY, &later);
    struct update_outcome out = boot(&start);
    assert_int_equal(out.slot, SLOT_SECONDARY);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(out.secondary.fault, IMAGE_FAULT_KEY_RETIRED);
    for (unsigned i = 0; i < 2; i++)
        fresh_key_free(&key[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_newest_raises_the_counter),
        cmocka_unit_test(a_low_counter_does_not_run),
        cmocka_unit_test(a_trial_does_not_raise_the_counter),
        cmocka_unit_test(a_low_request_is_cleared),
        cmocka_unit_test(a_retired_key_is_shut_out_in_either_slot),
    };
    return cmocka_run_group_tests_name("guard, either slot", tests, NULL, NULL);
}
