/* Two images that need each other, under power cuts: whenever the bootloader gets to its end, the two that would run
 * are a pair that the dependencies allow, and the one that was asked for. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "core/update/strategy.h"
#include "testing/update/rig_two_images.h"

static const struct two_images_shape shapes[] = {
    {&update_swap_offset, 8, 8, 192, 5, 0}, {&update_swap_offset, 32, 32, 512, 5, 0},
    {&update_swap_move, 16, 16, 384, 5, 0}, {&update_swap_scratch, 8, 8, 192, 4, 1},
    {&update_overwrite, 16, 16, 384, 3, 0},
};

/* Old and new of either; the new ones need each other. */
static struct member a0 = {.major = 1, .size = 9, .counter = 1, .needs = -1};
static struct member b0 = {.major = 2, .size = 14, .counter = 2, .needs = 1, .version = 2};
static struct member a1 = {.major = 1, .size = 13, .counter = 1, .needs = -1};
static struct member b1 = {.major = 2, .size = 8, .counter = 2, .needs = 0, .version = 2};
/* Images without dependencies; an image that depends on one that the device lacks. */
static struct member free0 = {.major = 3, .size = 11, .counter = 3, .needs = -1};
static struct member free1 = {.major = 3, .size = 10, .counter = 3, .needs = -1};
static struct member lost0 = {.major = 4, .size = 10, .counter = 3, .needs = 3, .version = 1};
static struct member none = {.counter = -1}; /* stands for nothing at all */

static struct member *const image0[] = {&a0, &b0, &free0, &lost0};
static struct member *const image1[] = {&a1, &b1, &free1, &free1};

static struct two_images start, end, w;
static bool encrypted;

static void fresh(const struct two_images_shape *s, const struct member *offered0,
                  const struct member *offered1)
{
    two_images_init(&start, s, 2);
    if (encrypted)
        two_images_encrypt(&start);
    start.rollback.counters = true;
    for (unsigned i = 0; i < ARRAY_LEN(image0); i++) {
        two_images_build(&start, image0[i]);
        two_images_build(&start, image1[i]);
    }
    two_images_install(&start, 0, SLOT_PRIMARY, &a0);
    two_images_install(&start, 1, SLOT_PRIMARY, &a1);
    if (offered0 != &none)
        two_images_install(&start, 0, SLOT_SECONDARY, offered0);
    if (offered1 != &none)
        two_images_install(&start, 1, SLOT_SECONDARY, offered1);
    struct update_outcome out[2];
    assert_int_equal(two_images_boot(&start, out),
                     ERR_OK); /* the counters of the factory's images */
}

static const struct member *running(const struct two_images *f, unsigned image)
{
    struct member *const *list = image ? image1 : image0;
    for (unsigned i = 0; i < ARRAY_LEN(image0); i++)
        if (two_images_runs(f, image, list[i]))
            return list[i];
    return &none;
}

/* The dependencies, computed independently of the code. */
static bool is_allowed(const struct two_images *f)
{
    const struct member *m[2] = {running(f, 0), running(f, 1)};
    for (unsigned i = 0; i < 2; i++)
        if (m[i] == &none ||
            (m[i]->needs >= 0 && (m[i]->needs > 1 || m[m[i]->needs]->major < m[i]->version)))
            return false;
    return true;
}

struct goal {
    const char *name;
    const struct member *want[2];
    bool may_revert; /* a cut right behind a test's end makes the next boot a revert */
};

static bool reached(const struct goal *g, const struct two_images *f)
{
    return running(f, 0) == g->want[0] && running(f, 1) == g->want[1];
}

static bool old_pair(const struct two_images *f)
{
    return running(f, 0) == &a0 && running(f, 1) == &a1;
}

static void check_after(const struct goal *g, uint32_t n, int how, unsigned more)
{
    struct update_outcome out[2];
    enum err e = two_images_boot_cut(&w, &start, out, n, how, more);
    bool good = !e && out[0].verdict == IMAGE_GENUINE && out[1].verdict == IMAGE_GENUINE &&
                w.fake.violations == 0 && is_allowed(&w) &&
                (reached(g, &w) || (g->may_revert && old_pair(&w)));
    if (!good)
        fail_msg("%s, %s, word %u: cut %u class %d more %u: err %d, %s / %s, images %u.0 and %u.0",
                 g->name, strategy_of(&w.pair[0])->name, (unsigned)w.fake.flash.word, (unsigned)n,
                 how, more, e, image_fault_text(out[0].primary.fault),
                 image_fault_text(out[1].primary.fault), running(&w, 0)->major,
                 running(&w, 1)->major);
    /* And so it stays, boot after boot. */
    fake_power_on(&w.fake);
    for (unsigned i = 0; i < 2; i++)
        if (two_images_boot(&w, out) != ERR_OK || !is_allowed(&w) ||
            out[0].verdict != IMAGE_GENUINE || out[1].verdict != IMAGE_GENUINE)
            fail_msg("%s: boot %u after cut %u class %d more %u: images %u.0 and %u.0", g->name, i,
                     (unsigned)n, how, more, running(&w, 0)->major, running(&w, 1)->major);
}

static void sweep(const struct goal *g)
{
    struct update_outcome out[2];
    two_images_copy(&w, &start);
    fake_power_on(&w.fake);
    assert_int_equal(two_images_boot(&w, out), ERR_OK);
    two_images_copy(&end, &w);
    uint32_t ops = w.fake.ops;
    if (!reached(g, &w) || !is_allowed(&w))
        fail_msg("%s: images %u.0 and %u.0", g->name, running(&w, 0)->major, running(&w, 1)->major);
    for (uint32_t n = 1; n <= ops; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++)
            for (unsigned more = 0; more < 2; more++)
                if (fake_cut_is_drawn(n, how, more))
                    check_after(g, n, how, 4 * more);
    print_message("  %-9s word %2u: %-24s %u operations\n", strategy_of(&w.pair[0])->name,
                  (unsigned)w.fake.flash.word, g->name, (unsigned)ops);
}

static void ask(unsigned image, bool permanent)
{
    assert_int_equal(update_set_pending(&start.pair[image], permanent), ERR_OK);
}

static bool asked(const struct two_images *f, unsigned image)
{
    struct trailer_state sec;
    static struct two_images x;
    two_images_copy(&x, f);
    fake_power_on(&x.fake);
    assert_int_equal(trailer_read(&x.pair[image], SLOT_SECONDARY, &sec), ERR_OK);
    return sec.magic == TRAILER_MAGIC_GOOD;
}

static void both_permanent(void **state)
{
    static const struct goal g = {"both permanent", {&b0, &b1}, false};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &b0, &b1);
        ask(0, true);
        ask(1, true);
        sweep(&g);
        if (s->strategy->reverts) /* what went out did so as it once came */
            assert_true(two_images_keeps(&end, 0, 0, &a0) && two_images_keeps(&end, 1, 0, &a1));
        assert_int_equal(two_images_counter(&end, 0), 2);
        assert_int_equal(two_images_counter(&end, 1), 2);
    }
}

static void both_on_trial_and_back(void **state)
{
    static const struct goal up = {"both on trial", {&b0, &b1}, true},
                             back = {"both back", {&a0, &a1}, false};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh(s, &b0, &b1);
        ask(0, false);
        ask(1, false);
        sweep(&up);
        assert_int_equal(two_images_counter(&end, 0), 1);
        two_images_copy(&start, &end);
        sweep(&back);
        uint32_t upload = update_upload_offset(&end.pair[0]);
        assert_true(two_images_keeps(&end, 0, upload, &b0) &&
                    two_images_keeps(&end, 1, upload, &b1));
    }
}

/* One alone waits, whichever it is, and nothing is erased for it; with the other one both move. */
static void one_waits_for_the_other(void **state)
{
    static const struct goal g = {"the other one has come", {&b0, &b1}, false};
    (void)state;
    FOR_EACH_SHAPE(s)
    for (unsigned first = 0; first < 2; first++) {
        struct update_outcome out[2];
        fresh(s, &b0, &b1);
        ask(first, true);
        fake_power_on(&start.fake);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        assert_int_equal(start.fake.ops, 0);
        assert_int_equal(out[first].requested, SWAP_TYPE_PERM);
        assert_int_equal(out[first].performed, SWAP_TYPE_NONE);
        assert_true(old_pair(&start) && asked(&start, first));
        assert_int_equal(out[0].verdict, IMAGE_GENUINE);
        assert_int_equal(out[1].verdict, IMAGE_GENUINE);
        ask(1 - first, true);
        sweep(&g);
    }
}

/* The one confirmed keeps the other: going back alone would break them apart. */
static void half_a_confirmation(void **state)
{
    static const struct goal g = {"half confirmed", {&b0, &b1}, false};
    (void)state;
    FOR_EACH_SWAP(s)
    for (unsigned confirmed = 0; confirmed < 2; confirmed++) {
        struct update_outcome out[2];
        fresh(s, &b0, &b1);
        ask(0, false);
        ask(1, false);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        assert_int_equal(update_set_confirmed(&start.pair[confirmed]), ERR_OK);
        sweep(&g);
        assert_int_equal(update_set_confirmed(&end.pair[1 - confirmed]), ERR_OK);
        assert_int_equal(two_images_boot(&end, out), ERR_OK);
        assert_int_equal(two_images_counter(&end, 1 - confirmed), 2);
    }
}

/* The second confirmation is cut, in every way, and made again: no word is written twice, for a revert that was due and
 * is not done has had its trailer written anew. */
static void half_a_confirmation_is_cut(void **state)
{
    (void)state;
    FOR_EACH_SWAP(s)
    for (int how = 0; how < FAKE_CUT_COUNT; how++) {
        struct update_outcome out[2];
        fresh(s, &b0, &b1);
        ask(0, false);
        ask(1, false);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        assert_int_equal(update_set_confirmed(&start.pair[0]), ERR_OK);
        fake_cut_at(&start.fake, 1, (enum fake_cut)how, 7);
        (void)!update_set_confirmed(&start.pair[1]);
        fake_power_on(&start.fake);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        assert_int_equal(update_set_confirmed(&start.pair[1]), ERR_OK);
        assert_int_equal(start.fake.violations, 0);
        assert_true(running(&start, 0) == &b0 && running(&start, 1) == &b1);
    }
}

/* A power cut has turned a permanent request into a test request, which waits; it is requested again. */
static void a_waiting_test_becomes_permanent(void **state)
{
    (void)state;
    FOR_EACH_SWAP(s)
    {
        struct update_outcome out[2];
        fresh(s, &b0, &b1);
        ask(0, false);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        ask(0, true);
        ask(1, true);
        for (unsigned i = 0; i < 2; i++) {
            assert_int_equal(two_images_boot(&start, out), ERR_OK);
            assert_true(running(&start, 0) == &b0 && running(&start, 1) == &b1);
        }
        assert_int_equal(two_images_counter(&start, 0), 2);
    }
}

/* One permanent request and one test at the same boot. */
static void mixed_requests(void **state)
{
    static const struct goal g = {"mixed", {&b0, &b1}, false};
    (void)state;
    FOR_EACH_SWAP(s)
    for (unsigned good = 0; good < 2; good++) {
        fresh(s, &b0, &b1);
        ask(good, true);
        ask(1 - good, false);
        sweep(&g);
    }
}

/* What is forged is cleared, and what needs it waits. */
static void the_other_is_forged(void **state)
{
    static const struct goal g = {"the other is forged", {&a0, &a1}, false};
    (void)state;
    FOR_EACH_SHAPE(s)
    for (unsigned bad = 0; bad < 2; bad++) {
        fresh(s, &b0, &b1);
        const struct slot_pair *p = &start.pair[bad];
        start.bytes[p->slot[SLOT_SECONDARY].offset + update_upload_offset(p) + 40] ^= 1;
        ask(0, true);
        ask(1, true);
        sweep(&g);
        assert_false(asked(&end, bad));
        assert_true(asked(&end, 1 - bad));
    }
}

static void nobody_else_is_concerned(void **state)
{
    static const struct goal up = {"one alone", {&a0, &free1}, true},
                             back = {"one alone, back", {&a0, &a1}, false};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh(s, &none, &free1);
        ask(1, false);
        sweep(&up);
        two_images_copy(&start, &end);
        sweep(&back);
    }
}

/* An update of two images without dependencies: after a power cut in the middle, the first one is not reverted
 * alone. */
static void strangers_go_together(void **state)
{
    static const struct goal up = {"strangers", {&free0, &free1}, true};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        fresh(s, &free0, &free1);
        ask(0, false);
        ask(1, false);
        sweep(&up);
    }
}

/* It needs image 3, which the device has not: it waits, and so does what came with it. */
static void needs_what_is_not_there(void **state)
{
    static const struct goal g = {"needs image 3", {&a0, &a1}, false};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        fresh(s, &lost0, &free1);
        ask(0, true);
        ask(1, true);
        sweep(&g);
        assert_true(asked(&end, 0) && asked(&end, 1));
    }
}

/* A factory that got it wrong: images that do not fit run all the same, and what mends them may come. */
static void a_bad_pair_can_be_mended(void **state)
{
    static const struct goal g = {"mended", {&b0, &b1}, false};
    (void)state;
    FOR_EACH_SHAPE(s)
    {
        struct update_outcome out[2];
        fresh(s, &none, &b1);
        two_images_install(&start, 0, SLOT_PRIMARY, &b0);
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        assert_int_equal(out[0].verdict, IMAGE_GENUINE);
        ask(1, true);
        two_images_copy(&w, &start);
        assert_int_equal(two_images_boot(&w, out), ERR_OK);
        assert_true(reached(&g, &w));
    }
}

/* The pair that runs does not fit, and what is asked for would not either: going back is better than none. */
static void a_bad_trial_goes_back(void **state)
{
    static const struct goal g = {"bad trial", {&a0, &a1}, false};
    (void)state;
    FOR_EACH_SWAP(s)
    {
        struct update_outcome out[2];
        fresh(s, &lost0, &b1);
        ask(1, false);
        const struct slot_pair first = start.pair[0];
        start.pair[0] = start.pair[1]; /* for a bootloader that knows of no other image */
        start.count = 1;
        assert_int_equal(two_images_boot(&start, out), ERR_OK);
        start.pair[0] = first;
        start.count = 2;
        ask(0, true);
        assert_true(running(&start, 1) == &b1);
        sweep(&g);
        assert_true(asked(&end, 0));
    }
}

/* One request is made, then the other; a cut anywhere between leaves a pair that fits. */
static void asking_is_cut(void **state)
{
    (void)state;
    FOR_EACH_SHAPE(s)
    for (uint32_t n = 1; n < 12; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++) {
            struct update_outcome out[2];
            uint32_t seed = n;
            fresh(s, &b0, &b1);
            two_images_copy(&w, &start);
            fake_power_on(&w.fake);
            fake_cut_at(&w.fake, n, (enum fake_cut)how, n);
            for (unsigned i = 0; i < 2; i++)
                (void)!update_set_pending(&w.pair[i], true);
            fake_power_on(&w.fake);
            assert_int_equal(two_images_boot_through(&w, out, &seed, 2), ERR_OK);
            assert_true(is_allowed(&w));
            assert_int_equal(w.fake.violations, 0);
        }
}

static void partitions(void **state)
{
    static uint8_t bytes[4096], words[4096];
    static const struct partition rows[] = {
        {"slot0", 0, 512}, {"slot1", 512, 512}, {"slot2", 1024, 640}, {"slot3", 1664, 640}};
    struct partition_table table = {rows, 4};
    struct slot_pair pairs[2] = {{.max_align = 8}, {.max_align = 8}};
    struct fake_flash f;
    (void)state;
    fake_init(&f, 8, 128, 32, bytes, words);
    assert_int_equal(update_open_images(pairs, 2, &f.flash, &table), ERR_OK);
    assert_int_equal(pairs[1].slot[SLOT_SECONDARY].offset, 1664);
    assert_int_equal(pairs[1].image, 1);
    assert_int_equal(pairs[0].max_sectors, 4);
    assert_int_equal(pairs[1].max_sectors, 5);
    table.count = 3;
    assert_int_equal(update_open_images(pairs, 2, &f.flash, &table), ERR_NOENT);
}

/* ---- a verdict is made once ----------------------------------------------------------------------- */

static char logged[8192];

static void keep_line(const char *text, size_t len)
{
    size_t used = strlen(logged);
    if (used + len < sizeof logged)
        memcpy(logged + used, text, len);
}

static unsigned times(const char *text)
{
    unsigned n = 0;
    for (const char *at = logged; (at = strstr(at, text)) != NULL; at++)
        n++;
    return n;
}

/* Bytes read of image 1's secondary. */
static uint32_t bytes_read;
static enum err (*plain_read)(struct flash *f, uint32_t off, void *dst, uint32_t len);

static enum err count_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    const struct flash_area *a = &w.pair[1].slot[SLOT_SECONDARY];
    bytes_read += off >= a->offset && off - a->offset < a->size ? len : 0;
    return plain_read(f, off, dst, len);
}

static void a_refused_request_is_judged_and_told_once(void **state)
{
    static const struct log_backend backend = {NULL, keep_line, LOG_LEVEL_INF};
    struct update_outcome out[2];
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        static struct member spoilt;
        fresh(&shapes[i], &none, &none);
        spoilt = free1;
        spoilt.encrypted[40] ^= 1; /* in the payload */
        two_images_install(&start, 1, SLOT_SECONDARY, &spoilt);
        assert_int_equal(update_set_pending(&start.pair[1], true), ERR_OK);
        two_images_copy(&w, &start);
        memset(logged, 0, sizeof logged);
        bytes_read = 0;
        plain_read = w.fake.flash.read;
        w.fake.flash.read = count_read;
        log_set_backend(&backend);
        assert_int_equal(two_images_boot(&w, out), ERR_OK);
        log_set_backend(NULL);
        if (times("Image in the secondary slot refused") != 1)
            fail_msg("%s: %s", strategy_of(&w.pair[1])->name, logged);
        assert_int_equal(times("Image index: 1, asked for: perm"), 1);
        assert_int_equal(times("The request is cleared"), 1);
        assert_int_equal(out[1].secondary.fault, IMAGE_FAULT_HASH_MISMATCH);
        assert_in_range(bytes_read, spoilt.len, 2 * spoilt.len - 1);
        assert_true(old_pair(&w));
    }
}

/* multi_image_test encrypted: the same with encrypted images, as far as keys have to do with it. */
int main(int argc, char **argv)
{
    const struct CMUnitTest with_keys[] = {
        cmocka_unit_test(both_permanent),
        cmocka_unit_test(both_on_trial_and_back),
        cmocka_unit_test(needs_what_is_not_there),
    };
    encrypted = argc > 1 && strcmp(argv[1], "encrypted") == 0;
    if (encrypted)
        return cmocka_run_group_tests(with_keys, NULL, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_permanent),
        cmocka_unit_test(both_on_trial_and_back),
        cmocka_unit_test(one_waits_for_the_other),
        cmocka_unit_test(half_a_confirmation),
        cmocka_unit_test(half_a_confirmation_is_cut),
        cmocka_unit_test(a_waiting_test_becomes_permanent),
        cmocka_unit_test(mixed_requests),
        cmocka_unit_test(the_other_is_forged),
        cmocka_unit_test(nobody_else_is_concerned),
        cmocka_unit_test(strangers_go_together),
        cmocka_unit_test(needs_what_is_not_there),
        cmocka_unit_test(a_bad_trial_goes_back),
        cmocka_unit_test(a_bad_pair_can_be_mended),
        cmocka_unit_test(asking_is_cut),
        cmocka_unit_test(partitions),
        cmocka_unit_test(a_refused_request_is_judged_and_told_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
