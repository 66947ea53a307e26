#include "core/base/date_time.h"

#include <stdbool.h>

#include "core/base/log.h"

#define TEXT_LEN (DATE_TIME_TEXT - 1)

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month - 1] + (month == 2 && is_leap(year));
}

static bool exists(const struct date_time *t)
{
    return t->year >= 1900 && t->month >= 1 && t->month <= 12 && t->day >= 1 &&
           t->day <= days_in(t->year, t->month) && t->hour < 24 && t->minute < 60 && t->second < 60;
}

void date_time_print(char text[DATE_TIME_TEXT], const struct date_time *t)
{
    (void)fmt_print(text, DATE_TIME_TEXT, "%04u-%02u-%02uT%02u:%02u:%02u", t->year, t->month,
                    t->day, t->hour, t->minute, t->second);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* In a text of this shape, of at least TEXT_LEN bytes: 0 stands for a digit. */
static bool has_shape(const char *text)
{
    static const char shape[] = "0000-00-00T00:00:00";
    for (size_t i = 0; i < TEXT_LEN; i++)
        if (shape[i] == '0' ? !is_digit(text[i]) : text[i] != shape[i])
            return false;
    return true;
}

static bool is_fraction(const char *text, size_t len)
{
    if (len < 2 || len > 7 || text[0] != '.')
        return len == 0;
    for (size_t i = 1; i < len; i++)
        if (!is_digit(text[i]))
            return false;
    return true;
}

static unsigned two_digits(const char *text)
{
    return (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
}

enum err date_time_parse(struct date_time *t, const char *text, size_t len)
{
    if (len < TEXT_LEN || !has_shape(text) || !is_fraction(text + TEXT_LEN, len - TEXT_LEN))
        return ERR_FORMAT;
    *t = (struct date_time){.year = (uint16_t)(two_digits(text) * 100 + two_digits(text + 2)),
                            .month = (uint8_t)two_digits(text + 5),
                            .day = (uint8_t)two_digits(text + 8),
                            .hour = (uint8_t)two_digits(text + 11),
                            .minute = (uint8_t)two_digits(text + 14),
                            .second = (uint8_t)two_digits(text + 17)};
    return exists(t) ? ERR_OK : ERR_FORMAT;
}

/* The first of January 1900 was a Monday. */
unsigned date_time_weekday(const struct date_time *t)
{
    uint32_t days = t->day - 1u;
    for (unsigned y = 1900; y < t->year; y++)
        days += is_leap(y) ? 366 : 365;
    for (unsigned m = 1; m < t->month; m++)
        days += days_in(t->year, m);
    return days % 7 + 1;
}
