/* M14: the data cache in front of the flash. */
#include "testing/vboard/rig_flash_model.h"

#define DCIMVAC 0xe000ef5cu
#define DCISW   0xe000ef60u
#define DCCISW  0xe000ef74u

static void M14_erase_leaves_stale_lines_until_they_are_invalidated(void **state)
{
    (void)state;
    rig.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    assert_true(virgin(BANK2));
    assert_true(word_is(BANK2, 0x10203040)); /* what the core sees */
    assert_true(native_linted(&rig, "M14"));
    mmio_write32(DCIMVAC, BANK2 + 4);
    native_forget(&rig);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_false(native_linted(&rig, "M14"));
}

static void M14_a_store_that_was_dropped_reads_back_from_the_line(void **state)
{
    (void)state;
    rig.caches_on = true;
    assert_int_equal(mmio_read32(BANK2), 0xffffffff); /* the line is in */
    store_words(BANK2, 0x01020304, 8);                /* PG=0 */
    mmio_dsb();
    assert_true(virgin(BANK2));
    assert_int_equal(get(2, SR) & H7_SR_PGSERR, H7_SR_PGSERR);
    assert_true(word_is(BANK2, 0x01020304)); /* a false pass */
    assert_true(native_linted(&rig, "M14"));
}

static void M14_stores_do_not_allocate(void **state)
{
    (void)state;
    rig.caches_on = true;
    store_words(BANK2, 0x01020304, 8);
    mmio_dsb();
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
}

static void M14_set_and_way_operations_reach_the_whole_cache(void **state)
{
    (void)state;
    rig.caches_on = true;
    for (uint32_t i = 0; i < 0x4000; i += 32)
        (void)mmio_read32(BANK2 + i);
    assert_int_equal(rig.flash.dcache.resident, 512);
    for (uint32_t set = 0; set < 128; set++)
        for (uint32_t way = 0; way < 4; way++)
            mmio_write32(way % 2 ? DCISW : DCCISW, way << 30 | set << 5);
    assert_int_equal(rig.flash.dcache.resident, 0);
}

static void M14_lines_make_room_for_others(void **state)
{
    (void)state;
    rig.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    for (uint32_t way = 1; way <= 4; way++)
        (void)mmio_read32(BANK2 + way * 0x1000); /* the same set */
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
}

/* The line holds what ECC made of the word, as a load from the array would give it again. */
static void M14_a_corrected_word_is_not_stale(void **state)
{
    (void)state;
    rig.caches_on = true;
    h7_flash_flip(&rig.flash, H7_BANK_SIZE, 3);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_false(native_linted(&rig, "M14"));
    h7_flash_flip(&rig.flash, H7_BANK_SIZE, 3);
    assert_int_equal(mmio_read32(BANK2), 0xffffffff);
    assert_false(native_linted(&rig, "M14"));
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
    assert_int_equal(rig.lint_count, 0);
}

static void M14_fetches_pass_the_data_cache_by(void **state)
{
    uint32_t value;
    (void)state;
    rig.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    assert_true(word_is(BANK2, 0x10203040));
    start_erase(2, 0);
    wait_idle(2);
    assert_int_equal(h7_flash_fetch(&rig.flash, &rig.now, H7_BANK_SIZE, 2, &value), H7_OK);
    assert_int_equal(value, 0xffff);
}

static void M14_what_was_read_by_window_is_taken_for_held(void **state)
{
    uint32_t base, size, value;
    (void)state;
    rig.caches_on = true;
    unlock(2);
    program(2, BANK2, 0x10203040);
    mmio_write32(DCIMVAC, BANK2);
    assert_non_null(h7_flash_view(&rig.flash, H7_BANK_SIZE, &base, &size));
    start_erase(2, 0);
    wait_idle(2);
    assert_null(h7_flash_view(&rig.flash, H7_BANK_SIZE, &base, &size));
    assert_int_equal(h7_flash_load(&rig.flash, &rig.now, H7_BANK_SIZE, 4, &value), H7_OK);
    assert_int_equal(value, 0x10203040);
    for (uint32_t a = BANK2; a < BANK2 + H7_SECTOR_SIZE; a += 32)
        mmio_write32(DCIMVAC, a);
    assert_non_null(h7_flash_view(&rig.flash, H7_BANK_SIZE, &base, &size));
}

static void M14_a_debugger_makes_the_core_forget(void **state)
{
    static const uint8_t data[4] = {1, 2, 3, 4};
    (void)state;
    rig.caches_on = true;
    (void)mmio_read32(BANK2);
    h7_flash_poke(&rig.flash, H7_BANK_SIZE, data, sizeof data);
    assert_int_equal(mmio_read32(BANK2), 0x04030201);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(M14_erase_leaves_stale_lines_until_they_are_invalidated),
        T(M14_a_store_that_was_dropped_reads_back_from_the_line),
        T(M14_stores_do_not_allocate),
        T(M14_set_and_way_operations_reach_the_whole_cache),
        T(M14_lines_make_room_for_others),
        T(M14_a_corrected_word_is_not_stale),
        T(M14_off_means_off),
        T(M14_fetches_pass_the_data_cache_by),
        T(M14_what_was_read_by_window_is_taken_for_held),
        T(M14_a_debugger_makes_the_core_forget),
    };
    return cmocka_run_group_tests_name("flash m14_dcache", tests, NULL, NULL);
}
