/* M13, M16, M17, M19: reads, what they report, and when they wait. */
#include "testing/vboard/rig_flash_model.h"

static void M13_single_error_is_corrected_and_flagged(void **state)
{
    (void)state;
    uint8_t w[32] = "a word of thirty-two bytes here";
    h7_flash_poke(&rig.flash, 0x100040, w, 32);
    h7_cells_set_ecc(&rig.flash.cells, 0x100040 / 32,
                     h7_cells_ecc(&rig.flash.cells, 0x100040 / 32) ^ 4);
    h7_cells_rescan(&rig.flash.cells);
    assert_int_equal(mmio_read32(BANK2 + 0x44), get_le32(w + 4));
    assert_int_equal(get(2, SR), H7_SR_SNECCERR);
    assert_int_equal(get(2, ECC_FA), 2);
    assert_int_equal(rig.bus_faults, 0);
}

static void M13_double_error_faults_and_the_first_address_stays(void **state)
{
    (void)state;
    h7_flash_spoil(&rig.flash, 0x60);
    h7_flash_spoil(&rig.flash, 0x80);
    (void)mmio_read32(H7_FLASH_BASE + 0x60);
    assert_int_equal(rig.bus_faults, 1);
    (void)mmio_read32(H7_FLASH_BASE + 0x80);
    assert_int_equal(rig.bus_faults, 2);
    assert_int_equal(get(1, SR), H7_SR_DBECCERR);
    assert_int_equal(get(1, ECC_FA), 3);
    put(1, CCR, H7_SR_DBECCERR);
    assert_int_equal(get(1, ECC_FA), 0);
    (void)mmio_read32(H7_FLASH_BASE + 0x80);
    assert_int_equal(get(1, ECC_FA), 4);
}

static void M13_tolerant_copy_flags_without_a_fault(void **state)
{
    (void)state;
    uint8_t buf[64];
    h7_flash_spoil(&rig.flash, 0x20);
    assert_true(mmio_copy_tolerant(buf, H7_FLASH_BASE, sizeof buf));
    assert_int_equal(rig.bus_faults, 0);
    assert_int_equal(get(1, SR), H7_SR_DBECCERR);
}

static void M16_same_bank_read_waits_and_other_bank_read_does_not(void **state)
{
    (void)state;
    unlock(1);
    start_erase(1, 4);
    uint64_t begun = rig.now;
    (void)mmio_read32(BANK2);
    assert_in_range(rig.now - begun, 0, 1000);
    assert_int_equal(rig.flash.stalls, 0);
    (void)mmio_read32(H7_FLASH_BASE);
    assert_in_range(rig.now - begun, 999999000, 1000001000);
    assert_int_equal(rig.flash.stalls, 1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

static uint32_t speculative_flags(uint64_t seed, unsigned reads)
{
    uint32_t seen = 0;
    native_init(&rig, &soc_stm32h753, VBOARD_TIMING_TYPICAL, seed);
    rig.speculation = true;
    for (unsigned i = 0; i < reads; i++)
        seen = seen * 31 + (get(1 + i % 2, SR) >> 16);
    return seen;
}

static void M17_speculation_raises_RDPERR_and_RDSERR_in_both_banks(void **state)
{
    const uint32_t both = H7_SR_RDPERR | H7_SR_RDSERR;
    uint32_t seen[2] = {0, 0};
    (void)state;
    rig.speculation = true;
    for (unsigned i = 0; i < 2000; i++)
        for (unsigned b = 0; b < 2; b++)
            seen[b] |= get(b + 1, SR);
    assert_int_equal(seen[0], both);
    assert_int_equal(seen[1], both);
    rig.speculation = false; /* the MPU region is there */
    for (unsigned b = 1; b <= 2; b++)
        put(b, CCR, both);
    for (unsigned i = 0; i < 2000; i++)
        assert_int_equal(get(1, SR) | get(2, SR), 0);
}

static void M17_same_seed_same_flags(void **state)
{
    (void)state;
    uint32_t first = speculative_flags(5, 500);
    assert_int_equal(speculative_flags(5, 500), first);
    assert_int_not_equal(speculative_flags(6, 500), first);
}

static void M17_flags_do_not_stop_a_program(void **state)
{
    (void)state;
    rig.speculation = true;
    unlock(1);
    h7_flash_raise(&rig.flash, 0, H7_SR_RDPERR | H7_SR_RDSERR);
    program(1, H7_FLASH_BASE, 0x31415926);
    assert_true(word_is(H7_FLASH_BASE, 0x31415926));
}

static void M19_beyond_two_megabytes_is_a_bus_fault(void **state)
{
    (void)state;
    (void)mmio_read32(0x08200000);
    assert_int_equal(rig.bus_faults, 1);
    assert_int_equal(rig.fault_addr, 0x08200000);
    mmio_write32(0x08200000, 0);
    assert_int_equal(rig.bus_faults, 2);
    (void)mmio_read32(0x081ffffc);
    assert_int_equal(rig.bus_faults, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M13_single_error_is_corrected_and_flagged),
        T(M13_double_error_faults_and_the_first_address_stays),
        T(M13_tolerant_copy_flags_without_a_fault),
        T(M16_same_bank_read_waits_and_other_bank_read_does_not),
        T(M17_speculation_raises_RDPERR_and_RDSERR_in_both_banks),
        T(M17_same_seed_same_flags),
        T(M17_flags_do_not_stop_a_program),
        T(M19_beyond_two_megabytes_is_a_bus_fault),
    };
    return cmocka_run_group_tests_name("flash m13_m19_reads", tests, NULL, NULL);
}
