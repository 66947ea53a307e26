/* Trailer offsets, swap types, and the writes of the application's side. */
#include "core/update/swap/trailer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/update/swap/progress.h"
#include "testing/fake_flash.h"

/* Swap-using-offset, as MCUboot lays them out. */
static void offsets_of_the_reference_geometries(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        uint32_t word, align, sector, slot, max_sectors;
        uint32_t magic, image_ok, copy_done, swap_info, tlv_sizes, swap_size, status, max_image;
    } cases[] = {
        {"A M=128", 32, 32, 0x20000, 0xe0000, 128, 0xdffe0, 0xdffc0, 0xdffa0, 0xdff80, 0xdff60,
         0xdff40, 0xddf40, 0xa0000},
        {"A M=7", 32, 32, 0x20000, 0xe0000, 7, 0xdffe0, 0xdffc0, 0xdffa0, 0xdff80, 0xdff60, 0xdff40,
         0xdfd80, 0xa0000},
        {"B M=128", 8, 8, 0x1000, 0x60000, 128, 0x5fff0, 0x5ffe8, 0x5ffe0, 0x5ffd8, 0x5ffd0,
         0x5ffc8, 0x5f7c8, 0x5e000},
        {"B M=96", 8, 8, 0x1000, 0x60000, 96, 0x5fff0, 0x5ffe8, 0x5ffe0, 0x5ffd8, 0x5ffd0, 0x5ffc8,
         0x5f9c8, 0x5e000},
        {"C M=128", 4, 8, 0x1000, 0x76000, 128, 0x75ff0, 0x75fe8, 0x75fe0, 0x75fd8, 0x75fd0,
         0x75fc8, 0x75bc8, 0x74000},
        {"C M=118", 4, 8, 0x1000, 0x76000, 118, 0x75ff0, 0x75fe8, 0x75fe0, 0x75fd8, 0x75fd0,
         0x75fc8, 0x75c18, 0x74000},
        {"D w=8", 8, 8, 0x1000, 0xe0000, 224, 0xdfff0, 0xdffe8, 0xdffe0, 0xdffd8, 0xdffd0, 0xdffc8,
         0xdf1c8, 0xde000},
        {"D w=4", 4, 8, 0x1000, 0xe0000, 224, 0xdfff0, 0xdffe8, 0xdffe0, 0xdffd8, 0xdffd0, 0xdffc8,
         0xdf8c8, 0xde000},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct flash f = {.size = 2 * cases[i].slot,
                          .sector = cases[i].sector,
                          .word = cases[i].word,
                          .erased = 0xff};
        struct slot_pair p = {.slot = {{&f, 0, cases[i].slot}, {&f, cases[i].slot, cases[i].slot}},
                              .max_align = cases[i].align,
                              .max_sectors = cases[i].max_sectors};
        struct trailer_layout l = trailer_layout(&p, SLOT_SECONDARY);
        const char *why = "?";
        print_message("%s\n", cases[i].name);
        assert_int_equal(slot_pair_check(&p, &why), ERR_OK);
        assert_null(why);
        assert_int_equal(l.magic, cases[i].magic);
        assert_int_equal(l.image_ok, cases[i].image_ok);
        assert_int_equal(l.copy_done, cases[i].copy_done);
        assert_int_equal(l.swap_info, cases[i].swap_info);
        assert_int_equal(l.tlv_sizes, cases[i].tlv_sizes);
        assert_int_equal(l.swap_size, cases[i].swap_size);
        assert_int_equal(l.status, cases[i].status);
        assert_int_equal(l.first_sector, cases[i].status / cases[i].sector * cases[i].sector);
        assert_int_equal(update_max_image_size(&p), cases[i].max_image);
        assert_int_equal(update_upload_offset(&p), cases[i].sector);
    }
}

static void pairs_that_cannot_be_swapped_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *part; /* of the reason */
        uint32_t word2, align, sector2, size1, size2, sectors;
        uint8_t image;
    } cases[] = {
        {"flash word", 16, 32, 1024, 8192, 8192, 8, 0},
        {"BOOT_MAX_ALIGN", 8, 4, 1024, 8192, 8192, 8, 0},
        {"BOOT_MAX_ALIGN", 8, 24, 1024, 8192, 8192, 8, 0},
        {"image number", 8, 8, 1024, 8192, 8192, 8, 8},
        {"BOOT_MAX_IMG_SECTORS", 8, 8, 1024, 8192, 8192, 7, 0},
        {"differ in size", 8, 8, 2048, 8192, 8192, 8, 0},
        {"as large as", 8, 8, 1024, 8192, 7168, 8, 0},
        {"as large as", 8, 8, 1024, 8192, 10240, 8, 0},
        {"trailer does not fit", 8, 8, 1024, 8192, 8192, 600, 0},
        {"trailer does not fit", 8, 8, 1024, 8192, 8192, 0xffffffff, 0},
        {"no sectors are left", 8, 8, 1024, 2048, 2048, 8, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct flash f = {.size = 65536, .sector = 1024, .word = 8, .erased = 0xff};
        struct flash g = {
            .size = 65536, .sector = cases[i].sector2, .word = cases[i].word2, .erased = 0xff};
        struct slot_pair p = {.slot = {{&f, 0, cases[i].size1}, {&g, 32768, cases[i].size2}},
                              .image = cases[i].image,
                              .max_align = cases[i].align,
                              .max_sectors = cases[i].sectors};
        const char *why = NULL;
        assert_int_equal(slot_pair_check(&p, &why), ERR_INVAL);
        assert_non_null(why);
        if (!strstr(why, cases[i].part))
            fail_msg("case %zu: %s", i, why);
    }
}

/* The oracle is written from the prose of spec 5.1, not from the table in the code. */
static enum swap_type oracle(const struct trailer_state *pri, const struct trailer_state *sec)
{
    bool asked = sec->magic == TRAILER_MAGIC_GOOD;
    if (asked && sec->image_ok == TRAILER_FLAG_SET)
        return SWAP_TYPE_PERM;
    if (asked && sec->image_ok == TRAILER_FLAG_UNSET)
        return sec->copy_done == TRAILER_FLAG_SET ? SWAP_TYPE_REVERT : SWAP_TYPE_TEST;
    if (pri->magic != TRAILER_MAGIC_GOOD || pri->copy_done != TRAILER_FLAG_SET)
        return SWAP_TYPE_NONE;
    return pri->image_ok == TRAILER_FLAG_UNSET ? SWAP_TYPE_REVERT : SWAP_TYPE_NONE;
}

static void all_trailer_pairs_decide_as_the_oracle(void **state)
{
    (void)state;
    int seen[6] = {0};
    for (int n = 0; n < 729; n++) {
        struct trailer_state pri = {.magic = (enum trailer_magic)(n % 3 + 1),
                                    .image_ok = (enum trailer_flag)(n / 3 % 3 + 1),
                                    .copy_done = (enum trailer_flag)(n / 9 % 3 + 1)};
        struct trailer_state sec = {.magic = (enum trailer_magic)(n / 27 % 3 + 1),
                                    .image_ok = (enum trailer_flag)(n / 81 % 3 + 1),
                                    .copy_done = (enum trailer_flag)(n / 243 + 1)};
        enum swap_type t = swap_type_decide(&pri, &sec);
        assert_int_equal(t, oracle(&pri, &sec));
        seen[t]++;
    }
    /* Counted by hand from the rows: GOOD x UNSET x SET = 27, and so on. */
    assert_int_equal(seen[SWAP_TYPE_PERM], 81);
    assert_int_equal(seen[SWAP_TYPE_TEST], 54);
    assert_int_equal(seen[SWAP_TYPE_REVERT], 27 + 21);
}

/* ---- writes of the application ----------------------------------------------------------------- */

enum { SECTOR = 1024, SLOT = 8 * SECTOR, DEVICE = 2 * SLOT };

static uint8_t bytes[DEVICE], words[DEVICE];
static struct fake_flash fake;
static struct slot_pair pair;
static struct {
    enum fake_op op;
    uint32_t off, len;
} ops[16];
static unsigned op_count;

static void keep_op(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx;
    assert_true(op_count < ARRAY_LEN(ops));
    ops[op_count].op = op;
    ops[op_count].off = off;
    ops[op_count++].len = len;
}

static void device(uint32_t word, uint32_t align)
{
    fake_init(&fake, word, SECTOR, DEVICE / SECTOR, bytes, words);
    fake.trace = keep_op;
    op_count = 0;
    pair = (struct slot_pair){.slot = {{&fake.flash, 0, SLOT}, {&fake.flash, SLOT, SLOT}},
                              .image = 1,
                              .max_align = align,
                              .max_sectors = 8};
    assert_int_equal(slot_pair_check(&pair, NULL), ERR_OK);
}

static const uint8_t magic32[16] = {0x20, 0x00, 0x2d, 0xe1, 0x5d, 0x29, 0x41, 0x0b,
                                    0x8d, 0x77, 0x67, 0x9c, 0x11, 0x0f, 0x1f, 0x8a};
static const uint8_t magic8[16] = {0x77, 0xc2, 0x95, 0xf3, 0x60, 0xd2, 0xef, 0x7f,
                                   0x35, 0x52, 0x50, 0x0f, 0x2c, 0xb6, 0x79, 0x80};

static void a_test_request_is_magic_then_swap_info(void **state)
{
    (void)state;
    struct trailer_state t;
    enum swap_type type;
    device(32, 32);
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    assert_int_equal(op_count, 3);
    assert_int_equal(ops[0].op, FAKE_ERASE);
    assert_int_equal(ops[0].off, DEVICE - SECTOR);
    assert_int_equal(ops[1].off, DEVICE - 32);
    assert_int_equal(ops[1].len, 32);
    assert_int_equal(ops[2].off, DEVICE - 0x80);
    assert_int_equal(ops[2].len, 32);
    assert_memory_equal(bytes + DEVICE - 16, magic32, 16);
    assert_int_equal(bytes[DEVICE - 17], 0xff);
    assert_int_equal(bytes[DEVICE - 0x80], 0x12);
    assert_int_equal(bytes[DEVICE - 0x7f], 0xff);
    assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
    assert_int_equal(t.magic, TRAILER_MAGIC_GOOD);
    assert_int_equal(t.swap_type, SWAP_TYPE_TEST);
    assert_int_equal(t.image, 1);
    assert_int_equal(update_next_swap_type(&pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_TEST);
    assert_int_equal(update_set_pending(&pair, false), ERR_OK); /* scheduled already */
    assert_int_equal(op_count, 3);
    assert_int_equal(update_set_pending(&pair, true), ERR_OK); /* but not for good */
    assert_int_equal(update_next_swap_type(&pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_PERM);
    op_count = 0;
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    assert_int_equal(op_count, 0);
}

static void a_permanent_request_says_so_before_swap_info(void **state)
{
    (void)state;
    enum swap_type type;
    device(8, 8);
    assert_int_equal(update_set_pending(&pair, true), ERR_OK);
    assert_int_equal(op_count, 4);
    assert_int_equal(ops[1].off, DEVICE - 16);
    assert_int_equal(ops[1].len, 16);
    assert_int_equal(ops[2].off, DEVICE - 24);
    assert_int_equal(ops[3].off, DEVICE - 40);
    assert_memory_equal(bytes + DEVICE - 16, magic8, 16);
    assert_int_equal(bytes[DEVICE - 24], 1);
    assert_int_equal(bytes[DEVICE - 40], 0x13);
    assert_int_equal(update_next_swap_type(&pair, &type), ERR_OK);
    assert_int_equal(type, SWAP_TYPE_PERM);
}

static void a_request_survives_touched_words(void **state)
{
    (void)state;
    device(32, 32);
    fake_spoil(&fake, DEVICE - 32, FAKE_TOUCHED);
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    assert_int_equal(fake.violations, 0);
    device(32, 32);
    fake_spoil(&fake, DEVICE - 32, FAKE_UNREADABLE);
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    device(32, 32);
    bytes[DEVICE - 1] = 0;
    assert_int_equal(update_set_pending(&pair, false), ERR_STATE);
    assert_int_equal(op_count, 0);
}

static void put(uint32_t off, uint8_t value)
{
    uint8_t word[32];
    memset(word, 0xff, sizeof(word));
    word[0] = value;
    fake_place(&fake, off, word, fake.flash.word);
}

static void confirming_writes_only_when_a_revert_is_due(void **state)
{
    (void)state;
    bool confirmed;
    device(32, 32);
    assert_int_equal(update_set_confirmed(&pair), ERR_OK); /* never swapped */
    assert_int_equal(update_is_confirmed(&pair, &confirmed), ERR_OK);
    assert_true(confirmed);
    fake_place(&fake, SLOT - 16 - 16, (uint8_t[32]){0}, 32);
    memset(bytes + SLOT - 32, 0xff, 16);
    memcpy(bytes + SLOT - 16, magic32, 16);
    assert_int_equal(update_set_confirmed(&pair), ERR_OK); /* padded, never swapped */
    assert_int_equal(op_count, 0);
    put(SLOT - 0x60, 1); /* copy_done */
    assert_int_equal(update_is_confirmed(&pair, &confirmed), ERR_OK);
    assert_false(confirmed);
    assert_int_equal(update_set_confirmed(&pair), ERR_OK);
    assert_int_equal(op_count, 1);
    assert_int_equal(ops[0].off, SLOT - 0x40);
    assert_int_equal(bytes[SLOT - 0x40], 1);
    assert_int_equal(update_is_confirmed(&pair, &confirmed), ERR_OK);
    assert_true(confirmed);
    assert_int_equal(update_set_confirmed(&pair), ERR_OK);
    assert_int_equal(op_count, 1);
    bytes[SLOT - 1] ^= 1;
    assert_int_equal(update_set_confirmed(&pair), ERR_STATE);
}

static void an_upload_takes_back_request_and_old_header(void **state)
{
    (void)state;
    device(8, 8);
    assert_int_equal(update_upload_begin(&pair), ERR_OK);
    assert_int_equal(op_count, 0);
    put(SLOT + 8, 0x12);
    assert_int_equal(update_upload_begin(&pair), ERR_OK);
    assert_int_equal(op_count, 1);
    assert_int_equal(ops[0].off, SLOT);
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    op_count = 0;
    assert_int_equal(update_upload_begin(&pair), ERR_OK);
    assert_int_equal(op_count, 1);
    assert_int_equal(ops[0].off, DEVICE - SECTOR);
}

static void unreadable_words_count_as_not_written(void **state)
{
    (void)state;
    struct trailer_state t;
    device(8, 8);
    assert_int_equal(update_set_pending(&pair, true), ERR_OK);
    fake_spoil(&fake, DEVICE - 24, FAKE_UNREADABLE); /* image_ok */
    assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
    assert_int_equal(t.magic, TRAILER_MAGIC_GOOD);
    assert_int_equal(t.image_ok, TRAILER_FLAG_UNSET);
    fake_spoil(&fake, DEVICE - 8, FAKE_UNREADABLE); /* half of the magic */
    assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
    assert_int_equal(t.magic, TRAILER_MAGIC_BAD);
    fake_spoil(&fake, DEVICE - 16, FAKE_UNREADABLE);
    assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
    assert_int_equal(t.magic, TRAILER_MAGIC_UNSET);
    fake.off = true;
    assert_int_equal(trailer_read(&pair, SLOT_PRIMARY, &t), ERR_IO);
}

static enum err (*steady_read)(struct flash *f, uint32_t off, void *dst, uint32_t len);
static uint32_t wavering; /* offset of the word that reads erased every second time */

static enum err wavering_read(struct flash *f, uint32_t off, void *dst, uint32_t len)
{
    static bool odd;
    enum err e = steady_read(f, off, dst, len);
    if (off / f->word != wavering / f->word)
        return e;
    odd = !odd;
    if (odd)
        memset(dst, f->erased, len);
    return e;
}

static void words_that_read_differently_twice_count_as_not_written(void **state)
{
    (void)state;
    struct trailer_state t;
    device(8, 8);
    steady_read = fake.flash.read;
    assert_int_equal(update_set_pending(&pair, true), ERR_OK);
    fake.flash.read = wavering_read;
    for (unsigned reads = 0; reads < 2; reads++) { /* whichever of the two comes first */
        wavering = DEVICE - 24;                    /* image_ok */
        assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
        assert_int_equal(t.magic, TRAILER_MAGIC_GOOD);
        assert_int_equal(t.image_ok, TRAILER_FLAG_UNSET);
        wavering = DEVICE - 8; /* half of the magic */
        assert_int_equal(trailer_read(&pair, SLOT_SECONDARY, &t), ERR_OK);
        assert_int_equal(t.magic, TRAILER_MAGIC_BAD);
        uint8_t shift;
        assert_int_equal(fake.flash.read(&fake.flash, wavering, &shift, 1), ERR_OK);
    }
}

/* A trailer of several sectors loses its magic before what the magic vouches for. */
static void a_long_trailer_is_erased_from_the_top(void **state)
{
    (void)state;
    device(8, 8);
    pair.max_sectors = 140; /* 2240 bytes of records: three sectors */
    assert_int_equal(trailer_erase(&pair, SLOT_PRIMARY, NULL), ERR_OK);
    assert_int_equal(op_count, 3);
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(ops[i].off, SLOT - (i + 1) * SECTOR);
}

/* What a person is shown of a trailer. */
static void a_view_has_all_fields_and_the_steps_of_a_swap(void **state)
{
    (void)state;
    const struct update_env env = {.pair = &pair};
    const struct swap sw = {.type = SWAP_TYPE_TEST, .records = 3, .swap_size = 1000};
    struct trailer_view view;
    device(8, 8);
    assert_int_equal(update_trailer_begin(&pair, SLOT_PRIMARY),
                     trailer_layout(&pair, SLOT_PRIMARY).status);
    assert_int_equal(update_view_trailer(&pair, SLOT_PRIMARY, &view), ERR_OK);
    assert_int_equal(view.state.magic, TRAILER_MAGIC_UNSET);
    assert_false(view.has_swap_size);
    assert_false(view.in_swap);
    assert_int_equal(progress_write(&env, SLOT_PRIMARY, &sw), ERR_OK);
    assert_int_equal(trailer_put_magic(&pair, SLOT_SECONDARY), ERR_OK);
    assert_int_equal(trailer_put_swap_info(&pair, SLOT_SECONDARY, SWAP_TYPE_TEST), ERR_OK);
    assert_int_equal(update_view_trailer(&pair, SLOT_PRIMARY, &view), ERR_OK);
    assert_int_equal(view.state.magic, TRAILER_MAGIC_GOOD);
    assert_int_equal(view.state.swap_type, SWAP_TYPE_TEST);
    assert_true(view.has_swap_size);
    assert_int_equal(view.swap_size, 1000);
    assert_true(view.in_swap);
    assert_false(view.unclear);
    assert_int_equal(view.steps, 3);
    assert_int_equal(update_view_trailer(&pair, SLOT_SECONDARY, &view), ERR_OK);
    assert_int_equal(view.state.magic, TRAILER_MAGIC_GOOD);
    assert_false(view.in_swap);
    fake.off = true;
    assert_int_equal(update_view_trailer(&pair, SLOT_PRIMARY, &view), ERR_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(offsets_of_the_reference_geometries),
        cmocka_unit_test(pairs_that_cannot_be_swapped_are_named),
        cmocka_unit_test(all_trailer_pairs_decide_as_the_oracle),
        cmocka_unit_test(a_test_request_is_magic_then_swap_info),
        cmocka_unit_test(a_permanent_request_says_so_before_swap_info),
        cmocka_unit_test(a_request_survives_touched_words),
        cmocka_unit_test(confirming_writes_only_when_a_revert_is_due),
        cmocka_unit_test(an_upload_takes_back_request_and_old_header),
        cmocka_unit_test(unreadable_words_count_as_not_written),
        cmocka_unit_test(words_that_read_differently_twice_count_as_not_written),
        cmocka_unit_test(a_long_trailer_is_erased_from_the_top),
        cmocka_unit_test(a_view_has_all_fields_and_the_steps_of_a_swap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
