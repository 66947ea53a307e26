/* M7, M8: erases, and the time that operations take. */
#include "testing/vboard/rig_flash_model.h"

static void M7_sector_erase_takes_a_second_and_erases_that_sector_only(void **state)
{
    (void)state;
    uint8_t z[64] = {0};
    for (uint32_t s = 0; s < 16; s++)
        h7_flash_poke(&rig.flash, s * H7_SECTOR_SIZE, z, sizeof z);
    unlock(2);
    start_erase(2, 3);
    uint64_t begun = rig.now;
    wait_idle(2);
    assert_in_range(rig.now - begun, 999999000, 1000001000);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    for (uint32_t s = 0; s < 16; s++)
        assert_int_equal(virgin(H7_FLASH_BASE + s * H7_SECTOR_SIZE), s == 8 + 3);
}

static void M7_bank_erase_wins_over_sector_erase(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&rig.flash, 0, z, sizeof z);
    h7_flash_poke(&rig.flash, 0xe0000, z, sizeof z);
    h7_flash_poke(&rig.flash, 0x100000, z, sizeof z);
    unlock(1);
    put(1, CR, H7_CR_BER | H7_CR_SER | H7_CR_PSIZE | H7_CR_START);
    rig.access_ns = 100000;
    wait_idle(1);
    assert_true(virgin(H7_FLASH_BASE) && virgin(H7_FLASH_BASE + 0xe0000));
    assert_false(virgin(BANK2));
}

static void M7_start_without_a_request_does_nothing(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_START);
    assert_int_equal(get(1, SR), 0);
    assert_true(native_linted(&rig, "M7"));
}

static void M7_write_protection_refuses_erase_and_program(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&rig.flash, 2 * H7_SECTOR_SIZE, z, sizeof z);
    h7_flash_protect(&rig.flash, 0, 1u << 2);
    assert_int_equal(get(1, 0x38), 0xfb);
    unlock(1);
    start_erase(1, 2);
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_WRPERR);
    put(1, CCR, H7_SR_WRPERR);
    program(1, H7_FLASH_BASE + 2 * H7_SECTOR_SIZE + 32, 1);
    assert_int_equal(get(1, SR), H7_SR_WRPERR);
    put(1, CCR, H7_SR_WRPERR);
    put(1, CR, H7_CR_BER | H7_CR_PSIZE | H7_CR_START);
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_WRPERR);
    assert_false(virgin(H7_FLASH_BASE + 2 * H7_SECTOR_SIZE));
    assert_true(virgin(H7_FLASH_BASE + 2 * H7_SECTOR_SIZE + 32));
    assert_int_equal(rig.flash.operations, 0);
}

static void M7_parallelism_sets_the_time(void **state)
{
    static const struct {
        unsigned psize, ms;
    } rows[] = {{0, 2000}, {1, 1800}, {2, 1100}, {3, 1000}};
    (void)state;
    unlock(1);
    for (unsigned i = 0; i < 4; i++) {
        put(1, CR, H7_CR_SER | rows[i].psize << 4 | H7_CR_START);
        assert_int_equal(rig.flash.bank[0].op.end - rig.flash.bank[0].op.start,
                         rows[i].ms * 1000000ull);
        native_wait(&rig, 3000000000);
    }
}

static void M7_timing_of_the_board_sets_the_time(void **state)
{
    static const struct {
        enum vboard_timing timing;
        uint64_t erase_ns, program_ns;
    } rows[] = {{VBOARD_TIMING_TYPICAL, 1000000000, 100000},
                {VBOARD_TIMING_MAXIMUM, 2000000000, 200000},
                {VBOARD_TIMING_FAST, 1000000, 1000}};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        native_init(&rig, &soc_stm32h753, rows[i].timing, 1);
        unlock(1);
        start_erase(1, 0);
        assert_int_equal(rig.flash.bank[0].op.end - rig.flash.bank[0].op.start, rows[i].erase_ns);
        native_wait(&rig, 2000000000);
        pg_on(1);
        store_words(H7_FLASH_BASE, 1, 8);
        mmio_dsb();
        assert_int_equal(rig.flash.bank[0].op.end - rig.flash.bank[0].op.start, rows[i].program_ns);
    }
}

static void M8_BSY_has_gaps_while_QW_holds(void **state)
{
    unsigned gaps = 0;
    uint32_t sr;
    (void)state;
    unlock(1);
    rig.access_ns = 1000000;
    start_erase(1, 1);
    while (((sr = get(1, SR)) & H7_SR_QW) != 0)
        gaps += (sr & H7_SR_BSY) == 0;
    assert_int_equal(gaps, 2);
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M7_sector_erase_takes_a_second_and_erases_that_sector_only),
        T(M7_bank_erase_wins_over_sector_erase),
        T(M7_start_without_a_request_does_nothing),
        T(M7_write_protection_refuses_erase_and_program),
        T(M7_parallelism_sets_the_time),
        T(M7_timing_of_the_board_sets_the_time),
        T(M8_BSY_has_gaps_while_QW_holds),
    };
    return cmocka_run_group_tests_name("flash m07_m08_erase", tests, NULL, NULL);
}
