/* The operations of swap-using-offset at full size, against the recorded lists (spec 6.6). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/update/rig_full_size.h"

static const struct full_op upgrade[] = {
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

static const struct full_op revert[] = {
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
    full_device(&update_swap_offset);
    return 0;
}

static void check_number(uint32_t off, uint32_t want)
{
    assert_int_equal(get_le32(full.bytes + off), want);
    assert_true(bytes_all(full.bytes + off + 4, 0xff, FULL_WORD - 4));
}

static void upgrade_and_revert_as_recorded(void **state)
{
    (void)state;
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    full_boot(SWAP_TYPE_TEST);
    full_expect(upgrade, ARRAY_LEN(upgrade), 787);
    check_number(0xdff40, 0x00055b58);
    check_number(0xdff60, 0x00280028);
    assert_memory_equal(full.bytes, full.new_image, FULL_NEW_SIZE);
    assert_memory_equal(full.bytes + S(0), full.old_image, FULL_OLD_SIZE);
    assert_true(bytes_all(full.bytes + S(0xc0000), 0xff, FULL_SECTOR));

    full_boot(SWAP_TYPE_REVERT);
    full_expect(revert, ARRAY_LEN(revert), 796);
    assert_memory_equal(full.bytes, full.old_image, FULL_OLD_SIZE);
    assert_memory_equal(full.bytes + S(FULL_SECTOR), full.new_image, FULL_NEW_SIZE);
    assert_true(bytes_all(full.bytes + S(0), 0xff, FULL_SECTOR));
    full_boot(SWAP_TYPE_NONE);
    assert_int_equal(full.calls, 0);
}

static void permanent_sets_image_ok_with_the_trailer(void **state)
{
    (void)state;
    assert_int_equal(update_set_pending(&full.pair, true), ERR_OK);
    full_boot(SWAP_TYPE_PERM);
    assert_int_equal(full.calls, 788);
    assert_int_equal(full.ops[1].off, 0xdff80);
    assert_int_equal(full.ops[2].off, 0xdffc0);
    assert_int_equal(full.bytes[0xdff80], 3);
    assert_int_equal(full.bytes[0xdffc0], 1);
    full_boot(SWAP_TYPE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(upgrade_and_revert_as_recorded, device),
        cmocka_unit_test_setup(permanent_sets_image_ok_with_the_trailer, device),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
