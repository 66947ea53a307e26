/* What lies where in flash, of boards that were filled by hand. */
#include "host/rehearsal/contents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define SECTOR 0x20000u
#define SLOT0  0x20000u
#define SLOT1  0x100000u
#define SLOT   0xe0000u
#define OTHER  0x1e0000u
#define IMAGE  150016u /* more than a sector, whole words */

static struct rehearsal r;
static struct contents c;
static uint8_t image[CUTS_IMAGES][IMAGE];

static void poke(uint32_t off, const void *data, uint32_t len)
{
    vboard_flash_poke(r.board, off, data, len);
}

/* A bootloader in two parts, and both images where swap using offset has them. */
static int fill(void **state)
{
    static const uint8_t code[96] = {1, 2, 3};
    const struct vboard_config config = {.seed = 1};
    (void)state;
    memset(&r, 0, sizeof r);
    r.board = vboard_new(&config);
    assert_non_null(r.board);
    board_flash_init(&r.flash, r.board);
    r.slots.pair =
        (struct slot_pair){.slot = {{&r.flash.flash, SLOT0, SLOT}, {&r.flash.flash, SLOT1, SLOT}},
                           .max_align = 32,
                           .max_sectors = SLOT / SECTOR,
                           .strategy = &update_swap_offset};
    for (unsigned i = 0; i < CUTS_IMAGES; i++) {
        for (unsigned n = 0; n < IMAGE; n++) /* no sector is like another */
            image[i][n] = (uint8_t)(100 * i + n % 251);
        r.file[i] = (struct image_file){.blob = {image[i], IMAGE}, .size = IMAGE};
    }
    poke(0, code, sizeof code);
    poke(0x1000, code, sizeof code);
    contents_note_bootloader(&r);
    poke(SLOT0, image[CUTS_OLD], IMAGE);
    poke(SLOT1 + SECTOR, image[CUTS_NEW], IMAGE);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    vboard_free(r.board);
    return 0;
}

/* Without erased pieces; and all of them must cover flash. */
static void assert_pieces(const struct contents_piece *want, unsigned count)
{
    uint32_t end = 0;
    unsigned found = 0;
    contents_look(&r, r.board, &c);
    for (unsigned i = 0; i < c.count; i++) {
        const struct contents_piece *p = &c.piece[i];
        assert_int_equal(p->offset, end);
        end += p->size;
        if (strcmp(p->what, "erased") == 0)
            continue;
        assert_true(found < count);
        assert_string_equal(p->what, want[found].what);
        assert_int_equal(p->offset, want[found].offset);
        assert_int_equal(p->size, want[found++].size);
    }
    assert_int_equal(found, count);
    assert_int_equal(end, 0x200000);
}

static void images_bootloader_and_trailers_are_found(void **state)
{
    static const uint8_t word[32] = {7};
    const struct contents_piece want[] = {
        {0, 0x1060, "bootloader"}, /* what is erased between its parts is a part of it */
        {SLOT0, IMAGE, "old image"},        {SLOT1 + SECTOR, IMAGE, "new image"},
        {SLOT1 + SLOT - 96, 96, "trailer"}, {OTHER + 64, 32, "other"},
    };
    (void)state;
    poke(SLOT1 + SLOT - 96, word, sizeof word);
    poke(SLOT1 + SLOT - 32, word, sizeof word);
    poke(OTHER + 64, word, sizeof word);
    assert_pieces(want, ARRAY_LEN(want));
}

static void what_is_not_whole_is_something_else(void **state)
{
    const struct contents_piece want[] = {
        {0, 0x1060, "bootloader"},
        {SLOT0, SECTOR, "old image"},
        {SLOT0 + SECTOR, IMAGE - SECTOR, "other"}, /* one byte of it is wrong */
        {SLOT1 + SECTOR, SECTOR, "other"},         /* one word cannot be read */
        {SLOT1 + 2 * SECTOR, IMAGE - SECTOR, "new image"},
    };
    (void)state;
    poke(SLOT0 + SECTOR + 5, "x", 1);
    vboard_flash_spoil(r.board, SLOT1 + SECTOR + 320);
    assert_pieces(want, ARRAY_LEN(want));
}

static void an_image_may_have_moved_up_a_sector(void **state)
{
    const struct contents_piece want[] = {
        {0, 0x1060, "bootloader"},
        {SLOT0, SECTOR, "new image"},
        {SLOT0 + SECTOR, IMAGE, "old image"},
        {SLOT1 + SECTOR, IMAGE, "new image"},
    };
    (void)state;
    poke(SLOT0 + SECTOR, image[CUTS_OLD], IMAGE);
    poke(SLOT0, image[CUTS_NEW], SECTOR);
    assert_pieces(want, ARRAY_LEN(want));
}

static void the_scratch_area_has_a_sector_of_an_image(void **state)
{
    const struct contents_piece want[] = {
        {0, 0x1060, "bootloader"},
        {SLOT0, IMAGE, "old image"},
        {SLOT1 + SECTOR, IMAGE, "new image"},
        {OTHER, IMAGE - SECTOR, "old image"},
    };
    (void)state;
    r.slots.pair.strategy = &update_swap_scratch;
    r.slots.pair.slot[SLOT_SCRATCH] = (struct flash_area){&r.flash.flash, OTHER, SECTOR};
    poke(OTHER, image[CUTS_OLD] + SECTOR, IMAGE - SECTOR);
    assert_pieces(want, ARRAY_LEN(want));
}

static void many_pieces_are_a_bounded_list(void **state)
{
    static const uint8_t word[32] = {7};
    (void)state;
    memset(r.boot_words + OTHER / 32 / 8, 0x55,
           0x8000 / 32 / 8); /* every other word is the bootloader's */
    for (uint32_t off = OTHER; off < OTHER + 0x8000; off += 32)
        poke(off, word, sizeof word);
    contents_look(&r, r.board, &c);
    assert_int_equal(c.count, CONTENTS_MAX);
    assert_int_equal(c.piece[c.count - 1].offset + c.piece[c.count - 1].size, 0x200000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(images_bootloader_and_trailers_are_found, fill, empty),
        cmocka_unit_test_setup_teardown(what_is_not_whole_is_something_else, fill, empty),
        cmocka_unit_test_setup_teardown(an_image_may_have_moved_up_a_sector, fill, empty),
        cmocka_unit_test_setup_teardown(the_scratch_area_has_a_sector_of_an_image, fill, empty),
        cmocka_unit_test_setup_teardown(many_pieces_are_a_bounded_list, fill, empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
