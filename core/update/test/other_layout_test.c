/* A swap that a bootloader with other parameters began: each row of core/update/SPEC.md, "Other layouts". What MCUboot wrote is
 * here as the words themselves; for the rest, this bootloader built with the other values stands in for it, whose bytes are
 * MCUboot's (update_swap_*_test). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/progress.h"
#include "core/update/swap/trailer.h"
#include "testing/update/rig_full_size.h"
#include "testing/update/rig_two_slots.h"

/* What a bootloader was built with. */
struct build {
    uint32_t max_sectors, max_align;
    uint8_t key_size;
    const struct update_strategy *strategy; /* NULL: the device's */
};

/* A trailer with 12 sectors' records and two keys fits into one sector of each. */
static const struct two_slots_shape shapes[] = {
    {8, 8, 512, 5, &update_swap_offset, 0, 0},  {32, 32, 1536, 5, &update_swap_offset, 0, 0},
    {8, 8, 512, 5, &update_swap_move, 0, 0},    {32, 32, 1536, 5, &update_swap_move, 0, 0},
    {8, 8, 512, 5, &update_swap_scratch, 1, 0}, {32, 32, 1536, 4, &update_swap_scratch, 1, 0},
};

static struct device begun, w;

static enum err boot_as(struct device *x, struct build b, struct update_outcome *out)
{
    uint8_t images =
        x->pair.key_size; /* how they are made, which the bootloader need not be able to take */
    fake_power_on(&x->fake);
    x->pair.max_sectors = b.max_sectors;
    x->pair.max_align = b.max_align;
    x->pair.key_size = b.key_size;
    enum err e = two_slots_boot(x, out);
    x->pair.key_size = images;
    return e;
}

static struct build same(const struct two_slots_shape *s, uint32_t max_sectors, uint8_t key_size)
{
    return (struct build){max_sectors, s->align, key_size, NULL};
}

/* An upgrade is asked for; or it has come on trial and was not confirmed, so that a revert is due. */
static void ready(const struct two_slots_shape *s, uint8_t key_size, struct build from, bool revert)
{
    struct update_outcome out;
    two_slots_init(&begun, s);
    begun.pair.max_align = from.max_align;
    two_slots_encrypt(&begun, key_size, false);
    two_slots_install(&begun, SLOT_PRIMARY, 0, IMAGE_A);
    two_slots_install(&begun, SLOT_SECONDARY, update_upload_offset(&begun.pair), IMAGE_B);
    assert_int_equal(update_set_pending(&begun.pair, false), ERR_OK);
    if (revert)
        assert_int_equal(boot_as(&begun, from, &out), ERR_OK);
}

/* begun, cut behind n operations of from's boot. False: the boot has fewer. */
static bool cut_behind(uint32_t n, struct build from)
{
    struct update_outcome out;
    two_slots_copy(&w, &begun);
    w.pair.max_sectors = from.max_sectors;
    w.pair.key_size = from.key_size;
    fake_power_on(&w.fake);
    fake_cut_at(&w.fake, n, FAKE_CUT_AFTER, 1);
    (void)two_slots_boot(&w, &out);
    w.pair.key_size = begun.pair.key_size;
    return w.fake.off;
}

/* The primary's trailer is the one to go by, and its swap has not ended. */
static bool is_under_way(void)
{
    struct trailer_state pri, sec;
    fake_power_on(&w.fake);
    assert_int_equal(trailer_read(&w.pair, SLOT_PRIMARY, &pri), ERR_OK);
    assert_int_equal(trailer_read(&w.pair, SLOT_SECONDARY, &sec), ERR_OK);
    return pri.magic == TRAILER_MAGIC_GOOD && pri.copy_done == TRAILER_FLAG_UNSET &&
           pri.swap_type != SWAP_TYPE_NONE && sec.magic == TRAILER_MAGIC_UNSET;
}

/* Its last word is written: what runs on trial would go at the next boot. */
static bool has_ended(bool revert)
{
    struct trailer_state pri;
    fake_power_on(&w.fake);
    assert_int_equal(trailer_read(&w.pair, SLOT_PRIMARY, &pri), ERR_OK);
    return !revert && pri.copy_done == TRAILER_FLAG_SET;
}

/* to's bootloader boots the device that from's left when power failed. */
static void finishes(struct build to, uint32_t n, enum two_slots_image want)
{
    struct update_outcome out;
    enum err e = boot_as(&w, to, &out);
    if (e != ERR_OK || out.verdict != IMAGE_GENUINE || two_slots_running(&w) != want ||
        w.fake.violations)
        fail_msg("%s, word %u, cut behind %u, to M %u and keys of %u: error %d, image %d, want %d",
                 w.pair.strategy->name, (unsigned)w.fake.flash.word, (unsigned)n,
                 (unsigned)to.max_sectors, to.key_size, e, (int)two_slots_running(&w), (int)want);
}

static void hand_over_at_every_cut(const struct two_slots_shape *s, uint8_t images,
                                   struct build from, struct build to)
{
    for (unsigned revert = 0; revert < 2; revert++) {
        uint32_t n = 1, under_way = 0;
        ready(s, images, from, revert);
        for (; cut_behind(n, from) && !has_ended(revert); n++) {
            under_way += is_under_way();
            finishes(to, n, revert ? IMAGE_A : IMAGE_B);
        }
        assert_true(under_way > 10);
    }
}

/* Rows "BOOT_MAX_IMG_SECTORS" and "image keys": found by their order, wherever they begin, in both directions. */
static void records_are_found_in_other_places(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct two_slots_shape *s = &shapes[i];
        const struct build builds[] = {same(s, s->sectors, 0), same(s, 12, 0),
                                       same(s, s->sectors, 16), same(s, 12, 16), same(s, 7, 0)};
        for (size_t from = 0; from < ARRAY_LEN(builds); from++)
            for (size_t to = 0; to < ARRAY_LEN(builds); to++)
                if (from != to)
                    hand_over_at_every_cut(s, 0, builds[from], builds[to]);
    }
}

/* With images that are encrypted, too: their keys stand in the same place for every BOOT_MAX_IMG_SECTORS. */
static void encrypted_images_are_handed_over(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct two_slots_shape *s = &shapes[i];
        hand_over_at_every_cut(s, 16, same(s, s->sectors, 16), same(s, 12, 16));
        hand_over_at_every_cut(s, 16, same(s, 12, 16), same(s, s->sectors, 16));
    }
}

/* Records of a swap by from, as far as from can tell. */
static uint32_t records_now(struct build from)
{
    struct trailer_state pri;
    struct swap sw;
    bool claims;
    uint8_t images = w.pair.key_size;
    w.pair.max_sectors = from.max_sectors;
    w.pair.key_size = from.key_size;
    assert_int_equal(trailer_read(&w.pair, SLOT_PRIMARY, &pri), ERR_OK);
    assert_int_equal(progress_read(&w.pair, &pri, &sw, &claims), ERR_OK);
    w.pair.key_size = images;
    return sw.records;
}

/* to's bootloader cannot understand what from's left, once there are so many records: it writes nothing, and from's still
 * finishes it. */
static void left_alone_from_record(uint32_t least, const struct two_slots_shape *s, uint8_t images,
                                   struct build from, struct build to)
{
    struct update_outcome out;
    for (unsigned revert = 0; revert < 2; revert++) {
        uint32_t under_way = 0;
        ready(s, images, from, revert);
        for (uint32_t n = 1; cut_behind(n, from); n++) {
            if (!is_under_way() || (least > 0 && records_now(from) < least))
                continue;
            under_way++;
            if (to.strategy)
                w.pair.strategy = to.strategy;
            enum err e = boot_as(&w, to, &out);
            assert_true(e == ERR_OK || e == ERR_STATE);
            assert_int_equal(w.fake.ops, 0);
            w.pair.strategy = s->strategy;
            finishes(from, n, revert ? IMAGE_A : IMAGE_B);
        }
        assert_true(under_way > 10);
    }
}

static void left_alone_at_every_cut(const struct two_slots_shape *s, uint8_t images,
                                    struct build from, struct build to)
{
    left_alone_from_record(0, s, images, from, to);
}

/* Row "image keys", with images that are encrypted: a bootloader without keys sees words that are no records. */
static void keys_are_no_records(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct two_slots_shape *s = &shapes[i];
        left_alone_at_every_cut(s, 16, same(s, s->sectors, 16), same(s, s->sectors, 0));
        left_alone_at_every_cut(s, 16, same(s, 12, 16), same(s, s->sectors, 0));
    }
}

/* Row "BOOT_MAX_ALIGN": the magic says which. */
static void another_alignment_is_left_alone(void **state)
{
    static const uint32_t aligns[] = {8, 16, 32};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++)
        for (size_t from = 0; from < ARRAY_LEN(aligns); from++)
            for (size_t to = 0; to < ARRAY_LEN(aligns); to++) {
                const struct two_slots_shape *s = &shapes[i];
                struct build a = same(s, s->sectors, 0), b = a;
                a.max_align = aligns[from];
                b.max_align = aligns[to];
                if (s->word == 8 && from != to)
                    left_alone_at_every_cut(s, 0, a, b);
            }
}

/* Row "length of a key": the key of what comes in is no key here. Before the first record nothing has moved, and the request is
 * dropped, as of any image that cannot be read. */
static void keys_of_another_length_are_no_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
        const struct two_slots_shape *s = &shapes[i];
        left_alone_from_record(1, s, 16, same(s, s->sectors, 16), same(s, s->sectors, 32));
        left_alone_from_record(1, s, 32, same(s, s->sectors, 32), same(s, s->sectors, 16));
    }
}

/* Row "strategy". */
static void another_strategy_is_left_alone(void **state)
{
    static const struct update_strategy *const strategies[] = {
        &update_swap_offset, &update_swap_move, &update_swap_scratch};
    (void)state;
    for (size_t from = 0; from < ARRAY_LEN(strategies); from++)
        for (size_t to = 0; to < ARRAY_LEN(strategies); to++) {
            const struct two_slots_shape s = {32, 32, 1536, 4, strategies[from], 1, 0};
            struct build a = same(&s, s.sectors, 0), b = a;
            b.strategy = strategies[to];
            bool alike = from > 0 && to > 0; /* the same fields in the same places */
            if (from != to)
                left_alone_from_record(alike ? 2 : 0, &s, 0, a, b);
        }
}

/* ---- what MCUboot wrote ------------------------------------------------------------------------------ */

/* The primary's trailer in the middle of an upgrade, 7 x 128 KiB and words of 32 bytes: where MCUboot 2.4 begins its records, and
 * for swap using move the second run of them. The images are not encrypted. */
struct layout {
    const struct update_strategy *strategy;
    uint32_t max_sectors, keys; /* keys: bytes of the two fields */
    uint32_t status, second;
};
enum {
    NO_KEYS = 0,
    PLAIN_KEYS = 2 * 32,
    SAVED_TLVS = 2 * 128
}; /* the last: MCUBOOT_SWAP_SAVE_ENCTLV, ECIES-P256 */
static const struct layout layouts[] = {
    {&update_swap_offset, 7, NO_KEYS, 0xdfd80, 0},
    {&update_swap_offset, 128, NO_KEYS, 0xddf40, 0},
    {&update_swap_offset, 7, PLAIN_KEYS, 0xdfd40, 0},
    {&update_swap_offset, 128, PLAIN_KEYS, 0xddf00, 0},
    {&update_swap_offset, 128, SAVED_TLVS, 0xdde40, 0},
    {&update_swap_move, 7, NO_KEYS, 0xdfcc0, 0xdfda0},
    {&update_swap_move, 128, NO_KEYS, 0xdcf60, 0xddf60},
    {&update_swap_move, 7, PLAIN_KEYS, 0xdfc80, 0xdfd60},
    {&update_swap_move, 128, PLAIN_KEYS, 0xdcf20, 0xddf20},
    {&update_swap_move, 128, SAVED_TLVS, 0xdce60, 0xdde60},
    {&update_swap_scratch, 7, NO_KEYS, 0xdfcc0, 0},
    {&update_swap_scratch, 128, NO_KEYS, 0xdcf60, 0},
    {&update_swap_scratch, 7, PLAIN_KEYS, 0xdfc80, 0},
    {&update_swap_scratch, 128, PLAIN_KEYS, 0xdcf20, 0},
    {&update_swap_scratch, 128, SAVED_TLVS, 0xdce60, 0},
};

/* Images of 301,064 and 351,064 bytes reach into three sectors. */
enum { RECORDS_OFFSET = 6, RECORDS_MOVE = 9, MOVES = 3, RECORDS_SCRATCH = 9 };
static const uint8_t magic[] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};

static unsigned records_of(const struct layout *l)
{
    return l->strategy == &update_swap_offset ? RECORDS_OFFSET : RECORDS_MOVE;
}

static void put(uint32_t off, const void *bytes, uint32_t len)
{
    uint8_t word[FULL_WORD];
    memset(word, 0xff, sizeof(word));
    memcpy(word, bytes, len);
    fake_place(&full.fake, off, word, FULL_WORD);
}

static void put_byte(uint32_t off, uint8_t value)
{
    put(off, &value, 1);
}

/* Record k of the swap, whatever its place. */
static void put_record(const struct layout *l, unsigned k)
{
    if (l->strategy == &update_swap_offset)
        put_byte(l->status + k * FULL_WORD, (uint8_t)(1 + k % 2));
    else if (l->strategy == &update_swap_scratch)
        put_byte(l->status + k * FULL_WORD, (uint8_t)(1 + k % 3));
    else if (k < MOVES)
        put_byte(l->status + k * FULL_WORD, 1);
    else
        put_byte(l->second + (k - MOVES) * FULL_WORD, (uint8_t)(1 + (k - MOVES) % 2));
}

static void put_trailer(const struct layout *l, unsigned records)
{
    bool offset = l->strategy == &update_swap_offset;
    uint8_t block[FULL_WORD];
    memset(full.bytes + P(0xc0000), 0xff, FULL_SECTOR);
    memset(full.words + P(0xc0000) / FULL_WORD, FAKE_VIRGIN, FULL_SECTOR / FULL_WORD);
    memset(block, 0xff, sizeof(block));
    memcpy(block + 16, magic, sizeof(magic));
    put_byte(P(0xdff80), SWAP_TYPE_TEST);
    put(offset ? P(0xdff40) : P(0xdff60), (const uint8_t[]){0x58, 0x5b, 0x05, 0x00}, 4);
    if (offset)
        put(P(0xdff60), (const uint8_t[]){0x28, 0x00, 0x28, 0x00}, 4);
    put(P(0xdffe0), block, sizeof(block));
    for (unsigned k = 0; k < records; k++)
        put_record(l, k);
}

static enum err full_run(uint32_t max_sectors, uint8_t key_size, struct update_outcome *out)
{
    static uint8_t buf[1024];
    struct update_encryption encryption = {.unwrap = &image_unwrap_kw};
    struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
    env.encryption = key_size ? &encryption : NULL;
    full.pair.max_sectors = max_sectors;
    full.pair.key_size = key_size;
    full.op_count = full.calls = 0;
    return update_boot(&env, out);
}

static uint32_t record_ops[RECORDS_MOVE];
static unsigned seen_records;

static void note_records(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx;
    full.calls++;
    if (op == FAKE_PROGRAM && len == FULL_WORD && off > P(0xc0000) && off < P(0xdff40) &&
        seen_records < RECORDS_MOVE)
        record_ops[seen_records++] = full.fake.ops + 1;
}

/* An upgrade, cut behind its record number k, counted from 1; 0: before the first step. */
static void full_until(const struct update_strategy *strategy, unsigned k)
{
    struct update_outcome out;
    full_device(strategy);
    full.fake.trace = note_records;
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    fake_power_on(&full.fake);
    if (k == 0)
        seen_records = 0;
    else
        fake_cut_at(&full.fake, record_ops[k - 1], FAKE_CUT_AFTER, 1);
    (void)full_run(128, 0, &out);
    fake_power_on(&full.fake);
}

/* In every state of an upgrade, by bootloaders of every layout. */
static void what_mcuboot_began_is_finished(void **state)
{
    struct update_outcome out;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        const struct layout *l = &layouts[i];
        full_until(l->strategy, 0);
        for (unsigned k = 1; k <= records_of(l); k++) {
            const uint32_t max_sectors = k % 2 ? 7 : 128;
            const uint8_t key_size = k % 3 ? 0 : 16;
            full_until(l->strategy, k);
            put_trailer(l, k);
            assert_int_equal(full_run(max_sectors, key_size, &out), ERR_OK);
            /* Scratch: up to the second record the request still stands, and the swap starts over. */
            assert_int_equal(out.resumed, l->strategy != &update_swap_scratch || k > 1);
            assert_int_equal(out.verdict, IMAGE_GENUINE);
            assert_memory_equal(full.bytes + P(0), full.new_image, FULL_NEW_SIZE);
            assert_memory_equal(full.bytes + S(0), full.old_image, FULL_OLD_SIZE);
            assert_int_equal(full.fake.violations, 0);
        }
    }
}

/* Row "save-enctlv", with images that are encrypted: the TLVs are longer than two keys. And whatever else has no order. */
static void words_without_an_order_are_left_alone(void **state)
{
    static uint8_t before[FULL_SIZE];
    struct update_outcome out;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(layouts); i++) {
        const struct layout *l = &layouts[i];
        if (l->keys != SAVED_TLVS)
            continue;
        full_until(l->strategy, 0);
        for (unsigned k = 2; k <= records_of(l); k += 2)
            for (unsigned key_size = 0; key_size <= 32; key_size += 16) {
                full_until(l->strategy, k);
                put_trailer(l, k);
                uint32_t swap_size = l->strategy == &update_swap_offset ? 0xdff40 : 0xdff60;
                for (unsigned at = 0; at < 113;
                     at += FULL_WORD) { /* the TLV of the secondary's image */
                    uint8_t part[FULL_WORD];
                    memset(part, 0x5a, sizeof(part));
                    put(P(swap_size - SAVED_TLVS + at), part,
                        113 - at < FULL_WORD ? 113 - at : FULL_WORD);
                }
                memcpy(before, full.bytes, sizeof(before));
                assert_int_equal(full_run(7, (uint8_t)key_size, &out), ERR_STATE);
                assert_memory_equal(full.bytes, before, sizeof(before));
                assert_int_equal(full.calls, 0);
            }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_are_found_in_other_places),
        cmocka_unit_test(encrypted_images_are_handed_over),
        cmocka_unit_test(keys_are_no_records),
        cmocka_unit_test(another_alignment_is_left_alone),
        cmocka_unit_test(keys_of_another_length_are_no_keys),
        cmocka_unit_test(another_strategy_is_left_alone),
        cmocka_unit_test(what_mcuboot_began_is_finished),
        cmocka_unit_test(words_without_an_order_are_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
