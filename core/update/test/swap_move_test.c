/* The operations of swap-using-move at full size, against the recorded lists (spec 6.5). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/update/rig_full_size.h"

#define STEPS                                                                                   \
    {'E', P(0x60000), 0}, {'C', P(0x60000), 0}, {'W', P(0xdcf60), 1}, {'E', P(0x40000), 0},     \
        {'C', P(0x40000), 0}, {'W', P(0xdcf80), 1}, {'E', P(0x20000), 0}, {'C', P(0x20000), 0}, \
        {'W', P(0xdcfa0), 1}, {'E', P(0x00000), 0}, {'C', P(0x00000), 0}, {'W', P(0xddf60), 1}, \
        {'E', S(0x00000), 0}, {'C', S(0x00000), 0}, {'W', P(0xddf80), 2}, {'E', P(0x20000), 0}, \
        {'C', P(0x20000), 0}, {'W', P(0xddfa0), 1}, {'E', S(0x20000), 0}, {'C', S(0x20000), 0}, \
        {'W', P(0xddfc0), 2}, {'E', P(0x40000), 0}, {'C', P(0x40000), 0}, {'W', P(0xddfe0), 1}, \
        {'E', S(0x40000), 0}, {'C', S(0x40000), 0},                                             \
    {                                                                                           \
        'W', P(0xde000), 2                                                                      \
    }

static const struct full_op upgrade[] = {
    {'E', P(0xc0000), 0},    {'W', P(0xdff80), 2}, /* swap_info */
    {'W', P(0xdff60), 0x58},                       /* swap_size */
    {'W', P(0xdffe0), 0},                          /* magic */
    {'E', S(0xc0000), 0},    STEPS,
    {'W', P(0xdffa0), 1}, /* copy_done */
};

static const struct full_op revert[] = {
    {'E', S(0xc0000), 0},
    {'W', S(0xdffc0), 0},
    {'W', S(0xdff60), 0},
    {'W', S(0xdffe0), 0},
    {'E', P(0xc0000), 0},
    {'W', P(0xdff80), 4},
    {'W', P(0xdffc0), 1},
    {'W', P(0xdff60), 0x58},
    {'W', P(0xdffe0), 0},
    {'E', S(0xc0000), 0},
    STEPS,
    {'W', P(0xdffa0), 1},
};

static void upgrade_and_revert_as_recorded(void **state)
{
    (void)state;
    full_device(&update_swap_move);
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    full_boot(SWAP_TYPE_TEST);
    full_expect(upgrade, ARRAY_LEN(upgrade), 1176);
    assert_int_equal(get_le32(full.bytes + 0xdff60), 0x00055b58);
    assert_memory_equal(full.bytes, full.new_image, FULL_NEW_SIZE);
    assert_memory_equal(full.bytes + S(0), full.old_image, FULL_OLD_SIZE);
    assert_true(bytes_all(full.bytes + S(0xc0000), 0xff, FULL_SECTOR));

    full_boot(SWAP_TYPE_REVERT);
    full_expect(revert, ARRAY_LEN(revert), 1181);
    assert_memory_equal(full.bytes, full.old_image, FULL_OLD_SIZE);
    assert_memory_equal(full.bytes + S(0), full.new_image, FULL_NEW_SIZE);
    full_boot(SWAP_TYPE_NONE);
    assert_int_equal(full.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(upgrade_and_revert_as_recorded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
