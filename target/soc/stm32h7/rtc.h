/* rtc.h - the calendar of the RTC, clocked by the crystal of 32.768 kHz (LSE). It goes on through every reset but that
 * of the backup domain: power-on, where nothing feeds VBAT. */
#ifndef TARGET_SOC_STM32H7_RTC_H
#define TARGET_SOC_STM32H7_RTC_H

#include "core/base/date_time.h"

/* Start the crystal, which takes up to 2 s the first time [DS12110, LSE]; nothing waits for it. */
void rtc_start(void);

/* ERR_STATE: the calendar was not set since power-on. ERR_IO: the RTC has another clock than LSE, from an earlier
 * program; only a reset of the backup domain ends that. ERR_TIMEOUT: it does not answer. */
MUST_CHECK enum err rtc_get(struct date_time *t);

/* ERR_RANGE: the year is not one of 2001..2099. ERR_BUSY: the crystal does not oscillate, or not yet. ERR_IO,
 * ERR_TIMEOUT: as above; after ERR_TIMEOUT the calendar may count from any time. */
MUST_CHECK enum err rtc_set(const struct date_time *t);

#endif
