/* Tests of core/base/: bytes, CRC, formatting, log lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/base/config.h"
#include "core/base/crc.h"
#include "core/base/date_time.h"
#include "core/base/err.h"
#include "core/base/log.h"

#define LOG_MODULE "flash_stm32h7"

static void bytes_round_trip(void **state)
{
    (void)state;
    uint8_t b[4];
    put_le32(b, 0x12345678);
    assert_int_equal(b[0], 0x78);
    assert_int_equal(get_le32(b), 0x12345678);
    put_be16(b, 0xabcd);
    assert_int_equal(b[0], 0xab);
    assert_int_equal(get_be16(b), 0xabcd);
    put_le16(b, 0xabcd);
    assert_int_equal(get_le16(b), 0xabcd);
    assert_int_equal(round_up32(33, 32), 64);
    assert_int_equal(round_down32(33, 32), 32);
}

static void bytes_all_sees_one_odd_byte(void **state)
{
    (void)state;
    uint8_t b[40];
    memset(b, 0xff, sizeof b);
    assert_true(bytes_all(b, 0xff, sizeof b));
    b[39] = 0xfe;
    assert_false(bytes_all(b, 0xff, sizeof b));
    assert_true(bytes_all(b, 0xff, 39));
    uint8_t c[40];
    memcpy(c, b, sizeof c);
    assert_true(bytes_equal_ct(b, c, sizeof b));
    c[0] ^= 1;
    assert_false(bytes_equal_ct(b, c, sizeof b));
}

static void crc_check_value(void **state)
{
    (void)state;
    /* The catalogue's check value of CRC-16/XMODEM. */
    assert_int_equal(crc16_xmodem(0, "123456789", 9), 0x31c3);
    assert_int_equal(crc16_xmodem(crc16_xmodem(0, "1234", 4), "56789", 5), 0x31c3);
    assert_int_equal(crc32_zlib(0, "123456789", 9), 0xcbf43926);
    assert_int_equal(crc32_zlib(crc32_zlib(0, "1234", 4), "56789", 5), 0xcbf43926);
}

/* Our formatter against the C library's, wherever both know the conversion. */
#define SAME_AS_LIBC(...)                                     \
    do {                                                      \
        char ours[64], theirs[64];                            \
        size_t n = fmt_print(ours, sizeof ours, __VA_ARGS__); \
        int m = snprintf(theirs, sizeof theirs, __VA_ARGS__); \
        assert_string_equal(ours, theirs);                    \
        assert_int_equal(n, m);                               \
    } while (0)

static void format_equals_libc(void **state)
{
    (void)state;
    SAME_AS_LIBC("%d %i %u", -5, 17, 4000000000u);
    SAME_AS_LIBC("%d %ld", INT32_MIN, -1234567890L);
    SAME_AS_LIBC("0x%08x %X %lx", 0x40000u, 0xBEEFu, 0x10ul);
    SAME_AS_LIBC("%5d|%-5d|%05d|%3u", -42, -42, -42, 12345u);
    SAME_AS_LIBC("%s|%10s|%-10s|%c|%%", "abc", "abc", "abc", 'x');
    SAME_AS_LIBC("%zu 0x%08zx", (size_t)7, (size_t)0x100000);
    SAME_AS_LIBC("%04d|%02u|%03d|%01x|%-4x|", 0, 0u, -1, 0u, 0xabcu);
    SAME_AS_LIBC("%020lu|%20d|%-3d|%012d", 7ul, -7, -1234, -5);
    SAME_AS_LIBC("%lu %ld", ~0ul, (long)(~0ul >> 1));
    SAME_AS_LIBC("%hhu %hu", (unsigned char)255, (unsigned short)65535);
}

static void format_cuts_and_counts(void **state)
{
    (void)state;
    char b[4];
    assert_int_equal(fmt_print(b, sizeof b, "%s", "abcdef"), 6);
    assert_string_equal(b, "abc");
    assert_int_equal(fmt_print(b, 1, "%d", 12), 2);
    assert_string_equal(b, "");
}

static char captured[512];
static size_t captured_len;

static void capture(const char *text, size_t len)
{
    assert_true(captured_len + len < sizeof captured);
    memcpy(captured + captured_len, text, len);
    captured_len += len;
    captured[captured_len] = '\0';
}

static uint64_t at_report_time(void)
{
    return 29922000u;
}

static void log_lines_have_zephyrs_format(void **state)
{
    (void)state;
    const struct log_backend b = {at_report_time, capture, LOG_LEVEL_INF};
    captured_len = 0;
    log_set_backend(&b);
    LOG_ERR("Status Bank%d: 0x%08x", 2, 0x40000u);
    LOG_DBG("not shown");
    log_set_backend(NULL);
    LOG_ERR("dropped");
    assert_string_equal(captured,
                        "[00:00:29.922,000] <err> flash_stm32h7: Status Bank2: 0x00040000\r\n");
}

static void long_log_line_is_cut_visibly(void **state)
{
    (void)state;
    const struct log_backend b = {NULL, capture, LOG_LEVEL_INF};
    char text[300];
    memset(text, 'a', sizeof text);
    text[sizeof text - 1] = '\0';
    captured_len = 0;
    log_set_backend(&b);
    LOG_ERR("%s", text);
    log_set_backend(NULL);
    assert_true(captured_len <= LOG_LINE_MAX);
    assert_string_equal(captured + captured_len - 4, "a~\r\n");
}

static void every_error_has_its_text(void **state)
{
    (void)state;
    assert_string_equal(err_text(ERR_OK), "success");
    assert_string_equal(err_text(ERR_UNREADABLE), "unreadable flash word (double ECC error)");
    assert_string_equal(err_text((enum err) - 9999), "unknown error");
    assert_int_equal(ERR_IO, -5); /* the field report's number */
}

static void dates_as_text(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned weekday; /* 0: refused */
    } cases[] = {
        {"2026-11-30T20:38:17", 1},        {"1900-01-01T00:00:00", 1},
        {"2000-02-29T23:59:59", 2},        {"2024-02-29T00:00:00", 4},
        {"9999-12-31T23:59:59", 5},        {"2026-11-30T20:38:17.5", 1},
        {"2026-11-30T20:38:17.123456", 1}, {"2026-11-30T20:38:17.1234567", 0},
        {"2026-11-30T20:38:17.", 0},       {"2026-11-30T20:38:17Z", 0},
        {"2026-11-30T20:38:17.5Z", 0},     {"2026-11-30T20:38:1", 0},
        {"2026-11-30 20:38:17", 0},        {"2026-11-30T20.38:17", 0},
        {"2026-11-3xT20:38:17", 0},        {"", 0},
        {"1899-12-31T00:00:00", 0},        {"2026-00-01T00:00:00", 0},
        {"2026-13-01T00:00:00", 0},        {"2026-01-00T00:00:00", 0},
        {"2026-04-31T00:00:00", 0},        {"2026-02-29T00:00:00", 0},
        {"2100-02-29T00:00:00", 0},        {"2026-11-30T24:00:00", 0},
        {"2026-11-30T00:60:00", 0},        {"2026-11-30T00:00:60", 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t len = strlen(cases[i].text);
        char *exact = malloc(len + 1), back[DATE_TIME_TEXT];
        struct date_time t;
        memcpy(exact, cases[i].text, len);
        exact[len] = '1'; /* what stands behind the text is not read */
        enum err e = date_time_parse(&t, exact, len);
        free(exact);
        print_message("%s\n", cases[i].text);
        assert_int_equal(e, cases[i].weekday != 0 ? ERR_OK : ERR_FORMAT);
        if (e != ERR_OK)
            continue;
        date_time_print(back, &t);
        assert_memory_equal(back, cases[i].text, DATE_TIME_TEXT - 1);
        assert_int_equal(back[DATE_TIME_TEXT - 1], 0);
        assert_int_equal(date_time_weekday(&t), cases[i].weekday);
    }
}

#define CONFIG_ON 1

static void a_kconfig_bool_is_0_or_1(void **state)
{
    (void)state;
    assert_int_equal(IS_ENABLED(CONFIG_ON), 1);
    assert_int_equal(IS_ENABLED(CONFIG_OFF), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_round_trip),
        cmocka_unit_test(bytes_all_sees_one_odd_byte),
        cmocka_unit_test(crc_check_value),
        cmocka_unit_test(format_equals_libc),
        cmocka_unit_test(format_cuts_and_counts),
        cmocka_unit_test(log_lines_have_zephyrs_format),
        cmocka_unit_test(long_log_line_is_cut_visibly),
        cmocka_unit_test(every_error_has_its_text),
        cmocka_unit_test(dates_as_text),
        cmocka_unit_test(a_kconfig_bool_is_0_or_1),
    };
    return cmocka_run_group_tests_name("base", tests, NULL, NULL);
}
