/* A program with a C library, at 480 MHz from the HSE: it boots, logs at its baud rate, and its clocks agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vboard/board/inside.h"

#define MS 1000000ull

static struct vboard *board;
static char out[512], reports[1024];
static uint64_t sent_at[512];
static size_t out_len;

static void on_tx(void *ctx, unsigned uart, uint8_t byte)
{
    (void)ctx;
    assert_int_equal(uart, 3);
    if (out_len + 1 >= sizeof out)
        return;
    sent_at[out_len] = vboard_now_ns(board);
    out[out_len++] = (char)byte;
}

static void on_report(void *ctx, const char *text)
{
    (void)ctx;
    snprintf(reports + strlen(reports), sizeof reports - strlen(reports), "%s\n", text);
}

static int set_up(void **state)
{
    const struct vboard_config config = {.uart_any = on_tx, .report = on_report, .seed = 1};
    char why[200] = "";
    (void)state;
    out_len = 0;
    memset(out, 0, sizeof out);
    reports[0] = '\0';
    board = vboard_new(&config);
    assert_non_null(board);
    if (vboard_load(board, CLOCK_ELF, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    vboard_power_on(board);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    vboard_free(board);
    return 0;
}

static void it_boots_and_logs_without_a_finding(void **state)
{
    (void)state;
    struct vboard_stop stop = vboard_run(board, 400 * MS, 0);
    if (stop.why != VBOARD_TIME)
        fail_msg("%s", stop.text);
    assert_string_equal(reports, "");
    assert_non_null(strstr(out, "*** Booting at 480 MHz ***\n"));
    assert_non_null(strstr(out, "size 2048 KB\n"));
    assert_true(vboard_pin(board, 1, 0)); /* LD1 */
}

static void the_clock_is_480_MHz_and_all_timers_agree(void **state)
{
    unsigned long cycles = 0, tim = 0, lptim = 0;
    (void)state;
    vboard_run(board, 400 * MS, 0);
    const char *line = strstr(out, "100 ticks:");
    assert_non_null(line);
    assert_int_equal(
        sscanf(line, "100 ticks: %lu cycles, TIM2 %lu, LPTIM1 %lu", &cycles, &tim, &lptim), 3);
    assert_in_range(cycles, 48000000, 48001000);
    assert_in_range(tim, 99, 100);
    assert_in_range(lptim, 99, 100);
    assert_int_equal(h7_rcc_hz(&board->s.rcc, H7_CLOCK_CPU), 480000000);
    assert_int_equal(h7_rcc_hz(&board->s.rcc, H7_CLOCK_HCLK), 240000000);
    assert_int_equal(h7_rcc_hz(&board->s.rcc, H7_CLOCK_PCLK1), 120000000);
}

static void bytes_leave_at_115200_baud(void **state)
{
    (void)state;
    vboard_run(board, 20 * MS, 0);
    assert_true(out_len > 20);
    uint64_t took = sent_at[20] - sent_at[0];
    assert_in_range(took, 20 * 86833 - 3, 20 * 86834 + 3); /* 10 * 1042 / 120 MHz each */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_boots_and_logs_without_a_finding, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clock_is_480_MHz_and_all_timers_agree, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(bytes_leave_at_115200_baud, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
