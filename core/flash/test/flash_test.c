/* Tests of the seam's checks, of areas, and of the fake itself: what it does is what all the
 * power-cut tests stand on. */
#include "core/flash/area.h"
#include "core/flash/count.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "testing/fake_flash.h"

enum { WORD = 32, SECTOR = 256, SECTORS = 8, SIZE = SECTOR * SECTORS };

static uint8_t bytes[SIZE], words[SIZE / WORD];
static struct fake_flash fake;
static struct flash *const f = &fake.flash;
static int calls;

static void count(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx, (void)op, (void)off, (void)len;
    calls++;
}

static int fresh(void **state)
{
    (void)state;
    fake_init(&fake, WORD, SECTOR, SECTORS, bytes, words);
    fake.trace = count;
    calls = 0;
    return 0;
}

static const uint8_t pattern[2 * SECTOR] = {1, 2, 3, 4};

static void program_is_checked(void **state)
{
    static const struct {
        const char *name;
        uint32_t off, len;
        enum err want;
        int calls;
    } cases[] = {
        {"first word", 0, WORD, ERR_OK, 1},
        {"nothing, at end", SIZE, 0, ERR_OK, 0},
        {"last word", SIZE - WORD, WORD, ERR_OK, 1},
        {"runs over the end", SIZE - WORD, 2 * WORD, ERR_RANGE, 0},
        {"off + len wraps", 0xffffffe0u, 2 * WORD, ERR_RANGE, 0},
        {"starts mid-word", 16, WORD, ERR_ALIGN, 0},
        {"ends mid-word", 0, WORD + 1, ERR_ALIGN, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        fresh(state);
        enum err e = flash_program(f, cases[i].off, pattern, cases[i].len);
        if (e != cases[i].want || calls != cases[i].calls)
            fail_msg("%s: err %d, %d calls", cases[i].name, e, calls);
    }
}

static void erase_and_read_are_checked(void **state)
{
    (void)state;
    uint8_t b[4];
    assert_int_equal(flash_erase(f, SECTOR, SECTOR), ERR_OK);
    assert_int_equal(flash_erase(f, WORD, SECTOR), ERR_ALIGN);
    assert_int_equal(flash_erase(f, 0, SECTOR + WORD), ERR_ALIGN);
    assert_int_equal(flash_erase(f, SIZE - SECTOR, 2 * SECTOR), ERR_RANGE);
    assert_int_equal(flash_erase(f, 0xffffff00u, 512), ERR_RANGE);
    assert_int_equal(flash_erase(f, SIZE, 0), ERR_OK);
    assert_int_equal(calls, 1);
    assert_int_equal(flash_read(f, SIZE - 3, b, 3), ERR_OK);
    assert_int_equal(flash_read(f, SIZE - 3, b, 4), ERR_RANGE);
    assert_int_equal(flash_read(f, 0xfffffffeu, b, 4), ERR_RANGE);
    assert_int_equal(flash_read(f, SIZE, b, 0), ERR_OK);
}

static void a_word_takes_one_program(void **state)
{
    (void)state;
    assert_int_equal(flash_program(f, WORD, pattern, WORD), ERR_OK);
    assert_int_equal(flash_program(f, WORD, pattern, WORD), ERR_NOT_BLANK);
    assert_int_equal(flash_program(f, 0, pattern, 2 * WORD), ERR_NOT_BLANK);
    assert_int_equal(calls, 1);
    assert_int_equal(words[0], FAKE_VIRGIN);
    fake_spoil(&fake, 2 * WORD, FAKE_UNREADABLE);
    assert_int_equal(flash_program(f, 2 * WORD, pattern, WORD), ERR_NOT_BLANK);
    assert_int_equal(flash_erase(f, 0, SECTOR), ERR_OK);
    assert_int_equal(flash_program(f, WORD, pattern, WORD), ERR_OK);
    assert_int_equal(fake.violations, 0);
}

static void blank_check_survives_unreadable_words(void **state)
{
    (void)state;
    bool blank;
    assert_int_equal(flash_is_blank(f, 0, SIZE, &blank), ERR_OK);
    assert_true(blank);
    fake_spoil(&fake, SIZE - WORD, FAKE_UNREADABLE);
    assert_int_equal(flash_is_blank(f, 0, SIZE, &blank), ERR_OK);
    assert_false(blank);
    assert_int_equal(flash_is_blank(f, 0, SIZE - WORD, &blank), ERR_OK);
    assert_true(blank);
    fake_place(&fake, 3 * WORD, pattern, WORD);
    assert_int_equal(flash_is_blank(f, 2 * WORD, 2 * WORD, &blank), ERR_OK);
    assert_false(blank);
    assert_int_equal(flash_is_blank(f, SIZE, 1, &blank), ERR_RANGE);
}

static void areas_keep_inside(void **state)
{
    (void)state;
    static const struct partition rows[] = {
        {"slot0", SECTOR, 2 * SECTOR},
        {"odd", SECTOR + WORD, SECTOR},
        {"long", 7 * SECTOR, 2 * SECTOR},
        {"wrap", 0xffffff00u, 2 * SECTOR},
    };
    static const struct partition_table table = {rows, ARRAY_LEN(rows)};
    struct flash_area a;
    uint8_t b[WORD];
    bool blank;
    assert_int_equal(area_open(&a, f, &table, "slot9"), ERR_NOENT);
    assert_int_equal(area_open(&a, f, &table, "odd"), ERR_ALIGN);
    assert_int_equal(area_open(&a, f, &table, "long"), ERR_RANGE);
    assert_int_equal(area_open(&a, f, &table, "wrap"), ERR_RANGE);
    assert_int_equal(area_open(&a, f, &table, "slot0"), ERR_OK);
    assert_int_equal(area_sectors(&a), 2);
    assert_int_equal(area_program(&a, 0, pattern, WORD), ERR_OK);
    assert_int_equal(words[SECTOR / WORD], FAKE_WRITTEN);
    assert_int_equal(area_program(&a, 2 * SECTOR, pattern, WORD), ERR_RANGE);
    assert_int_equal(area_program(&a, 0xffffffe0u, pattern, 2 * WORD), ERR_RANGE);
    assert_int_equal(area_erase(&a, SECTOR, 2 * SECTOR), ERR_RANGE);
    assert_int_equal(area_erase(&a, 0, SECTOR), ERR_OK);
    assert_int_equal(area_read(&a, 2 * SECTOR - 1, b, 2), ERR_RANGE);
    assert_int_equal(area_is_blank(&a, 0, 2 * SECTOR, &blank), ERR_OK);
    assert_true(blank);
    assert_int_equal(area_is_blank(&a, SECTOR, 2 * SECTOR, &blank), ERR_RANGE);
}

/* Cut the second of three words in each way; look at what is left. */
static void a_cut_tears_one_word(void **state)
{
    static const uint8_t second[FAKE_CUT_COUNT] = {
        [FAKE_CUT_BEFORE] = FAKE_VIRGIN,         [FAKE_CUT_MIXED] = FAKE_WRITTEN,
        [FAKE_CUT_UNREADABLE] = FAKE_UNREADABLE, [FAKE_CUT_LOOKS_ERASED] = FAKE_TOUCHED,
        [FAKE_CUT_RANDOM] = FAKE_WRITTEN,        [FAKE_CUT_AFTER] = FAKE_WRITTEN,
    };
    uint8_t b[WORD];
    for (int how = 0; how < FAKE_CUT_COUNT; how++) {
        fresh(state);
        fake_cut_at(&fake, 2, (enum fake_cut)how, 7);
        assert_int_equal(flash_program(f, 0, pattern, 3 * WORD), ERR_IO);
        assert_int_equal(words[0], FAKE_WRITTEN);
        assert_int_equal(words[1], second[how]);
        assert_int_equal(words[2], FAKE_VIRGIN);
        assert_int_equal(flash_read(f, 0, b, 1), ERR_IO);
        assert_int_equal(flash_erase(f, 0, SECTOR), ERR_IO);
        fake_power_on(&fake);
        assert_int_equal(flash_read(f, 0, b, WORD), ERR_OK);
        assert_memory_equal(b, pattern, WORD);
        assert_int_equal(flash_read(f, WORD, b, WORD),
                         second[how] == FAKE_UNREADABLE ? ERR_UNREADABLE : ERR_OK);
        assert_int_equal(fake.violations, 0);
    }
}

static void programming_a_touched_word_is_a_violation(void **state)
{
    (void)state;
    fake_spoil(&fake, 0, FAKE_TOUCHED);
    assert_int_equal(flash_program(f, 0, pattern, WORD), ERR_OK);
    assert_int_equal(fake.violations, 1);
}

static void a_cut_erase_leaves_a_mess_in_its_sector_only(void **state)
{
    for (int how = 0; how < FAKE_CUT_COUNT; how++) {
        fresh(state);
        fake_place(&fake, 0, pattern, 2 * SECTOR);
        fake_cut_at(&fake, 1, (enum fake_cut)how, 3);
        assert_int_equal(flash_erase(f, 0, 2 * SECTOR), ERR_IO);
        int kept = 0, virgin = 0;
        for (int i = 0; i < SECTOR / WORD; i++) {
            kept += words[i] == FAKE_WRITTEN;
            virgin += words[i] == FAKE_VIRGIN;
            assert_int_equal(words[SECTOR / WORD + i], FAKE_WRITTEN);
        }
        assert_int_equal(virgin, how == FAKE_CUT_AFTER ? SECTOR / WORD : 0);
        if (how == FAKE_CUT_BEFORE)
            assert_int_equal(kept, SECTOR / WORD);
        if (how == FAKE_CUT_MIXED)
            assert_in_range(kept, 1, SECTOR / WORD - 1);
    }
}

static void an_erase_beside_the_program_is_checked(void **state)
{
    (void)state;
    struct flash_area a = {f, SECTOR, 2 * SECTOR};
    assert_int_equal(flash_erase_begin(f, 0), ERR_NOTSUP); /* this device cannot */
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
    fake_erase_beside(&fake, 2);
    assert_int_equal(flash_erase_begin(f, SIZE), ERR_RANGE);
    assert_int_equal(flash_erase_begin(f, UINT32_MAX - SECTOR + 1), ERR_RANGE);
    assert_int_equal(flash_erase_begin(f, WORD), ERR_ALIGN);
    assert_int_equal(area_erase_begin(&a, 2 * SECTOR), ERR_RANGE);
    assert_int_equal(area_erase_begin(&a, WORD), ERR_ALIGN);
    assert_int_equal(flash_erase_poll(f), ERR_STATE);
    assert_int_equal(calls, 0);
    assert_int_equal(flash_program(f, 2 * SECTOR, pattern, WORD), ERR_OK);
    assert_int_equal(area_erase_begin(&a, SECTOR), ERR_OK);
    assert_int_equal(area_erase_begin(&a, 0), ERR_BUSY);
    assert_int_equal(flash_erase_poll(f), ERR_BUSY);
    assert_int_equal(flash_erase_poll(f), ERR_BUSY);
    assert_int_equal(bytes[2 * SECTOR], 1); /* still */
    assert_int_equal(flash_erase_poll(f), ERR_OK);
    assert_int_equal(bytes[2 * SECTOR], 0xff);
    assert_int_equal(flash_erase_poll(f), ERR_STATE); /* told once */
}

static void virgin_is_more_than_blank(void **state)
{
    (void)state;
    struct flash_area a = {f, SECTOR, 2 * SECTOR};
    bool yes = true;
    assert_int_equal(flash_is_virgin(f, 0, SIZE, &yes), ERR_OK);
    assert_false(yes); /* this device cannot tell */
    fake_tell_virgin(&fake);
    assert_int_equal(flash_is_virgin(f, 0, SIZE, &yes), ERR_OK);
    assert_true(yes);
    fake_spoil(&fake, SECTOR + WORD, FAKE_TOUCHED);
    assert_int_equal(area_is_blank(&a, 0, SECTOR, &yes), ERR_OK);
    assert_true(yes);
    assert_int_equal(area_is_virgin(&a, 0, SECTOR, &yes), ERR_OK);
    assert_false(yes);
    assert_int_equal(area_is_virgin(&a, SECTOR, SECTOR, &yes), ERR_OK);
    assert_true(yes);
    assert_int_equal(area_is_virgin(&a, SECTOR, 2 * SECTOR, &yes), ERR_RANGE);
    assert_false(yes);
    assert_int_equal(flash_is_virgin(f, SIZE, WORD, &yes), ERR_RANGE);
}

static enum err unreadable(struct flash *device, uint32_t off, void *dst, uint32_t len)
{
    (void)device, (void)off, (void)dst, (void)len;
    return ERR_UNREADABLE;
}

static enum err refuse_program(struct flash *device, uint32_t off, const void *src, uint32_t len)
{
    (void)device, (void)off, (void)src, (void)len;
    return ERR_IO;
}

static enum err refuse_erase(struct flash *device, uint32_t off, uint32_t len)
{
    (void)device, (void)off, (void)len;
    return ERR_IO;
}

/* What core/flash/flash.c refuses does not reach a device. */
static void what_is_done_to_a_device_is_counted(void **state)
{
    (void)state;
    struct flash_count c;
    uint8_t have[SECTOR];
    bool yes;
    flash_count_init(&c, f);
    assert_int_equal(flash_erase(&c.flash, 0, 3 * SECTOR), ERR_OK);
    assert_int_equal(flash_program(&c.flash, SECTOR, pattern, 2 * WORD), ERR_OK);
    assert_int_equal(flash_read(&c.flash, SECTOR, have, sizeof have), ERR_OK);
    assert_memory_equal(have, pattern, 2 * WORD);
    assert_int_equal(flash_program(&c.flash, SECTOR, pattern, WORD), ERR_NOT_BLANK);
    assert_int_equal(flash_erase_begin(&c.flash, 0), ERR_NOTSUP);
    assert_int_equal(flash_erase_poll(&c.flash), ERR_STATE);
    assert_int_equal(flash_is_virgin(&c.flash, 0, WORD, &yes), ERR_OK);
    assert_false(yes);
    assert_int_equal(flash_erase(&c.flash, SIZE, SECTOR), ERR_RANGE);
    assert_int_equal(c.sectors_erased, 3);
    assert_int_equal(c.words_programmed, 2);
    assert_int_equal(c.program_errors + c.erase_errors + c.read_errors, 0);
    f->program = refuse_program;
    f->erase = refuse_erase;
    assert_int_equal(flash_program(&c.flash, 0, pattern, WORD), ERR_IO);
    assert_int_equal(flash_erase(&c.flash, 0, SECTOR), ERR_IO);
    assert_int_equal(c.program_errors, 1);
    assert_int_equal(c.erase_errors, 1);
    assert_int_equal(c.sectors_erased, 3);
    assert_int_equal(c.words_programmed, 2);
    f->read = unreadable;
    assert_int_equal(flash_read(&c.flash, 0, have, 1), ERR_UNREADABLE);
    assert_int_equal(c.read_errors, 1);
}

static void erases_beside_the_program_are_counted_at_their_end(void **state)
{
    (void)state;
    struct flash_count c;
    bool yes;
    fake_erase_beside(&fake, 3);
    fake_tell_virgin(&fake);
    flash_count_init(&c, f);
    assert_int_equal(flash_is_virgin(&c.flash, 0, WORD, &yes), ERR_OK);
    assert_true(yes);
    assert_int_equal(flash_erase_begin(&c.flash, SECTOR), ERR_OK);
    assert_int_equal(flash_erase_begin(&c.flash, SECTOR), ERR_BUSY);
    assert_int_equal(c.sectors_erased, 0);
    while (flash_erase_poll(&c.flash) == ERR_BUSY) {
    }
    assert_int_equal(c.sectors_erased, 1);
    assert_int_equal(flash_erase_poll(&c.flash), ERR_STATE);
    fake.fail_erases = 1;
    assert_int_equal(flash_erase_begin(&c.flash, SECTOR), ERR_OK);
    enum err e;
    while ((e = flash_erase_poll(&c.flash)) == ERR_BUSY) {
    }
    assert_int_equal(e, ERR_IO);
    assert_int_equal(c.erase_errors, 1);
    assert_int_equal(c.sectors_erased, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(an_erase_beside_the_program_is_checked, fresh),
        cmocka_unit_test_setup(virgin_is_more_than_blank, fresh),
        cmocka_unit_test_setup(what_is_done_to_a_device_is_counted, fresh),
        cmocka_unit_test_setup(erases_beside_the_program_are_counted_at_their_end, fresh),
        cmocka_unit_test_setup(program_is_checked, fresh),
        cmocka_unit_test_setup(erase_and_read_are_checked, fresh),
        cmocka_unit_test_setup(a_word_takes_one_program, fresh),
        cmocka_unit_test_setup(blank_check_survives_unreadable_words, fresh),
        cmocka_unit_test_setup(areas_keep_inside, fresh),
        cmocka_unit_test_setup(a_cut_tears_one_word, fresh),
        cmocka_unit_test_setup(programming_a_touched_word_is_a_violation, fresh),
        cmocka_unit_test_setup(a_cut_erase_leaves_a_mess_in_its_sector_only, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
