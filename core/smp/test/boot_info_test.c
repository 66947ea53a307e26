/* The area between bootloader and application: MCUboot's bytes, and what damage does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/smp/server/boot_info.h"

static const struct boot_info example = {
    .mode = 9,
    .signature = BOOT_INFO_P256,
    .recovery = BOOT_INFO_SERIAL,
    .running_slot = 0,
    .version = {1, 2, 0x0304, 0x05060708},
    .max_size = {0xa0000},
};

static const uint8_t bytes[] = {
    0x16, 0x20, 0x2c, 0x00,                                                             /* head */
    0x00, 0x20, 0x01, 0x00, 9,    0x01, 0x20, 0x01, 0x00, 2, 0x02, 0x20, 0x01, 0x00, 1, /* 3 */
    0x03, 0x20, 0x01, 0x00, 0,                                                          /* slot */
    0x04, 0x20, 0x08, 0x00, 1,    2,    4,    3,    8,    7, 6,    5, /* version */
    0x05, 0x20, 0x04, 0x00, 0x00, 0x00, 0x0a, 0x00,                   /* size */
};

static void bytes_are_MCUboots(void **state)
{
    uint8_t area[64];
    (void)state;
    assert_int_equal(boot_info_write(area, sizeof area, &example), ERR_OK);
    assert_int_equal(sizeof bytes, 0x2c);
    assert_memory_equal(area, bytes, sizeof bytes);
}

static void what_was_written_is_read(void **state)
{
    struct boot_info info;
    (void)state;
    assert_int_equal(boot_info_read(bytes, sizeof bytes, &info), ERR_OK);
    assert_int_equal(info.has, BOOT_INFO_ALL);
    assert_int_equal(info.mode, 9);
    assert_int_equal(info.signature, BOOT_INFO_P256);
    assert_int_equal(info.recovery, BOOT_INFO_SERIAL);
    assert_int_equal(info.running_slot, 0);
    assert_int_equal(info.version.revision, 0x0304);
    assert_int_equal(info.version.build, 0x05060708);
    assert_int_equal(info.max_size[0], 0xa0000);
}

/* Of two images, and of what the device remembers, as MCUboot 2.4 numbers it. */
static void each_image_has_its_own_values(void **state)
{
    static const uint8_t more[] = {
        0x06, 0x20, 4, 0, 0x00, 0x00, 0x04, 0x00, /* image 1's size */
        0x10, 0x20, 4, 0, 7,    0,    0,    0,    /* image 0's counter */
        0x13, 0x20, 4, 0, 9,    8,    0,    1,    /* image 3's */
    };
    uint8_t area[sizeof bytes + sizeof more];
    struct boot_info info;
    (void)state;
    assert_int_equal(boot_info_write(area, sizeof area, &example), ERR_OK);
    assert_int_equal(boot_info_add(area, sizeof area, BOOT_INFO_MAX_SIZE, 1, 0x40000), ERR_OK);
    assert_int_equal(boot_info_add(area, sizeof area, BOOT_INFO_COUNTER, 0, 7), ERR_OK);
    assert_int_equal(boot_info_add(area, sizeof area, BOOT_INFO_COUNTER, 3, 0x01000809), ERR_OK);
    assert_memory_equal(area + sizeof bytes, more, sizeof more);
    assert_memory_equal(area + 4, bytes + 4, sizeof bytes - 4);
    assert_int_equal(boot_info_add(area, sizeof area, BOOT_INFO_COUNTER, 1, 1), ERR_NOSPC);
    assert_int_equal(boot_info_read(area, sizeof area, &info), ERR_OK);
    assert_int_equal(info.has, BOOT_INFO_ALL | BOOT_INFO_MAX_SIZE << 1 | BOOT_INFO_COUNTER |
                                   BOOT_INFO_COUNTER << 3);
    assert_int_equal(info.max_size[1], 0x40000);
    assert_int_equal(info.counter[0], 7);
    assert_int_equal(info.counter[3], 0x01000809);
}

static void area_too_small_reads_as_absent(void **state)
{
    struct boot_info info;
    uint8_t area[sizeof bytes];
    (void)state;
    for (size_t size = 0; size < sizeof bytes; size++) {
        memset(area, 0x16, sizeof area);
        assert_int_equal(boot_info_write(area, size, &example), ERR_NOSPC);
        assert_int_equal(boot_info_read(area, size, &info), ERR_NOENT);
    }
}

static void other_entries_are_skipped(void **state)
{
    static const uint8_t other[] = {0x16, 0x20, 15,   0,    0x3f, 0x10, 2, 0,
                                    0xa0, 0x00, 0x00, 0x20, 1,    0,    3};
    struct boot_info info;
    (void)state;
    assert_int_equal(boot_info_read(other, sizeof other, &info), ERR_OK);
    assert_int_equal(info.has, BOOT_INFO_MODE);
    assert_int_equal(info.mode, 3);
}

/* Each byte wrong in turn, and each size: never a read outside, which the sanitizers see. */
static void damage_is_an_error_or_another_value(void **state)
{
    (void)state;
    for (size_t size = 0; size <= sizeof bytes; size++)
        for (size_t at = 0; at < size; at++)
            for (unsigned flip = 0; flip < 8; flip++) {
                uint8_t area[sizeof bytes];
                struct boot_info info;
                memcpy(area, bytes, size);
                area[at] ^= (uint8_t)(1u << flip);
                enum err e = boot_info_read(area + 0, size, &info);
                assert_true(e == ERR_OK || e == ERR_NOENT || e == ERR_FORMAT);
                if (size < sizeof bytes && at >= 4)
                    assert_int_equal(e, size < 4 ? ERR_NOENT : ERR_FORMAT);
            }
}

static void an_entry_comes_once(void **state)
{
    static const uint8_t twice[] = {0x16, 0x20, 14, 0, 0, 0x20, 1, 0, 3, 0, 0x20, 1, 0, 3};
    static const uint8_t longer[] = {0x16, 0x20, 10, 0, 0, 0x20, 2, 0, 3, 3};
    static const uint8_t counter_twice[] = {0x16, 0x20, 20,   0,    0x11, 0x20, 4, 0, 1, 0,
                                            0,    0,    0x11, 0x20, 4,    0,    1, 0, 0, 0};
    static const uint8_t counter_short[] = {0x16, 0x20, 10, 0, 0x10, 0x20, 2, 0, 3, 3};
    static const uint8_t beyond[] = {0x16, 0x20, 10, 0, 0x14, 0x20, 2, 0, 3, 3};
    struct boot_info info;
    (void)state;
    assert_int_equal(boot_info_read(twice, sizeof twice, &info), ERR_FORMAT);
    assert_int_equal(boot_info_read(longer, sizeof longer, &info), ERR_FORMAT);
    assert_int_equal(boot_info_read(counter_twice, sizeof counter_twice, &info), ERR_FORMAT);
    assert_int_equal(boot_info_read(counter_short, sizeof counter_short, &info), ERR_FORMAT);
    assert_int_equal(boot_info_read(beyond, sizeof beyond, &info), ERR_OK); /* not ours to know */
    assert_int_equal(info.has, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_are_MCUboots),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(each_image_has_its_own_values),
        cmocka_unit_test(area_too_small_reads_as_absent),
        cmocka_unit_test(other_entries_are_skipped),
        cmocka_unit_test(damage_is_an_error_or_another_value),
        cmocka_unit_test(an_entry_comes_once),
    };
    return cmocka_run_group_tests_name("boot_info", tests, NULL, NULL);
}
