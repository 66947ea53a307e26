/* The clock tree. */
#include "testing/vboard/rig_soc.h"

static void HSE_has_no_crystal_and_PLL_needs_a_source(void **state)
{
    uint32_t cr;
    (void)state;
    rcc_put(0x00, 0x00010001);
    assert_int_equal(lints, 1);
    assert_int_equal(h7_rcc_read(&rcc, 0, &cr), H7_OK);
    assert_int_equal(cr >> 17 & 1, 0);
    rcc_put(0x00, 0x00050001);
    assert_int_equal(h7_rcc_read(&rcc, 0, &cr), H7_OK);
    assert_int_equal(cr >> 17 & 1, 1);
    rcc_put(0x28, 3); /* no source */
    rcc_put(0x00, 0x01050001);
    assert_int_equal(lints, 2);
    assert_int_equal(h7_rcc_read(&rcc, 0, &cr), H7_OK);
    assert_int_equal(cr >> 25 & 1, 0);
}

static void HSE_of_another_board_is_a_crystal(void **state)
{
    uint32_t cr;
    (void)state;
    rcc.hse_hz = 25000000;
    rcc.hse_crystal = true;
    h7_rcc_reset(&rcc, RSR_PORRSTF); /* and no reset takes it away */
    rcc_put(0x00, 0x00010001);
    assert_int_equal(h7_rcc_read(&rcc, 0, &cr), H7_OK);
    assert_int_equal(cr >> 17 & 1, 1);
    rcc_put(RCC_CFGR, 2);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_SYS), 25000000);
    assert_int_equal(lints, 0);
    rcc_put(0x00, 1); /* the system runs on it */
    assert_int_equal(lints, 1);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_SYS), 25000000);
}

static void clocks_follow_the_tree(void **state)
{
    static const struct {
        uint32_t off, value;
    } pll400[] = {
        {0x28, 0x02020000 | 4u << 4}, /* HSI / 4 */
        {0x30, 0x01010000 | 1u << 9 | 49},
        {0x2c, 0x01ff000c},
        {0x00, 0x01000001},
        {0x18, 8},       /* HPRE: HCLK 200 */
        {0x1c, 4u << 4}, /* PCLK1 100 */
        {0x10, 3},
    };
    uint32_t v;
    (void)state;
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 64000000);
    assert_int_equal(h7_rcc_write(&rcc, &env, 0x10, 3), H7_OK); /* PLL1 is off */
    assert_int_equal(lints, 1);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    for (unsigned i = 0; i < sizeof pll400 / sizeof pll400[0]; i++)
        assert_int_equal(h7_rcc_write(&rcc, &env, pll400[i].off, pll400[i].value), H7_OK);
    assert_int_equal(lints, 1);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 400000);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_PCLK1), 100000000);
    assert_int_equal(h7_rcc_read(&rcc, 0x10, &v), H7_OK);
    assert_int_equal(v, 0x1b);
    assert_int_equal(h7_rcc_read(&rcc, 0x00, &v), H7_OK);
    assert_int_equal(v & 1u << 25, 1u << 25);
    assert_int_equal(h7_rcc_read(&rcc, 0x14, &v), H7_UNMODELLED);
}

static void PLL2_and_PLL3_feed_the_UARTs(void **state)
{
    (void)state;
    rcc_put(0x28, 2u << 20 | 4u << 12 | 4u << 4); /* HSI: /4 = 16 MHz for PLL2, /2 = 32 for PLL3 */
    rcc_put(0x2c, 0x01ff0000 | 3u << 6);
    rcc_put(0x38, 1u << 24 | 3u << 16 | 1u << 9 | 19); /* 320 MHz, Q / 4 */
    rcc_put(0x00, 1u | 1u << 26);
    rcc_put(RCC_D2CCIP2R, 1);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 80000000);
    rcc_put(RCC_D2CCIP2R, 2);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 0); /* PLL3 is off */
    assert_int_equal(lints, 0);
    rcc_put(0x38, 0);
    assert_int_equal(lints, 1); /* in use */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(HSE_has_no_crystal_and_PLL_needs_a_source),
        T(HSE_of_another_board_is_a_crystal),
        T(clocks_follow_the_tree),
        T(PLL2_and_PLL3_feed_the_UARTs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
