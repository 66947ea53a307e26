/* Encrypted images where the sweeps do not look: the keys' place in the trailer, keys that are lost, images that
 * cannot be opened, and hostile TLVs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/update/strategy.h"
#include "core/update/swap/trailer.h"
#include "testing/update/rig_two_slots.h"

static const struct two_slots_shape shapes[] = {
    {8, 8, 192, 5, &update_swap_offset, 0, 0},
    {8, 8, 192, 5, &update_swap_move, 0, 0},
    {8, 8, 192, 5, &update_swap_scratch, 1, 0},
    {8, 8, 192, 5, &update_overwrite, 0, 0},
};
enum { SWAPPING = 3 }; /* the first so many swap */

static struct device w;

/* IMAGE_A runs, IMAGE_B is uploaded and asked for. */
static void fresh_with(const struct two_slots_shape *shape, uint8_t key_size, bool permanent)
{
    two_slots_init(&w, shape);
    two_slots_encrypt(&w, key_size, false);
    two_slots_install(&w, SLOT_PRIMARY, 0, IMAGE_A);
    two_slots_install(&w, SLOT_SECONDARY, update_upload_offset(&w.pair), IMAGE_B);
    assert_int_equal(update_set_pending(&w.pair, permanent), ERR_OK);
}

static void fresh(const struct two_slots_shape *shape, bool permanent)
{
    fresh_with(shape, 16, permanent);
}

static struct update_outcome boot(enum err want)
{
    struct update_outcome out;
    assert_int_equal(two_slots_boot(&w, &out), want);
    assert_int_equal(w.fake.violations, 0);
    return out;
}

/* Cut the running swap behind n operations and power on again. */
static void boot_until(uint32_t n)
{
    struct update_outcome out;
    fake_cut_at(&w.fake, n, FAKE_CUT_AFTER, 1);
    (void)two_slots_boot(&w, &out);
    assert_true(w.fake.off);
    fake_power_on(&w.fake);
}

/* ---- the trailer --------------------------------------------------------------------------------- */

/* The reference layout, 7 x 128 KiB and words of 32 bytes: each key takes 32 bytes, whatever its size, and all that
 * lies below moves down by two of them. The formula is MCUboot's. */
static void trailer_has_room_for_two_keys(void **state)
{
    (void)state;
    static const struct {
        const struct update_strategy *strategy;
        uint8_t key_size;
        uint32_t align, swap_size, status;
    } rows[] = {
        {&update_swap_offset, 0, 32, 0xdff40, 0xdfd80},
        {&update_swap_offset, 16, 32, 0xdff40, 0xdfd40},
        {&update_swap_offset, 32, 32, 0xdff40, 0xdfd40},
        {&update_swap_move, 16, 32, 0xdff60, 0xdfc80},
        {&update_swap_scratch, 32, 32, 0xdff60, 0xdfc80},
        {&update_overwrite, 16, 32, 0xdff60, 0xdff20},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct flash f = {.size = 0x200000, .sector = 0x20000, .word = 32, .erased = 0xff};
        struct slot_pair p = {
            .slot = {{.flash = &f, .size = 0xe0000}, {.flash = &f, .size = 0xe0000}},
            .max_align = rows[i].align,
            .max_sectors = 7,
            .key_size = rows[i].key_size,
            .strategy = rows[i].strategy};
        struct trailer_layout l = trailer_layout(&p, SLOT_PRIMARY);
        assert_int_equal(l.swap_size, rows[i].swap_size);
        assert_int_equal(l.status, rows[i].status);
        assert_int_equal(l.first_sector, 0xc0000);
    }
}

/* In mid-swap the primary's trailer has the primary's key below swap_size and the secondary's below that. */
static void keys_are_where_mcuboot_looks(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWAPPING; i++)
        for (unsigned long_key = 0; long_key < 2; long_key++) {
            uint8_t size = long_key ? 32 : 16;
            fresh_with(&shapes[i], size, true);
            boot_until(30);
            uint32_t at = trailer_layout(&w.pair, SLOT_PRIMARY).swap_size;
            for (unsigned k = 0; k < size; k++) {
                assert_int_equal(w.bytes[at - size + k], (uint8_t)(IMAGE_A * 0x35 + 7 * k));
                assert_int_equal(w.bytes[at - 2 * size + k], (uint8_t)(IMAGE_B * 0x35 + 7 * k));
            }
            (void)boot(ERR_OK);
            assert_int_equal(two_slots_running(&w), IMAGE_B);
        }
}

/* ---- keys that are lost -------------------------------------------------------------------------- */

/* Offset of the value of the TLV with the image key, in an image that lies whole at bytes. */
static uint32_t find_key_tlv(const uint8_t *bytes)
{
    struct image_source s = image_source_memory(bytes, TWO_SLOTS_FLASH_MAX / 2);
    struct image_header h;
    struct image_tlvs t;
    struct image_tlv tlv;
    bool more = true;
    assert_int_equal(image_read_header(&s, s.size, &h), IMAGE_FAULT_NONE);
    assert_int_equal(image_tlvs_begin(&t, &s, &h, s.size), IMAGE_FAULT_NONE);
    while (image_tlvs_next(&t, &tlv, &more) == IMAGE_FAULT_NONE && more)
        if (tlv.type == IMAGE_TLV_ENC_KW)
            return tlv.offset;
    fail_msg("no such TLV");
    return 0;
}

/* Spoil every copy of the key TLV of an image, wherever the swap has brought it. */
static unsigned spoil_key_tlv(enum two_slots_image which)
{
    uint32_t len;
    const uint8_t *image = two_slots_image_bytes(&w, which, &len);
    const uint8_t *value = image + find_key_tlv(image);
    unsigned found = 0;
    for (uint32_t at = 0; at + 24 <= w.fake.flash.size; at++)
        if (memcmp(w.bytes + at, value, 24) == 0) {
            w.bytes[at] ^= 0x80;
            found++;
        }
    return found;
}

/* Rot takes the TLV in mid-swap. The trailer still has the key. */
static void key_comes_from_the_trailer(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWAPPING; i++)
        for (int which = IMAGE_A; which <= IMAGE_B; which++) {
            fresh(&shapes[i], true);
            boot_until(100);
            assert_true(spoil_key_tlv((enum two_slots_image)which) > 0);
            struct update_outcome out = boot(ERR_OK);
            assert_true(out.resumed);
            assert_int_equal(out.verdict,
                             IMAGE_GENUINE); /* a key TLV is neither hashed nor signed */
            if (which == IMAGE_A)
                assert_int_equal(two_slots_running(&w), IMAGE_B);
        }
}

/* MCUBOOT_SWAP_SAVE_ENCTLV has a wrapped key of 24 bytes in a field of 32. Nobody's key, and nothing is written with it. */
static void a_wrapped_key_in_the_trailer_is_no_key(void **state)
{
    static const struct two_slots_shape shape = {32, 32, 768, 5, &update_swap_move, 0, 0};
    struct update_outcome out;
    (void)state;
    fresh(&shape, true);
    boot_until(100);
    assert_true(spoil_key_tlv(IMAGE_B) > 0);
    uint32_t field = trailer_layout(&w.pair, SLOT_PRIMARY).swap_size - 2 * 32;
    memset(w.bytes + field, 0x5a, 24);
    assert_int_equal(two_slots_boot(&w, &out), ERR_STATE);
    assert_int_equal(w.fake.ops, 0);
}

static void spoil_keys_in_trailer(uint8_t to)
{
    struct trailer_layout l = trailer_layout(&w.pair, SLOT_PRIMARY);
    memset(w.bytes + l.swap_size - 32, to, 32);
}

/* The TLV alone is enough: what the trailer says of keys may be lost or wrong. */
static void key_comes_from_the_image(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWAPPING; i++)
        for (unsigned how = 0; how < 3; how++) {
            fresh(&shapes[i], true);
            boot_until(100);
            if (how == 2)
                fake_spoil(&w.fake, trailer_layout(&w.pair, SLOT_PRIMARY).swap_size - 32,
                           FAKE_UNREADABLE);
            else
                spoil_keys_in_trailer(how ? 0x5a : 0xff);
            struct update_outcome out = boot(ERR_OK);
            assert_true(out.resumed);
            assert_int_equal(two_slots_running(&w), IMAGE_B);
            assert_int_equal(out.verdict, IMAGE_GENUINE);
        }
}

/* If both copies of the key are lost, nothing is written, at this boot or a later one. */
static void no_key_no_write(void **state)
{
    (void)state;
    static uint8_t before[TWO_SLOTS_FLASH_MAX];
    for (unsigned i = 0; i < SWAPPING; i++) {
        fresh(&shapes[i], true);
        boot_until(100);
        assert_true(spoil_key_tlv(IMAGE_B) > 0);
        spoil_keys_in_trailer(0xff);
        memcpy(before, w.bytes, sizeof(before));
        (void)boot(ERR_STATE);
        (void)boot(ERR_STATE);
        assert_memory_equal(before, w.bytes, w.fake.flash.size);
    }
}

/* Where the keys push the trailer into one more sector, the largest image is a sector smaller: one of that size (less a
 * few bytes) comes and goes whole, and its trailers leave it alone. */
static void keys_make_the_largest_image_smaller(void **state)
{
    (void)state;
    static const struct {
        struct two_slots_shape shape;
        uint32_t clear, encrypted; /* sectors */
    } rows[] = {
        {{4, 8, 192, 16, &update_swap_offset, 0, 0}, 14, 13}, /* 16 * 2 * 4 + 56 = 184 */
        {{4, 8, 192, 12, &update_swap_move, 0, 0}, 10, 9},    /* 12 * 3 * 4 + 48 = 192 */
        {{4, 8, 192, 12, &update_swap_scratch, 1, 0}, 11, 10},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        uint32_t sector = rows[i].shape.sector;
        two_slots_init(&w, &rows[i].shape);
        assert_int_equal(update_max_image_size(&w.pair), rows[i].clear * sector);
        fresh(&rows[i].shape, false);
        assert_int_equal(update_max_image_size(&w.pair), rows[i].encrypted * sector);
        (void)boot(ERR_OK);
        assert_int_equal(two_slots_running(&w), IMAGE_B);
        (void)boot(ERR_OK);
        assert_int_equal(two_slots_running(&w), IMAGE_A);
        assert_true(two_slots_holds(&w, SLOT_SECONDARY, update_upload_offset(&w.pair), IMAGE_B));
    }
}

/* ---- images that are refused --------------------------------------------------------------------- */

static void expect_refused(enum image_fault want)
{
    struct trailer_state sec;
    struct update_outcome out = boot(ERR_OK);
    assert_int_equal(out.performed, SWAP_TYPE_NONE);
    assert_int_equal(out.secondary.fault, want);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(two_slots_running(&w), IMAGE_A);
    assert_int_equal(trailer_read(&w.pair, SLOT_SECONDARY, &sec), ERR_OK);
    assert_int_equal(sec.magic, TRAILER_MAGIC_UNSET);
    assert_string_not_equal(image_fault_text(want), "unknown fault");
}

static uint8_t *uploaded(void)
{
    return w.bytes + w.pair.slot[SLOT_SECONDARY].offset + update_upload_offset(&w.pair);
}

static void hostile_images_are_refused(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        fresh(&shapes[i], false);
        uint8_t *tlv = uploaded() + find_key_tlv(uploaded());
        tlv[3] ^= 1;
        expect_refused(IMAGE_FAULT_ENC_KEY);

        fresh(&shapes[i], false);
        put_le16(tlv - 4, IMAGE_TLV_ENC_EC256); /* of a kind that is not built in */
        expect_refused(IMAGE_FAULT_ENC_MISSING);

        fresh(&shapes[i], false);
        put_le16(tlv - 2, 16); /* shorter; the rest looks like one more TLV */
        put_le16(tlv + 16, IMAGE_TLV_ENC_RSA2048);
        put_le16(tlv + 18, 4);
        expect_refused(IMAGE_FAULT_ENC_LENGTH);

        fresh(&shapes[i], false);
        put_le32(uploaded() + 16, IMAGE_FLAG_ENCRYPTED_AES256);
        expect_refused(IMAGE_FAULT_ENC_SIZE);

        fresh(&shapes[i], false);
        put_le32(uploaded() + 16, IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256);
        expect_refused(IMAGE_FAULT_ENC_SIZE);

        fresh(&shapes[i], false);
        put_le32(uploaded() + 16, 0); /* ciphertext that claims to be clear */
        expect_refused(IMAGE_FAULT_HASH_MISMATCH);
    }
}

/* RAM-load: what does not open, or opens to something else, leaves nothing in RAM; the older image runs. */
static void hostile_images_are_not_loaded(void **state)
{
    (void)state;
    static const struct two_slots_shape shape = {8, 8, 192, 5, &update_ram_load, 0, 0};
    static const enum image_fault faults[] = {IMAGE_FAULT_ENC_KEY,       IMAGE_FAULT_ENC_MISSING,
                                              IMAGE_FAULT_ENC_SIZE,      IMAGE_FAULT_ENC_SIZE,
                                              IMAGE_FAULT_HASH_MISMATCH, IMAGE_FAULT_HASH_MISMATCH};
    for (unsigned i = 0; i < ARRAY_LEN(faults); i++) {
        two_slots_init(&w, &shape);
        two_slots_encrypt(&w, 16, false);
        two_slots_install(&w, SLOT_PRIMARY, 0, IMAGE_A);
        two_slots_install(&w, SLOT_SECONDARY, 0, IMAGE_B);
        uint8_t *image = uploaded(), *tlv = image + find_key_tlv(image);
        uint32_t flags = get_le32(image + 16) & ~(uint32_t)IMAGE_FLAG_ENCRYPTED_AES128;
        if (i == 0)
            tlv[3] ^= 1;
        else if (i == 1)
            put_le16(tlv - 4, IMAGE_TLV_ENC_EC256);
        else if (i == 2)
            put_le32(image + 16, flags | IMAGE_FLAG_ENCRYPTED_AES256);
        else if (i == 3)
            put_le32(image + 16, flags | IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256);
        else if (i == 4)
            put_le32(image + 16, flags); /* ciphertext that claims to be clear */
        else
            image[100] ^= 1;
        struct update_outcome out = boot(ERR_OK);
        assert_int_equal(out.secondary.fault, faults[i]);
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        assert_int_equal(two_slots_running(&w), IMAGE_A);
        uint32_t len, behind = TWO_SLOTS_LOAD - TWO_SLOTS_RAM_BASE;
        (void)two_slots_image_bytes(&w, IMAGE_A, &len);
        assert_true(bytes_all(w.ram + behind + len, 0, TWO_SLOTS_RAM - behind - len));
    }
}

/* The running image could not be reverted to: without its key it would be swapped out as plain text, and come back as
 * garbage. */
static void an_image_that_cannot_go_out_stays(void **state)
{
    (void)state;
    for (unsigned i = 0; i < SWAPPING; i++) {
        fresh(&shapes[i], i & 1);
        w.bytes[find_key_tlv(w.bytes)] ^= 1;
        struct update_outcome out = boot(ERR_OK);
        assert_int_equal(out.performed, SWAP_TYPE_NONE);
        assert_int_equal(out.secondary.fault, IMAGE_FAULT_NONE);
        assert_int_equal(out.verdict, IMAGE_GENUINE);
    }
    /* Nothing comes back from an overwrite. */
    fresh(&shapes[SWAPPING], true);
    w.bytes[find_key_tlv(w.bytes)] ^= 1;
    (void)boot(ERR_OK);
    assert_int_equal(two_slots_running(&w), IMAGE_B);
}

/* And one that is not genuine has nothing to lose: the new image goes in. */
static void a_broken_primary_does_not_stop_an_update(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        fresh(&shapes[i], true);
        w.bytes[find_key_tlv(w.bytes)] ^= 1;
        w.bytes[100] ^= 1;
        (void)boot(ERR_OK);
        assert_int_equal(two_slots_running(&w), IMAGE_B);
    }
}

/* A bootloader without encryption refuses such an image, and says so. */
static void refused_without_encryption(void **state)
{
    (void)state;
    static uint8_t buf[256];
    for (unsigned i = 0; i < ARRAY_LEN(shapes); i++) {
        struct update_outcome out;
        fresh(&shapes[i], false);
        const struct update_env env = {.pair = &w.pair, .buf = buf, .buf_len = sizeof(buf)};
        assert_int_equal(update_boot(&env, &out), ERR_OK);
        assert_int_equal(out.secondary.fault, IMAGE_FAULT_FLAGS);
        assert_int_equal(out.performed, SWAP_TYPE_NONE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(trailer_has_room_for_two_keys),
        cmocka_unit_test(keys_make_the_largest_image_smaller),
        cmocka_unit_test(keys_are_where_mcuboot_looks),
        cmocka_unit_test(key_comes_from_the_trailer),
        cmocka_unit_test(key_comes_from_the_image),
        cmocka_unit_test(a_wrapped_key_in_the_trailer_is_no_key),
        cmocka_unit_test(no_key_no_write),
        cmocka_unit_test(hostile_images_are_refused),
        cmocka_unit_test(hostile_images_are_not_loaded),
        cmocka_unit_test(an_image_that_cannot_go_out_stays),
        cmocka_unit_test(a_broken_primary_does_not_stop_an_update),
        cmocka_unit_test(refused_without_encryption),
    };
    return cmocka_run_group_tests_name("encrypted", tests, NULL, NULL);
}
