/* The fit rule, to the byte, for every strategy: what it allows is updated, one byte more is refused in
 * words and does not stay pending. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "testing/update/rig_full_size.h"

static const struct {
    const char *name;
    const struct update_strategy *strategy;
    uint32_t limit; /* spec 4.6, geometry A; an image never shares a sector with a trailer */
} cases[] = {
    {"offset", &update_swap_offset, 0xa0000},
    {"move", &update_swap_move, 0xa0000},
    {"scratch", &update_swap_scratch, 0xc0000},
    {"overwrite", &update_overwrite, 0xc0000},
};

static void try(unsigned i, uint32_t extra)
{
    static uint8_t big[FULL_SLOT], buf[1024];
    struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
    struct update_outcome out;
    uint32_t size = cases[i].limit + extra, at;
    print_message("%s: 0x%x bytes\n", cases[i].name, (unsigned)size);
    full_device(cases[i].strategy);
    full_build(big, size, 9);
    at = FULL_SLOT + update_upload_offset(&full.pair);
    fake_place(&full.fake, at, big, round_up32(size, FULL_WORD));
    assert_int_equal(update_max_image_size(&full.pair), cases[i].limit);
    /* As an uploader that knows another rule would: its image may reach into the trailer's sector. */
    if (extra)
        assert_int_equal(trailer_put_magic(&full.pair, SLOT_SECONDARY), ERR_OK);
    else
        assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    full.fake.trace = NULL;
    assert_int_equal(update_boot(&env, &out), ERR_OK);
    assert_int_equal(out.requested, SWAP_TYPE_TEST);
    assert_int_equal(out.performed, extra ? SWAP_TYPE_NONE : SWAP_TYPE_TEST);
    assert_int_equal(out.secondary.fault, extra ? IMAGE_FAULT_TOO_LARGE : IMAGE_FAULT_NONE);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_memory_equal(full.bytes, extra ? full.old_image : big, FULL_OLD_SIZE);
    full.fake.ops = 0;
    if (!extra)
        assert_int_equal(update_set_confirmed(&full.pair), ERR_OK);
    full_boot(SWAP_TYPE_NONE);
    assert_int_equal(full.calls, 0);
    assert_int_equal(full.fake.violations, 0);
}

static void to_the_byte(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++)
        for (uint32_t extra = 0; extra < 2; extra++)
            try(i, extra);
}

/* Slots with sectors of different size: some strategies accept them (sweep_test updates such slots), others refuse them
 * with a reason, and the primary runs all the same. */
static void unlike_sectors(void **state)
{
    static const char one_size[] = "the slots' sectors differ in size";
    static const char divide[] = "the sectors of one slot do not divide those of the other";
    static const struct {
        const struct update_strategy *strategy;
        uint32_t sector; /* of the secondary; the primary has 128 KiB */
        uint32_t size;   /* of the secondary */
        const char *why;
    } unlike[] = {
        {&update_swap_offset, 0x40000, 0xc0000, one_size},
        {&update_swap_move, 0x40000, 0xc0000, one_size},
        {&update_swap_scratch, 0x30000, 0xc0000, divide},
        {&update_swap_scratch, 0x40000, 0xc0000, "the scratch area is smaller than a sector"},
        {&update_swap_scratch, 0x10000, 0xe0000, NULL},
        {&update_overwrite, 0x40000, 0xc0000, NULL},
        {&update_overwrite, 0x1000, 0x50000, NULL},
        {&update_direct_xip, 0x40000, 0xc0000, NULL},
        {&update_direct_xip_revert, 0x1000, 0x50000, NULL},
        {&update_ram_load_revert, 0x40000, 0xc0000, NULL},
    };
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(unlike); i++) {
        const char *why;
        full_device(unlike[i].strategy);
        struct flash other = full.fake.flash;
        other.sector = unlike[i].sector;
        full.pair.slot[SLOT_SECONDARY].flash = &other;
        full.pair.slot[SLOT_SECONDARY].size = unlike[i].size;
        enum err e = slot_pair_check(&full.pair, &why);
        assert_int_equal(e, unlike[i].why ? ERR_INVAL : ERR_OK);
        if (!unlike[i].why) {
            assert_null(why);
            continue;
        }
        assert_string_equal(why, unlike[i].why);
        static uint8_t buf[1024];
        struct update_env env = {.pair = &full.pair, .buf = buf, .buf_len = sizeof(buf)};
        struct update_outcome out;
        full.fake.ops = 0;
        assert_int_equal(update_boot(&env, &out), ERR_INVAL);
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        assert_int_equal(full.fake.ops, 0);
    }
}

/* ---- a sector to spare ---- */

static void expect_borrowed(enum err wanted, uint32_t image_from, uint32_t image_len)
{
    struct flash_area sector;
    assert_int_equal(update_borrow_sector(&full.pair, &sector), wanted);
    if (wanted != ERR_OK)
        return;
    const struct flash_area *slot = &full.pair.slot[SLOT_SECONDARY];
    uint32_t at = sector.offset - slot->offset, size = slot->flash->sector;
    assert_int_equal(sector.size, size);
    assert_true(at % size == 0 &&
                at + size <= trailer_layout(&full.pair, SLOT_SECONDARY).first_sector);
    assert_true(at + size <= image_from || at >= image_from + image_len);
}

/* A sector can be borrowed of the upload slot while nobody may need it: with no image there, behind a complete upload, and
 * behind the old image once the new one is confirmed; not while a request or a trial is open. */
static void a_sector_is_spared_for_others(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(cases); i++) {
        static uint8_t big[FULL_SLOT];
        const bool always = cases[i].limit < 0xc0000;
        full_device(cases[i].strategy);
        full.fake.trace = NULL;
        uint32_t upload = update_upload_offset(&full.pair);
        assert_int_equal(update_keeps_spare(&full.pair), always);
        expect_borrowed(ERR_OK, upload, FULL_NEW_SIZE);
        full_build(big, cases[i].limit, 9);
        fake_place(&full.fake, FULL_SLOT + upload, big, round_up32(cases[i].limit, FULL_WORD));
        expect_borrowed(always ? ERR_OK : ERR_NOSPC, upload, cases[i].limit);
        assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
        expect_borrowed(ERR_BUSY, 0, 0);
        full_boot(SWAP_TYPE_TEST);
        if (cases[i].strategy == &update_overwrite)
            continue; /* what was tested stays, and so does its upload */
        expect_borrowed(ERR_BUSY, 0, 0);
        assert_int_equal(update_set_confirmed(&full.pair), ERR_OK);
        expect_borrowed(ERR_OK, 0, FULL_OLD_SIZE);
    }
}

static void a_slot_that_runs_alone_spares_none(void **state)
{
    (void)state;
    struct flash_area sector;
    full_device(&update_swap_offset);
    full.pair.strategy = &update_single;
    assert_false(update_spare_sector(&full.pair, 0, &sector));
    assert_false(update_keeps_spare(&full.pair));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(a_sector_is_spared_for_others),
                                       cmocka_unit_test(a_slot_that_runs_alone_spares_none),
                                       cmocka_unit_test(to_the_byte),
                                       cmocka_unit_test(unlike_sectors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
