/* M20: option bytes. */
#include "testing/vboard/rig_flash_model.h"

#define OPTCCR   0x24u
#define PRAR_PRG 0x2cu
#define SCAR_PRG 0x34u
#define WPSN_CUR 0x38u
#define WPSN_PRG 0x3cu
#define BOOT_CUR 0x40u
#define BOOT_PRG 0x44u

static void M20_option_change_takes_its_time_and_copies_PRG_to_CUR(void **state)
{
    (void)state;
    unlock_options();
    put(2, WPSN_PRG, 0xfe);
    put(1, BOOT_PRG, 0x1ff00810);
    assert_int_equal(get(2, WPSN_CUR), 0xff);
    uint64_t before = rig.now;
    put(1, OPTCR, 2);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 1);
    assert_int_equal(get(2, WPSN_CUR), 0xff);
    start_options(); /* stalls, too */
    assert_in_range(rig.now - before, 299000000, 700000000);
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
    uint64_t before = rig.now;
    put(1, CCR, 0);
    assert_in_range(rig.now - before, 299000000, 301000000);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 0);
}

static void M20_bank_swap_is_programmed_now_and_effective_after_reset(void **state)
{
    (void)state;
    h7_flash_poke(&rig.flash, 0, "one", 4);
    h7_flash_poke(&rig.flash, H7_BANK_SIZE, "two", 4);
    unlock_options();
    put(1, OPTSR_PRG, get(1, OPTSR_CUR) | SWAP_OPT);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) & SWAP_OPT, SWAP_OPT);
    assert_int_equal(get(1, OPTCR) & SWAP_OPT, 0);
    assert_int_equal(mmio_read8(H7_FLASH_BASE + 1), 'n');
    native_reset(&rig);
    assert_int_equal(get(1, OPTCR) & SWAP_OPT, SWAP_OPT);
    assert_int_equal(mmio_read8(H7_FLASH_BASE + 1), 'w');
}

static void M20_locked_options_ignore_writes(void **state)
{
    (void)state;
    put(1, WPSN_PRG, 0);
    assert_int_equal(get(1, WPSN_PRG), 0xff);
    assert_true(native_linted(&rig, "M10"));
    put(1, OPTCR, 2);
    assert_int_equal(get(1, OPTSR_CUR) & 1, 0);
}

static void M20_current_options_are_read_only(void **state)
{
    (void)state;
    unlock_options();
    uint32_t before = get(1, OPTSR_CUR);
    put(1, OPTSR_CUR, before | SWAP_OPT);
    assert_true(native_linted(&rig, "M10"));
    start_options();
    assert_int_equal(get(1, OPTSR_CUR), before);
}

static void M20_options_in_OPTCR_change_nothing_and_are_linted(void **state)
{
    (void)state;
    unlock_options();
    uint32_t before = get(1, OPTSR_CUR);
    put(1, OPTCR, 0xbb00);
    assert_true(native_linted(&rig, "M20"));
    start_options();
    assert_int_equal(get(1, OPTSR_CUR), before);
}

static void M20_OPTCHANGEERR_must_be_cleared_before_the_next_change(void **state)
{
    (void)state;
    unlock_options();
    put(1, WPSN_PRG, 0x7f);
    h7_flash_fail_options(&rig.flash);
    start_options();
    assert_int_equal(get(1, OPTSR_CUR) >> 30 & 1, 1);
    assert_int_equal(get(1, WPSN_CUR), 0xff);
    start_options();
    assert_true(native_linted(&rig, "M20"));
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

static void M20_areas_keep_data_back_and_refuse_writes(void **state)
{
    (void)state;
    h7_flash_poke(&rig.flash, H7_BANK_SIZE, "secret", 6);
    unlock_options();
    put(2, PRAR_PRG, 0x00010000); /* the first 512 bytes */
    put(1, SCAR_PRG, 0x0fff0ff0);
    start_options();
    assert_int_equal(mmio_read32(BANK2), 0); /* data are kept back without a bus fault */
    assert_int_equal(get(2, SR), H7_SR_RDPERR);
    assert_int_equal(mmio_read32(BANK2 + 0x1fc), 0);
    assert_int_equal(mmio_read32(BANK2 + 0x200), 0xffffffff);
    assert_int_equal(mmio_read32(BANK2 - 4), 0);
    assert_int_equal(get(1, SR), H7_SR_RDSERR);
    assert_int_equal(rig.bus_faults, 0);
    unlock(2);
    put(2, CCR, H7_SR_RDPERR);
    program(2, BANK2 + 32, 0x01020304);
    assert_int_equal(get(2, SR) & H7_SR_WRPERR, H7_SR_WRPERR);
}

/* Code of a PCROP area runs; code of a secure area is a bus error. */
static void M20_a_fetch_faults_in_a_secure_area_only(void **state)
{
    uint32_t value;
    (void)state;
    h7_flash_poke(&rig.flash, H7_BANK_SIZE, "secret", 6);
    unlock_options();
    put(2, PRAR_PRG, 0x00010000);
    put(1, SCAR_PRG, 0x0fff0ff0);
    start_options();
    assert_int_equal(h7_flash_fetch(&rig.flash, &rig.now, H7_BANK_SIZE, 4, &value), H7_OK);
    assert_int_equal(value, get_le32((const uint8_t *)"secret"));
    assert_int_equal(get(2, SR), 0);
    assert_int_equal(h7_flash_fetch(&rig.flash, &rig.now, H7_BANK_SIZE - 4, 4, &value),
                     H7_BUS_ERROR);
    assert_int_equal(get(1, SR), H7_SR_RDSERR);
}

/* The zeros are not the flash's content: no line of the D-cache holds them. */
static void M20_what_an_area_keeps_back_is_not_cached(void **state)
{
    (void)state;
    rig.caches_on = true;
    unlock_options();
    put(2, PRAR_PRG, 0x00010000);
    start_options();
    assert_int_equal(mmio_read32(BANK2), 0);
    put(2, CCR, H7_SR_RDPERR);
    assert_int_equal(mmio_read32(BANK2), 0);
    assert_int_equal(get(2, SR), H7_SR_RDPERR);
    assert_false(native_linted(&rig, "M14"));
}

static void M20_level_2_is_for_ever_and_leaving_level_1_costs_the_contents(void **state)
{
    uint32_t cur;
    (void)state;
    h7_flash_poke(&rig.flash, 0x40000, "secret", 6);
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
        native_init(&rig, &soc_stm32h753, VBOARD_TIMING_TYPICAL, seed);
        unlock_options();
        put(1, WPSN_PRG, 0xfe);
        put(1, OPTSR_PRG, get(1, OPTSR_CUR) | SWAP_OPT);
        native_cut_at(&rig, 1, VBOARD_CUT_DURING);
        put(1, OPTCR, 2);
        native_wait(&rig, 400000000);
        assert_true(rig.flash.off);
        native_reset(&rig);
        uint32_t wpsn = get(1, WPSN_CUR), swap = get(1, OPTSR_CUR) & SWAP_OPT;
        assert_true(wpsn == 0xff || wpsn == 0xfe);
        assert_true(wpsn == 0xff || swap != 0); /* one after the other */
        old += swap == 0;
        new += wpsn == 0xfe;
    }
    assert_true(old > 0 && new > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M20_option_change_takes_its_time_and_copies_PRG_to_CUR),
        T(M20_register_writes_stall_while_OPT_BUSY),
        T(M20_bank_swap_is_programmed_now_and_effective_after_reset),
        T(M20_locked_options_ignore_writes),
        T(M20_current_options_are_read_only),
        T(M20_options_in_OPTCR_change_nothing_and_are_linted),
        T(M20_OPTCHANGEERR_must_be_cleared_before_the_next_change),
        T(M20_programmed_write_protection_refuses_with_WRPERR),
        T(M20_areas_keep_data_back_and_refuse_writes),
        T(M20_a_fetch_faults_in_a_secure_area_only),
        T(M20_what_an_area_keeps_back_is_not_cached),
        T(M20_level_2_is_for_ever_and_leaving_level_1_costs_the_contents),
        T(M20_power_cut_leaves_each_option_old_or_new),
    };
    return cmocka_run_group_tests_name("flash m20_options", tests, NULL, NULL);
}
