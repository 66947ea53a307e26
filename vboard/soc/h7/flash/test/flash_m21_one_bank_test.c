/* M21: a part with one bank, the STM32H723. What belongs to bank 2 is not there, and nothing is read while an
 * operation runs. */
#include "testing/vboard/rig_flash_model.h"

#define OPTSR2_CUR 0x70u
#define OPTSR2_PRG 0x74u
#define MER        0x10u
#define BOOST      4u

static int one_bank(void **state)
{
    (void)state;
    native_init(&rig, &soc_stm32h723, VBOARD_TIMING_TYPICAL, 7);
    native_attach(&rig);
    return 0;
}

#define ONE(test) cmocka_unit_test_setup_teardown(test, one_bank, rig_tear_down)

static void M21_registers_of_bank_2_read_0_and_take_nothing(void **state)
{
    (void)state;
    for (uint32_t r = KEYR; r <= ECC_FA; r += 4) {
        native_forget(&rig);
        assert_int_equal(get(2, r), 0);
        assert_true(native_linted(&rig, "M21"));
        assert_int_equal(rig.lint[0].addr, H7_FLASH_REGS + 0x100 + r);
        native_forget(&rig);
        put(2, r, 0xffffffff);
        assert_true(native_linted(&rig, "M21"));
        assert_int_equal(rig.bus_faults, 0);
    }
    assert_int_equal(get(1, CR), H7_CR_LOCK | H7_CR_PSIZE);
    native_forget(&rig);
    (void)get(1, SR);
    assert_int_equal(rig.lint_count, 0);
}

static void M21_bank_2_cannot_be_unlocked_nor_erased(void **state)
{
    (void)state;
    put(2, KEYR, 0x45670123);
    put(2, KEYR, 0xcdef89ab);
    assert_int_equal(get(2, CR), 0);
    assert_int_equal(get(1, CR) & H7_CR_LOCK, H7_CR_LOCK);
    uint64_t operations = rig.flash.operations;
    put(2, CR, H7_CR_SER | H7_CR_PSIZE | H7_CR_START);
    assert_int_equal(rig.flash.operations, operations);
}

static void M21_addresses_of_bank_2_fault(void **state)
{
    (void)state;
    (void)mmio_read32(BANK2 - 4);
    assert_int_equal(rig.bus_faults, 0);
    (void)mmio_read32(BANK2);
    assert_int_equal(rig.bus_faults, 1);
    assert_int_equal(rig.fault_addr, BANK2);
}

static void M21_there_is_no_mass_erase(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 0x11111111);
    unlock_options();
    native_forget(&rig);
    put(1, OPTCR, MER);
    assert_true(native_linted(&rig, "M21"));
    assert_int_equal(get(1, SR) & H7_SR_QW, 0);
    assert_true(word_is(H7_FLASH_BASE, 0x11111111));
}

static void M21_a_bank_erase_erases_all(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 0x11111111);
    program(1, BANK2 - 32, 0x22222222);
    put(1, CR, H7_CR_BER | H7_CR_PSIZE | H7_CR_START);
    wait_idle(1);
    assert_true(virgin(H7_FLASH_BASE));
    assert_true(virgin(BANK2 - 32));
    assert_int_equal(rig.lint_count, 0);
}

static void M21_banks_are_not_swapped(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 0x11111111);
    unlock_options();
    native_forget(&rig);
    put(1, OPTSR_PRG, get(1, OPTSR_CUR) | SWAP_OPT);
    assert_true(native_linted(&rig, "M21"));
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) & SWAP_OPT, 0);
    h7_flash_set_swap_option(&rig.flash, true); /* whatever the cells of the option held */
    native_reset(&rig);
    assert_int_equal(get(1, OPTCR) & SWAP_OPT, 0);
    assert_true(word_is(H7_FLASH_BASE, 0x11111111));
}

/* M16 with one bank: there is no address whose read goes through. */
static void M21_each_read_waits_for_the_operation(void **state)
{
    (void)state;
    unlock(1);
    for (uint32_t sector = 0; sector < 8; sector++) {
        put(1, CR, H7_CR_PSIZE);
        uint64_t before = rig.now;
        start_erase(1, 7 - sector);
        (void)mmio_read32(H7_FLASH_BASE + sector * H7_SECTOR_SIZE);
        assert_in_range(rig.now - before, 999000000, 1002000000);
    }
    pg_on(1);
    store_words(H7_FLASH_BASE, 0x11111111, 8);
    mmio_dsb();
    uint64_t before = rig.now;
    (void)mmio_read32(BANK2 - H7_SECTOR_SIZE);
    assert_in_range(rig.now - before, 99000, 102000);
}

static void M21_CPUFREQ_BOOST_is_an_option(void **state)
{
    (void)state;
    assert_int_equal(get(1, OPTSR2_CUR), 0);
    assert_false(h7_flash_boosts(&rig.flash));
    put(1, OPTSR2_PRG, BOOST); /* locked */
    assert_true(native_linted(&rig, "M10"));
    unlock_options();
    put(1, OPTSR2_PRG, BOOST);
    start_options();
    assert_int_equal(get(1, OPTSR2_CUR), BOOST);
    native_reset(&rig);
    assert_int_equal(get(1, OPTSR2_PRG), BOOST);
    assert_true(h7_flash_boosts(&rig.flash));
    native_forget(&rig);
    put(1, OPTSR2_CUR, 0);
    assert_true(native_linted(&rig, "M10"));
}

static void two_banks_have_neither_this_rule_nor_OPTSR2(void **state)
{
    uint64_t now = 0;
    uint32_t value;
    (void)state;
    (void)get(2, SR);
    put(2, CCR, H7_SR_CLEARABLE);
    assert_int_equal(rig.lint_count, 0);
    assert_int_equal(h7_flash_reg_read(&rig.flash, &now, OPTSR2_CUR, &value), H7_UNMODELLED);
    assert_int_equal(h7_flash_reg_write(&rig.flash, &now, OPTSR2_CUR, 0), H7_UNMODELLED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ONE(M21_registers_of_bank_2_read_0_and_take_nothing),
        ONE(M21_bank_2_cannot_be_unlocked_nor_erased),
        ONE(M21_addresses_of_bank_2_fault),
        ONE(M21_there_is_no_mass_erase),
        ONE(M21_a_bank_erase_erases_all),
        ONE(M21_banks_are_not_swapped),
        ONE(M21_each_read_waits_for_the_operation),
        ONE(M21_CPUFREQ_BOOST_is_an_option),
        T(two_banks_have_neither_this_rule_nor_OPTSR2),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
