#include "target/soc/stm32h7/rtc.h"

#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/regs.h"

/* [RM0433, PWR, RCC and RTC registers] */
#define PWR_CR1     (PWR_BASE + 0x00)
#define PWR_CR1_DBP (1u << 8)

#define RCC_BDCR    (RCC_BASE + 0x70)
#define BDCR_LSEON  (1u << 0)
#define BDCR_LSERDY (1u << 1)
#define BDCR_RTCSEL (3u << 8)
#define BDCR_LSE    (1u << 8) /* of RTCSEL; written once, until the backup domain is reset */
#define BDCR_RTCEN  (1u << 15)

#define RTC_TR   (RTC_BASE + 0x00)
#define RTC_DR   (RTC_BASE + 0x04)
#define RTC_ISR  (RTC_BASE + 0x0C)
#define RTC_PRER (RTC_BASE + 0x10)
#define RTC_WPR  (RTC_BASE + 0x24)

#define ISR_INITS (1u << 4) /* the year is not 0 */
#define ISR_RSF   (1u << 5) /* TR and DR show the calendar */
#define ISR_INITF (1u << 6)
#define ISR_INIT  (1u << 7)

/* 128 * 256 periods of LSE are a second. PRER wants two writes, the synchronous half first. */
#define PRER_SYNC 0x000000FFu
#define PRER_BOTH 0x007F00FFu

#define FIRST_YEAR 2000u
#define LAST_YEAR  2099u

/* INITF and RSF take two periods of LSE, 61 us, which are 3,900 cycles at 64 MHz and 30,000 at 480; a poll takes four
 * or more. */
#define POLLS 100000u

static uint32_t to_bcd(uint32_t v)
{
    return v / 10 << 4 | v % 10;
}

static uint32_t from_bcd(uint32_t v)
{
    return (v >> 4) * 10 + (v & 15);
}

/* A reset closes the backup domain. */
static enum err open_backup_domain(void)
{
    reg_set(PWR_CR1, PWR_CR1_DBP);
    return reg_wait(PWR_CR1, PWR_CR1_DBP, PWR_CR1_DBP, POLLS);
}

static void close_backup_domain(void)
{
    reg_clear(PWR_CR1, PWR_CR1_DBP);
}

void rtc_start(void)
{
    if ((mmio_read32(RCC_BDCR) & BDCR_LSEON) != 0 || open_backup_domain() != ERR_OK)
        return;
    reg_set(RCC_BDCR, BDCR_LSEON);
    close_backup_domain();
}

/* A read of TR holds DR until that is read, too: both are of one moment. */
enum err rtc_get(struct date_time *t)
{
    uint32_t bdcr = mmio_read32(RCC_BDCR);
    if ((bdcr & BDCR_RTCEN) == 0)
        return ERR_STATE;
    if ((bdcr & BDCR_RTCSEL) != BDCR_LSE)
        return ERR_IO;
    if ((mmio_read32(RTC_ISR) & ISR_INITS) == 0)
        return ERR_STATE;
    enum err e = reg_wait(RTC_ISR, ISR_RSF, ISR_RSF, POLLS);
    uint32_t time = mmio_read32(RTC_TR), date = mmio_read32(RTC_DR);
    *t = (struct date_time){.year = (uint16_t)(FIRST_YEAR + from_bcd(date >> 16 & 0xff)),
                            .month = (uint8_t)from_bcd(date >> 8 & 0x1f),
                            .day = (uint8_t)from_bcd(date & 0x3f),
                            .hour = (uint8_t)from_bcd(time >> 16 & 0x3f),
                            .minute = (uint8_t)from_bcd(time >> 8 & 0x7f),
                            .second = (uint8_t)from_bcd(time & 0x7f)};
    return e;
}

static enum err choose_clock(void)
{
    uint32_t bdcr = mmio_read32(RCC_BDCR);
    if ((bdcr & BDCR_LSERDY) == 0)
        return ERR_BUSY;
    if ((bdcr & BDCR_RTCSEL) != 0 && (bdcr & BDCR_RTCSEL) != BDCR_LSE)
        return ERR_IO;
    reg_set(RCC_BDCR, BDCR_LSE | BDCR_RTCEN);
    return ERR_OK;
}

/* CR is left as a reset leaves it: 24 hours. The fields of ISR below INIT are flags, which a 1 leaves alone. */
static enum err write_calendar(const struct date_time *t)
{
    reg_set(RTC_ISR, ISR_INIT);
    enum err e = reg_wait(RTC_ISR, ISR_INITF, ISR_INITF, POLLS);
    if (e == ERR_OK) {
        mmio_write32(RTC_PRER, PRER_SYNC);
        mmio_write32(RTC_PRER, PRER_BOTH);
        mmio_write32(RTC_TR, to_bcd(t->hour) << 16 | to_bcd(t->minute) << 8 | to_bcd(t->second));
        mmio_write32(RTC_DR, to_bcd(t->year - FIRST_YEAR) << 16 | date_time_weekday(t) << 13 |
                                 to_bcd(t->month) << 8 | to_bcd(t->day));
    }
    reg_clear(RTC_ISR, ISR_INIT);
    return e == ERR_OK ? reg_wait(RTC_ISR, ISR_RSF, ISR_RSF, POLLS) : e;
}

/* Year 2000 is how a calendar looks that was not set. */
enum err rtc_set(const struct date_time *t)
{
    if (t->year <= FIRST_YEAR || t->year > LAST_YEAR)
        return ERR_RANGE;
    enum err e = open_backup_domain();
    if (e == ERR_OK)
        e = choose_clock();
    if (e == ERR_OK) {
        mmio_write32(RTC_WPR, 0xCA);
        mmio_write32(RTC_WPR, 0x53);
        e = write_calendar(t);
        mmio_write32(RTC_WPR, 0xFF);
    }
    close_backup_domain();
    return e;
}
