/* M1 to M6: what stores do at a bank, from the enable to the cells. */
#include "core/base/compiler.h"
#include "testing/vboard/rig_flash_model.h"

static void M1_write_without_PG_raises_PGSERR_in_the_bank_that_was_written(void **state)
{
    (void)state;
    unlock(1);
    unlock(2);
    pg_on(1);
    store_words(BANK2, 1, 8);
    mmio_dsb();
    assert_int_equal(get(2, SR), H7_SR_PGSERR); /* 0x00040000, alone */
    assert_int_equal(get(1, SR), 0);
    assert_true(virgin(BANK2));
    assert_int_equal(rig.bus_faults, 0);
    assert_true(native_linted(&rig, "M1"));
    assert_string_equal(rig.lint[0].text, "data write to bank 2 while only CR1.PG=1");
}

static void M2_sticky_PGSERR_blocks_the_next_program_until_CCR(void **state)
{
    (void)state;
    unlock(1);
    mmio_write32(H7_FLASH_BASE, 0);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_PGSERR);
    program(1, H7_FLASH_BASE, 5);
    assert_int_equal(get(1, SR), H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
    put(1, CCR, H7_SR_PGSERR);
    program(1, H7_FLASH_BASE, 5);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    assert_true(word_is(H7_FLASH_BASE, 5));
}

static void M2_sticky_INCERR_turns_into_PGSERR(void **state)
{
    (void)state;
    unlock(1);
    h7_flash_raise(&rig.flash, 0, H7_SR_INCERR);
    program(1, H7_FLASH_BASE, 5);
    assert_int_equal(get(1, SR), H7_SR_INCERR | H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
}

/* [RM0433, table of the flags]: only these two have to be cleared before the next program. */
static void M2_OPERR_and_the_other_flags_block_nothing(void **state)
{
    static const uint32_t flags[] = {H7_SR_OPERR,  H7_SR_WRPERR,   H7_SR_STRBERR, H7_SR_RDPERR,
                                     H7_SR_RDSERR, H7_SR_SNECCERR, H7_SR_DBECCERR};
    (void)state;
    unlock(1);
    for (unsigned i = 0; i < ARRAY_LEN(flags); i++) {
        uint32_t addr = H7_FLASH_BASE + 32 * i;
        put(1, CCR, H7_SR_CLEARABLE);
        h7_flash_raise(&rig.flash, 0, flags[i]);
        program(1, addr, 5);
        assert_int_equal(get(1, SR), flags[i] | H7_SR_EOP);
        assert_true(word_is(addr, 5));
    }
    h7_flash_raise(&rig.flash, 0, H7_SR_OPERR);
    start_erase(1, 0);
    wait_idle(1);
    assert_true(virgin(H7_FLASH_BASE));
}

static void M3_same_byte_twice_is_STRBERR_and_the_second_counts(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    mmio_write32(H7_FLASH_BASE, 0x11111111);
    mmio_write32(H7_FLASH_BASE, 0x22222222);
    store_words(H7_FLASH_BASE + 4, 9, 7);
    mmio_dsb();
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_STRBERR | H7_SR_EOP);
    assert_int_equal(mmio_read32(H7_FLASH_BASE), 0x22222222);
}

static void M3_STRBERR_does_not_end_the_word(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 9, 4);
    mmio_write8(H7_FLASH_BASE + 3, 0xa5);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_STRBERR | H7_SR_WBNE); /* the bytes so far are kept */
    store_words(H7_FLASH_BASE + 16, 13, 4);
    mmio_dsb();
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_STRBERR | H7_SR_EOP);
    assert_int_equal(mmio_read32(H7_FLASH_BASE), 0xa5000009);
    assert_int_equal(mmio_read32(H7_FLASH_BASE + 4), 9 + 0x01010101);
}

static void M3_other_word_in_between_is_INCERR_and_drops_both(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 3, 4);
    mmio_write32(H7_FLASH_BASE + 32, 0);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_INCERR);
    assert_true(virgin(H7_FLASH_BASE));
    assert_true(virgin(H7_FLASH_BASE + 32));
}

static void M4_word_takes_its_time_and_ends_with_EOP(void **state)
{
    (void)state;
    unlock(2);
    pg_on(2);
    store_words(BANK2 + 64, 77, 7);
    mmio_dsb();
    assert_int_equal(get(2, SR), H7_SR_WBNE);
    mmio_write32(BANK2 + 64 + 28, 77 + 7 * 0x01010101u);
    mmio_dsb();
    uint64_t begun = rig.now;
    assert_int_equal(get(2, SR), H7_SR_QW | H7_SR_BSY);
    wait_idle(2);
    assert_in_range(rig.now - begun, 100000, 100200);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    assert_true(word_is(BANK2 + 64, 77));
}

/* One word is programmed, one waits, one is filled; only the store that completes a third one holds the core. */
static void M4_one_word_may_wait_behind_the_one_that_is_programmed(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    uint64_t begun = rig.now;
    for (unsigned i = 0; i < 2; i++) {
        store_words(H7_FLASH_BASE + 32 * i, 100 * i, 8);
        mmio_dsb();
    }
    store_words(H7_FLASH_BASE + 64, 200, 7);
    mmio_dsb();
    assert_in_range(rig.now - begun, 0, 20000);
    assert_int_equal(rig.flash.stalls, 0);
    assert_int_equal(get(1, SR), H7_SR_QW | H7_SR_BSY | H7_SR_WBNE);
    mmio_write32(H7_FLASH_BASE + 64 + 28, 200 + 7 * 0x01010101u);
    mmio_dsb();
    assert_int_equal(rig.flash.stalls, 1);
    assert_in_range(rig.now - begun, 100000, 120000);
    put(1, CR, H7_CR_PSIZE); /* PG=0 forgets what is incomplete, not what waits */
    wait_idle(1);
    assert_in_range(rig.now - begun, 300000, 320000);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    for (unsigned i = 0; i < 3; i++)
        assert_true(word_is(H7_FLASH_BASE + 32 * i, 100 * i));
}

/* It is not looked at before its turn: protection is checked then, and an error of the first word is not its own. */
static void M4_the_word_that_waits_has_its_own_end(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    h7_flash_fail_at(&rig.flash, 1, H7_SR_OPERR);
    h7_flash_protect(&rig.flash, 0, 1u << 1);
    store_words(H7_FLASH_BASE, 1, 8);
    mmio_dsb();
    store_words(H7_FLASH_BASE + 0x20000, 2, 8);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_QW | H7_SR_BSY);
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_OPERR | H7_SR_WRPERR);
    assert_true(virgin(H7_FLASH_BASE));
    assert_true(virgin(H7_FLASH_BASE + 0x20000));
    program(1, H7_FLASH_BASE, 3);
    assert_true(word_is(H7_FLASH_BASE, 3));
}

static void M4_bytes_and_halfwords_fill_a_word_too(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    for (unsigned i = 0; i < 32; i++)
        mmio_write8(H7_FLASH_BASE + 32 + i, (uint8_t)i);
    mmio_dsb();
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    assert_int_equal(mmio_read32(H7_FLASH_BASE + 32 + 28), 0x1f1e1d1c);
}

static void M4_force_write_pads_with_ones(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    mmio_write32(H7_FLASH_BASE, 0x12345678);
    mmio_dsb();
    put(1, CR, get(1, CR) | H7_CR_FW);
    assert_int_equal(get(1, CR) & H7_CR_FW, 0);
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    assert_int_equal(mmio_read32(H7_FLASH_BASE), 0x12345678);
    assert_int_equal(mmio_read32(H7_FLASH_BASE + 4), 0xffffffff);
}

static void M5_second_program_ANDs_data_and_ECC_and_shows_on_the_next_read(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 0x5555aaaa);
    program(1, H7_FLASH_BASE, 0x0ff01234);
    assert_int_equal(get(1, SR), H7_SR_EOP); /* no flag at program time */
    assert_true(native_linted(&rig, "M5"));
    (void)mmio_read32(H7_FLASH_BASE);
    assert_int_not_equal(get(1, SR) & (H7_SR_SNECCERR | H7_SR_DBECCERR), 0);
    assert_int_equal(h7_cells_data(&rig.flash.cells, 0)[0], 0xaa & 0x34);
}

static void M5_ones_leave_a_word_virgin(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    for (unsigned i = 0; i < 8; i++)
        mmio_write32(H7_FLASH_BASE + 4 * i, 0xffffffff);
    mmio_dsb();
    wait_idle(1);
    assert_true(virgin(H7_FLASH_BASE));
    program(1, H7_FLASH_BASE, 42);
    assert_true(word_is(H7_FLASH_BASE, 42));
    assert_false(native_linted(&rig, "M5"));
}

static void M6_clearing_PG_forgets_a_partial_word(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 1, 3);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_WBNE);
    put(1, CR, H7_CR_PSIZE);
    assert_int_equal(get(1, SR), 0);
    assert_true(virgin(H7_FLASH_BASE));
}

static void M6_locking_changes_no_other_bit(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_PG | H7_CR_SER | 5u << 8);
    put(1, CR, H7_CR_LOCK);
    assert_int_equal(get(1, CR), H7_CR_LOCK | H7_CR_PG | H7_CR_SER | 5u << 8);
    put(1, CR, 0); /* and while locked nothing else does */
    assert_int_equal(get(1, CR), H7_CR_LOCK | H7_CR_PG | H7_CR_SER | 5u << 8);
    unlock(1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M1_write_without_PG_raises_PGSERR_in_the_bank_that_was_written),
        T(M2_sticky_PGSERR_blocks_the_next_program_until_CCR),
        T(M2_sticky_INCERR_turns_into_PGSERR),
        T(M2_OPERR_and_the_other_flags_block_nothing),
        T(M3_same_byte_twice_is_STRBERR_and_the_second_counts),
        T(M3_STRBERR_does_not_end_the_word),
        T(M3_other_word_in_between_is_INCERR_and_drops_both),
        T(M4_word_takes_its_time_and_ends_with_EOP),
        T(M4_one_word_may_wait_behind_the_one_that_is_programmed),
        T(M4_the_word_that_waits_has_its_own_end),
        T(M4_bytes_and_halfwords_fill_a_word_too),
        T(M4_force_write_pads_with_ones),
        T(M5_second_program_ANDs_data_and_ECC_and_shows_on_the_next_read),
        T(M5_ones_leave_a_word_virgin),
        T(M6_clearing_PG_forgets_a_partial_word),
        T(M6_locking_changes_no_other_bit),
    };
    return cmocka_run_group_tests_name("flash m01_m06_write", tests, NULL, NULL);
}
