/* M9 to M11: status, keys, and the bits of the control register. */
#include "testing/vboard/rig_flash_model.h"

static void M9_SR_is_read_only_and_CCR_clears_named_bits_of_its_bank(void **state)
{
    (void)state;
    h7_flash_raise(&rig.flash, 0, H7_SR_PGSERR | H7_SR_EOP | H7_SR_WRPERR);
    h7_flash_raise(&rig.flash, 1, H7_SR_PGSERR);
    put(1, SR, 0xffffffff);
    assert_int_equal(get(1, SR), H7_SR_PGSERR | H7_SR_EOP | H7_SR_WRPERR);
    assert_true(native_linted(&rig, "M9"));
    put(1, CCR, H7_SR_PGSERR);
    assert_int_equal(get(1, SR), H7_SR_EOP | H7_SR_WRPERR);
    assert_int_equal(get(2, SR), H7_SR_PGSERR);
    assert_int_equal(get(1, CCR), 0);
}

static void M9_CCR_leaves_QW_BSY_WBNE(void **state)
{
    (void)state;
    unlock(1);
    start_erase(1, 0);
    put(1, CCR, 0xffffffff);
    assert_int_equal(get(1, SR), H7_SR_QW | H7_SR_BSY);
}

static void M10_wrong_key_is_a_bus_error_and_locks_until_reset(void **state)
{
    (void)state;
    put(1, KEYR, 0x45670123);
    put(1, KEYR, 0xdeadbeef);
    assert_int_equal(rig.bus_faults, 1);
    put(1, KEYR, 0x45670123);
    put(1, KEYR, 0xcdef89ab);
    assert_int_equal(rig.bus_faults, 3);
    assert_int_equal(get(1, CR) & H7_CR_LOCK, H7_CR_LOCK);
    unlock(2); /* the other bank has its own lock */
    native_reset(&rig);
    unlock(1);
}

static void M10_second_unlock_locks_until_reset(void **state)
{
    (void)state;
    unlock(1);
    put(1, KEYR, 0x45670123);
    assert_int_equal(rig.bus_faults, 1);
    assert_int_equal(get(1, CR) & H7_CR_LOCK, H7_CR_LOCK);
    put(1, KEYR, 0xcdef89ab);
    assert_int_equal(get(1, CR) & H7_CR_LOCK, H7_CR_LOCK);
}

static void M10_option_key_register_is_one_at_two_addresses(void **state)
{
    (void)state;
    put(1, 0x08, 0x08192a3b);
    put(2, 0x08, 0x4c5d6e7f);
    assert_int_equal(get(1, 0x18) & 1, 0);
    put(2, 0x08, 0x08192a3b); /* the second unlock */
    assert_int_equal(rig.bus_faults, 1);
    assert_int_equal(get(2, 0x18) & 1, 1);
}

static void M11_sector_number_has_three_bits(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&rig.flash, 0, z, sizeof z);
    h7_flash_poke(&rig.flash, 0x100000, z, sizeof z);
    unlock(1);
    put(1, CR, H7_CR_SER | H7_CR_PSIZE | H7_CR_START | 8u << 8); /* "sector 8" */
    assert_true(native_linted(&rig, "M11"));
    assert_int_equal(get(1, CR) & 0xff00, 0);
    wait_idle(1);
    assert_true(virgin(H7_FLASH_BASE)); /* sector 0 of bank 1 is gone */
    assert_false(virgin(BANK2));
}

/* A loader that erases "sector 16" writes ones into all upper bits of CR2: reserved ones are dropped, CRC_EN alone does
 * nothing, and the erase begins, as the manual has it. */
static void M11_ones_in_all_upper_bits_still_erase_a_sector(void **state)
{
    static const uint8_t z[H7_WORD];
    (void)state;
    h7_flash_poke(&rig.flash, 0x100000, z, sizeof z);
    unlock(2);
    put(2, CR, 0xfffff800u | H7_CR_SER | H7_CR_PSIZE);
    assert_true(native_linted(&rig, "M11"));
    assert_int_equal(get(2, CR), (0x1fef8000u | H7_CR_SER | H7_CR_PSIZE));
    put(2, CR, get(2, CR) | H7_CR_START);
    wait_idle(2);
    assert_true(virgin(BANK2));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M9_SR_is_read_only_and_CCR_clears_named_bits_of_its_bank),
        T(M9_CCR_leaves_QW_BSY_WBNE),
        T(M10_wrong_key_is_a_bus_error_and_locks_until_reset),
        T(M10_second_unlock_locks_until_reset),
        T(M10_option_key_register_is_one_at_two_addresses),
        T(M11_sector_number_has_three_bits),
        T(M11_ones_in_all_upper_bits_still_erase_a_sector),
    };
    return cmocka_run_group_tests_name("flash m09_m11_registers", tests, NULL, NULL);
}
