/* date_time.h - a date and a time of day, as text "2026-11-30T20:38:17". No time zone, no leap second. */
#ifndef CORE_BASE_DATE_TIME_H
#define CORE_BASE_DATE_TIME_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

struct date_time {
    uint16_t year;      /* 1900..9999 */
    uint8_t month, day; /* from 1 on */
    uint8_t hour, minute, second;
};

#define DATE_TIME_TEXT 20u /* bytes of the text, with its NUL */

void date_time_print(char text[DATE_TIME_TEXT], const struct date_time *t);

/* len bytes of text, without a NUL: the text of date_time_print, perhaps with a fraction of a second of 1 to 6 digits,
 * which is dropped. ERR_FORMAT: another text, or a day or time that does not exist. */
MUST_CHECK enum err date_time_parse(struct date_time *t, const char *text, size_t len);

/* 1: Monday, 7: Sunday. */
unsigned date_time_weekday(const struct date_time *t);

#endif
