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
    assert_int_equal(h7_rcc_write(&rcc, &env, 0x10, 0), H7_OK);
    for (unsigned i = 0; i < sizeof pll400 / sizeof pll400[0]; i++)
        assert_int_equal(h7_rcc_write(&rcc, &env, pll400[i].off, pll400[i].value), H7_OK);
    assert_int_equal(lints, 1);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000); /* it has not locked yet */
    at(MS);
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
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 0); /* it has not locked yet */
    at(MS);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 80000000);
    rcc_put(RCC_D2CCIP2R, 2);
    assert_int_equal(h7_rcc_hz(&rcc, H7_CLOCK_USART234578), 0); /* PLL3 is off */
    assert_int_equal(lints, 0);
    rcc_put(0x38, 0);
    assert_int_equal(lints, 1); /* in use */
}

static uint32_t reg(uint32_t off)
{
    uint32_t value = 0;
    assert_int_equal(h7_rcc_read(&rcc, off, &value), H7_OK);
    return value;
}

#define PLL1_RDY (1u << 25)

/* 400 MHz from HSI; divider, range and outputs as cfg says. */
static void start_pll1(uint32_t cfg)
{
    rcc_put(0x28, 0x020200a0);
    rcc_put(0x2c, cfg);
    rcc_put(0x30, 0x0101027c);
    rcc_put(0x00, 0x01000001);
}

static void a_PLL_locks_in_the_time_of_the_datasheet(void **state)
{
    static const struct {
        enum vboard_timing timing;
        uint32_t cfg, fraction, ns;
    } rows[] = {
        {VBOARD_TIMING_TYPICAL, 0x01ff0008, 0, 50000},
        {VBOARD_TIMING_MAXIMUM, 0x01ff0008, 0, 150000},
        {VBOARD_TIMING_TYPICAL, 0x01ff0009, 8, 58000},
        {VBOARD_TIMING_MAXIMUM, 0x01ff0009, 8, 166000},
        {VBOARD_TIMING_TYPICAL, 0x01ff000a, 0, 60000},
        {VBOARD_TIMING_MAXIMUM, 0x01ff000a, 0, 100000},
        {VBOARD_TIMING_FAST, 0x01ff0008, 0, 5000},
    };
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        set_up(state);
        env.timing = rows[i].timing;
        rcc_put(0x34, rows[i].fraction);
        at(7);
        start_pll1(rows[i].cfg);
        assert_int_equal(h7_rcc_next_event(&rcc), 7 + rows[i].ns);
        at(6 + rows[i].ns);
        assert_int_equal(reg(0) & PLL1_RDY, 0);
        at(7 + rows[i].ns);
        assert_int_equal(reg(0) & PLL1_RDY, PLL1_RDY);
        rcc_put(0x00, 1);
        assert_int_equal(reg(0) & PLL1_RDY, 0);
        assert_int_equal(h7_rcc_next_event(&rcc), UINT64_MAX);
    }
}

static void a_switch_waits_for_its_source(void **state)
{
    (void)state;
    start_pll1(0x01ff0008);
    rcc_put(RCC_CFGR, 3);
    assert_int_equal(reg(RCC_CFGR), 3); /* SWS: HSI */
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    at(50000);
    assert_int_equal(reg(RCC_CFGR), 3 | 3 << 3);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 400000);
    assert_int_equal(lints, 0);
    rcc_put(0x00, 1); /* it clocks the system */
    assert_int_equal(lints, 1);
    assert_int_equal(reg(0) & PLL1_RDY, PLL1_RDY);
    rcc_put(RCC_CFGR, 0);
    rcc_put(0x00, 1);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    rcc_put(RCC_CFGR, 1); /* CSI is off */
    assert_int_equal(lints, 2);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    rcc_put(0x00, 1 | 1u << 7);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 4000);
    rcc_put(0x00, 1u << 7); /* HSI is free to stop, and takes its time to come back */
    assert_int_equal(reg(0) & 4, 0);
    rcc_put(0x00, 1 | 1u << 7);
    at(env.now + 1399);
    assert_int_equal(reg(0) & 4, 0);
    at(env.now + 1);
    assert_int_equal(reg(0) & 4, 4);
    assert_int_equal(lints, 2);
}

static void a_running_PLL_keeps_what_is_fixed(void **state)
{
    static const struct {
        uint32_t off, value;
        bool fixed;
    } rows[] = {
        {0x28, 0x02020040, true},  {0x2c, 0x01ff000c, true},  {0x2c, 0x01ff000a, true},
        {0x30, 0x0101027d, true},  {0x00, 0x01000009, true},  /* HSIDIV */
        {0x2c, 0x01fd0008, false},                            /* an output */
        {0x34, 0x00000008, false}, {0x2c, 0x01fd0088, false}, /* of PLL2, which is off */
        {0x38, 0x01010280, false},
    };
    (void)state;
    start_pll1(0x01ff0008);
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        uint32_t before = rcc.reg[rows[i].off / 4];
        lints = 0;
        rcc_put(rows[i].off, rows[i].value);
        assert_int_equal(rcc.reg[rows[i].off / 4], rows[i].fixed ? before : rows[i].value);
        assert_int_equal(lints, rows[i].fixed);
    }
}

static void a_defective_PLL_never_locks_and_a_defective_HSE_never_starts(void **state)
{
    (void)state;
    env.defects = VBOARD_DEFECT_PLL | VBOARD_DEFECT_HSE;
    start_pll1(0x01ff0008);
    rcc_put(0x00, 0x01000001 | 5u << 16);
    at(10 * SECOND);
    assert_int_equal(reg(0) & (PLL1_RDY | 1u << 17), 0);
    rcc_put(RCC_CFGR, 3);
    at(20 * SECOND);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 64000);
    env.defects = 0;
    rcc_put(0x00, 1);
    rcc_put(0x00, 0x01000001 | 5u << 16);
    at(30 * SECOND);
    assert_int_equal(reg(0) & (PLL1_RDY | 1u << 17), PLL1_RDY | 1u << 17);
    assert_int_equal(h7_rcc_cpu_khz(&rcc), 400000);
    env.defects = VBOARD_DEFECT_PLL | VBOARD_DEFECT_HSE; /* what runs goes on */
    rcc_put(RCC_CFGR, 3 | 1u << 18);
    assert_int_equal(reg(0) & (PLL1_RDY | 1u << 17), PLL1_RDY | 1u << 17);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(HSE_has_no_crystal_and_PLL_needs_a_source),
        T(HSE_of_another_board_is_a_crystal),
        T(clocks_follow_the_tree),
        T(PLL2_and_PLL3_feed_the_UARTs),
        T(a_PLL_locks_in_the_time_of_the_datasheet),
        T(a_switch_waits_for_its_source),
        T(a_running_PLL_keeps_what_is_fixed),
        T(a_defective_PLL_never_locks_and_a_defective_HSE_never_starts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
