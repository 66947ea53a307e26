/* The operations of swap-using-offset at full size, against the lists that were recorded from
 * MCUboot's boot core (spec/mcuboot-format.md 6.6): STM32H753, slots of 7 x 128 KiB, words of 32
 * bytes, M = 128, images of 301,064 and 351,064 bytes, copies of 1 KiB. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "flash/fake.h"
#include "image/build.h"
#include "update/update.h"

enum { WORD = 32, SECTOR = 0x20000, SLOT = 7 * SECTOR, SIZE = 2 * SLOT };
enum { OLD_SIZE = 301064, NEW_SIZE = 351064 };

static uint8_t bytes[SIZE], words[SIZE / WORD], old_image[OLD_SIZE + 64], new_image[NEW_SIZE + 64];
static struct fake_flash fake;
static struct slot_pair pair;

/* Calls, those of the copies (1 KiB) told from the single words of the trailers. */
struct op {
    char what; /* E erase, W word, C copy of a sector: 128 calls in a row */
    uint32_t off;
    uint8_t first; /* W: first byte written */
};
static struct op ops[64];
static unsigned op_count, calls;

static void keep_op(void *ctx, enum fake_op op, uint32_t off, uint32_t len)
{
    (void)ctx;
    calls++;
    if (op == FAKE_PROGRAM && len == 1024) {
        assert_true(op_count > 0);
        if (off % SECTOR == 0)
            ops[op_count++] = (struct op){'C', off, 0};
        assert_int_equal(ops[op_count - 1].what, 'C');
        return;
    }
    assert_true(op_count < ARRAY_LEN(ops));
    assert_int_equal(len, op == FAKE_ERASE ? SECTOR : WORD);
    ops[op_count++] = (struct op){op == FAKE_ERASE ? 'E' : 'W', off, 0};
}

static void build(uint8_t *out, uint32_t size, uint8_t seed)
{
    static uint8_t payload[NEW_SIZE];
    struct image_built built;
    for (uint32_t i = 0; i < size; i++)
        payload[i] = (uint8_t)(i * seed + (i >> 9));
    /* 32-byte header and 40 (0x28) bytes of unprotected TLVs, as in the recorded runs. */
    struct image_plan plan = {.version = {.major = seed},
                              .hdr_size = 1024,
                              .pad_header = true,
                              .erased = 0xff,
                              .input = payload,
                              .input_len = size - 1024 - 40};
    assert_int_equal(image_build(&plan, out, size, &built), ERR_OK);
    assert_int_equal(built.len, size);
}

static void boot(enum swap_type want)
{
    static uint8_t buf[1024];
    struct update_env env = {.pair = &pair, .buf = buf, .buf_len = sizeof(buf)};
    struct update_outcome out;
    op_count = calls = 0;
    assert_int_equal(update_boot(&env, &out), ERR_OK);
    assert_int_equal(out.requested, want);
    assert_int_equal(out.performed, want);
    assert_false(out.resumed);
    assert_int_equal(out.verdict, IMAGE_GENUINE);
    assert_int_equal(fake.violations, 0);
}

static void expect(const struct op *want, unsigned count)
{
    for (unsigned i = 0; i < count && i < op_count; i++) {
        if (ops[i].what != want[i].what || ops[i].off != want[i].off)
            fail_msg("operation %u: %c %x, expected %c %x", i, ops[i].what, (unsigned)ops[i].off,
                     want[i].what, (unsigned)want[i].off);
        /* What the sector erases of the same run did not remove again can be compared. */
        if (want[i].first && bytes[want[i].off] != 0xff)
            assert_int_equal(bytes[want[i].off], want[i].first);
    }
    assert_int_equal(op_count, count);
}

#define P(x) (x)
#define S(x) (SLOT + (x))

static const struct op upgrade[] = {
    {'E', P(0xc0000), 0},    {'W', P(0xdff80), 2}, /* swap_info */
    {'W', P(0xdff40), 0x58},                       /* swap_size */
    {'W', P(0xdff60), 0x28},                       /* tlv_sizes */
    {'W', P(0xdffe0), 0},                          /* magic */
    {'E', S(0xc0000), 0},    {'E', S(0x00000), 0}, {'C', S(0x00000), 0},
    {'W', P(0xddf40), 1},    {'E', P(0x00000), 0}, {'C', P(0x00000), 0},
    {'W', P(0xddf60), 2},    {'E', S(0x20000), 0}, {'C', S(0x20000), 0},
    {'W', P(0xddf80), 1},    {'E', P(0x20000), 0}, {'C', P(0x20000), 0},
    {'W', P(0xddfa0), 2},    {'E', S(0x40000), 0}, {'C', S(0x40000), 0},
    {'W', P(0xddfc0), 1},    {'E', P(0x40000), 0}, {'C', P(0x40000), 0},
    {'W', P(0xddfe0), 2},    {'W', P(0xdffa0), 1}, /* copy_done */
};

static const struct op revert[] = {
    {'E', S(0xc0000), 0}, {'W', S(0xdffa0), 0}, /* copy_done */
    {'W', S(0xdff80), 0}, {'W', S(0xdff40), 0}, {'W', S(0xdff60), 0},    {'W', S(0xdffe0), 0},
    {'E', P(0xc0000), 0}, {'W', P(0xdff80), 4}, {'W', P(0xdff40), 0x58}, {'W', P(0xdff60), 0x28},
    {'W', P(0xdffe0), 0}, {'E', S(0xc0000), 0}, {'E', S(0x60000), 0},    {'C', S(0x60000), 0},
    {'W', P(0xddf40), 1}, {'E', P(0x40000), 0}, {'C', P(0x40000), 0},    {'W', P(0xddf60), 2},
    {'E', S(0x40000), 0}, {'C', S(0x40000), 0}, {'W', P(0xddf80), 1},    {'E', P(0x20000), 0},
    {'C', P(0x20000), 0}, {'W', P(0xddfa0), 2}, {'E', S(0x20000), 0},    {'C', S(0x20000), 0},
    {'W', P(0xddfc0), 1}, {'E', P(0x00000), 0}, {'C', P(0x00000), 0},    {'W', P(0xddfe0), 2},
    {'E', S(0x00000), 0}, {'E', S(0xc0000), 0}, {'W', P(0xdffc0), 1}, /* image_ok */
    {'W', P(0xdffa0), 1},                                             /* copy_done */
};

static int device(void **state)
{
    (void)state;
    fake_init(&fake, WORD, SECTOR, SIZE / SECTOR, bytes, words);
    fake.trace = keep_op;
    pair = (struct slot_pair){
        .slot = {{&fake.flash, "image-0", 0, SLOT}, {&fake.flash, "image-1", SLOT, SLOT}},
        .max_align = 32,
        .max_sectors = 128};
    build(old_image, OLD_SIZE, 3);
    build(new_image, NEW_SIZE, 5);
    memset(old_image + OLD_SIZE, 0xff, 64);
    memset(new_image + NEW_SIZE, 0xff, 64);
    fake_place(&fake, 0, old_image, round_up32(OLD_SIZE, WORD));
    fake_place(&fake, SLOT + SECTOR, new_image, round_up32(NEW_SIZE, WORD));
    return 0;
}

static void check_number(uint32_t off, uint32_t want)
{
    assert_int_equal(get_le32(bytes + off), want);
    assert_true(bytes_all(bytes + off + 4, 0xff, WORD - 4));
}

static void upgrade_and_revert_as_recorded(void **state)
{
    (void)state;
    assert_int_equal(update_set_pending(&pair, false), ERR_OK);
    boot(SWAP_TYPE_TEST);
    assert_int_equal(calls, 787);
    expect(upgrade, ARRAY_LEN(upgrade));
    check_number(0xdff40, 0x00055b58);
    check_number(0xdff60, 0x00280028);
    assert_memory_equal(bytes, new_image, NEW_SIZE);
    assert_memory_equal(bytes + SLOT, old_image, OLD_SIZE);
    assert_true(bytes_all(bytes + SLOT + 0xc0000, 0xff, SECTOR));

    boot(SWAP_TYPE_REVERT);
    assert_int_equal(calls, 796);
    expect(revert, ARRAY_LEN(revert));
    assert_memory_equal(bytes, old_image, OLD_SIZE);
    assert_memory_equal(bytes + SLOT + SECTOR, new_image, NEW_SIZE);
    assert_true(bytes_all(bytes + SLOT, 0xff, SECTOR));
    boot(SWAP_TYPE_NONE);
    assert_int_equal(calls, 0);
}

static void permanent_sets_image_ok_with_the_trailer(void **state)
{
    (void)state;
    assert_int_equal(update_set_pending(&pair, true), ERR_OK);
    boot(SWAP_TYPE_PERM);
    assert_int_equal(calls, 788);
    assert_int_equal(ops[1].off, 0xdff80);
    assert_int_equal(ops[2].off, 0xdffc0);
    assert_int_equal(bytes[0xdff80], 3);
    assert_int_equal(bytes[0xdffc0], 1);
    boot(SWAP_TYPE_NONE);
}

/* An image that ends one byte past the limit: refused in words, and not pending for ever. */
static void too_large_is_cleared(void **state)
{
    (void)state;
    static uint8_t big[0xa0000 + 64];
    static uint8_t payload[0xa0000];
    struct image_built built;
    static uint8_t buf[1024];
    struct update_env env = {.pair = &pair, .buf = buf, .buf_len = sizeof(buf)};
    struct update_outcome out;
    for (uint32_t extra = 0; extra < 2; extra++) {
        device(state);
        struct image_plan plan = {.version = {.major = 9},
                                  .hdr_size = 1024,
                                  .pad_header = true,
                                  .erased = 0xff,
                                  .input = payload,
                                  .input_len = 0xa0000 - 1024 - 40 + extra};
        memset(big, 0xff, sizeof(big));
        assert_int_equal(image_build(&plan, big, sizeof(big), &built), ERR_OK);
        memset(words + (SLOT + SECTOR) / WORD, FAKE_VIRGIN, 6 * SECTOR / WORD);
        fake_place(&fake, SLOT + SECTOR, big, round_up32((uint32_t)built.len, WORD));
        assert_int_equal(update_set_pending(&pair, true), ERR_OK);
        op_count = 0;
        assert_int_equal(update_boot(&env, &out), ERR_OK);
        assert_int_equal(out.requested, SWAP_TYPE_PERM);
        assert_int_equal(out.performed, extra ? SWAP_TYPE_NONE : SWAP_TYPE_PERM);
        assert_int_equal(out.secondary.fault, extra ? IMAGE_FAULT_TOO_LARGE : IMAGE_FAULT_NONE);
        assert_int_equal(out.verdict, IMAGE_GENUINE);
        boot(SWAP_TYPE_NONE);
        assert_int_equal(calls, 0);
        assert_int_equal(memcmp(bytes, extra ? old_image : big, OLD_SIZE), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(upgrade_and_revert_as_recorded, device),
        cmocka_unit_test_setup(permanent_sets_image_ok_with_the_trailer, device),
        cmocka_unit_test_setup(too_large_is_cleared, device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
