/* What no rule has a number for: the code over the cells, interrupts, both banks at once, direct views. */
#include "testing/vboard/rig_flash_model.h"

static void ecc_of_ones_is_ones(void **state)
{
    uint8_t ones[32];
    (void)state;
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(h7_ecc(ones), 0x3ff);
}

static void ecc_corrects_each_single_cell_and_notices_each_double(void **state)
{
    struct h7_cells *c = &rig.flash.cells;
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

static void interrupt_follows_flag_and_enable(void **state)
{
    (void)state;
    unlock(1);
    program(1, H7_FLASH_BASE, 1);
    assert_false(h7_flash_irq(&rig.flash));
    put(1, CR, H7_SR_EOP); /* EOPIE has the place of EOP */
    assert_true(h7_flash_irq(&rig.flash));
    put(1, CCR, H7_SR_EOP);
    assert_false(h7_flash_irq(&rig.flash));
}

static void injected_failure_names_the_word_it_hits(void **state)
{
    (void)state;
    unlock(1);
    h7_flash_fail_at(&rig.flash, 2, H7_SR_OPERR);
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
    native_wait(&rig, 1000100000);
    assert_int_equal(get(1, SR), H7_SR_EOP);
    assert_int_equal(get(2, SR), H7_SR_EOP);
}

static void view_is_withdrawn_while_it_would_lie(void **state)
{
    uint32_t base, size;
    (void)state;
    assert_non_null(h7_flash_view(&rig.flash, 0x25000, &base, &size));
    assert_int_equal(base, 0x24000);
    unlock(1);
    start_erase(1, 7);
    assert_null(h7_flash_view(&rig.flash, 0x25000, &base, &size));
    assert_non_null(h7_flash_view(&rig.flash, 0x100000, &base, &size));
    native_wait(&rig, 2000000000);
    h7_flash_spoil(&rig.flash, 0x20020);
    assert_null(h7_flash_view(&rig.flash, 0x25000, &base, &size));
    assert_non_null(h7_flash_view(&rig.flash, 0x40000, &base, &size));
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
    rig.host.revoke = on_revoke;
    for (uint32_t s = 0; s < 16; s++)
        assert_non_null(h7_flash_view(&rig.flash, s * H7_SECTOR_SIZE, &base, &size));
    unlock(1);
    unlock(2);
    revoked = 0;
    mmio_write32(BANK2 + H7_SECTOR_SIZE, 0); /* a posted store: that sector */
    assert_int_equal(revoked, 1u << 9);
    h7_flash_spoil(&rig.flash, 0x100000);
    assert_int_equal(revoked, 3u << 8);
    start_erase(1, 2); /* an operation: its bank, once */
    assert_int_equal(revoked, 0x3ff);
    revoked = 0;
    h7_flash_poke(&rig.flash, 0x1fffff, "x", 1);
    assert_int_equal(revoked, 1u << 15);
    native_wait(&rig, 2000000000);
    start_erase(1, 2); /* nobody has asked again */
    assert_int_equal(revoked, 1u << 15);
    native_reset(&rig);
    assert_int_equal(revoked, 0xfc00);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(ecc_of_ones_is_ones),
        T(ecc_corrects_each_single_cell_and_notices_each_double),
        T(interrupt_follows_flag_and_enable),
        T(injected_failure_names_the_word_it_hits),
        T(both_banks_work_at_the_same_time),
        T(view_is_withdrawn_while_it_would_lie),
        T(views_are_revoked_where_something_changes),
    };
    return cmocka_run_group_tests_name("flash cells", tests, NULL, NULL);
}
