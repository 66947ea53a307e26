/* Downgrade prevention by security counter, under power cuts: what has run for good is the floor, what is
 * on trial is not, and no cut moves the floor down or shuts out the image that runs. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/rollback/rollback_store.h"
#include "core/update/strategy.h"
#include "testing/update/rig_two_images.h"

static const struct two_images_shape shapes[] = {
    {&update_swap_offset, 1, 8, 128, 6, 0}, {&update_swap_offset, 32, 32, 512, 5, 0},
    {&update_swap_move, 8, 8, 192, 6, 0},   {&update_swap_scratch, 8, 8, 192, 5, 1},
    {&update_overwrite, 16, 16, 384, 4, 0},
};

/* Versions rise with the counter, but for the last two. */
static struct member a = {.major = 1, .size = 9, .counter = 3, .needs = -1};
static struct member b = {.major = 2, .size = 15, .counter = 5, .needs = -1};
static struct member c = {.major = 3, .size = 10, .counter = 5, .needs = -1};
static struct member low = {.major = 9, .size = 11, .counter = 4, .needs = -1};
static struct member none = {.major = 9, .size = 12, .counter = -1, .needs = -1};
static struct member *const all[] = {&a, &b, &c, &low, &none};

static struct two_images start, end, w;

static void fresh(const struct two_images_shape *s, const struct member *running,
                  const struct member *offered)
{
    two_images_init(&start, s, 1);
    start.rollback.counters = true;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        two_images_build(&start, all[i]);
    two_images_install(&start, 0, SLOT_PRIMARY, running);
    two_images_install(&start, 0, SLOT_SECONDARY, offered);
}

static void ask(struct two_images *f, bool permanent)
{
    assert_int_equal(update_set_pending(&f->pair[0], permanent), ERR_OK);
}

static void boot(struct two_images *f)
{
    struct update_outcome out[2];
    assert_int_equal(two_images_boot(f, out), ERR_OK);
    assert_int_equal(out[0].verdict, IMAGE_GENUINE);
}

/* A further boot changes nothing. */
static bool at_rest(const struct two_images *x)
{
    static struct two_images y;
    struct update_outcome out[2];
    two_images_copy(&y, x);
    fake_power_on(&y.fake);
    return two_images_boot(&y, out) == ERR_OK && y.fake.ops == 0 && out[0].verdict == IMAGE_GENUINE;
}

/* What must be true after every cut: one of two images runs, and the floor that belongs to it. */
struct goal {
    const char *name;
    const struct member *image;
    uint32_t counter;
    const struct member
        *back; /* a cut right behind a test's end makes the next boot a revert; or NULL */
    uint32_t back_counter;
};

static void check_after(const struct goal *g, uint32_t n, int how, unsigned more)
{
    struct update_outcome out[2];
    enum err e = two_images_boot_cut(&w, &start, out, n, how, more);
    bool reached = two_images_runs(&w, 0, g->image) && two_images_counter(&w, 0) == g->counter;
    bool back =
        g->back && two_images_runs(&w, 0, g->back) && two_images_counter(&w, 0) == g->back_counter;
    if (e || out[0].verdict != IMAGE_GENUINE || w.fake.violations != 0 || !(reached || back))
        fail_msg("%s, %s, word %u: cut %u class %d more %u: err %d, %s, counter %u", g->name,
                 strategy_of(&start.pair[0])->name, (unsigned)w.fake.flash.word, (unsigned)n, how,
                 more, e, image_fault_text(out[0].primary.fault),
                 (unsigned)two_images_counter(&w, 0));
}

static void sweep(const struct goal *g)
{
    struct update_outcome out[2];
    two_images_copy(&w, &start);
    fake_power_on(&w.fake);
    assert_int_equal(two_images_boot(&w, out), ERR_OK);
    two_images_copy(&end, &w);
    uint32_t ops = w.fake.ops;
    assert_true(two_images_runs(&w, 0, g->image));
    assert_int_equal(two_images_counter(&w, 0), g->counter);
    for (uint32_t n = 1; n <= ops; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++)
            for (unsigned more = 0; more < 3; more++)
                if (fake_cut_is_drawn(n, how, more))
                    check_after(g, n, how, 3 * more);
    print_message("  %s: %u operations\n", g->name, (unsigned)ops);
}

/* The new image runs on trial. */
static void fresh_on_trial(const struct two_images_shape *s)
{
    fresh(s, &a, &b);
    boot(&start);
    ask(&start, false);
    boot(&start);
}

/* Then a third image is uploaded and requested as permanent. */
static void offer_low(void)
{
    assert_int_equal(update_upload_begin(&start.pair[0]), ERR_OK);
    two_images_install(&start, 0, SLOT_SECONDARY, &low);
    ask(&start, true);
}

/* Nothing but the first boot of a factory image: its counter becomes the floor. */
static void factory(void **state)
{
    static const struct goal g = {"factory image", &a, 3, NULL, 0};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &a, &b);
        sweep(&g);
        assert_true(at_rest(&end));
    }
}

static void permanent(void **state)
{
    static const struct goal g = {"permanent", &b, 5, NULL, 0};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &a, &b);
        boot(&start);
        ask(&start, true);
        sweep(&g);
        assert_true(at_rest(&end));
    }
}

/* During a trial the stored counter does not rise, so that the old image can return; it rises at the boot after the
 * confirmation. */
static void test_then_revert_or_confirm(void **state)
{
    static const struct goal up = {"test", &b, 3, &a, 3}, back = {"revert", &a, 3, NULL, 0},
                             kept = {"confirmed", &b, 5, NULL, 0};
    static struct two_images tried;
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh(s, &a, &b);
        boot(&start);
        ask(&start, false);
        sweep(&up);
        two_images_copy(&tried, &end);
        two_images_copy(&start, &tried);
        sweep(&back);
        two_images_copy(&start, &tried);
        assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
        sweep(&kept);
        assert_true(at_rest(&end));
    }
}

/* A request for an image below the floor, or without a counter, is cleared; nothing else is erased. */
static void refused(void **state)
{
    static const struct goal g = {"refused", &b, 5, NULL, 0};
    const struct member *const offers[] = {&low, &a, &none};
    (void)state;
    FOR_EACH_SHAPE(s)
    for (unsigned n = 0; n < ARRAY_LEN(offers); n++) {
        struct trailer_state sec;
        fresh(s, &b, offers[n]);
        boot(&start);
        ask(&start, n & 1);
        sweep(&g);
        const struct slot_pair *p = &end.pair[0];
        uint32_t at = p->slot[SLOT_SECONDARY].offset + update_upload_offset(p);
        assert_memory_equal(end.bytes + at, offers[n]->bytes, offers[n]->len);
        assert_int_equal(trailer_read(p, SLOT_SECONDARY, &sec), ERR_OK);
        assert_int_equal(sec.magic, TRAILER_MAGIC_UNSET);
        assert_true(at_rest(&end));
    }
}

/* The same counter is no downgrade, whatever the version. */
static void equal_is_taken(void **state)
{
    static const struct goal g = {"equal", &b, 5, NULL, 0};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &c, &b);
        boot(&start);
        ask(&start, true);
        sweep(&g);
    }
}

/* Confirmed, and an older one asked for before the next boot: the floor rises first. */
static void nothing_slips_in_between(void **state)
{
    static const struct goal g = {"slip in", &b, 5, NULL, 0};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh_on_trial(s);
        assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
        offer_low();
        sweep(&g);
    }
}

/* During a trial a third image with a lower counter is accepted: only confirmed images count. */
static void trial_is_no_floor(void **state)
{
    static const struct goal g = {"over a trial", &low, 4, NULL, 0};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh_on_trial(s);
        offer_low();
        sweep(&g);
    }
}

/* An older image that a programmer put into the primary does not run. Overwrite then brings in the one that waits, the
 * others when they are asked to. */
static void holds_for_what_runs(void **state)
{
    struct update_outcome out[2];
    const struct member *const old[] = {&low, &none};
    (void)state;
    FOR_EACH_SHAPE(s)
    for (unsigned n = 0; n < ARRAY_LEN(old); n++) {
        fresh(s, &b, &c);
        boot(&start);
        two_images_install(&start, 0, SLOT_PRIMARY, old[n]);
        fake_power_on(&start.fake);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        if (s->strategy->reverts) {
            assert_int_equal(out[0].verdict, IMAGE_REFUSED);
            assert_int_equal(out[0].primary.fault,
                             n ? IMAGE_FAULT_COUNTER_MISSING : IMAGE_FAULT_COUNTER_LOW);
            assert_int_equal(start.fake.ops, 0);
            ask(&start, true);
            boot(&start);
        }
        assert_true(two_images_runs(&start, 0, &c));
    }
}

/* A rollback store that is full or damaged stops no genuine image. */
static void a_damaged_rollback_store_is_not_fatal(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &b, &c);
        boot(&start);
        uint32_t places = start.fake.flash.sector / ROLLBACK_RECORD_SIZE;
        for (uint32_t n = 0; n + 2 < places; n++) {
            const struct rollback_record r = {
                .type = ROLLBACK_KEY, .value = 1, .name = {(uint8_t)n}};
            assert_int_equal(rollback_store_raise(&start.rollback.area, &r, NULL), ERR_OK);
        }
        boot(&start);
        for (uint32_t at = 0; at < start.rollback.area.size; at += start.fake.flash.word)
            fake_spoil(&start.fake, start.rollback.area.offset + at, FAKE_UNREADABLE);
        boot(&start);
        assert_int_equal(two_images_counter(&start, 0), 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(factory),
        cmocka_unit_test(permanent),
        cmocka_unit_test(test_then_revert_or_confirm),
        cmocka_unit_test(refused),
        cmocka_unit_test(equal_is_taken),
        cmocka_unit_test(nothing_slips_in_between),
        cmocka_unit_test(trial_is_no_floor),
        cmocka_unit_test(holds_for_what_runs),
        cmocka_unit_test(a_damaged_rollback_store_is_not_fatal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
