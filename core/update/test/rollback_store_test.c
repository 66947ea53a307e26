/* The rollback store under power cuts: every operation of a store, in every way the fake flash knows, and more cuts
 * behind it. After each: what was stored still stands, what was being stored is there or not, no word was
 * programmed twice, and the next store goes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/rollback/rollback_store.h"
#include "testing/fake_flash.h"

#define FLASH_MAX 4096u

static const struct shape {
    uint32_t word, sector;
} shapes[] = {{1, 128}, {4, 160}, {8, 128}, {16, 256}, {32, 512}};

/* A flash with a rollback store, as a value. */
struct rig {
    struct fake_flash fake;
    uint8_t bytes[FLASH_MAX], words[FLASH_MAX];
    struct flash_area area;
};

static void bind(struct rig *r)
{
    r->fake.bytes = r->bytes;
    r->fake.words = r->words;
    r->area.flash = &r->fake.flash;
}

static void rig_init(struct rig *r, const struct shape *s)
{
    fake_init(&r->fake, s->word, s->sector, 3, r->bytes, r->words);
    r->area = (struct flash_area){.offset = s->sector, .size = 2 * s->sector};
    bind(r);
    assert_int_equal(rollback_store_check(&r->area), ERR_OK);
}

static void rig_copy(struct rig *to, const struct rig *from)
{
    *to = *from;
    bind(to);
}

static enum err raise(struct rig *r, uint8_t image, uint32_t value)
{
    const struct rollback_record rec = {.type = ROLLBACK_COUNTER, .index = image, .value = value};
    return rollback_store_raise(&r->area, &rec, NULL);
}

static uint32_t counter(struct rig *r, uint8_t image)
{
    struct rollback_record rec = {.type = ROLLBACK_COUNTER, .index = image};
    bool found;
    assert_int_equal(rollback_store_find(&r->area, &rec, &found, NULL), ERR_OK);
    return found ? rec.value : 0;
}

static enum err retire(struct rig *r, uint8_t fill)
{
    struct rollback_record rec = {.type = ROLLBACK_KEY, .value = 1};
    memset(rec.name, fill, sizeof rec.name);
    return rollback_store_raise(&r->area, &rec, NULL);
}

static bool retired(struct rig *r, uint8_t fill)
{
    struct rollback_record rec = {.type = ROLLBACK_KEY};
    bool found;
    memset(rec.name, fill, sizeof rec.name);
    assert_int_equal(rollback_store_find(&r->area, &rec, &found, NULL), ERR_OK);
    return found;
}

static void only_rises(void **state)
{
    static struct rig r;
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        rig_init(&r, &shapes[i]);
        assert_int_equal(counter(&r, 0), 0);
        assert_int_equal(raise(&r, 0, 5), ERR_OK);
        assert_int_equal(retire(&r, 0x11), ERR_OK);
        assert_int_equal(raise(&r, 0, 0xfffffffe), ERR_OK);
        uint32_t ops = r.fake.ops;
        assert_int_equal(raise(&r, 0, 0xfffffffe), ERR_OK);
        assert_int_equal(raise(&r, 0, 4), ERR_OK);
        assert_int_equal(retire(&r, 0x11), ERR_OK);
        assert_int_equal(r.fake.ops, ops);
        assert_int_equal(counter(&r, 0), 0xfffffffe);
        assert_int_equal(counter(&r, 1), 0);
        assert_true(retired(&r, 0x11));
        assert_false(retired(&r, 0x12));
        assert_int_equal(r.fake.violations, 0);
        for (uint32_t at = 0; at < r.area.offset; at++)
            assert_int_equal(r.bytes[at], 0xff);
    }
}

/* A page of 128 bytes has room for the seal and three records. */
static void full_is_refused(void **state)
{
    static struct rig r;
    (void)state;
    rig_init(&r, &shapes[0]);
    for (uint8_t i = 0; i < 3; i++)
        assert_int_equal(retire(&r, i), ERR_OK);
    uint32_t ops = r.fake.ops;
    assert_int_equal(retire(&r, 3), ERR_NOSPC);
    assert_int_equal(r.fake.ops, ops);
    for (uint8_t i = 0; i < 3; i++)
        assert_true(retired(&r, i));
    assert_false(retired(&r, 3));
}

static void unfit_areas(void **state)
{
    static struct rig r;
    (void)state;
    rig_init(&r, &shapes[0]);
    r.area.size = shapes[0].sector;
    assert_int_equal(rollback_store_check(&r.area), ERR_INVAL);
    rig_init(&r, &shapes[0]);
    r.fake.flash.sector = 32;
    assert_int_equal(rollback_store_check(&r.area), ERR_INVAL);
    rig_init(&r, &shapes[0]);
    r.fake.flash.word = 64;
    assert_int_equal(rollback_store_check(&r.area), ERR_INVAL);
}

/* ---- cuts --------------------------------------------------------------------------------------- */

static uint32_t next_random(uint32_t *seed)
{
    uint32_t x = *seed ? *seed : 1;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *seed = x;
}

/* The records before a store; after any cut of it they must still be there. */
struct before {
    uint32_t first, second;
    bool key;
};

static void check_kept(struct rig *r, const struct before *b)
{
    assert_true(counter(r, 0) >= b->first);
    assert_int_equal(counter(r, 1), b->second);
    assert_int_equal(retired(r, 0x11), b->key);
    assert_int_equal(r->fake.violations, 0);
}

static void one_cut(const struct rig *start, const struct before *b, uint32_t to, uint32_t n,
                    int how, unsigned more)
{
    static struct rig r;
    uint32_t seed = n * 977 + (uint32_t)how * 31 + more * 7 + 1;
    rig_copy(&r, start);
    fake_power_on(&r.fake);
    fake_cut_at(&r.fake, n, (enum fake_cut)how, seed);
    for (;;) {
        enum err e = raise(&r, 0, to);
        if (!r.fake.off) {
            assert_int_equal(e, ERR_OK);
            break;
        }
        fake_power_on(&r.fake);
        check_kept(&r, b);
        assert_true(counter(&r, 0) == b->first || counter(&r, 0) == to);
        if (more > 0 && more--)
            fake_cut_at(&r.fake, 1 + next_random(&seed) % 40,
                        (enum fake_cut)(next_random(&seed) % FAKE_CUT_COUNT), next_random(&seed));
    }
    check_kept(&r, b);
    assert_int_equal(counter(&r, 0), to);
}

static unsigned sweep(const struct rig *start, const struct before *b, uint32_t to)
{
    static struct rig r;
    unsigned runs = 0;
    rig_copy(&r, start);
    fake_power_on(&r.fake);
    assert_int_equal(raise(&r, 0, to), ERR_OK);
    for (uint32_t n = 1; n <= r.fake.ops; n++)
        for (int how = 0; how < FAKE_CUT_COUNT; how++)
            for (unsigned more = 0; more < 6; more++) {
                if (!fake_cut_is_drawn(n, how, more))
                    continue;
                one_cut(start, b, to, n, how, more);
                runs++;
            }
    return runs;
}

static void every_cut(void **state)
{
    static struct rig start;
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        struct before b = {0};
        unsigned runs;
        rig_init(&start, &shapes[i]);
        runs = sweep(&start, &b, 7); /* the first store of all */
        assert_int_equal(raise(&start, 1, 3), ERR_OK);
        b.second = 3;
        runs += sweep(&start, &b, 7); /* one that adds a record */
        assert_int_equal(retire(&start, 0x11), ERR_OK);
        assert_int_equal(raise(&start, 0, 7), ERR_OK);
        b.key = true;
        b.first = 7;
        runs += sweep(&start, &b, 8); /* one that changes a record */
        print_message("  word %2u: %u runs\n", (unsigned)shapes[i].word, runs);
    }
}

/* ---- what cuts do not do ------------------------------------------------------------------------ */

/* Any one word of either page spoilt: the other page counts, or what is whole of both; a store heals. */
static void rot(void **state)
{
    static struct rig start, r;
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        rig_init(&start, &shapes[i]);
        assert_int_equal(raise(&start, 0, 5), ERR_OK);
        assert_int_equal(raise(&start, 0, 6), ERR_OK);
        for (uint32_t at = 0; at < start.area.size; at += shapes[i].word) {
            rig_copy(&r, &start);
            fake_spoil(&r.fake, r.area.offset + at, FAKE_UNREADABLE);
            assert_in_range(counter(&r, 0), 5, 6);
            assert_int_equal(raise(&r, 0, 9), ERR_OK);
            assert_int_equal(counter(&r, 0), 9);
        }
    }
}

static void damage_is_told(void **state)
{
    static struct rig r;
    struct rollback_record rec = {.type = ROLLBACK_COUNTER};
    bool found, damaged;
    (void)state;
    rig_init(&r, &shapes[1]);
    assert_int_equal(rollback_store_find(&r.area, &rec, &found, &damaged), ERR_OK);
    assert_false(found || damaged);
    assert_int_equal(raise(&r, 0, 5), ERR_OK);
    r.bytes[r.area.offset + ROLLBACK_RECORD_SIZE + 4] ^= 1;
    assert_int_equal(rollback_store_find(&r.area, &rec, &found, &damaged), ERR_OK);
    assert_false(found);
    assert_true(damaged);
}

/* Any bytes: no crash, no fault, and a store goes through. */
static void garbage(void **state)
{
    static struct rig r;
    uint32_t seed = 99;
    (void)state;
    for (unsigned n = 0; n < 20000; n++) {
        rig_init(&r, &shapes[n % ARRAY_LEN(shapes)]);
        for (uint32_t at = 0; at < r.area.size; at++)
            r.bytes[r.area.offset + at] = (uint8_t)next_random(&seed);
        if (n & 1)
            memcpy(r.bytes + r.area.offset, "RtCt", 4);
        memset(r.words + r.area.offset / r.fake.flash.word, FAKE_WRITTEN,
               r.area.size / r.fake.flash.word);
        assert_int_equal(counter(&r, 0), 0);
        assert_int_equal(raise(&r, 0, 3), ERR_OK);
        assert_int_equal(counter(&r, 0), 3);
    }
}

/* The bytes of core/update/SPEC.md; the sums are those of Python's zlib.crc32. */
static void bytes_of_the_format(void **state)
{
    static const uint8_t seal[ROLLBACK_RECORD_SIZE] = {'R', 't', 'C',         't',  1,    0,   0,
                                                       0,   1,   [28] = 0x03, 0x66, 0x52, 0x8b};
    static const uint8_t record[ROLLBACK_RECORD_SIZE] = {1, 0, 0, 0, 5};
    static struct rig r;
    (void)state;
    rig_init(&r, &shapes[4]);
    assert_int_equal(raise(&r, 0, 5), ERR_OK);
    const uint8_t *page = r.bytes + r.area.offset;
    assert_memory_equal(page, seal, sizeof seal);
    assert_memory_equal(page + ROLLBACK_RECORD_SIZE, record, sizeof record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_rises),  cmocka_unit_test(full_is_refused),
        cmocka_unit_test(unfit_areas), cmocka_unit_test(every_cut),
        cmocka_unit_test(rot),         cmocka_unit_test(damage_is_told),
        cmocka_unit_test(garbage),     cmocka_unit_test(bytes_of_the_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
