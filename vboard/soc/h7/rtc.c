/* RTC: calendar, two alarms, wake-up timer, backup registers. RM0433 "RTC". */
#include "vboard/soc/h7/timers.h"

enum {
    RTC_TR = 0x00,
    RTC_DR = 0x04,
    RTC_CR = 0x08,
    RTC_ISR = 0x0c,
    RTC_PRER = 0x10,
    RTC_WUTR = 0x14,
    RTC_ALRMAR = 0x1c,
    RTC_ALRMBR = 0x20,
    RTC_WPR = 0x24,
    RTC_SSR = 0x28,
    RTC_TAMPCR = 0x40,
    RTC_ALRMASSR = 0x44,
    RTC_ALRMBSSR = 0x48,
    RTC_OR = 0x4c,
    RTC_BKP = 0x50
};
/* ISR. The flags at bits 8..10 have their enables in CR at the same bits, their interrupt enables four above. */
enum {
    ALRAWF = 1u << 0,
    ALRBWF = 1u << 1,
    WUTWF = 1u << 2,
    INITS = 1u << 4,
    RSF = 1u << 5,
    INITF = 1u << 6,
    INIT = 1u << 7,
    ALRAF = 1u << 8,
    ALRBF = 1u << 9,
    WUTF = 1u << 10,
    FLAGS = 7u << 8,
};
enum { CR_WUCKSEL = 7, CR_ALRAE = 1u << 8, CR_ALRBE = 1u << 9, CR_WUTE = 1u << 10 };
/* TSE and its interrupt: a time stamp needs a pin. FMT, SUB1H, ADD1H: a calendar that jumps. */
#define CR_UNMODELLED (1u << 11 | 1u << 15 | 3u << 16 | 1u << 6)

static uint32_t bcd(uint32_t v)
{
    return v / 10 << 4 | v % 10;
}

static uint32_t unbcd(uint32_t v)
{
    return (v >> 4) * 10 + (v & 15);
}

static unsigned days_in(unsigned year, unsigned month)
{
    static const uint8_t days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[month] + (month == 1 && year % 4 == 0);
}

static uint32_t time_register(uint64_t seconds)
{
    uint32_t s = (uint32_t)(seconds % 86400);
    return bcd(s / 3600) << 16 | bcd(s / 60 % 60) << 8 | bcd(s % 60);
}

/* The first of January 2000 was a Saturday; weekday 1 is Monday. */
static uint32_t date_register(uint64_t seconds)
{
    uint32_t day = (uint32_t)(seconds / 86400 % 36525), weekday = (day + 5) % 7 + 1;
    unsigned year = 0, month = 0;
    while (day >= (year % 4 == 0 ? 366u : 365u))
        day -= year++ % 4 == 0 ? 366u : 365u;
    while (day >= days_in(year, month))
        day -= days_in(year, month++);
    return bcd(year) << 16 | weekday << 13 | bcd(month + 1) << 8 | bcd(day + 1);
}

static uint32_t *reg(struct peripherals *s, uint32_t off)
{
    return soc_word(s, soc_find(RTC_BASE), off);
}

static uint32_t prescaler(struct peripherals *s)
{
    uint32_t p = *reg(s, RTC_PRER);
    return ((p >> 16 & 0x7f) + 1) * ((p & 0x7fff) + 1);
}

static bool in_init(struct peripherals *s)
{
    return (*reg(s, RTC_ISR) & INIT) != 0;
}

/* ---- alarms ---- */

/* Date or weekday, hours, minutes and seconds of an alarm, each compared unless its mask bit says otherwise. */
static bool matches(uint32_t alarm, uint64_t seconds)
{
    uint32_t t = time_register(seconds), d = date_register(seconds);
    uint32_t day = (alarm >> 30 & 1) != 0 ? d >> 13 & 7 : d & 0x3f;
    return ((alarm >> 7 & 1) != 0 || (alarm & 0x7f) == (t & 0x7f)) &&
           ((alarm >> 15 & 1) != 0 || (alarm >> 8 & 0x7f) == (t >> 8 & 0x7f)) &&
           ((alarm >> 23 & 1) != 0 || (alarm >> 16 & 0x3f) == (t >> 16 & 0x3f)) &&
           ((alarm >> 31 & 1) != 0 || (alarm >> 24 & 0x3f) == day);
}

/* Is there an alarm that has not come yet? */
static bool alarm_waits(struct peripherals *s)
{
    return (*reg(s, RTC_CR) & ~*reg(s, RTC_ISR) & (CR_ALRAE | CR_ALRBE)) != 0;
}

static void check_alarms(struct peripherals *s, uint64_t seconds)
{
    uint32_t cr = *reg(s, RTC_CR);
    if ((cr & CR_ALRAE) != 0 && matches(*reg(s, RTC_ALRMAR), seconds))
        *reg(s, RTC_ISR) |= ALRAF;
    if ((cr & CR_ALRBE) != 0 && matches(*reg(s, RTC_ALRMBR), seconds))
        *reg(s, RTC_ISR) |= ALRBF;
}

/* An alarm's line rises: EXTI 17; the wake-up timer's: EXTI 19. */
static void raise_lines(struct peripherals *s)
{
    uint32_t on = *reg(s, RTC_ISR) & *reg(s, RTC_CR) >> 4 & FLAGS;
    bool alarm = (on & (ALRAF | ALRBF)) != 0, wakeup = (on & WUTF) != 0;
    if (alarm && !s->rtc.alarm_line)
        exti_rise(s, 17);
    if (wakeup && !s->rtc.wakeup_line)
        exti_rise(s, 19);
    s->rtc.alarm_line = alarm;
    s->rtc.wakeup_line = wakeup;
}

/* ---- wake-up timer ---- */

/* RTC clocks of one of its ticks, and how many ticks it counts. */
static uint32_t wakeup_div(struct peripherals *s)
{
    uint32_t sel = *reg(s, RTC_CR) & CR_WUCKSEL;
    return sel < 4 ? 16u >> sel : prescaler(s);
}

static uint32_t wakeup_ticks(struct peripherals *s)
{
    return (*reg(s, RTC_WUTR) & 0xffff) + ((*reg(s, RTC_CR) & 6) == 6 ? 0x10000 : 0) + 1;
}

static void wakeup_sync(struct peripherals *s, uint64_t now)
{
    struct soc_rtc *r = &s->rtc;
    if ((*reg(s, RTC_CR) & CR_WUTE) == 0) {
        r->wakeup.since = now;
        return;
    }
    uint64_t ticks = soc_count_ticks(&r->wakeup, wakeup_div(s), now) + r->wakeup_count;
    if (ticks >= wakeup_ticks(s))
        *reg(s, RTC_ISR) |= WUTF;
    r->wakeup_count = (uint32_t)(ticks % wakeup_ticks(s));
}

/* ---- time ---- */

static void rtc_sync(struct peripherals *s, const struct soc_env *env)
{
    struct soc_rtc *r = &s->rtc;
    if (in_init(s)) {
        r->clock.since = env->now;
    } else {
        uint64_t n = soc_count_ticks(&r->clock, prescaler(s), env->now);
        for (; n > 0 && alarm_waits(s); n--)
            check_alarms(s, ++r->seconds);
        r->seconds += n;
    }
    wakeup_sync(s, env->now);
    r->clock.hz = r->wakeup.hz = h7_rcc_hz(env->rcc, H7_CLOCK_RTC);
    raise_lines(s);
}

void rtc_clock(struct peripherals *s, const struct soc_env *env)
{
    rtc_sync(s, env);
}

void rtc_advance(struct peripherals *s, const struct soc_env *env)
{
    rtc_sync(s, env);
}

/* With an alarm on, each second is checked against it. */
uint64_t rtc_next(struct peripherals *s)
{
    const struct soc_rtc *r = &s->rtc;
    uint32_t waits = *reg(s, RTC_CR) & FLAGS;
    uint64_t t = UINT64_MAX;
    if (waits == 0)
        return t;
    waits &= ~*reg(s, RTC_ISR);
    if ((waits & (CR_ALRAE | CR_ALRBE)) != 0 && !in_init(s))
        t = soc_count_after(&r->clock, prescaler(s), 1);
    if ((waits & CR_WUTE) != 0) {
        uint64_t w = soc_count_after(&r->wakeup, wakeup_div(s), wakeup_ticks(s) - r->wakeup_count);
        t = w < t ? w : t;
    }
    return t;
}

/* ---- registers ---- */

static uint32_t status(const struct soc_call *c)
{
    uint32_t cr = *reg(c->soc, RTC_CR), isr = *c->reg & (FLAGS | INIT | INITS);
    isr |= (cr & CR_ALRAE) == 0 ? (uint32_t)ALRAWF : 0;
    isr |= (cr & CR_ALRBE) == 0 ? (uint32_t)ALRBWF : 0;
    isr |= (cr & CR_WUTE) == 0 ? (uint32_t)WUTWF : 0;
    return isr | (in_init(c->soc) ? (uint32_t)INITF : (uint32_t)RSF);
}

enum h7_answer rtc_read(const struct soc_call *c, uint32_t *value)
{
    struct soc_rtc *r = &c->soc->rtc;
    rtc_sync(c->soc, c->env);
    *value = *c->reg;
    if (c->off == RTC_TR)
        *value = time_register(r->seconds);
    else if (c->off == RTC_DR)
        *value = date_register(r->seconds);
    else if (c->off == RTC_SSR)
        *value = (prescaler(c->soc) - 1 - r->clock.pre) /
                 ((*soc_word(c->soc, c->block, RTC_PRER) >> 16 & 0x7f) + 1);
    else if (c->off == RTC_ISR)
        *value = status(c);
    return H7_OK;
}

static void set_calendar(const struct soc_call *c)
{
    struct soc_rtc *r = &c->soc->rtc;
    uint32_t v = c->written;
    if (c->off == RTC_TR) {
        r->seconds = r->seconds / 86400 * 86400 + unbcd(v >> 16 & 0x3f) * 3600 +
                     unbcd(v >> 8 & 0x7f) * 60 + unbcd(v & 0x7f);
        return;
    }
    uint64_t days = 0;
    unsigned year = unbcd(v >> 16 & 0xff), month = unbcd(v >> 8 & 0x1f);
    for (unsigned y = 0; y < year; y++)
        days += y % 4 == 0 ? 366 : 365;
    for (unsigned m = 1; m < month && m <= 12; m++)
        days += days_in(year, m - 1);
    days += unbcd(v & 0x3f) - ((v & 0x3f) != 0);
    r->seconds = days * 86400 + r->seconds % 86400;
    if (year != 0)
        *soc_word(c->soc, c->block, RTC_ISR) |= INITS;
}

static enum h7_answer rtc_refused(const struct soc_call *c, uint32_t *value, const char *why)
{
    c->env->lint(c->env->ctx, "RTC1", "RM0433 RTC register write protection", why);
    *value = *c->reg;
    return H7_OK;
}

/* Clock and reload value of the wake-up timer, and the alarms, are open while these are off. */
static bool is_closed(const struct soc_call *c)
{
    uint32_t cr = *reg(c->soc, RTC_CR);
    switch (c->off) {
    case RTC_WUTR:
        return (cr & CR_WUTE) != 0;
    case RTC_ALRMAR:
    case RTC_ALRMASSR:
        return (cr & CR_ALRAE) != 0;
    case RTC_ALRMBR:
    case RTC_ALRMBSSR:
        return (cr & CR_ALRBE) != 0;
    case RTC_CR:
        return (cr & CR_WUTE) != 0 && ((cr ^ c->written) & CR_WUCKSEL) != 0;
    default:
        return false;
    }
}

static enum h7_answer write_cr(const struct soc_call *c)
{
    struct soc_rtc *r = &c->soc->rtc;
    if ((c->written & CR_UNMODELLED) != 0)
        return H7_UNMODELLED;
    if ((c->written & ~*c->reg & CR_WUTE) != 0) {
        r->wakeup.pre = r->wakeup.frac = r->wakeup_count = 0;
    }
    *c->reg = c->written;
    raise_lines(c->soc);
    return H7_OK;
}

/* INIT needs the keys, the flags do not. Writing 0 clears a flag. */
static void write_isr(const struct soc_call *c, uint32_t *value)
{
    uint32_t init = c->soc->rtc.keys == 2 ? c->written & INIT : *c->reg & INIT;
    *value = (*c->reg & INITS) | (*c->reg & c->written & FLAGS) | init;
    *c->reg = *value;
    raise_lines(c->soc);
}

enum h7_answer rtc_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_rtc *r = &c->soc->rtc;
    bool calendar = c->off == RTC_TR || c->off == RTC_DR || c->off == RTC_PRER;
    rtc_sync(c->soc, c->env);
    if (!c->env->dbp)
        return rtc_refused(c, value, "an RTC register is written while PWR_CR1.DBP=0: ignored");
    if (c->off >= RTC_BKP || c->off == RTC_TAMPCR || c->off == RTC_OR)
        return H7_OK;
    if (c->off == RTC_WPR) {
        r->keys = c->written == 0xca ? 1 : c->written == 0x53 && r->keys == 1 ? 2 : 0;
        *value = 0;
        return H7_OK;
    }
    if (r->keys != 2 && !(c->off == RTC_ISR && ((c->written ^ *c->reg) & INIT) == 0))
        return rtc_refused(c, value, "an RTC register is written while WPR is closed: ignored");
    if (calendar && !in_init(c->soc))
        return rtc_refused(c, value, "calendar or prescaler written while INITF=0: ignored");
    if (is_closed(c))
        return rtc_refused(c, value, "alarm or wake-up timer changed while it is on: ignored");
    if ((c->off == RTC_ALRMASSR || c->off == RTC_ALRMBSSR) && (c->written >> 24 & 15) != 0)
        return H7_UNMODELLED; /* sub-seconds of an alarm */
    if (c->off == RTC_CR)
        return write_cr(c);
    if (c->off == RTC_ISR)
        write_isr(c, value);
    if (c->off == RTC_TR || c->off == RTC_DR)
        set_calendar(c);
    if (c->off == RTC_TR || c->off == RTC_PRER)
        r->clock.pre = r->clock.frac = 0;
    if (c->off == RTC_PRER)
        r->wakeup.pre = 0;
    return H7_OK;
}
