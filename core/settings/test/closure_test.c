/* Every flash state that any number of power cuts can reach in a short life of a store: from each state a session starts,
 * finishes what is half done and sets the next value, and is cut at each of its operations in each way; what is new is a
 * state, too, until nothing is new. In each the store says the value of before the cut session or the one it was setting.
 *
 * usage: settings_closure_test [full] */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/settings/settings.h"
#include "testing/fake_flash.h"

/* Of the subsets and the noise that a cut can leave a few are drawn, the same ones each time: so the states are finite. */
enum { KEYS = 3, SIZE = 512, DRAWS = 1, SMALL = 3 };

/* Sectors of the store, and behind them those that it can borrow. */
static const struct shape {
    const char *name;
    uint32_t word, sector, own, lent;
} shapes[] = {
    {"16x96x1+1", 16, 96, 1, 1},
    {"16x96x2", 16, 96, 2, 0},
    {"16x96x1+2", 16, 96, 1, 2},
    /* With "full": words that a header and a record need two of. */
    {"8x64x1+1", 8, 64, 1, 1},
    {"8x64x2", 8, 64, 2, 0},
};
static const struct shape *shape;
/* The values of a store's life, and the generation from which on no session is cut any more. */
static const unsigned steps = 4, generations = 3;
static bool full;

/* What the flash holds, cells included, while no power is on. used: the sectors that the store can borrow hold an image that
 * somebody may need, of an upload, a request or a trial. */
struct image {
    uint8_t bytes[SIZE], words[SIZE / 4], torn[16];
    uint32_t torn_off, used;
};

struct state {
    struct image image;
    unsigned value; /* that the store says */
    bool last;      /* its generation is the last one that is followed */
    uint32_t next;  /* in the same bucket, 0: none */
};

static struct state *states;
static uint32_t count, room, buckets[1 << 16];
static uint64_t edges;

static struct fake_flash fake;
static struct image now;
static struct settings_key keys[KEYS];
static struct settings store;

static bool lent(void *ctx, unsigned n, struct flash_area *sector)
{
    (void)ctx;
    *sector = (struct flash_area){&fake.flash, (shape->own + n) * shape->sector, shape->sector};
    return n < shape->lent && !now.used;
}

static enum err borrow(void *ctx, struct flash_area *sector)
{
    return lent(ctx, 0, sector) ? ERR_OK : ERR_BUSY;
}

/* Power on, with this in flash. */
static void restore(const struct image *image)
{
    now = *image;
    fake_power_on(&fake);
    fake.torn_off = image->torn_off;
    memcpy(fake.torn, image->torn, sizeof image->torn);
}

/* Without what nobody can see: the bytes of words that cannot be read, and a cut program of which nothing is left. */
static struct image picture(void)
{
    struct image image = now;
    const uint32_t w = shape->word;
    for (uint32_t i = 0; i < fake.flash.size / w; i++)
        if (image.words[i] == FAKE_UNREADABLE)
            memset(image.bytes + i * w, 0, w);
    image.torn_off = UINT32_MAX;
    memset(image.torn, 0, sizeof image.torn);
    if (fake.torn_off != UINT32_MAX && image.words[fake.torn_off / w] == FAKE_TOUCHED) {
        image.torn_off = fake.torn_off;
        memcpy(image.torn, fake.torn, w);
    }
    return image;
}

static enum err open_store(void)
{
    static struct settings_config config;
    config = (struct settings_config){.area = {&fake.flash, 0, shape->own * shape->sector},
                                      .keys = keys,
                                      .keys_max = KEYS,
                                      .name_max = 8,
                                      .value_max = 8,
                                      .borrow = borrow,
                                      .lent = lent};
    return settings_open(&store, &config);
}

/* The value, and the other one that is set together with it each second time; no value yet is 0. */
static unsigned read_value(void)
{
    uint8_t n = 0, pair = 0;
    size_t len;
    enum err e = settings_get(&store, "n", 1, &n, 1, &len);
    if (e == ERR_NOENT)
        return 0;
    assert_int_equal(e, ERR_OK);
    e = settings_get(&store, "p", 1, &pair, 1, &len);
    if (pair != (n & ~1) || (e != ERR_OK && n >= 2))
        fail_msg("%s: n is %u, and what was set with %u is %u", shape->name, n, n & ~1u, pair);
    return n;
}

static enum err set_value(unsigned value)
{
    const uint8_t n = (uint8_t)value;
    const struct setting items[] = {{"p", 1, &n, 1}, {"n", 1, &n, 1}};
    return value % 2 == 0 ? settings_set(&store, items, 2) : settings_set(&store, &items[1], 1);
}

/* One session: ops[0] operations until the store is open, ops[1] in all. */
static void session(unsigned value, uint32_t ops[2])
{
    enum err e = open_store();
    ops[0] = fake.ops;
    if (e == ERR_OK && store.state == SETTINGS_FOREIGN)
        e = settings_erase(&store); /* noise of the very first erase */
    if (e == ERR_OK && value < steps)
        e = set_value(value + 1);
    e = e == ERR_BUSY && now.used ? ERR_OK : e; /* no room until the update is over */
    ops[1] = fake.ops;
    if (e != ERR_OK && !fake.off)
        fail_msg("%s: error %d without a cut", shape->name, (int)e);
}

static uint32_t hash_of(const struct image *image)
{
    uint32_t h = 2166136261u;
    const uint8_t *p = (const uint8_t *)image;
    for (size_t i = 0; i < sizeof *image; i++)
        h = (h ^ p[i]) * 16777619u;
    return (h ^ h >> 16) & 0xffff;
}

/* A state that may be new. The store must say one of these values in it. */
static void reach(const struct image *image, unsigned low, unsigned high)
{
    const uint32_t h = hash_of(image);
    edges++;
    for (uint32_t i = buckets[h]; i != 0; i = states[i].next)
        if (memcmp(&states[i].image, image, sizeof *image) == 0) {
            if (states[i].value < low || states[i].value > high)
                fail_msg("%s: the store says %u, not %u or %u", shape->name, states[i].value, low,
                         high);
            return;
        }
    restore(image);
    if (open_store() != ERR_OK)
        fail_msg("%s: the store cannot be opened", shape->name);
    unsigned value = store.state == SETTINGS_READY ? read_value() : 0;
    if (value < low || value > high)
        fail_msg("%s: the store says %u, not %u or %u", shape->name, value, low, high);
    if (count == room)
        states = realloc(states, (room *= 2) * sizeof *states);
    assert_non_null(states);
    const bool last = store.generation >= generations;
    states[count] = (struct state){*image, value, last, buckets[h]};
    buckets[h] = count++;
}

/* Where borrowed sectors begin. */
static uint32_t lent_at(void)
{
    return shape->own * shape->sector;
}

/* Between two sessions an update takes the sectors that can be borrowed, or is over and leaves an image there. */
static void update_comes_or_goes(const struct image *rest, unsigned value)
{
    struct image after = *rest;
    if (shape->lent == 0)
        return;
    after.used = !rest->used;
    if (after.used) {
        memset(after.bytes + lent_at(), 0x3d, shape->lent * shape->sector);
        memset(after.words + lent_at() / shape->word, FAKE_WRITTEN,
               shape->lent * shape->sector / shape->word);
    }
    reach(&after, value, value);
}

/* What somebody may need is as it was. */
static void expect_untouched(const struct image *was, const struct image *is)
{
    if (was->used &&
        memcmp(was->bytes + lent_at(), is->bytes + lent_at(), shape->lent * shape->sector) != 0)
        fail_msg("%s: a sector that an update needs was written", shape->name);
}

static void cut_everywhere(const struct state *from)
{
    const struct state s = *from; /* the array may move */
    uint32_t ops[2], cut_ops[2];
    restore(&s.image);
    session(s.value, ops);
    unsigned after = s.value < steps ? s.value + 1 : s.value;
    struct image end = picture();
    expect_untouched(&s.image, &end);
    reach(&end, s.image.used ? s.value : after, after);
    restore(&end);
    if (open_store() != ERR_OK)
        fail_msg("%s: the store cannot be opened", shape->name);
    const unsigned value_then = store.state == SETTINGS_READY ? read_value() : 0;
    const struct image rest = picture();
    update_comes_or_goes(&rest, value_then);
    for (uint32_t at = 1; at <= ops[1]; at++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++) {
            const bool drawn = how == FAKE_CUT_MIXED || how == FAKE_CUT_RANDOM;
            for (uint32_t draw = 0; draw < (drawn ? DRAWS : 1); draw++) {
                restore(&s.image);
                fake_cut_at(&fake, at, (enum fake_cut)how, 1 + draw * 7919);
                session(s.value, cut_ops);
                struct image left = picture();
                expect_untouched(&s.image, &left);
                reach(&left, s.value, at <= ops[0] ? s.value : after);
            }
        }
    if (fake.violations)
        fail_msg("%s: a word was programmed twice", shape->name);
}

static void explore(const struct shape *what)
{
    shape = what;
    memset(&now, 0, sizeof now);
    memset(buckets, 0, sizeof buckets);
    fake_init(&fake, shape->word, shape->sector, shape->own + shape->lent, now.bytes, now.words);
    fake.same_again = true;
    fake.torn_off = UINT32_MAX;
    edges = 0;
    count = 1; /* 0 is no state */
    room = 1024;
    states = malloc(room * sizeof *states);
    assert_non_null(states);
    struct image first = picture();
    reach(&first, 0, 0);
    for (uint32_t i = 1; i < count; i++)
        if (!states[i].last)
            cut_everywhere(&states[i]);
    print_message("settings  %-9s %u generations  %8u states  %10llu edges  0 violations\n",
                  shape->name, generations, count - 1, (unsigned long long)edges);
    assert_true(count > 500);
    free(states);
}

static void every_state_that_cuts_can_leave(void **state)
{
    (void)state;
    for (size_t i = 0; i < (full ? ARRAY_LEN(shapes) : SMALL); i++)
        explore(&shapes[i]);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_state_that_cuts_can_leave)};
    full = argc > 1 && strcmp(argv[1], "full") == 0;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
