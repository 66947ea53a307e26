/* The operations of swap-using-scratch at full size, against the recorded lists (spec 6.4). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/update/rig_full_size.h"

#define START(type)                                                                   \
    {'E', T(0), 0}, {'W', T(0x1ff80), 0}, {'W', T(0x1ff60), 0}, {'W', T(0x1ffe0), 0}, \
        {'E', P(0xc0000), 0}, {'W', P(0xdff80), type}, {'W', P(0xdff60), 0x58},       \
    {                                                                                 \
        'W', P(0xdffe0), 0                                                            \
    }

/* One region: three steps, the first record at rec. The secondary's trailer goes in the first one. */
#define REGION(off, rec, ...)                                                            \
    {'E', T(0), 0}, {'C', T(0), 0}, {'W', P(rec), 1}, __VA_ARGS__{'E', S(off), 0},       \
        {'C', S(off), 0}, {'W', P((rec) + 0x20), 2}, {'E', P(off), 0}, {'C', P(off), 0}, \
    {                                                                                    \
        'W', P((rec) + 0x40), 3                                                          \
    }

#define STEPS                                                                     \
    REGION(0x40000, 0xdcf60, {'E', S(0xc0000), 0}, ), REGION(0x20000, 0xdcfc0, ), \
        REGION(0x00000, 0xdd020, )

static const struct full_op upgrade[] = {START(2), STEPS, {'W', P(0xdffa0), 1}};

static const struct full_op revert[] = {
    START(4), STEPS, {'W', P(0xdffc0), 1}, {'W', P(0xdffa0), 1}};

static void upgrade_and_revert_as_recorded(void **state)
{
    (void)state;
    full_device(&update_swap_scratch);
    assert_int_equal(update_set_pending(&full.pair, false), ERR_OK);
    full_boot(SWAP_TYPE_TEST);
    full_expect(upgrade, ARRAY_LEN(upgrade), 1180);
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
