/* time_of_day.c - in a file of its own, so that a program without it does without the RTC's driver. */
#include "target/boards/board.h"
#include "target/soc/stm32h7/rtc.h"

void board_clock_start(void)
{
    rtc_start();
}

enum err board_clock_read(struct date_time *t)
{
    return rtc_get(t);
}

enum err board_clock_set(const struct date_time *t)
{
    return rtc_set(t);
}
