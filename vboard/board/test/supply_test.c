/* Supply, voltage scale, clock and flash latency: the order that the manual wants, and what comes of another one. */
#include <string.h>

#include "testing/vboard/rig_registers.h"

#define MS    1000000ull
#define RCC   0x58024400u
#define PWR   0x58024800u
#define CSR1  (PWR + 0x04)
#define CR3   (PWR + 0x0c)
#define D3CR  (PWR + 0x18)
#define ODEN  0x5800042cu
#define FLASH 0x52002000u

#define VOSRDY (1u << 13)

static void wait_ms(void)
{
    assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
}

static uint64_t khz(void)
{
    uint64_t before = vboard_instructions(rig_v);
    wait_ms();
    return vboard_instructions(rig_v) - before;
}

static void expect(const char *text)
{
    if (strstr(rig_reports, text) == NULL)
        fail_msg("no '%s' in: %s", text, rig_reports);
    rig_reports[0] = '\0';
    vboard_free(rig_v);
    rig_v = rig_looping_board(NULL, 0);
}

static void supply(void)
{
    rig_put(CR3, 2);
    assert_int_equal(rig_get(CSR1) & VOSRDY, VOSRDY);
    rig_put(D3CR, 3u << 14);
}

/* From HSI: 64 / 10 x 125 / 2 = 400 MHz. */
static void start_pll(uint32_t cksel, uint32_t cfg, uint32_t div)
{
    rig_put(RCC + 0x28, cksel);
    rig_put(RCC + 0x2c, cfg);
    rig_put(RCC + 0x30, div);
    rig_put(RCC, rig_get(RCC) | 1u << 24);
    wait_ms();
    assert_int_equal(rig_get(RCC) >> 25 & 1, 1);
}

static void start_pll_400(void)
{
    start_pll(0x020200a0, 0x01ff0008, 0x0101027c);
}

static void dividers(void)
{
    rig_put(RCC + 0x18, 0x048);
    rig_put(RCC + 0x1c, 0x440);
    rig_put(RCC + 0x20, 0x040);
}

static void up_400(void)
{
    supply();
    wait_ms();
    start_pll_400();
    rig_put(FLASH, 0x22);
    dividers();
    rig_put(RCC + 0x10, 3);
}

static void the_scale_takes_time_to_rise_and_none_to_fall(void **state)
{
    (void)state;
    assert_int_equal(rig_get(D3CR), 0x6000);
    supply();
    assert_int_equal(rig_get(D3CR), 0xc000);
    assert_int_equal(rig_get(CSR1), 0x4000); /* ACTVOS: still VOS3 */
    assert_int_equal(vboard_run(rig_v, 49000, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(D3CR), 0xc000);
    assert_int_equal(vboard_run(rig_v, 2000, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(D3CR), 0xe000);
    assert_int_equal(rig_get(CSR1), 0xe000);
    rig_put(D3CR, 1u << 14);
    assert_int_equal(rig_get(D3CR), 0x6000);
    assert_int_equal(rig_get(CSR1), 0x6000);
    rig_put(D3CR, 3u << 14);
    vboard_reset_pin(rig_v);
    assert_int_equal(rig_get(D3CR), 0x6000);
    assert_int_equal(rig_get(CR3) & 7, 2); /* until power-on */
    assert_string_equal(rig_reports, "");
}

static void up_to_400_and_back_in_order_is_no_finding(void **state)
{
    (void)state;
    up_400();
    assert_in_range(khz(), 399900, 400100);
    rig_put(RCC + 0x10, 0);
    rig_put(RCC, rig_get(RCC) & ~(1u << 24));
    assert_int_equal(rig_get(RCC) >> 24 & 3, 0);
    rig_put(RCC + 0x18, 0);
    rig_put(RCC + 0x1c, 0);
    rig_put(RCC + 0x20, 0);
    rig_put(D3CR, 1u << 14);
    rig_put(FLASH, 0x37);
    assert_in_range(khz(), 63900, 64100);
    up_400();
    vboard_reset_pin(rig_v); /* and a reset is the other way back */
    assert_in_range(khz(), 63900, 64100);
    assert_string_equal(rig_reports, "");
}

static void up_to_480_takes_overdrive(void **state)
{
    (void)state;
    supply();
    wait_ms();
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    rig_put(ODEN, 1);
    assert_int_equal(rig_get(D3CR) & VOSRDY, 0);
    wait_ms();
    assert_int_equal(rig_get(D3CR) & VOSRDY, VOSRDY);
    rig_put(RCC, rig_get(RCC) | 5u << 16);
    start_pll(0x02020022, 0x01ff0008, 0x010102ef); /* 8 / 2 x 240 / 2 */
    rig_put(FLASH, 0x24);
    dividers();
    rig_put(RCC + 0x10, 3);
    assert_in_range(khz(), 479900, 480100);
    assert_string_equal(rig_reports, "");
    rig_put(RCC + 0x9c, 2); /* SYSCFG is reset, and the voltage falls at once */
    expect("lint PWR2");
}

static void the_clock_rises_before_the_voltage(void **state)
{
    (void)state;
    rig_put(CR3, 2);
    start_pll_400();
    rig_put(D3CR, 3u << 14);
    rig_put(FLASH, 0x22);
    dividers();
    rig_put(RCC + 0x10, 3);
    expect("the core clock is above what the supply's present voltage allows: wait for VOSRDY");
}

static void the_clock_rises_before_the_latency(void **state)
{
    (void)state;
    supply();
    wait_ms();
    rig_put(FLASH, 0x01);
    start_pll_400();
    dividers();
    rig_put(RCC + 0x10, 3);
    expect("lint ACR1");
    up_400();
    assert_string_equal(rig_reports, "");
    rig_put(FLASH, 0x21); /* and goes down before the clock does */
    expect("flash latency too low");
    up_400();
    rig_put(FLASH, 0x12);
    expect("WRHIGHFREQ too low");
}

static void the_buses_have_limits_too(void **state)
{
    (void)state;
    up_400();
    rig_put(RCC + 0x1c, 0x400); /* PCLK1 200 */
    expect("AXI, AHB or APB run faster");
    up_400();
    rig_put(FLASH, 0x25);
    rig_put(RCC + 0x1c, 0x550);
    rig_put(RCC + 0x20, 0x050);
    rig_put(RCC + 0x18, 0x050); /* HCLK 400, APB 100 */
    expect("AXI, AHB or APB run faster");
}

static void the_supply_comes_first(void **state)
{
    (void)state;
    rig_put(D3CR, 3u << 14);
    expect("lint PWR4");
    rig_put(RCC, rig_get(RCC) | 5u << 16);
    rig_put(RCC + 0x10, 2);
    expect("the system clock is changed before PWR_CR3 was written");
    rig_put(CR3, 0); /* neither LDO nor bypass */
    assert_int_equal(rig_get(CR3) & 7, 6);
    rig_put(CR3, 2);
    assert_int_equal(rig_get(CR3) & 7, 6); /* locked */
    assert_int_equal(vboard_lint_count(rig_v), 2);
    vboard_reset_pin(rig_v);
    rig_put(CR3, 2);
    assert_int_equal(rig_get(CR3) & 7, 6);
    vboard_power_on(rig_v);
    rig_put(CR3, 2);
    assert_int_equal(rig_get(CR3) & 7, 2);
    expect("lint PWR1");
}

static void overdrive_wants_VOS1(void **state)
{
    (void)state;
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    rig_put(ODEN, 1);
    expect("lint PWR5");
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    supply();
    rig_put(ODEN, 1); /* on the way to VOS1 */
    expect("lint PWR5");
    rig_put(RCC + 0xf4, rig_get(RCC + 0xf4) | 2);
    rig_put(CR3, 2);
    rig_put(D3CR, 2u << 14);
    wait_ms();
    rig_put(ODEN, 1); /* at VOS2 */
    expect("lint PWR5");
}

static void WRHIGHFREQ_rests_while_flash_works(void **state)
{
    (void)state;
    rig_put(FLASH + 0x104, 0x45670123);
    rig_put(FLASH + 0x104, 0xcdef89ab);
    rig_put(FLASH + 0x10c, 0x34 | 0x80);
    rig_put(FLASH, 0x34); /* LATENCY may change */
    assert_string_equal(rig_reports, "");
    rig_put(FLASH, 0x14);
    expect("lint ACR2");
}

static void a_copy_gets_its_clock_at_the_same_moment(void **state)
{
    (void)state;
    supply();
    wait_ms();
    rig_put(FLASH, 0x22);
    dividers();
    rig_put(RCC + 0x28, 0x020200a0);
    rig_put(RCC + 0x2c, 0x01ff0008);
    rig_put(RCC + 0x30, 0x0101027c);
    rig_put(RCC, rig_get(RCC) | 1u << 24);
    rig_put(RCC + 0x10, 3);
    struct vboard *copy = rig_looping_board(NULL, 0);
    assert_int_equal(vboard_run(rig_v, 20000, 0).why, VBOARD_TIME);
    vboard_copy(copy, rig_v);
    assert_int_equal(vboard_run(rig_v, 100000, 0).why, VBOARD_TIME);
    for (unsigned i = 0; i < 10; i++) /* in slices */
        assert_int_equal(vboard_run(copy, 10000, 0).why, VBOARD_TIME);
    assert_int_equal(vboard_instructions(rig_v), vboard_instructions(copy));
    assert_int_equal(vboard_now_ns(rig_v), vboard_now_ns(copy));
    assert_in_range(vboard_instructions(rig_v), 64000 + 64 * 50 + 400 * 69,
                    64000 + 64 * 50 + 400 * 71);
    vboard_free(copy);
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_registers_begin, rig_registers_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(the_scale_takes_time_to_rise_and_none_to_fall),
        T(up_to_400_and_back_in_order_is_no_finding),
        T(up_to_480_takes_overdrive),
        T(the_clock_rises_before_the_voltage),
        T(the_clock_rises_before_the_latency),
        T(the_buses_have_limits_too),
        T(the_supply_comes_first),
        T(overdrive_wants_VOS1),
        T(WRHIGHFREQ_rests_while_flash_works),
        T(a_copy_gets_its_clock_at_the_same_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
