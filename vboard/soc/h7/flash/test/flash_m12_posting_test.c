/* M12: stores are posted, and barriers put them in order. */
#include "testing/vboard/rig_flash_model.h"

static void M12_data_overtake_PG_without_a_barrier(void **state)
{
    (void)state;
    unlock(1);
    put(1, CR, H7_CR_PG | H7_CR_PSIZE);
    store_words(H7_FLASH_BASE, 1, 8);
    mmio_dsb();
    assert_int_equal(get(1, SR), H7_SR_PGSERR);
    assert_true(virgin(H7_FLASH_BASE));
    assert_true(native_linted(&rig, "M12"));
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
    rig.flash.in_order = true;
    unlock(2);
    put(2, CR, H7_CR_PG | H7_CR_PSIZE);
    store_words(BANK2, 1, 16); /* the second word waits for the first */
    put(2, CR, H7_CR_PSIZE);
    wait_idle(2);
    assert_int_equal(get(2, SR), H7_SR_EOP);
    assert_true(word_is(BANK2, 1));
    assert_true(word_is(BANK2 + 32, 1 + 8 * 0x01010101u));
    assert_true(native_linted(&rig, "M12"));
    assert_int_equal(rig.lint_count, 1);
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
    native_wait(&rig, 10000);
    assert_int_equal(get(1, SR), 0);
    native_wait(&rig, 10000);
    assert_int_equal(get(1, SR), H7_SR_QW | H7_SR_BSY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M12_data_overtake_PG_without_a_barrier),
        T(M12_PG_is_gone_before_posted_data_arrive),
        T(M12_in_order_works_without_barriers_and_is_reported),
        T(M12_reading_a_register_settles_PG),
        T(M12_load_of_a_posted_word_waits_for_it),
        T(M12_posted_data_arrive_late_by_themselves),
    };
    return cmocka_run_group_tests_name("flash m12_posting", tests, NULL, NULL);
}
