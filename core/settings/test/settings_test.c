/* The store of keys and values: limits, other people's bytes, and a power cut at every operation, in every way, and another
 * one at every operation of what follows. */
#include "core/settings/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"
#include "core/settings/record.h"
#include "testing/fake_flash.h"

enum { KEYS = 8, SIZE_MAX_BYTES = 8192 };

/* A device: sectors of the store from the start, behind them those that can be borrowed. */
struct shape {
    uint32_t word, sector, own, lent;
};

static struct bench {
    struct fake_flash fake;
    uint8_t bytes[SIZE_MAX_BYTES], words[SIZE_MAX_BYTES];
    struct shape shape;
    struct settings_key keys[KEYS];
    struct settings_config config;
    struct settings s;
    bool none_to_lend;
} w;

static bool lent(void *ctx, unsigned n, struct flash_area *sector)
{
    const struct bench *d = ctx;
    *sector =
        (struct flash_area){&w.fake.flash, (d->shape.own + n) * d->shape.sector, d->shape.sector};
    return n < d->shape.lent;
}

static enum err borrow(void *ctx, struct flash_area *sector)
{
    const struct bench *d = ctx;
    return !d->none_to_lend && lent(ctx, 0, sector) ? ERR_OK : ERR_BUSY;
}

static void new_bench(const struct shape *shape)
{
    memset(&w, 0, sizeof w);
    w.shape = *shape;
    fake_init(&w.fake, shape->word, shape->sector, shape->own + shape->lent, w.bytes, w.words);
    w.fake.same_again = true;
    w.config = (struct settings_config){
        .area = {&w.fake.flash, 0, shape->own * shape->sector},
        .keys = w.keys,
        .keys_max = KEYS,
        .name_max = 24,
        .value_max = 60,
        .borrow = borrow,
        .lent = lent,
        .ctx = &w,
    };
}

static enum err start(void)
{
    fake_power_on(&w.fake);
    return settings_open(&w.s, &w.config);
}

static const struct shape h7 = {32, 1024, 1, 1}, two = {8, 256, 2, 0};

static enum err set(const char *name, const void *value, size_t len)
{
    const struct setting item = {name, strlen(name), value, len};
    return settings_set(&w.s, &item, 1);
}

static enum err set_text(const char *name, const char *value)
{
    return set(name, value, strlen(value));
}

static void expect(const char *name, const char *value)
{
    char got[80];
    size_t len;
    enum err e = settings_get(&w.s, name, strlen(name), got, sizeof got, &len);
    if (value == NULL) {
        assert_int_equal(e, ERR_NOENT);
        return;
    }
    assert_int_equal(e, ERR_OK);
    assert_int_equal(len, strlen(value));
    assert_memory_equal(got, value, len);
}

/* ---- without cuts ---- */

static void what_is_set_is_there_after_a_start(void **state)
{
    (void)state;
    static const struct shape shapes[] = {
        {32, 1024, 1, 1}, {8, 256, 2, 0}, {1, 128, 3, 0}, {16, 512, 1, 1}, {4, 256, 4, 0}};
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        new_bench(&shapes[i]);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(w.s.state, SETTINGS_EMPTY);
        expect("net/ip", NULL);
        assert_int_equal(set_text("net/ip", "10.0.0.1"), ERR_OK);
        assert_int_equal(set_text("net/name", "board"), ERR_OK);
        assert_int_equal(set_text("net/ip", "10.0.0.2"), ERR_OK);
        assert_int_equal(set("empty", "", 0), ERR_OK);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(w.s.state, SETTINGS_READY);
        expect("net/ip", "10.0.0.2");
        expect("net/name", "board");
        expect("empty", "");
        expect("net", NULL);
        assert_int_equal(set("net/name", NULL, 0), ERR_OK);
        expect("net/name", NULL);
        assert_int_equal(start(), ERR_OK);
        expect("net/name", NULL);
        assert_int_equal(set("net/name", NULL, 0), ERR_OK); /* not there: nothing is written */
        assert_int_equal(w.fake.ops, 0);
        assert_int_equal(set_text("net/ip", "10.0.0.2"), ERR_OK); /* nor what is there already */
        assert_int_equal(w.fake.ops, 0);
        assert_int_equal(w.fake.violations, 0);
    }
}

static void the_last_of_very_many_values_counts(void **state)
{
    (void)state;
    static const struct shape shapes[] = {{32, 1024, 1, 1}, {8, 256, 2, 0}, {1, 128, 3, 0}};
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        char value[12];
        new_bench(&shapes[i]);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(set_text("other", "stays"), ERR_OK);
        for (unsigned n = 0; n < 500; n++) {
            snprintf(value, sizeof value, "%u", n);
            assert_int_equal(set_text("counter", value), ERR_OK);
            if (n % 37 == 0)
                assert_int_equal(start(), ERR_OK);
            expect("counter", value);
            expect("other", "stays");
        }
        assert_int_equal(w.fake.violations, 0);
        if (shapes[i].lent > 0) /* given back erased */
            assert_true(bytes_all(w.bytes + shapes[i].sector, 0xff, shapes[i].sector));
    }
}

static void limits_are_refused(void **state)
{
    (void)state;
    static const uint8_t long_value[61] = {1};
    char name[8];
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(set_text("", "x"), ERR_INVAL);
    assert_int_equal(set_text("a/name/of/25/bytes/is/too/", "x"), ERR_INVAL);
    assert_int_equal(set("k", long_value, sizeof long_value), ERR_INVAL);
    assert_int_equal(set("k", long_value, 60), ERR_OK);
    assert_int_equal(set("bytes\xff\x01", long_value, 1), ERR_OK); /* any bytes are a name */
    for (unsigned n = 2; n < KEYS; n++) {
        snprintf(name, sizeof name, "k%u", n);
        assert_int_equal(set_text(name, "x"), ERR_OK);
    }
    assert_int_equal(set_text("one more", "x"), ERR_NOSPC);
    assert_int_equal(set("k", NULL, 0), ERR_OK);
    assert_int_equal(set_text("one more", "x"), ERR_OK);
    struct setting many[SETTINGS_TOGETHER_MAX + 1] = {{0}};
    assert_int_equal(settings_set(&w.s, many, SETTINGS_TOGETHER_MAX + 1), ERR_INVAL);
}

/* All values together do not fit a sector: refused, and all that was there is there. */
static void a_store_that_is_full_stays_as_it_is(void **state)
{
    (void)state;
    char name[8], value[61];
    unsigned n = 0;
    new_bench(&(struct shape){8, 256, 2, 0});
    assert_int_equal(start(), ERR_OK);
    memset(value, 'v', 60);
    value[60] = '\0';
    do
        snprintf(name, sizeof name, "k%u", n);
    while (set_text(name, value) == ERR_OK && ++n < KEYS);
    assert_int_equal(n, 3);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(set_text("more", value), ERR_NOSPC);
    assert_int_equal(w.fake.ops, 0); /* no erase, which would wear flash for nothing */
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "k%u", i);
        expect(name, value);
    }
    assert_int_equal(set("k0", NULL, 0), ERR_OK);
    assert_int_equal(set_text("k3", value), ERR_OK);
}

static void without_anything_to_borrow_a_full_sector_takes_no_more(void **state)
{
    (void)state;
    char value[12];
    enum err e = ERR_OK;
    unsigned n = 0;
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    w.none_to_lend = true;
    for (; e == ERR_OK && n < 100; n++) {
        snprintf(value, sizeof value, "%u", n);
        e = set_text("k", value);
    }
    assert_int_equal(e, ERR_BUSY);
    snprintf(value, sizeof value, "%u", n - 2);
    expect("k", value);
    assert_true(bytes_all(w.bytes + 1024, 0xff, 1024));
    w.none_to_lend = false;
    assert_int_equal(set_text("k", "later"), ERR_OK);
    expect("k", "later");
}

static void other_peoples_bytes_are_not_touched(void **state)
{
    (void)state;
    static const uint8_t nvs[32] = {1, 0, 2, 0, 4, 0, 0xff, 0x5a};
    uint8_t before[1024];
    for (unsigned place = 0; place < 1024; place += 32) {
        new_bench(&h7);
        fake_place(&w.fake, place, nvs, sizeof nvs);
        memcpy(before, w.bytes, sizeof before);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(w.s.state, SETTINGS_FOREIGN);
        assert_int_equal(set_text("k", "v"), ERR_STATE);
        expect("k", NULL);
        assert_memory_equal(before, w.bytes, sizeof before);
        assert_int_equal(settings_erase(&w.s), ERR_OK);
        assert_int_equal(set_text("k", "v"), ERR_OK);
        assert_int_equal(start(), ERR_OK);
        expect("k", "v");
    }
}

static void a_newer_store_is_not_touched(void **state)
{
    (void)state;
    uint8_t head[32];
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(set_text("k", "v"), ERR_OK);
    memcpy(head, w.bytes, sizeof head);
    head[4] = 2;
    put_le32(head + 12, crc32_zlib(0, head, 12));
    fake_place(&w.fake, 0, head, sizeof head);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(w.s.state, SETTINGS_NEWER);
    assert_int_equal(set_text("k", "w"), ERR_STATE);
    assert_int_equal(w.fake.ops, 0);
}

/* A start is no reason to erase: what a session costs are the mark and its records, until the sector is full. */
static void a_start_uses_up_two_words(void **state)
{
    (void)state;
    char number[12];
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(set_text("k", "0"), ERR_OK);
    for (unsigned n = 1; n <= 10; n++) {
        const uint32_t end = w.s.end;
        snprintf(number, sizeof number, "%u", n);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(w.fake.ops, 0);
        assert_int_equal(set_text("k", number), ERR_OK);
        assert_int_equal(w.fake.ops, 2);
        assert_int_equal(w.s.end, end + 3 * 32);
    }
}

static void more_keys_than_the_index_holds(void **state)
{
    (void)state;
    char name[8];
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    for (unsigned n = 0; n < KEYS; n++) {
        snprintf(name, sizeof name, "k%u", n);
        assert_int_equal(set_text(name, name), ERR_OK);
    }
    w.config.keys_max = KEYS - 1;
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(w.s.state, SETTINGS_FULL);
    assert_int_equal(set_text("k0", "new"), ERR_STATE);
    w.config.keys_max = KEYS;
    assert_int_equal(start(), ERR_OK);
    expect("k7", "k7");
}

static bool count_key(void *ctx, const char *name, size_t name_len, size_t len)
{
    unsigned *seen = ctx;
    assert_int_equal(name_len, 2);
    assert_int_equal(name[0], 'k');
    assert_int_equal(len, (size_t)(name[1] - '0'));
    *seen |= 1u << (name[1] - '0');
    return true;
}

static void each_key_is_told_once(void **state)
{
    (void)state;
    unsigned seen = 0;
    new_bench(&two);
    assert_int_equal(start(), ERR_OK);
    for (unsigned round = 0; round < 3; round++)
        for (unsigned n = 0; n < 5; n++)
            assert_int_equal(set((const char[]){'k', (char)('0' + n), '\0'}, "abcdefg", n), ERR_OK);
    assert_int_equal(set("k2", NULL, 0), ERR_OK);
    assert_int_equal(settings_each(&w.s, count_key, &seen), ERR_OK);
    assert_int_equal(seen, 1 << 0 | 1 << 1 | 1 << 3 | 1 << 4);
}

/* Of a key that is named twice the last one counts, whatever is there before. */
static void a_key_that_is_set_twice_at_once(void **state)
{
    (void)state;
    const struct setting set_and_delete[] = {{"k", 1, "v", 1}, {"k", 1, NULL, 0}};
    const struct setting delete_and_set[] = {{"k", 1, NULL, 0}, {"k", 1, "v", 1}};
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(settings_set(&w.s, set_and_delete, 2), ERR_OK);
        expect("k", NULL);
        assert_int_equal(settings_set(&w.s, delete_and_set, 2), ERR_OK);
        expect("k", "v");
        assert_int_equal(start(), ERR_OK);
        expect("k", "v");
    }
}

/* A word that does not take what is programmed: the value is not there, and the next one goes behind it. */
static void a_word_that_fails_is_left_out(void **state)
{
    (void)state;
    new_bench(&h7);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(set_text("k", "one"), ERR_OK);
    fake_spoil(&w.fake, w.s.end, FAKE_UNREADABLE);
    assert_int_not_equal(set_text("k", "two"), ERR_OK);
    expect("k", "one");
    assert_int_equal(set_text("k", "three"), ERR_OK);
    expect("k", "three");
    assert_int_equal(start(), ERR_OK);
    expect("k", "three");
    assert_int_equal(w.fake.violations, 0);
}

/* ---- power cuts ---- */

/* Two keys set together, one of them deleted in turn, and a counter that fills the sectors. */

static enum err step(unsigned n, char number[12])
{
    snprintf(number, 12, "%u", n);
    if (n % 3 == 0) {
        const char *a = n % 2 ? "left" : "right";
        const struct setting items[] = {{"a", 1, a, strlen(a)},
                                        {"b", 1, n % 2 ? NULL : number, strlen(number)},
                                        {"n", 1, number, strlen(number)}};
        return settings_set(&w.s, items, 3);
    }
    return set_text("n", number);
}

static void story(unsigned n, char a[12], char b[12], char number[12])
{
    unsigned last = n - n % 3;
    snprintf(number, 12, "%u", n);
    snprintf(a, 12, "%s", last % 2 ? "left" : "right");
    snprintf(b, 12, "%u", last);
}

static bool is_value(const char *name, const char *value)
{
    char got[80];
    size_t len;
    enum err e = settings_get(&w.s, name, strlen(name), got, sizeof got, &len);
    if (value == NULL)
        return e == ERR_NOENT;
    return e == ERR_OK && len == strlen(value) && memcmp(got, value, len) == 0;
}

/* Does the store say what step n has left? */
static bool is_after(unsigned n)
{
    char a[12], b[12], number[12];
    story(n, a, b, number);
    unsigned last = n - n % 3;
    return is_value("a", a) && is_value("b", last % 2 ? NULL : b) && is_value("n", number);
}

/* From step 0 on until the power goes: the step that was under way. */
static unsigned run_until_cut(unsigned from, unsigned steps)
{
    char number[12];
    for (unsigned n = from; n < from + steps; n++) {
        enum err e = step(n, number);
        if (w.fake.off)
            return n;
        if (e != ERR_OK)
            fail_msg("step %u: error %d without a cut", n, (int)e);
    }
    return from + steps;
}

/* Open until the power stays on. cut_at: of the first try. */
static void reopen(unsigned cut_at, enum fake_cut how, uint32_t seed)
{
    fake_power_on(&w.fake);
    fake_cut_at(&w.fake, cut_at, how, seed);
    enum err e = settings_open(&w.s, &w.config);
    if (w.fake.off)
        e = start();
    fake_cut_at(&w.fake, 0, how, seed);
    if (e != ERR_OK)
        fail_msg("open: error %d", (int)e);
}

/* What was borrowed is nobody's store any more, or it would come back once the store's own sector is erased. */
static void expect_nothing_lent(void)
{
    struct flash_area sector;
    enum sector_kind kind;
    uint32_t generation;
    for (unsigned n = 0; lent(&w, n, &sector); n++) {
        assert_int_equal(sector_head(&sector, &kind, &generation), ERR_OK);
        assert_int_equal(kind, SECTOR_NONE);
    }
}

static void sweep(const struct shape *shape, unsigned steps)
{
    static struct bench begun;
    unsigned cuts = 0;
    new_bench(shape);
    assert_int_equal(start(), ERR_OK);
    assert_int_equal(run_until_cut(0, 1), 1);
    begun = w;
    for (unsigned first = 1, over = 0; !over; first++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++)
            for (unsigned second = 0; second < 7; second++) {
                w = begun;
                fake_power_on(&w.fake);
                fake_cut_at(&w.fake, first, (enum fake_cut)how, first * 31 + (unsigned)how);
                unsigned n = run_until_cut(1, steps);
                over = n == steps + 1;
                if (over)
                    continue;
                cuts++;
                reopen(second, (enum fake_cut)((how + second) % FAKE_CUT_COUNT), first);
                if (w.s.state != SETTINGS_READY)
                    fail_msg("cut %u way %d: state %d", first, how, (int)w.s.state);
                expect_nothing_lent();
                bool old = is_after(n - 1), new = is_after(n);
                if (!old && !new)
                    fail_msg("cut %u way %d then %u: neither before nor after step %u", first, how,
                             second, n);
                /* It goes on, with another cut in the next session's first writes. */
                fake_power_on(&w.fake);
                assert_int_equal(settings_open(&w.s, &w.config), ERR_OK);
                fake_cut_at(&w.fake, second, (enum fake_cut)how, first);
                unsigned last = run_until_cut(new ? n + 1 : n, 4);
                if (w.fake.off) {
                    reopen(0, FAKE_CUT_BEFORE, 1);
                    if (!is_after(last - 1) && !is_after(last))
                        fail_msg("cut %u way %d then %u: step %u", first, how, second, last);
                }
                fake_cut_at(&w.fake, 0, FAKE_CUT_BEFORE, 1);
                assert_int_equal(run_until_cut(last, 30), last + 30);
                assert_true(is_after(last + 29));
                if (w.fake.violations)
                    fail_msg("cut %u way %d then %u: a word was programmed twice", first, how,
                             second);
            }
    print_message("%u cuts, each followed by another\n", cuts);
    assert_true(cuts > 200);
}

static void power_cuts_with_one_sector(void **state)
{
    (void)state;
    sweep(&h7, 24);
}

static void power_cuts_with_two_sectors(void **state)
{
    (void)state;
    sweep(&two, 20);
}

static void power_cuts_with_bytes_for_words(void **state)
{
    (void)state;
    sweep(&(struct shape){1, 160, 3, 0}, 12);
}

static void power_cuts_with_one_small_sector(void **state)
{
    (void)state;
    sweep(&(struct shape){4, 256, 1, 2}, 14);
}

/* Session after session is cut in its first operation, and leaves nothing that can be seen: no word is programmed over what
 * another program has touched. */
static void sessions_that_are_cut_at_once(void **state)
{
    (void)state;
    char number[12];
    for (unsigned at = 1; at <= 2; at++) {
        new_bench(&h7);
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(run_until_cut(0, 2), 2);
        for (unsigned n = 2; n < 20; n++) {
            assert_int_equal(start(), ERR_OK);
            fake_cut_at(&w.fake, 1 + (n + at) % at, FAKE_CUT_LOOKS_ERASED, n);
            (void)!step(n, number);
            assert_true(w.fake.off);
        }
        assert_int_equal(start(), ERR_OK);
        assert_int_equal(step(30, number), ERR_OK);
        assert_true(is_after(30));
        assert_int_equal(w.fake.violations, 0);
    }
}

/* A value of erased bytes is cut: words that were programmed with them, and the one that power failed in, read erased. */
static void a_value_that_reads_erased_is_cut(void **state)
{
    (void)state;
    uint8_t ones[60];
    memset(ones, 0xff, sizeof ones);
    static const struct shape shapes[] = {{32, 1024, 1, 1}, {8, 512, 2, 0}, {1, 256, 2, 0}};
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++)
        for (unsigned at = 1, over = 0; !over; at++)
            for (int how = 0; how < FAKE_CUT_COUNT; how++) {
                new_bench(&shapes[i]);
                assert_int_equal(start(), ERR_OK);
                assert_int_equal(set_text("n", "0"), ERR_OK);
                assert_int_equal(start(), ERR_OK);
                fake_cut_at(&w.fake, at, (enum fake_cut)how, at);
                over = set("k", ones, sizeof ones) == ERR_OK;
                for (unsigned n = 0; n < 3; n++) {
                    assert_int_equal(start(), ERR_OK);
                    assert_int_equal(set_text("n", n % 2 ? "1" : "2"), ERR_OK);
                }
                assert_int_equal(set("k", ones, sizeof ones), ERR_OK);
                assert_int_equal(w.fake.violations, 0);
            }
}

/* The empty store's first write is cut: empty, unfinished, or there. */
static void the_first_write_is_cut(void **state)
{
    (void)state;
    for (unsigned at = 1; at < 5; at++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++) {
            new_bench(&h7);
            assert_int_equal(start(), ERR_OK);
            fake_cut_at(&w.fake, at, (enum fake_cut)how, at);
            (void)!set_text("k", "v");
            assert_int_equal(start(), ERR_OK);
            if (w.s.state ==
                SETTINGS_FOREIGN) /* noise of a cut erase: somebody must say that it is nobody's */
                assert_int_equal(settings_erase(&w.s), ERR_OK);
            assert_int_equal(set_text("k", "w"), ERR_OK);
            assert_int_equal(start(), ERR_OK);
            expect("k", "w");
            assert_int_equal(w.fake.violations, 0);
        }
}

/* A cut erase of the storage leaves the values, the empty store, or something to be erased again; never older values. */
static void an_erase_of_the_storage_is_cut(void **state)
{
    (void)state;
    static const struct shape shapes[] = {{32, 1024, 1, 1}, {8, 256, 3, 0}};
    char number[12];
    for (unsigned i = 0; i < 8 * ARRAY_LEN(shapes); i++)
        for (unsigned at = 1; at < 6; at++)
            for (int how = 0; how < FAKE_CUT_COUNT; how++) {
                const unsigned steps = 20 + 4 * (i / 2); /* which end in each of the sectors */
                new_bench(&shapes[i % 2]);
                assert_int_equal(start(), ERR_OK);
                assert_int_equal(run_until_cut(0, steps), steps);
                fake_power_on(&w.fake);
                fake_cut_at(&w.fake, at, (enum fake_cut)how, at);
                (void)!settings_erase(&w.s);
                assert_int_equal(start(), ERR_OK);
                if (w.s.state == SETTINGS_READY)
                    assert_true(w.s.key_count == 0 || is_after(steps - 1));
                assert_int_equal(settings_erase(&w.s), ERR_OK);
                assert_int_equal(w.s.key_count, 0);
                assert_int_equal(step(0, number), ERR_OK);
                assert_int_equal(start(), ERR_OK);
                assert_true(is_after(0));
                assert_int_equal(w.fake.violations, 0);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_set_is_there_after_a_start),
        cmocka_unit_test(the_last_of_very_many_values_counts),
        cmocka_unit_test(limits_are_refused),
        cmocka_unit_test(a_store_that_is_full_stays_as_it_is),
        cmocka_unit_test(without_anything_to_borrow_a_full_sector_takes_no_more),
        cmocka_unit_test(other_peoples_bytes_are_not_touched),
        cmocka_unit_test(a_newer_store_is_not_touched),
        cmocka_unit_test(a_start_uses_up_two_words),
        cmocka_unit_test(more_keys_than_the_index_holds),
        cmocka_unit_test(each_key_is_told_once),
        cmocka_unit_test(a_key_that_is_set_twice_at_once),
        cmocka_unit_test(a_word_that_fails_is_left_out),
        cmocka_unit_test(power_cuts_with_one_sector),
        cmocka_unit_test(power_cuts_with_two_sectors),
        cmocka_unit_test(power_cuts_with_bytes_for_words),
        cmocka_unit_test(power_cuts_with_one_small_sector),
        cmocka_unit_test(sessions_that_are_cut_at_once),
        cmocka_unit_test(a_value_that_reads_erased_is_cut),
        cmocka_unit_test(the_first_write_is_cut),
        cmocka_unit_test(an_erase_of_the_storage_is_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
