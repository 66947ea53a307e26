/* The operations of overwrite-only at full size, against the recorded list (spec 6.9). */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "testing/update/rig_full_size.h"

static const struct full_op upgrade[] = {
    {'E', P(0x00000), 0}, {'E', P(0x20000), 0}, {'E', P(0x40000), 0}, {'E', P(0xc0000), 0},
    {'C', P(0x00000), 0}, {'C', P(0x20000), 0}, {'C', P(0x40000), 0}, {'W', P(0xdffe0), 0},
    {'E', S(0x00000), 0}, {'E', S(0xc0000), 0},
};

static void upgrade_as_recorded(void **state)
{
    (void)state;
    for (int permanent = 0; permanent < 2; permanent++) {
        full_device(&update_overwrite);
        assert_int_equal(update_set_pending(&full.pair, permanent), ERR_OK);
        full_boot(permanent ? SWAP_TYPE_PERM : SWAP_TYPE_TEST);
        full_expect(upgrade, ARRAY_LEN(upgrade), 350);
        assert_memory_equal(full.bytes, full.new_image, round_up32(FULL_NEW_SIZE, FULL_WORD));
        assert_true(bytes_all(full.bytes + 0x55b60, 0xff, 0x60000 - 0x55b60));
        assert_true(bytes_all(full.bytes + 0xc0000, 0xff, FULL_SECTOR - 16));
        full_boot(SWAP_TYPE_NONE);
        assert_int_equal(full.calls, 0);
    }
}

/* The request was cut when it was written, was seen when the copy began, and is not seen any more. */
static void a_copy_whose_request_vanished_is_made(void **state)
{
    (void)state;
    full_device(&update_overwrite);
    assert_int_equal(area_erase(&full.pair.slot[SLOT_PRIMARY], 0, FULL_SECTOR), ERR_OK);
    full_boot(SWAP_TYPE_PERM);
    assert_memory_equal(full.bytes, full.new_image, round_up32(FULL_NEW_SIZE, FULL_WORD));
    full_boot(SWAP_TYPE_NONE);
}

static void what_nobody_asked_for_stays_while_an_image_runs(void **state)
{
    (void)state;
    full_device(&update_overwrite);
    full_boot(SWAP_TYPE_NONE);
    assert_int_equal(full.calls, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upgrade_as_recorded),
        cmocka_unit_test(a_copy_whose_request_vanished_is_made),
        cmocka_unit_test(what_nobody_asked_for_stays_while_an_image_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
