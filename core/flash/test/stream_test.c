#include "core/flash/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/log.h"
#include "testing/fake_flash.h"

enum { WORD = 8, SECTOR = 64, SECTORS = 6, SIZE = SECTOR * SECTORS, BUF = 16 };

static uint8_t bytes[SIZE], words[SIZE / WORD], buf[BUF];
static struct fake_flash fake;
static struct flash_area area;
static struct stream s;
static char last_line[LOG_LINE_MAX + 1];

static void keep_line(const char *text, size_t len)
{
    memcpy(last_line, text, len);
    last_line[len] = '\0';
}

static const struct log_backend backend = {NULL, keep_line, LOG_LEVEL_INF};

static int fresh(void **state)
{
    (void)state;
    fake_init(&fake, WORD, SECTOR, SECTORS, bytes, words);
    area = (struct flash_area){&fake.flash, 2 * SECTOR, 4 * SECTOR};
    log_set_backend(&backend);
    last_line[0] = '\0';
    return 0;
}

static void any_chunking_gives_the_same_bytes(void **state)
{
    uint8_t data[150];
    for (size_t i = 0; i < sizeof(data); i++)
        data[i] = (uint8_t)(i * 7 + 1);
    for (uint32_t chunk = 1; chunk <= sizeof(data); chunk++) {
        fresh(state);
        memset(bytes, 0, sizeof(bytes)); /* old contents that must be erased on the way */
        memset(words, FAKE_WRITTEN, sizeof(words));
        assert_int_equal(stream_open(&s, &area, SECTOR, 4 * SECTOR, buf, BUF), ERR_OK);
        for (uint32_t at = 0; at < sizeof(data); at += chunk) {
            uint32_t n = sizeof(data) - at < chunk ? (uint32_t)sizeof(data) - at : chunk;
            assert_int_equal(stream_write(&s, data + at, n, at + n == sizeof(data)), ERR_OK);
            assert_int_equal(stream_position(&s), at + n);
        }
        assert_memory_equal(bytes + 3 * SECTOR, data, sizeof(data));
        assert_int_equal(bytes[3 * SECTOR + 150], 0xff);
        assert_int_equal(bytes[3 * SECTOR - 1], 0); /* below the start: not erased */
        assert_int_equal(fake.violations, 0);
    }
}

static void blank_looking_sectors_are_erased_too(void **state)
{
    (void)state;
    fake_spoil(&fake, 3 * SECTOR + WORD, FAKE_TOUCHED);
    assert_int_equal(stream_open(&s, &area, SECTOR, 2 * SECTOR, buf, BUF), ERR_OK);
    assert_int_equal(stream_write(&s, bytes, 2 * WORD, true), ERR_OK);
    assert_int_equal(fake.violations, 0);
}

static void the_end_is_kept(void **state)
{
    (void)state;
    uint8_t data[SECTOR + 1] = {0};
    assert_int_equal(stream_open(&s, &area, SECTOR, 2 * SECTOR, buf, BUF), ERR_OK);
    assert_int_equal(stream_write(&s, data, SECTOR + 1, false), ERR_NOSPC);
    assert_int_equal(stream_position(&s), 0);
    assert_int_equal(stream_write(&s, data, SECTOR, false), ERR_OK);
    assert_int_equal(stream_write(&s, data, 1, false), ERR_NOSPC);
    assert_int_equal(stream_write(&s, data, 0, true), ERR_OK);
    assert_int_equal(stream_write(&s, data, 0, true), ERR_STATE);
}

static void arguments_are_checked(void **state)
{
    (void)state;
    assert_int_equal(stream_open(&s, &area, 0, SECTOR, NULL, BUF), ERR_INVAL);
    assert_int_equal(stream_open(&s, &area, 0, SECTOR, buf, 0), ERR_INVAL);
    assert_int_equal(stream_open(&s, &area, 0, SECTOR, buf, BUF - 1), ERR_ALIGN);
    assert_int_equal(stream_open(&s, &area, 4, SECTOR, buf, BUF), ERR_ALIGN);
    assert_int_equal(stream_open(&s, &area, 0, SECTOR + 1, buf, BUF), ERR_ALIGN);
    assert_int_equal(stream_open(&s, &area, 0, 5 * SECTOR, buf, BUF), ERR_RANGE);
    assert_int_equal(stream_open(&s, &area, SECTOR, 0, buf, BUF), ERR_RANGE);
}

static void a_failure_is_logged_and_sticks(void **state)
{
    (void)state;
    uint8_t data[BUF] = {0};
    assert_int_equal(stream_open(&s, &area, SECTOR, 4 * SECTOR, buf, BUF), ERR_OK);
    fake_cut_at(&fake, 2, FAKE_CUT_BEFORE, 1); /* the first program behind the erase */
    assert_int_equal(stream_write(&s, data, BUF, false), ERR_IO);
    assert_string_equal(last_line, "[00:00:00.000,000] <err> STREAM_FLASH: flash_write error -5 "
                                   "offset=0x000000c0\r\n");
    fake_power_on(&fake);
    assert_int_equal(stream_write(&s, data, BUF, false), ERR_IO);
    assert_int_equal(stream_position(&s), 0);

    assert_int_equal(stream_open(&s, &area, SECTOR, 4 * SECTOR, buf, BUF), ERR_OK);
    fake_cut_at(&fake, 1, FAKE_CUT_BEFORE, 1);
    assert_int_equal(stream_write(&s, data, BUF, false), ERR_IO);
    assert_string_equal(last_line, "[00:00:00.000,000] <err> STREAM_FLASH: stream_flash_erase_page "
                                   "err -5 offset=0x000000c0\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(any_chunking_gives_the_same_bytes, fresh),
        cmocka_unit_test_setup(blank_looking_sectors_are_erased_too, fresh),
        cmocka_unit_test_setup(the_end_is_kept, fresh),
        cmocka_unit_test_setup(arguments_are_checked, fresh),
        cmocka_unit_test_setup(a_failure_is_logged_and_sticks, fresh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
