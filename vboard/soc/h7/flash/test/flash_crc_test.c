/* The CRC unit. Sums are from a few lines of Python after AN5507, and one from an STM32H753 itself: 128 bytes of
 * zeros. */
#include "testing/vboard/rig_flash_model.h"

#define CRCCR   0x50u
#define CRCSADD 0x54u
#define CRCEADD 0x58u
#define CRCDATA 0x5cu

#define BY_SECT   (1u << 8)
#define ADD_SECT  (1u << 9)
#define CLEAN     (1u << 17 | 1u << 10)
#define START_CRC (1u << 16)
#define BURST(n)  ((uint32_t)(n) << 20)
#define ALL_BANK  (1u << 22)

static void enable(unsigned bank)
{
    unlock(bank);
    put(bank, CR, H7_CR_CRC_EN | H7_CR_PSIZE);
    put(bank, CRCCR, CLEAN);
}

/* The sum, when it is ready. */
static uint32_t finish(unsigned bank)
{
    assert_int_equal(get(bank, SR) & H7_SR_CRC_BUSY, H7_SR_CRC_BUSY);
    for (unsigned polls = 0; (get(bank, SR) & H7_SR_CRC_BUSY) != 0; polls++)
        assert_true(polls < 1000000);
    assert_int_equal(get(bank, SR) & H7_SR_CRCEND, H7_SR_CRCEND);
    put(bank, CCR, H7_SR_CRCEND);
    return get(bank, CRCDATA);
}

static uint32_t from_to(unsigned bank, uint32_t from, uint32_t to, uint32_t burst)
{
    put(bank, CRCSADD, from);
    put(bank, CRCEADD, to);
    put(bank, CRCCR, CLEAN | BURST(burst));
    put(bank, CRCCR, START_CRC | BURST(burst));
    return finish(bank);
}

static void CRC_of_zeros_is_what_silicon_says(void **state)
{
    static const uint8_t zeros[128];
    (void)state;
    h7_flash_poke(&rig.flash, 0x40000, zeros, sizeof zeros);
    enable(1);
    assert_int_equal(from_to(1, 0x40000, 0x4007c, 0), 0x11e66c62);
}

static void CRC_of_an_area_takes_whole_bursts(void **state)
{
    (void)state;
    unlock(2);
    program(2, BANK2 + 0x80, 0x11223344);
    put(2, CR, H7_CR_CRC_EN | H7_CR_PSIZE);
    assert_int_equal(from_to(2, 0x80, 0xfc, 0), 0x3000819c);
    assert_int_equal(from_to(2, 0x84, 0x88, 0), 0x3000819c);
    assert_int_equal(from_to(2, 0x100, 0x17c, 0), 0x9a93cd87); /* erased */
    assert_int_equal(from_to(2, 0x200, 0x204, 1), 0xb02cc19b);
    assert_int_equal(get(1, CRCDATA), 0xb02cc19b); /* one register at two addresses */
}

static void CRC_of_sectors_and_of_a_bank(void **state)
{
    (void)state;
    enable(1);
    put(1, CRCCR, BY_SECT | ADD_SECT | 3);
    put(1, CRCCR, BY_SECT | START_CRC);
    assert_int_equal(finish(1), 0x6d73ff23);
    put(1, CRCCR, 1u << 17 | BY_SECT | ADD_SECT | 5); /* the list grows */
    put(1, CRCCR, BY_SECT | START_CRC);
    assert_int_equal(finish(1), 0xacf49b9c);
    put(1, CRCCR, CLEAN | ALL_BANK | START_CRC);
    assert_int_equal(finish(1), 0xf0317346);
}

static void CRC_takes_its_time_and_interrupts(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_CRC_EN | 1u << 27);
    put(1, CRCEADD, 0x3ffc);
    uint64_t from = rig.now;
    put(1, CRCCR, CLEAN | START_CRC | BURST(3)); /* 2 bursts of 256 words: 2 * 2049 pulses */
    assert_false(h7_flash_irq(&rig.flash));
    assert_in_range(h7_flash_next_event(&rig.flash) - from, 2 * 2049 * 1000 / 64,
                    2 * 2049 * 1000 / 64 + 2000);
    (void)finish(1);
    put(1, CRCCR, START_CRC);
    while ((get(1, SR) & H7_SR_CRC_BUSY) != 0)
        ;
    assert_true(h7_flash_irq(&rig.flash));
}

/* How bootloaders look for words that power cuts have spoilt without a bus fault. */
static void CRC_flags_a_spoilt_word_without_a_fault(void **state)
{
    (void)state;
    h7_flash_spoil(&rig.flash, 0x60040);
    enable(1);
    (void)from_to(1, 0x40000, 0x4fffc, 0);
    assert_int_equal(get(1, SR) & H7_SR_DBECCERR, 0);
    (void)from_to(1, 0x60000, 0x6007c, 0);
    assert_int_equal(get(1, SR) & H7_SR_DBECCERR, H7_SR_DBECCERR);
    assert_int_equal(get(1, ECC_FA), 0x60040 / 32);
}

static void CRC_of_a_protected_area_says_so(void **state)
{
    struct h7_options o = h7_factory_options;
    (void)state;
    o.prar[0] = 0x400 | 0x401u << 16; /* 512 bytes from 0x40000 */
    h7_flash_set_options(&rig.flash, &o);
    enable(1);
    (void)from_to(1, 0x40000, 0x4007c, 0);
    assert_int_equal(get(1, SR) & H7_SR_CRCRDERR, H7_SR_CRCRDERR);
}

static void CRC_needs_its_enable(void **state)
{
    (void)state;
    unlock(1);
    put(1, CRCSADD, 0x100);
    assert_int_equal(get(1, CRCSADD), 0);
    assert_int_equal(rig.lint_count, 1);
    put(1, CR, H7_CR_CRC_EN);
    assert_int_not_equal(from_to(1, 0x100, 0x17c, 0), 0);
    put(1, CR, 0); /* forgets all */
    assert_int_equal(get(1, CRCDATA), 0);
    assert_int_equal(get(1, CRCSADD), 0);
    assert_int_equal(get(1, CRCCR), 0x001c0000);
    put(1, CR, H7_CR_CRC_EN);
    put(1, CRCCR, 1u << 7); /* revision Y */
    assert_int_equal(rig.lint_count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(CRC_of_zeros_is_what_silicon_says),
        T(CRC_of_an_area_takes_whole_bursts),
        T(CRC_of_sectors_and_of_a_bank),
        T(CRC_takes_its_time_and_interrupts),
        T(CRC_flags_a_spoilt_word_without_a_fault),
        T(CRC_of_a_protected_area_says_so),
        T(CRC_needs_its_enable),
    };
    return cmocka_run_group_tests_name("flash crc", tests, NULL, NULL);
}
