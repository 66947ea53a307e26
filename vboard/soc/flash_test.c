/* One test per rule of DESIGN.md, on the flash model behind the native bus, as a driver sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/bytes.h"
#include "vboard/native.h"

#define BANK2  0x08100000u
#define KEYR   0x04u
#define CR     0x0cu
#define SR     0x10u
#define CCR    0x14u
#define ECC_FA 0x60u

static struct native n;

static int set_up(void **state)
{
    (void)state;
    native_init(&n, VBOARD_TIMING_TYPICAL, 7);
    native_attach(&n);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    native_detach();
    return 0;
}

static uintptr_t reg(unsigned bank, uint32_t r)
{
    return H7_FLASH_REGS + (bank - 1) * 0x100 + r;
}

static uint32_t get(unsigned bank, uint32_t r)
{
    return mmio_read32(reg(bank, r));
}

static void put(unsigned bank, uint32_t r, uint32_t v)
{
    mmio_write32(reg(bank, r), v);
}

static void unlock(unsigned bank)
{
    put(bank, KEYR, 0x45670123);
    put(bank, KEYR, 0xcdef89ab);
    assert_int_equal(get(bank, CR) & H7_CR_LOCK, 0);
}

static void pg_on(unsigned bank)
{
    put(bank, CR, H7_CR_PG | H7_CR_PSIZE);
    mmio_dsb();
}

static void store_words(uint32_t addr, uint32_t seed, unsigned words)
{
    for (unsigned i = 0; i < words; i++)
        mmio_write32(addr + 4 * i, seed + i * 0x01010101u);
}

static unsigned wait_idle(unsigned bank)
{
    unsigned polls = 0;
    while ((get(bank, SR) & H7_SR_QW) != 0)
        polls++;
    return polls;
}

static void program(unsigned bank, uint32_t addr, uint32_t seed)
{
    pg_on(bank);
    store_words(addr, seed, 8);
    mmio_dsb();
    wait_idle(bank);
    put(bank, CR, H7_CR_PSIZE);
}

static void start_erase(unsigned bank, unsigned sector)
{
    put(bank, CR, H7_CR_SER | H7_CR_PSIZE | H7_CR_START | sector << 8);
    mmio_dsb();
}

static bool word_is(uint32_t addr, uint32_t seed)
{
    for (unsigned i = 0; i < 8; i++)
        if (mmio_read32(addr + 4 * i) != seed + i * 0x01010101u)
            return false;
    return true;
}

static bool virgin(uint32_t addr)
{
    return h7_cells_virgin(&n.flash.cells, addr - H7_FLASH_BASE);
}

/* ---- the code ---- */

static void ecc_of_ones_is_ones(void **state)
{
    uint8_t ones[32];
    (void)state;
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(h7_ecc(ones), 0x3ff);
}

static void ecc_corrects_each_single_cell_and_notices_each_double(void **state)
{
    struct h7_cells *c = &n.flash.cells;
    uint8_t word[32], got[32];
    (void)state;
    for (unsigned i = 0; i < 32; i++)
        word[i] = (uint8_t)(i * 37 + 5);
    for (unsigned a = 0; a < 266; a++) {
        for (unsigned b = a; b < 266; b++) {
            h7_cells_poke(c, 64, word, 32);
            for (unsigned k = 0, bit = a; k < (a == b ? 1u : 2u); k++, bit = b)
                h7_cells_flip(c, 64, bit);
            c->flagged[0] |= 4;
            enum h7_decode d = h7_cells_read(c, 64, got);
            assert_int_equal(d, a == b ? H7_CORRECTED : H7_UNREADABLE);
            if (a == b)
                assert_memory_equal(got, word, 32);
        }
    }
}

/* ---- the rules ---- */

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
    assert_int_equal(n.bus_faults, 0);
    assert_true(native_linted(&n, "M1"));
    assert_string_equal(n.lint[0].text, "data write to bank 2 while only CR1.PG=1");
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
    h7_flash_raise(&n.flash, 0, H7_SR_INCERR);
    program(1, H7_FLASH_BASE, 5);
    assert_int_equal(get(1, SR), H7_SR_INCERR | H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
}

static void M3_same_byte_twice_is_STRBERR_and_the_first_stays(void **state)
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
    assert_int_equal(mmio_read32(H7_FLASH_BASE), 0x11111111);
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
    uint64_t begun = n.now;
    assert_int_equal(get(2, SR), H7_SR_QW | H7_SR_BSY);
    wait_idle(2);
    assert_in_range(n.now - begun, 100000, 100200);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    assert_true(word_is(BANK2 + 64, 77));
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
    assert_true(native_linted(&n, "M5"));
    (void)mmio_read32(H7_FLASH_BASE);
    assert_int_not_equal(get(1, SR) & (H7_SR_SNECCERR | H7_SR_DBECCERR), 0);
    assert_int_equal(h7_cells_data(&n.flash.cells, 0)[0], 0xaa & 0x34);
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
    assert_false(native_linted(&n, "M5"));
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

static void M7_sector_erase_takes_a_second_and_erases_that_sector_only(void **state)
{
    (void)state;
    uint8_t z[64] = {0};
    for (uint32_t s = 0; s < 16; s++)
        h7_flash_poke(&n.flash, s * H7_SECTOR_SIZE, z, sizeof z);
    unlock(2);
    start_erase(2, 3);
    uint64_t begun = n.now;
    wait_idle(2);
    assert_in_range(n.now - begun, 999999000, 1000001000);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    for (uint32_t s = 0; s < 16; s++)
        assert_int_equal(virgin(H7_FLASH_BASE + s * H7_SECTOR_SIZE), s == 8 + 3);
}

static void M7_bank_erase_wins_over_sector_erase(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&n.flash, 0, z, sizeof z);
    h7_flash_poke(&n.flash, 0xe0000, z, sizeof z);
    h7_flash_poke(&n.flash, 0x100000, z, sizeof z);
    unlock(1);
    put(1, CR, H7_CR_BER | H7_CR_SER | H7_CR_PSIZE | H7_CR_START);
    n.access_ns = 100000;
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
    assert_true(native_linted(&n, "M7"));
}

static void M7_write_protection_refuses_erase_and_program(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&n.flash, 2 * H7_SECTOR_SIZE, z, sizeof z);
    h7_flash_protect(&n.flash, 0, 1u << 2);
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
    assert_int_equal(n.flash.operations, 0);
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
        assert_int_equal(n.flash.bank[0].op.end - n.flash.bank[0].op.start,
                         rows[i].ms * 1000000ull);
        native_wait(&n, 3000000000);
    }
}

static void M7_timing_of_the_board_sets_the_time(void **state)
{
    static const struct {
        enum vboard_timing timing;
        uint64_t erase_ns, program_ns;
    } rows[] = {{VBOARD_TIMING_TYPICAL, 1000000000, 100000},
                {VBOARD_TIMING_MAXIMUM, 2000000000, 200000},
                {VBOARD_TIMING_FAST, 1000000, 10000}};
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        native_init(&n, rows[i].timing, 1);
        unlock(1);
        start_erase(1, 0);
        assert_int_equal(n.flash.bank[0].op.end - n.flash.bank[0].op.start, rows[i].erase_ns);
        native_wait(&n, 2000000000);
        pg_on(1);
        store_words(H7_FLASH_BASE, 1, 8);
        mmio_dsb();
        assert_int_equal(n.flash.bank[0].op.end - n.flash.bank[0].op.start, rows[i].program_ns);
    }
}

static void M8_BSY_has_gaps_while_QW_holds(void **state)
{
    unsigned gaps = 0;
    uint32_t sr;
    (void)state;
    unlock(1);
    n.access_ns = 1000000;
    start_erase(1, 1);
    while (((sr = get(1, SR)) & H7_SR_QW) != 0)
        gaps += (sr & H7_SR_BSY) == 0;
    assert_int_equal(gaps, 2);
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

static void M9_SR_is_read_only_and_CCR_clears_named_bits_of_its_bank(void **state)
{
    (void)state;
    h7_flash_raise(&n.flash, 0, H7_SR_PGSERR | H7_SR_EOP | H7_SR_WRPERR);
    h7_flash_raise(&n.flash, 1, H7_SR_PGSERR);
    put(1, SR, 0xffffffff);
    assert_int_equal(get(1, SR), H7_SR_PGSERR | H7_SR_EOP | H7_SR_WRPERR);
    assert_true(native_linted(&n, "M9"));
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
    assert_int_equal(n.bus_faults, 1);
    put(1, KEYR, 0x45670123);
    put(1, KEYR, 0xcdef89ab);
    assert_int_equal(n.bus_faults, 3);
    assert_int_equal(get(1, CR) & H7_CR_LOCK, H7_CR_LOCK);
    unlock(2); /* the other bank has its own lock */
    native_reset(&n);
    unlock(1);
}

static void M10_second_unlock_locks_until_reset(void **state)
{
    (void)state;
    unlock(1);
    put(1, KEYR, 0x45670123);
    assert_int_equal(n.bus_faults, 1);
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
    assert_int_equal(n.bus_faults, 1);
    assert_int_equal(get(2, 0x18) & 1, 1);
}

static void M11_sector_number_has_three_bits(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    h7_flash_poke(&n.flash, 0, z, sizeof z);
    h7_flash_poke(&n.flash, 0x100000, z, sizeof z);
    unlock(1);
    put(1, CR, H7_CR_SER | H7_CR_PSIZE | H7_CR_START | 8u << 8); /* "sector 8" */
    assert_true(native_linted(&n, "M11"));
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
    h7_flash_poke(&n.flash, 0x100000, z, sizeof z);
    unlock(2);
    put(2, CR, 0xfffff800u | H7_CR_SER | H7_CR_PSIZE);
    assert_true(native_linted(&n, "M11"));
    assert_int_equal(get(2, CR), (0x1fef8000u | H7_CR_SER | H7_CR_PSIZE));
    put(2, CR, get(2, CR) | H7_CR_START);
    wait_idle(2);
    assert_true(virgin(BANK2));
}

static void M12_data_overtake_PG_without_a_barrier(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_PG | H7_CR_PSIZE);
    store_words(H7_FLASH_BASE, 1, 8);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
    assert_true(native_linted(&n, "M12"));
}

static void M12_PG_is_gone_before_posted_data_arrive(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 1, 8);
    assert_int_equal(get(1, SR), 0); /* nothing has arrived: looks done */
    put(1, CR, H7_CR_PSIZE);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
}

/* ST's loaders have neither barrier and work on silicon: they shall be able to work here, with a finding. */
static void M12_in_order_works_without_barriers_and_is_reported(void **state)
{
    (void)state;
    n.flash.in_order = true;
    unlock(2);
    put(2, CR, H7_CR_PG | H7_CR_PSIZE);
    store_words(BANK2, 1, 16); /* the second word waits for the first */
    put(2, CR, H7_CR_PSIZE);
    wait_idle(2);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    assert_true(word_is(BANK2, 1));
    assert_true(word_is(BANK2 + 32, 1 + 8 * 0x01010101u));
    assert_true(native_linted(&n, "M12"));
    assert_int_equal(n.lint_count, 1);
}

static void M12_reading_a_register_settles_PG(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_PG | H7_CR_PSIZE);
    assert_int_equal(get(1, CR) & H7_CR_PG, H7_CR_PG);
    store_words(H7_FLASH_BASE, 1, 8);
    mmio_dsb();
    wait_idle(1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

static void M12_load_of_a_posted_word_waits_for_it(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 6, 8);
    assert_true(word_is(H7_FLASH_BASE, 6));
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

static void M12_posted_data_arrive_late_by_themselves(void **state)
{
    (void)state;
    unlock(1);
    pg_on(1);
    store_words(H7_FLASH_BASE, 1, 8);
    native_wait(&n, 10000);
    assert_int_equal(get(1, SR), 0);
    native_wait(&n, 10000);
    assert_int_equal(get(1, SR), H7_SR_QW | H7_SR_BSY);
}

static void M13_single_error_is_corrected_and_flagged(void **state)
{
    (void)state;
    uint8_t w[32] = "a word of thirty-two bytes here";
    h7_flash_poke(&n.flash, 0x100040, w, 32);
    h7_cells_set_ecc(&n.flash.cells, 0x100040 / 32,
                     h7_cells_ecc(&n.flash.cells, 0x100040 / 32) ^ 4);
    h7_cells_rescan(&n.flash.cells);
    assert_int_equal(mmio_read32(BANK2 + 0x44), get_le32(w + 4));
    assert_int_equal(get(2, SR), H7_SR_SNECCERR);
    assert_int_equal(get(2, ECC_FA), 2);
    assert_int_equal(n.bus_faults, 0);
}

static void M13_double_error_faults_and_the_first_address_stays(void **state)
{
    (void)state;
    h7_flash_spoil(&n.flash, 0x60);
    h7_flash_spoil(&n.flash, 0x80);
    (void)mmio_read32(H7_FLASH_BASE + 0x60);
    assert_int_equal(n.bus_faults, 1);
    (void)mmio_read32(H7_FLASH_BASE + 0x80);
    assert_int_equal(n.bus_faults, 2);
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
    h7_flash_spoil(&n.flash, 0x20);
    assert_true(mmio_copy_tolerant(buf, H7_FLASH_BASE, sizeof buf));
    assert_int_equal(n.bus_faults, 0);
    assert_int_equal(get(1, SR), H7_SR_DBECCERR);
}

/* ---- M14 ---- */

#define DCIMVAC 0xe000ef5cu
#define DCISW   0xe000ef60u
#define DCCISW  0xe000ef74u

static void M14_erase_leaves_stale_lines_until_they_are_invalidated(void **state)
{
    (void)state;
    n.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    assert_true(virgin(BANK2));
    assert_true(word_is(BANK2, 0x10203040)); /* what the core sees */
    assert_true(native_linted(&n, "M14"));
    mmio_write32(DCIMVAC, BANK2 + 4);
    native_forget(&n);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_false(native_linted(&n, "M14"));
}

static void M14_a_store_that_was_dropped_reads_back_from_the_line(void **state)
{
    (void)state;
    n.caches_on = true;
    assert_int_equal(mmio_read32(BANK2), 0xffffffff); /* the line is in */
    store_words(BANK2, 0x01020304, 8);                /* PG=0 */
    mmio_dsb();
    assert_true(virgin(BANK2));
    assert_int_equal(get(2, SR) & H7_SR_PGSERR, H7_SR_PGSERR);
    assert_true(word_is(BANK2, 0x01020304)); /* a false pass */
    assert_true(native_linted(&n, "M14"));
}

static void M14_stores_do_not_allocate(void **state)
{
    (void)state;
    n.caches_on = true;
    store_words(BANK2, 0x01020304, 8);
    mmio_dsb();
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
}

static void M14_set_and_way_operations_reach_the_whole_cache(void **state)
{
    (void)state;
    n.caches_on = true;
    for (uint32_t i = 0; i < 0x4000; i += 32)
        (void)mmio_read32(BANK2 + i);
    assert_int_equal(n.flash.dcache.resident, 512);
    for (uint32_t set = 0; set < 128; set++)
        for (uint32_t way = 0; way < 4; way++)
            mmio_write32(way % 2 ? DCISW : DCCISW, way << 30 | set << 5);
    assert_int_equal(n.flash.dcache.resident, 0);
}

static void M14_lines_make_room_for_others(void **state)
{
    (void)state;
    n.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    for (uint32_t way = 1; way <= 4; way++)
        (void)mmio_read32(BANK2 + way * 0x1000); /* the same set */
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
}

static void M14_off_means_off(void **state)
{
    (void)state;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_int_equal(n.lint_count, 0);
}

static void M14_fetches_pass_the_data_cache_by(void **state)
{
    uint32_t value;
    (void)state;
    n.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    assert_int_equal(h7_flash_fetch(&n.flash, &n.now, H7_BANK_SIZE, 2, &value), H7_OK);
    assert_int_equal(value, 0xffff);
}

static void M14_what_was_read_by_window_is_taken_for_held(void **state)
{
    uint32_t base, size, value;
    (void)state;
    n.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    mmio_write32(DCIMVAC, BANK2);
    assert_non_null(h7_flash_view(&n.flash, H7_BANK_SIZE, &base, &size));
    start_erase(2, 0);
    wait_idle(2);
    assert_null(h7_flash_view(&n.flash, H7_BANK_SIZE, &base, &size));
    assert_int_equal(h7_flash_load(&n.flash, &n.now, H7_BANK_SIZE, 4, &value), H7_OK);
    assert_int_equal(value, 0x10203040);
    for (uint32_t a = BANK2; a < BANK2 + H7_SECTOR_SIZE; a += 32)
        mmio_write32(DCIMVAC, a);
    assert_non_null(h7_flash_view(&n.flash, H7_BANK_SIZE, &base, &size));
}

static void M14_a_debugger_makes_the_core_forget(void **state)
{
    static const uint8_t data[4] = {1, 2, 3, 4};
    (void)state;
    n.caches_on = true;
    (void)mmio_read32(BANK2);
    h7_flash_poke(&n.flash, H7_BANK_SIZE, data, sizeof data);
    assert_int_equal(mmio_read32(BANK2), 0x04030201);
}

static void M15_power_cut_in_a_program_tears_only_that_word(void **state)
{
    unsigned seen[3] = {0};
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        uint8_t word[32];
        native_init(&n, VBOARD_TIMING_FAST, seed);
        unlock(1);
        program(1, H7_FLASH_BASE, 1);
        native_cut_at(&n, 1, VBOARD_CUT_DURING);
        program(1, H7_FLASH_BASE + 32, 0x01234567);
        assert_true(n.flash.off);
        native_reset(&n);
        assert_true(word_is(H7_FLASH_BASE, 1));
        assert_true(virgin(H7_FLASH_BASE + 64));
        seen[h7_cells_read(&n.flash.cells, 32, word)]++;
    }
    assert_true(seen[H7_CLEAN] > 0 && seen[H7_CORRECTED] > 0 && seen[H7_UNREADABLE] > 0);
}

static void M15_cut_before_changes_nothing_and_after_everything(void **state)
{
    (void)state;
    unlock(1);
    native_cut_at(&n, 2, VBOARD_CUT_AFTER);
    program(1, H7_FLASH_BASE, 1);
    assert_false(n.flash.off);
    program(1, H7_FLASH_BASE + 32, 2);
    assert_true(n.flash.off);
    native_reset(&n);
    assert_true(word_is(H7_FLASH_BASE + 32, 2));
    unlock(1);
    native_cut_at(&n, 1, VBOARD_CUT_BEFORE);
    program(1, H7_FLASH_BASE + 64, 3);
    assert_true(n.flash.off);
    native_reset(&n);
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
        h7_flash_poke(&n.flash, off, word, 32);
    }
    unlock(1);
    native_cut_at(&n, 1, VBOARD_CUT_DURING);
    n.access_ns = 10000;
    start_erase(1, 1);
    wait_idle(1);
    assert_true(n.flash.off);
    for (uint32_t off = 0; off < 3 * H7_SECTOR_SIZE; off += 32) {
        enum h7_decode d = h7_cells_read(&n.flash.cells, off, word);
        if (off / H7_SECTOR_SIZE == 1)
            seen[d]++;
        else
            assert_int_equal(d, H7_CLEAN);
    }
    assert_true(seen[H7_CLEAN] > 0 && seen[H7_UNREADABLE] > 0);
}

static void M16_same_bank_read_waits_and_other_bank_read_does_not(void **state)
{
    (void)state;
    unlock(1);
    start_erase(1, 4);
    uint64_t begun = n.now;
    (void)mmio_read32(BANK2);
    assert_in_range(n.now - begun, 0, 1000);
    assert_int_equal(n.flash.stalls, 0);
    (void)mmio_read32(H7_FLASH_BASE);
    assert_in_range(n.now - begun, 999999000, 1000001000);
    assert_int_equal(n.flash.stalls, 1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
}

/* ---- M17 ---- */

static uint32_t speculative_flags(uint64_t seed, unsigned reads)
{
    uint32_t seen = 0;
    native_init(&n, VBOARD_TIMING_TYPICAL, seed);
    n.speculation = true;
    for (unsigned i = 0; i < reads; i++)
        seen = seen * 31 + (get(1 + i % 2, SR) >> 16);
    return seen;
}

static void M17_speculation_raises_RDPERR_and_RDSERR_in_both_banks(void **state)
{
    const uint32_t both = H7_SR_RDPERR | H7_SR_RDSERR;
    uint32_t seen[2] = {0, 0};
    (void)state;
    n.speculation = true;
    for (unsigned i = 0; i < 2000; i++)
        for (unsigned b = 0; b < 2; b++)
            seen[b] |= get(b + 1, SR);
    assert_int_equal(seen[0], both);
    assert_int_equal(seen[1], both);
    n.speculation = false; /* the MPU region is there */
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
    n.speculation = true;
    unlock(1);
    h7_flash_raise(&n.flash, 0, H7_SR_RDPERR | H7_SR_RDSERR);
    program(1, H7_FLASH_BASE, 0x31415926);
    assert_true(word_is(H7_FLASH_BASE, 0x31415926));
}

/* ---- M20 ---- */

#define OPTKEYR   0x08u
#define OPTCR     0x18u
#define OPTSR_CUR 0x1cu
#define OPTSR_PRG 0x20u
#define OPTCCR    0x24u
#define PRAR_PRG  0x2cu
#define SCAR_PRG  0x34u
#define WPSN_CUR  0x38u
#define WPSN_PRG  0x3cu
#define BOOT_CUR  0x40u
#define BOOT_PRG  0x44u
#define SWAP_OPT  (1u << 31)

static void unlock_options(void)
{
    put(1, OPTKEYR, 0x08192a3b);
    put(1, OPTKEYR, 0x4c5d6e7f);
    assert_int_equal(get(1, OPTCR) & 1, 0);
}

static void start_options(void)
{
    put(1, OPTCR, 2);
    while ((get(1, OPTSR_CUR) & 1) != 0)
        ;
}

static void M20_option_change_takes_its_time_and_copies_PRG_to_CUR(void **state)
{
    (void)state;
    unlock_options();
    put(2, WPSN_PRG, 0xfe);
    put(1, BOOT_PRG, 0x1ff00810);
    assert_int_equal(get(2, WPSN_CUR), 0xff);
    uint64_t before = n.now;
    put(1, OPTCR, 2);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 1);
    assert_int_equal(get(2, WPSN_CUR), 0xff);
    start_options(); /* stalls, too */
    assert_in_range(n.now - before, 299000000, 700000000);
    assert_int_equal(get(2, WPSN_CUR), 0xfe);
    assert_int_equal(get(1, WPSN_CUR), 0xff);
    assert_int_equal(get(1, BOOT_CUR), 0x1ff00810);
    assert_int_equal(get(2, BOOT_CUR), 0x1ff00810); /* shared */
}

static void M20_register_writes_stall_while_OPT_BUSY(void **state)
{
    (void)state;
    unlock_options();
    put(1, OPTCR, 2);
    uint64_t before = n.now;
    put(1, CCR, 0);
    assert_in_range(n.now - before, 299000000, 301000000);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 0);
}

static void M20_bank_swap_is_programmed_now_and_effective_after_reset(void **state)
{
    (void)state;
    h7_flash_poke(&n.flash, 0, "one", 4);
    h7_flash_poke(&n.flash, H7_BANK_SIZE, "two", 4);
    unlock_options();
    put(1, OPTSR_PRG, get(1, OPTSR_CUR) | SWAP_OPT);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) & SWAP_OPT, SWAP_OPT);
    assert_int_equal(get(1, OPTCR) & SWAP_OPT, 0);
    assert_int_equal(mmio_read8(H7_FLASH_BASE + 1), 'n');
    native_reset(&n);
    assert_int_equal(get(1, OPTCR) & SWAP_OPT, SWAP_OPT);
    assert_int_equal(mmio_read8(H7_FLASH_BASE + 1), 'w');
}

static void M20_locked_options_ignore_writes(void **state)
{
    (void)state;
    put(1, WPSN_PRG, 0);
    assert_int_equal(get(1, WPSN_PRG), 0xff);
    assert_true(native_linted(&n, "M10"));
    put(1, OPTCR, 2);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 0);
}

static void M20_current_options_are_read_only(void **state)
{
    (void)state;
    unlock_options();
    uint32_t before = get(1, OPTSR_CUR);
    put(1, OPTSR_CUR, before | SWAP_OPT);
    assert_true(native_linted(&n, "M10"));
    start_options();
    assert_int_equal(get(1, OPTSR_CUR), before);
}

static void M20_options_in_OPTCR_change_nothing_and_are_linted(void **state)
{
    (void)state;
    unlock_options();
    uint32_t before = get(1, OPTSR_CUR);
    put(1, OPTCR, 0xbb00);
    assert_true(native_linted(&n, "M20"));
    start_options();
    assert_int_equal(get(1, OPTSR_CUR), before);
}

static void M20_OPTCHANGEERR_must_be_cleared_before_the_next_change(void **state)
{
    (void)state;
    unlock_options();
    put(1, WPSN_PRG, 0x7f);
    h7_flash_fail_options(&n.flash);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) >> 30 & 1, 1);
    assert_int_equal(get(1, WPSN_CUR), 0xff);
    start_options();
    assert_true(native_linted(&n, "M20"));
    assert_int_equal(get(1, WPSN_CUR), 0xff);
    put(1, OPTCCR, 1u << 30);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) >> 30 & 1, 0);
    assert_int_equal(get(1, WPSN_CUR), 0x7f);
}

static void M20_programmed_write_protection_refuses_with_WRPERR(void **state)
{
    (void)state;
    unlock_options();
    put(2, WPSN_PRG, 0xfe);
    start_options();
    unlock(2);
    program(2, BANK2, 0x01020304);
    assert_int_equal(get(2, SR) & H7_SR_WRPERR, H7_SR_WRPERR);
    assert_true(virgin(BANK2));
}

static void M20_areas_refuse_reads_and_writes(void **state)
{
    (void)state;
    h7_flash_poke(&n.flash, H7_BANK_SIZE, "secret", 6);
    unlock_options();
    put(2, PRAR_PRG, 0x00010000); /* the first 512 bytes */
    put(1, SCAR_PRG, 0x0fff0ff0);
    start_options();
    (void)mmio_read32(BANK2 + 0x1fc);
    assert_int_equal(n.bus_faults, 1);
    assert_int_equal(get(2, SR), H7_SR_RDPERR);
    (void)mmio_read32(BANK2 + 0x200);
    assert_int_equal(n.bus_faults, 1);
    (void)mmio_read32(BANK2 - 4);
    assert_int_equal(n.bus_faults, 2);
    assert_int_equal(get(1, SR), H7_SR_RDSERR);
    unlock(2);
    put(2, CCR, H7_SR_RDPERR);
    program(2, BANK2 + 32, 0x01020304);
    assert_int_equal(get(2, SR) & H7_SR_WRPERR, H7_SR_WRPERR);
}

static void M20_level_2_is_for_ever_and_leaving_level_1_costs_the_contents(void **state)
{
    uint32_t cur;
    (void)state;
    h7_flash_poke(&n.flash, 0x40000, "secret", 6);
    unlock_options();
    cur = get(1, OPTSR_CUR) & ~0xff00u;
    put(1, OPTSR_PRG, cur | 0x5500);
    start_options();
    assert_false(virgin(H7_FLASH_BASE + 0x40000));
    put(1, OPTSR_PRG, cur | 0xaa00);
    start_options();
    assert_true(virgin(H7_FLASH_BASE + 0x40000));
    put(1, OPTSR_PRG, cur | 0xcc00);
    start_options();
    put(1, OPTSR_PRG, cur | 0xaa00);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) >> 8 & 0xff, 0xcc);
    assert_int_equal(get(1, OPTSR_CUR) >> 30 & 1, 1);
}

static void M20_power_cut_leaves_each_option_old_or_new(void **state)
{
    unsigned old = 0, new = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        native_init(&n, VBOARD_TIMING_TYPICAL, seed);
        unlock_options();
        put(1, WPSN_PRG, 0xfe);
        put(1, OPTSR_PRG, get(1, OPTSR_CUR) | SWAP_OPT);
        native_cut_at(&n, 1, VBOARD_CUT_DURING);
        put(1, OPTCR, 2);
        native_wait(&n, 400000000);
        assert_true(n.flash.off);
        native_reset(&n);
        uint32_t wpsn = get(1, WPSN_CUR), swap = get(1, OPTSR_CUR) & SWAP_OPT;
        assert_true(wpsn == 0xff || wpsn == 0xfe);
        assert_true(wpsn == 0xff || swap != 0); /* one after the other */
        old += swap == 0;
        new += wpsn == 0xfe;
    }
    assert_true(old > 0 && new > 0);
}

static void M18_reset_restores_registers_and_cuts_what_is_in_flight(void **state)
{
    (void)state;
    uint8_t z[32] = {0};
    for (uint32_t off = 0; off < H7_SECTOR_SIZE; off += 32)
        h7_flash_poke(&n.flash, off, z, 32);
    unlock(1);
    h7_flash_raise(&n.flash, 1, H7_SR_INCERR);
    start_erase(1, 0);
    native_wait(&n, 1000000);
    native_reset(&n);
    assert_int_equal(get(1, CR), 0x31);
    assert_int_equal(get(1, SR), 0);
    assert_int_equal(get(2, SR), 0);
    assert_int_equal(mmio_read32(H7_FLASH_REGS), 0x37);
    assert_int_not_equal(n.flash.cells.flagged_in[0], 0);
}

static void M18_bank_swap_takes_effect_at_reset(void **state)
{
    (void)state;
    uint8_t a[32] = {1}, b[32] = {2};
    h7_flash_poke(&n.flash, 0, a, 32);
    h7_flash_poke(&n.flash, 0x100000, b, 32);
    h7_flash_set_swap_option(&n.flash, true);
    assert_int_equal(mmio_read8(H7_FLASH_BASE), 1);
    native_reset(&n);
    assert_int_equal(mmio_read8(H7_FLASH_BASE), 2);
    assert_int_equal(mmio_read32(H7_FLASH_REGS + 0x18) >> 31, 1);
    unlock(1); /* the block stays with the window */
    program(1, H7_FLASH_BASE + 32, 8);
    assert_true(word_is(H7_FLASH_BASE + 32, 8));
}

static void M19_beyond_two_megabytes_is_a_bus_fault(void **state)
{
    (void)state;
    (void)mmio_read32(0x08200000);
    assert_int_equal(n.bus_faults, 1);
    assert_int_equal(n.fault_addr, 0x08200000);
    mmio_write32(0x08200000, 0);
    assert_int_equal(n.bus_faults, 2);
    (void)mmio_read32(0x081ffffc);
    assert_int_equal(n.bus_faults, 2);
}

static void interrupt_follows_flag_and_enable(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 1);
    assert_false(h7_flash_irq(&n.flash));
    put(1, CR, H7_SR_EOP); /* EOPIE has the place of EOP */
    assert_true(h7_flash_irq(&n.flash));
    put(1, CCR, H7_SR_EOP);
    assert_false(h7_flash_irq(&n.flash));
}

static void injected_failure_names_the_word_it_hits(void **state)
{
    (void)state;
    unlock(1);
    h7_flash_fail_at(&n.flash, 2, H7_SR_OPERR);
    program(1, H7_FLASH_BASE, 1);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    program(1, H7_FLASH_BASE + 32, 2);
    assert_int_equal(get(1, SR), H7_SR_EOP | H7_SR_OPERR);
    assert_true(virgin(H7_FLASH_BASE + 32));
}

static void both_banks_work_at_the_same_time(void **state)
{
    (void)state;
    unlock(1);
    unlock(2);
    start_erase(1, 7);
    start_erase(2, 0);
    native_wait(&n, 1000100000);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    assert_int_equal(get(2, SR), H7_SR_EOP);
}

static void view_is_withdrawn_while_it_would_lie(void **state)
{
    uint32_t base, size;
    (void)state;
    assert_non_null(h7_flash_view(&n.flash, 0x25000, &base, &size));
    assert_int_equal(base, 0x24000);
    unlock(1);
    start_erase(1, 7);
    assert_null(h7_flash_view(&n.flash, 0x25000, &base, &size));
    assert_non_null(h7_flash_view(&n.flash, 0x100000, &base, &size));
    native_wait(&n, 2000000000);
    h7_flash_spoil(&n.flash, 0x20020);
    assert_null(h7_flash_view(&n.flash, 0x25000, &base, &size));
    assert_non_null(h7_flash_view(&n.flash, 0x40000, &base, &size));
}

static unsigned revoked;

static void on_revoke(void *ctx, uint32_t off, uint32_t len)
{
    (void)ctx;
    assert_true(off % H7_SECTOR_SIZE == 0 && len == H7_SECTOR_SIZE);
    revoked |= 1u << (off / H7_SECTOR_SIZE);
}

static void views_are_revoked_where_something_changes(void **state)
{
    uint32_t base, size;
    (void)state;
    n.host.revoke = on_revoke;
    for (uint32_t s = 0; s < 16; s++)
        assert_non_null(h7_flash_view(&n.flash, s * H7_SECTOR_SIZE, &base, &size));
    unlock(1);
    unlock(2);
    revoked = 0;
    mmio_write32(BANK2 + H7_SECTOR_SIZE, 0); /* a posted store: that sector */
    assert_int_equal(revoked, 1u << 9);
    h7_flash_spoil(&n.flash, 0x100000);
    assert_int_equal(revoked, 3u << 8);
    start_erase(1, 2); /* an operation: its bank, once */
    assert_int_equal(revoked, 0x3ff);
    revoked = 0;
    h7_flash_poke(&n.flash, 0x1fffff, "x", 1);
    assert_int_equal(revoked, 1u << 15);
    native_wait(&n, 2000000000);
    start_erase(1, 2); /* nobody has asked again */
    assert_int_equal(revoked, 1u << 15);
    native_reset(&n);
    assert_int_equal(revoked, 0xfc00);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ecc_of_ones_is_ones),
        T(ecc_corrects_each_single_cell_and_notices_each_double),
        T(M1_write_without_PG_raises_PGSERR_in_the_bank_that_was_written),
        T(M2_sticky_PGSERR_blocks_the_next_program_until_CCR),
        T(M2_sticky_INCERR_turns_into_PGSERR),
        T(M3_same_byte_twice_is_STRBERR_and_the_first_stays),
        T(M3_other_word_in_between_is_INCERR_and_drops_both),
        T(M4_word_takes_its_time_and_ends_with_EOP),
        T(M4_bytes_and_halfwords_fill_a_word_too),
        T(M4_force_write_pads_with_ones),
        T(M5_second_program_ANDs_data_and_ECC_and_shows_on_the_next_read),
        T(M5_ones_leave_a_word_virgin),
        T(M6_clearing_PG_forgets_a_partial_word),
        T(M6_locking_changes_no_other_bit),
        T(M7_sector_erase_takes_a_second_and_erases_that_sector_only),
        T(M7_bank_erase_wins_over_sector_erase),
        T(M7_start_without_a_request_does_nothing),
        T(M7_write_protection_refuses_erase_and_program),
        T(M7_parallelism_sets_the_time),
        T(M7_timing_of_the_board_sets_the_time),
        T(M8_BSY_has_gaps_while_QW_holds),
        T(M9_SR_is_read_only_and_CCR_clears_named_bits_of_its_bank),
        T(M9_CCR_leaves_QW_BSY_WBNE),
        T(M10_wrong_key_is_a_bus_error_and_locks_until_reset),
        T(M10_second_unlock_locks_until_reset),
        T(M10_option_key_register_is_one_at_two_addresses),
        T(M11_sector_number_has_three_bits),
        T(M11_ones_in_all_upper_bits_still_erase_a_sector),
        T(M12_data_overtake_PG_without_a_barrier),
        T(M12_PG_is_gone_before_posted_data_arrive),
        T(M12_in_order_works_without_barriers_and_is_reported),
        T(M12_reading_a_register_settles_PG),
        T(M12_load_of_a_posted_word_waits_for_it),
        T(M12_posted_data_arrive_late_by_themselves),
        T(M13_single_error_is_corrected_and_flagged),
        T(M13_double_error_faults_and_the_first_address_stays),
        T(M13_tolerant_copy_flags_without_a_fault),
        T(M14_erase_leaves_stale_lines_until_they_are_invalidated),
        T(M14_a_store_that_was_dropped_reads_back_from_the_line),
        T(M14_stores_do_not_allocate),
        T(M14_set_and_way_operations_reach_the_whole_cache),
        T(M14_lines_make_room_for_others),
        T(M14_off_means_off),
        T(M14_fetches_pass_the_data_cache_by),
        T(M14_what_was_read_by_window_is_taken_for_held),
        T(M14_a_debugger_makes_the_core_forget),
        T(M15_power_cut_in_a_program_tears_only_that_word),
        T(M15_cut_before_changes_nothing_and_after_everything),
        T(M15_power_cut_in_an_erase_leaves_a_half_erased_sector),
        T(M16_same_bank_read_waits_and_other_bank_read_does_not),
        T(M18_reset_restores_registers_and_cuts_what_is_in_flight),
        T(M18_bank_swap_takes_effect_at_reset),
        T(M17_speculation_raises_RDPERR_and_RDSERR_in_both_banks),
        T(M17_same_seed_same_flags),
        T(M17_flags_do_not_stop_a_program),
        T(M19_beyond_two_megabytes_is_a_bus_fault),
        T(M20_option_change_takes_its_time_and_copies_PRG_to_CUR),
        T(M20_register_writes_stall_while_OPT_BUSY),
        T(M20_bank_swap_is_programmed_now_and_effective_after_reset),
        T(M20_locked_options_ignore_writes),
        T(M20_current_options_are_read_only),
        T(M20_options_in_OPTCR_change_nothing_and_are_linted),
        T(M20_OPTCHANGEERR_must_be_cleared_before_the_next_change),
        T(M20_programmed_write_protection_refuses_with_WRPERR),
        T(M20_areas_refuse_reads_and_writes),
        T(M20_level_2_is_for_ever_and_leaving_level_1_costs_the_contents),
        T(M20_power_cut_leaves_each_option_old_or_new),
        T(interrupt_follows_flag_and_enable),
        T(injected_failure_names_the_word_it_hits),
        T(both_banks_work_at_the_same_time),
        T(view_is_withdrawn_while_it_would_lie),
        T(views_are_revoked_where_something_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
