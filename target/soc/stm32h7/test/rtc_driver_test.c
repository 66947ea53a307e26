/* The RTC driver on the virtual board's RTC, RCC and PWR, which report each write that the manual forbids. */
#include <stdio.h>

#include "core/base/compiler.h"
#include "core/base/mmio.h"
#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/rtc.h"
#include "testing/vboard/rig_soc.h"

#define READ_NS 20

#define BDCR     (RCC_BASE + 0x70)
#define ISR_INIT (1u << 7)

static struct h7_pwr pwr;
static uint32_t written_date;    /* what came last into DR; the unit computes the weekday itself */
static bool dead_crystal, stuck; /* the crystal does not start; INITF does not come */

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    uint32_t value = 0;
    (void)ctx;
    assert_int_equal(size, 4);
    at(env.now + READ_NS);
    if (addr == PWR_BASE) {
        assert_int_equal(h7_pwr_read(&pwr, 0, &value), H7_OK);
        return value;
    }
    if (addr - RCC_BASE >= 0x400) {
        value = get((uint32_t)addr);
        return stuck && addr == RTC_BASE + 0x0c ? value & ~(1u << 6) : value;
    }
    assert_int_equal(h7_rcc_read(&rcc, (uint32_t)(addr - RCC_BASE), &value), H7_OK);
    return dead_crystal && addr == BDCR ? value & ~2u : value;
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    (void)ctx;
    assert_int_equal(size, 4);
    if (addr == PWR_BASE) {
        assert_int_equal(h7_pwr_write(&pwr, &env, 0, value), H7_OK);
        env.dbp = (value >> 8 & 1) != 0;
    } else if (addr - RCC_BASE >= 0x400) {
        if (addr == RTC_BASE + 0x04)
            written_date = value;
        put((uint32_t)addr, value);
    } else {
        rcc_put((uint32_t)(addr - RCC_BASE), value);
    }
}

static const struct mmio_bus bus = {.read = bus_read, .write = bus_write};

static int start(void **state)
{
    set_up(state);
    mmio_attach(&bus);
    h7_pwr_reset(&pwr, true);
    env.dbp = false;
    dead_crystal = stuck = false;
    return 0;
}

static const struct date_time leap = {2028, 2, 29, 23, 59, 58};

static void expect(unsigned year, unsigned month, unsigned day, unsigned hour, unsigned minute,
                   unsigned second)
{
    struct date_time t;
    assert_int_equal(rtc_get(&t), ERR_OK);
    assert_int_equal(t.year, year);
    assert_int_equal(t.month, month);
    assert_int_equal(t.day, day);
    assert_int_equal(t.hour, hour);
    assert_int_equal(t.minute, minute);
    assert_int_equal(t.second, second);
}

/* As a reset of the chip does: the backup domain keeps its own, and is closed. */
static void reset_chip(bool power_on)
{
    h7_rcc_reset(&rcc, power_on ? 1u << 23 : 1u << 24);
    soc_reset(&soc, power_on);
    h7_pwr_reset(&pwr, power_on);
    env.dbp = false;
    at(env.now + MS);
}

static void it_counts_from_what_was_set(void **state)
{
    (void)state;
    struct date_time t;
    assert_int_equal(rtc_get(&t), ERR_STATE);
    rtc_start();
    assert_int_equal(rtc_get(&t), ERR_STATE);
    assert_int_equal(rtc_set(&leap), ERR_OK);
    assert_int_equal(written_date, 0x280229 | 2u << 13); /* a Tuesday */
    expect(2028, 2, 29, 23, 59, 58);
    at(env.now + 3 * SECOND);
    expect(2028, 3, 1, 0, 0, 1);
    assert_int_equal(rtc_set(&(struct date_time){2099, 12, 31, 23, 59, 59}), ERR_OK);
    expect(2099, 12, 31, 23, 59, 59);
    assert_int_equal(lints, 0);
    assert_false(env.dbp);
}

static void it_goes_on_through_a_reset(void **state)
{
    (void)state;
    struct date_time t;
    rtc_start();
    assert_int_equal(rtc_set(&leap), ERR_OK);
    uint64_t set_at = env.now;
    reset_chip(false);
    rtc_start();
    at(set_at + 10 * SECOND + MS);
    expect(2028, 3, 1, 0, 0, 8);
    reset_chip(true);
    rtc_start();
    assert_int_equal(rtc_get(&t), ERR_STATE);
    assert_int_equal(lints, 0);
}

/* Its last write in closes it again: the next one is refused. */
static void the_calendar_is_closed_afterwards(void **state)
{
    (void)state;
    rtc_start();
    assert_int_equal(rtc_set(&leap), ERR_OK);
    bus_write(NULL, PWR_BASE, 4, 1u << 8);
    put(RTC_BASE + 0x0c, ISR_INIT);
    assert_int_equal(get(RTC_BASE + 0x0c) & 1u << 6, 0);
    assert_int_equal(lints, 1);
}

static void what_it_cannot_set(void **state)
{
    (void)state;
    struct date_time t;
    assert_int_equal(rtc_set(&leap), ERR_BUSY); /* before rtc_start */
    dead_crystal = true;
    rtc_start();
    assert_int_equal(rtc_set(&leap), ERR_BUSY);
    dead_crystal = false;
    assert_int_equal(rtc_set(&(struct date_time){2000, 1, 1, 0, 0, 0}), ERR_RANGE);
    assert_int_equal(rtc_set(&(struct date_time){2100, 1, 1, 0, 0, 0}), ERR_RANGE);
    assert_int_equal(rtc_set(&(struct date_time){1999, 1, 1, 0, 0, 0}), ERR_RANGE);
    stuck = true;
    assert_int_equal(rtc_set(&leap), ERR_TIMEOUT);
    assert_false(env.dbp);
    assert_int_equal(rtc_get(&t), ERR_STATE);
    stuck = false;
    assert_int_equal(rtc_set(&leap), ERR_OK);
    expect(2028, 2, 29, 23, 59, 58);
    assert_int_equal(lints, 0);
}

/* An earlier program runs the RTC from LSI; RTCSEL cannot be changed. */
static void another_clock_is_left_alone(void **state)
{
    (void)state;
    struct date_time t;
    env.dbp = true;
    rcc_put(0x70, 1u | 2u << 8 | 1u << 15);
    env.dbp = false;
    rtc_start();
    assert_int_equal(rtc_set(&leap), ERR_IO);
    assert_int_equal(rtc_get(&t), ERR_IO);
    assert_int_equal(bus_read(NULL, BDCR, 4) & 3u << 8, 2u << 8);
    assert_int_equal(lints, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(it_counts_from_what_was_set, start),
        cmocka_unit_test_setup(it_goes_on_through_a_reset, start),
        cmocka_unit_test_setup(the_calendar_is_closed_afterwards, start),
        cmocka_unit_test_setup(what_it_cannot_set, start),
        cmocka_unit_test_setup(another_clock_is_left_alone, start),
    };
    return cmocka_run_group_tests_name("rtc_driver", tests, NULL, NULL);
}
