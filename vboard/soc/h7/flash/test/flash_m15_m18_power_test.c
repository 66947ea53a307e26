/* M15, M18: power cuts and resets. */
#include "testing/vboard/rig_flash_model.h"

static void M15_power_cut_in_a_program_tears_only_that_word(void **state)
{
    unsigned seen[3] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        uint8_t word[32];
        native_init(&rig, &soc_stm32h753, VBOARD_TIMING_FAST, seed);
        unlock(1);
        program(1, H7_FLASH_BASE, 1);
        native_cut_at(&rig, 1, VBOARD_CUT_DURING);
        program(1, H7_FLASH_BASE + 32, 0x01234567);
        assert_true(rig.flash.off);
        native_reset(&rig);
        assert_true(word_is(H7_FLASH_BASE, 1));
        assert_true(virgin(H7_FLASH_BASE + 64));
        seen[h7_cells_read(&rig.flash.cells, 32, word)]++;
    }
    assert_true(seen[H7_CLEAN] > 0 && seen[H7_CORRECTED] > 0 && seen[H7_UNREADABLE] > 0);
}

static void M15_a_word_that_waits_is_lost_untouched(void **state)
{
    (void)state;
    for (unsigned how = VBOARD_CUT_BEFORE; how <= VBOARD_CUT_AFTER; how++) {
        native_init(&rig, &soc_stm32h753, VBOARD_TIMING_TYPICAL, how);
        unlock(1);
        pg_on(1);
        native_cut_at(&rig, 1, (enum vboard_cut)how);
        store_words(H7_FLASH_BASE, 1, 8);
        mmio_dsb();
        store_words(H7_FLASH_BASE + 32, 2, 8);
        mmio_dsb();
        assert_int_equal(rig.flash.bank[0].waits, how != VBOARD_CUT_BEFORE);
        native_wait(&rig, 1000000);
        assert_true(rig.flash.off);
        native_reset(&rig);
        assert_false(rig.flash.bank[0].waits);
        assert_true(virgin(H7_FLASH_BASE + 32));
        unlock(1);
        program(1, H7_FLASH_BASE + 64, 3); /* nor does it come later */
        native_wait(&rig, 1000000);
        assert_true(virgin(H7_FLASH_BASE + 32));
    }
}

static void M15_cut_before_changes_nothing_and_after_everything(void **state)
{
    (void)state;
    unlock(1);
    native_cut_at(&rig, 2, VBOARD_CUT_AFTER);
    program(1, H7_FLASH_BASE, 1);
    assert_false(rig.flash.off);
    program(1, H7_FLASH_BASE + 32, 2);
    assert_true(rig.flash.off);
    native_reset(&rig);
    assert_true(word_is(H7_FLASH_BASE + 32, 2));
    unlock(1);
    native_cut_at(&rig, 1, VBOARD_CUT_BEFORE);
    program(1, H7_FLASH_BASE + 64, 3);
    assert_true(rig.flash.off);
    native_reset(&rig);
    assert_true(virgin(H7_FLASH_BASE + 64));
}

static void M15_power_cut_in_an_erase_leaves_a_half_erased_sector(void **state)
{
    unsigned seen[3] = {0};
    uint8_t word[32];
    (void)state;
    for (uint32_t off = 0; off < 3 * H7_SECTOR_SIZE; off += 32) {
        for (unsigned i = 0; i < 32; i++)
            word[i] = (uint8_t)(off + i * 7);
        h7_flash_poke(&rig.flash, off, word, 32);
    }
    unlock(1);
    native_cut_at(&rig, 1, VBOARD_CUT_DURING);
    rig.access_ns = 10000;
    start_erase(1, 1);
    wait_idle(1);
    assert_true(rig.flash.off);
    for (uint32_t off = 0; off < 3 * H7_SECTOR_SIZE; off += 32) {
        enum h7_decode d = h7_cells_read(&rig.flash.cells, off, word);
        if (off / H7_SECTOR_SIZE == 1)
            seen[d]++;
        else
            assert_int_equal(d, H7_CLEAN);
    }
    assert_true(seen[H7_CLEAN] > 0 && seen[H7_UNREADABLE] > 0);
}

static void M18_reset_restores_registers_and_cuts_what_is_in_flight(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    for (uint32_t off = 0; off < H7_SECTOR_SIZE; off += 32)
        h7_flash_poke(&rig.flash, off, z, 32);
    unlock(1);
    h7_flash_raise(&rig.flash, 1, H7_SR_INCERR);
    start_erase(1, 0);
    native_wait(&rig, 1000000);
    native_reset(&rig);
    assert_int_equal(get(1, CR), 0x31);
    assert_int_equal(get(1, SR), 0);
    assert_int_equal(get(2, SR), 0);
    assert_int_equal(mmio_read32(H7_FLASH_REGS), 0x37);
    assert_int_not_equal(rig.flash.cells.flagged_in[0], 0);
}

static void M18_bank_swap_takes_effect_at_reset(void **state)
{
    (void)state;
    uint8_t a[32] = {1}, b[32] = {2};
    h7_flash_poke(&rig.flash, 0, a, 32);
    h7_flash_poke(&rig.flash, 0x100000, b, 32);
    h7_flash_set_swap_option(&rig.flash, true);
    assert_int_equal(mmio_read8(H7_FLASH_BASE), 1);
    native_reset(&rig);
    assert_int_equal(mmio_read8(H7_FLASH_BASE), 2);
    assert_int_equal(mmio_read32(H7_FLASH_REGS + 0x18) >> 31, 1);
    unlock(1); /* the block stays with the window */
    program(1, H7_FLASH_BASE + 32, 8);
    assert_true(word_is(H7_FLASH_BASE + 32, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M15_power_cut_in_a_program_tears_only_that_word),
        T(M15_a_word_that_waits_is_lost_untouched),
        T(M15_cut_before_changes_nothing_and_after_everything),
        T(M15_power_cut_in_an_erase_leaves_a_half_erased_sector),
        T(M18_reset_restores_registers_and_cuts_what_is_in_flight),
        T(M18_bank_swap_takes_effect_at_reset),
    };
    return cmocka_run_group_tests_name("flash m15_m18_power", tests, NULL, NULL);
}
