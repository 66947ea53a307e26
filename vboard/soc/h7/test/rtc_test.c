/* The calendar, its alarms and its wake-up timer. */
#include "testing/vboard/rig_soc.h"

#define RTC 0x58004000u

static void RTC_runs_from_LSE_and_keeps_the_calendar(void **state)
{
    (void)state;
    rcc_put(RCC_BDCR, 1u | 1u << 8 | 1u << 15);
    put(RTC + 0x00, 0x00235958); /* closed */
    assert_int_equal(lints, 1);
    put(RTC + 0x24, 0xca);
    put(RTC + 0x24, 0x53);
    put(RTC + 0x0c, 0x80);
    assert_int_equal(get(RTC + 0x0c) & 0x40, 0x40);
    put(RTC + 0x00, 0x00235958);
    put(RTC + 0x04, 0x00240228); /* 28 February 2024 */
    put(RTC + 0x0c, 0);
    at(2 * SECOND + 1);
    assert_int_equal(get(RTC + 0x00), 0);
    assert_int_equal(get(RTC + 0x04) & 0xff1fff, 0x00240229);
    assert_int_equal(get(RTC + 0x04) >> 13 & 7, 4); /* a Thursday */
    put(RTC + 0x50, 0x12345678);
    soc_reset(&soc, false);
    assert_int_equal(get(RTC + 0x50), 0x12345678);
    soc_reset(&soc, true);
    assert_int_equal(get(RTC + 0x50), 0);
}

/* LSE, WPR open, EXTI lines 17 and 19 with rising edges and interrupts. */
static void rtc_on(uint32_t time)
{
    rcc_put(RCC_BDCR, 1u | 1u << 8 | 1u << 15);
    put(EXTI + 0x00, 5u << 17);
    put(EXTI + 0x80, 5u << 17);
    put(RTC + 0x24, 0xca);
    put(RTC + 0x24, 0x53);
    put(RTC + 0x0c, 0x80);
    put(RTC + 0x00, time);
    put(RTC + 0x04, 0x00240228);
    put(RTC + 0x0c, 0);
}

static void RTC_alarm_by_time_and_day(void **state)
{
    (void)state;
    rtc_on(0x00235950);
    assert_int_equal(get(RTC + 0x0c) & 7, 7);
    put(RTC + 0x1c, 0x29000002); /* on the 29th, 0:00:02 */
    put(RTC + 0x08, 1u << 8 | 1u << 12);
    assert_int_equal(get(RTC + 0x0c) & 7, 6); /* ALRAWF */
    put(RTC + 0x1c, 0x80808080);              /* closed while ALRAE */
    assert_int_equal(lints, 1);
    assert_int_equal(get(RTC + 0x1c), 0x29000002);
    for (unsigned i = 1; i < 12; i++)
        at(i * SECOND);
    assert_false(irq(41));
    assert_int_equal(soc_next_event(&soc), 12 * SECOND);
    at(12 * SECOND);
    assert_true(irq(41));
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0x100);
    put(EXTI + 0x88, 1u << 17);
    (void)get(RTC + 0x0c);
    assert_false(irq(41)); /* the line is still up: no edge */
    put(RTC + 0x24, 0);    /* closed: flags can be cleared still */
    put(RTC + 0x0c, 0);
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0);
    assert_int_equal(lints, 1);
}

static void RTC_alarm_on_a_weekday(void **state)
{
    (void)state;
    rtc_on(0x00235955);
    put(RTC + 0x1c, 0x44000000 | 1u << 30); /* Thursday, midnight */
    put(RTC + 0x08, 1u << 8 | 1u << 12);
    at(4 * SECOND);
    assert_false(irq(41));
    at(5 * SECOND + 1);
    assert_true(irq(41));
}

static void RTC_alarm_B_every_minute_without_interrupt(void **state)
{
    (void)state;
    rtc_on(0x00120500);
    put(RTC + 0x20, 0x80808030);
    put(RTC + 0x08, 1u << 9);
    at(29 * SECOND);
    assert_int_equal(get(RTC + 0x0c) & 0x200, 0);
    at(95 * SECOND); /* one long stall */
    assert_int_equal(get(RTC + 0x0c) & 0x200, 0x200);
    assert_false(irq(41));
    assert_int_equal(get(RTC + 0x00), 0x00120635);
    put(RTC + 0x08, 1u << 9 | 1u << 13); /* the flag is up: so is the line now */
    assert_true(irq(41));
}

static void RTC_alarm_that_has_come_costs_no_time(void **state)
{
    (void)state;
    rtc_on(0);
    put(RTC + 0x0c, 0x80);
    put(RTC + 0x10, 0); /* 32768 "seconds" a second */
    put(RTC + 0x0c, 0);
    put(RTC + 0x1c, 0x80808080);
    put(RTC + 0x08, 1u << 8);
    at(SECOND);
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0x100);
    at(4000000 * SECOND); /* 131 thousand million of them */
    assert_int_equal(get(RTC + 0x28), 0);
}

static void RTC_wakes_up_again_and_again(void **state)
{
    (void)state;
    rtc_on(0);
    put(RTC + 0x14, 2047); /* of 32768 / 16 Hz: one second */
    put(RTC + 0x08, 1u << 10 | 1u << 14);
    put(RTC + 0x14, 5); /* too late */
    assert_int_equal(lints, 1);
    assert_int_equal(soc_next_event(&soc), SECOND);
    at(SECOND);
    assert_true(irq(3));
    put(RTC + 0x0c, 0);
    put(EXTI + 0x88, 1u << 19);
    assert_false(irq(3));
    at(2 * SECOND);
    assert_true(irq(3));
    at(2 * SECOND + SECOND / 2);
    put(RTC + 0x08, 0);
    put(RTC + 0x14, 4);
    put(RTC + 0x0c, 0);
    put(RTC + 0x08, 4u | 1u << 10); /* on the calendar's clock, from the beginning */
    assert_int_equal(soc_next_event(&soc), 7 * SECOND + SECOND / 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(RTC_runs_from_LSE_and_keeps_the_calendar),
        T(RTC_alarm_by_time_and_day),
        T(RTC_alarm_on_a_weekday),
        T(RTC_alarm_B_every_minute_without_interrupt),
        T(RTC_alarm_that_has_come_costs_no_time),
        T(RTC_wakes_up_again_and_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
