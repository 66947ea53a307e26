/* The tables of registers, and one test for each small block. */
#include "testing/vboard/rig_soc.h"

#define ETH    0x40028000u
#define RNG    0x48021800u
#define CRC    0x58024c00u
#define HSEM   0x58026400u
#define SYSCFG 0x58000400u
#define DBGMCU 0x5c001000u

/* Every row of every table has its own word, and reset values and masks are what a program sees. */
static void tables_do_not_overlap_and_reset_values_show(void **state)
{
    static uint8_t used[SOC_HELD];
    (void)state;
    memset(used, 0, sizeof used);
    for (unsigned i = 0; soc_block(i) != NULL; i++) {
        const struct soc_block *b = soc_block(i);
        for (unsigned k = 0; k < b->reg_count; k++) {
            for (unsigned w = 0; w < b->regs[k].count; w++) {
                uint32_t *word = soc_word(&soc, b, b->regs[k].off + 4 * w);
                assert_int_equal(*word, b->regs[k].reset);
                assert_int_equal(used[word - soc.held]++, 0);
                assert_true(word < soc.held + SOC_HELD - 1);
            }
            assert_true(b->regs[k].off + 4u * b->regs[k].count <= b->size);
        }
    }
}

static void a_register_that_holds_its_value_keeps_the_writable_bits(void **state)
{
    (void)state;
    put(DBGMCU + 4, 0xffffffff);
    assert_int_equal(get(DBGMCU + 4), 0x107001bf);
    put(DBGMCU, 0);
    assert_int_equal(get(DBGMCU), 0x20036450);
}

static void unknown_offsets_are_not_modelled(void **state)
{
    uint32_t value;
    (void)state;
    assert_int_equal(soc_read(&soc, &env, soc_find(TIM2), 0x30, &value), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, soc_find(TIM2), 0x3fc, 0), H7_UNMODELLED);
}

static void what_is_absent_has_a_name(void **state)
{
    static const struct {
        uint32_t addr;
        const char *text;
    } rows[] = {
        {0x52004140, "FMC_SDCR1 (FMC + 0x140) is not modelled"},
        {0x40013014, "SPI1_SR (SPI1 + 0x014) is not modelled"},
        {0x40003824, "SPI2 + 0x024 is not modelled"},
        {0x4000bfff, "FDCAN message RAM + 0x13ff is not modelled"},
        {0x40006000, "no memory and no peripheral there"}, /* behind I2C3 */
        {0x58005000, "no memory and no peripheral there"}, /* behind IWDG2 */
        {0xd0000000, "external SDRAM at the FMC, which this board lacks (--sdram)"},
        {0xb0000000, "no memory and no peripheral there"},
    };
    char text[80];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        h7_describe_absent(&soc_stm32h753_units, rows[i].addr, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
    assert_string_equal(h7_second_core_name(0x58004c04), "IWDG2");
    assert_null(h7_second_core_name(0x58004804));
}

static void CRC_unit_computes_the_ethernet_crc(void **state)
{
    (void)state;
    put(CRC + 0x08, 1 | 1u << 5 | 1u << 7); /* bytes in reversed, result reversed */
    env.size = 1;
    for (const char *p = "123456789"; *p != '\0'; p++)
        put(CRC, (uint8_t)*p);
    assert_int_equal(get(CRC) ^ 0xffffffff, 0xcbf43926);
    env.size = 4;
    put(CRC + 0x08, 1);
    put(CRC, 0x12345678);
    assert_int_equal(get(CRC), 0xdf8a8a2b);
}

static void HSEM_is_taken_in_two_steps_or_one(void **state)
{
    (void)state;
    put(HSEM + 0x04, 0x80000305);
    assert_int_equal(get(HSEM + 0x04), 0x80000305);
    put(HSEM + 0x04, 0x80000306); /* another process */
    assert_int_equal(get(HSEM + 0x04), 0x80000305);
    put(HSEM + 0x04, 0x00000305);
    assert_int_equal(get(HSEM + 0x04) >> 31, 0);
    assert_int_equal(get(HSEM + 0x108), 2);
    assert_int_equal(get(HSEM + 0x80 + 8), 0x80000300); /* R2 through RLR2 */
    assert_int_equal(get(HSEM + 0x08), 0x80000300);
}

static void EXTI_edge_of_a_selected_pin(void **state)
{
    (void)state;
    put(EXTI + 0x00, 1u << 13);
    put(EXTI + 0x80, 1u << 13);
    soc_edge(&soc, 1u << 4, 2, 13, true); /* port B is selected */
    assert_false(irq(40));
    soc_edge(&soc, 2u << 4, 2, 13, true);
    assert_true(irq(40));
    put(EXTI + 0x88, 1u << 13);
    assert_false(irq(40));
    put(EXTI + 0x08, 1u << 13);
    assert_true(irq(40));
}

static void RNG_needs_its_clock(void **state)
{
    (void)state;
    put(RNG, 4);
    assert_int_equal(get(RNG + 4), 0);
    assert_int_equal(lints, 1);
    rcc_put(0x00, 0x1001); /* HSI48ON */
    assert_int_equal(get(RNG + 4), 1);
    assert_int_not_equal(get(RNG + 8), get(RNG + 8));
}

static void ETH_answers_without_a_phy(void **state)
{
    (void)state;
    put(ETH + 0x200, 0x0000000d);
    assert_int_equal(get(ETH + 0x200) & 1, 0);
    assert_int_equal(get(ETH + 0x204), 0xffff);
    put(ETH + 0x1000, 1);
    assert_int_equal(get(ETH + 0x1000) & 1, 1); /* for ever */
}

/* Code that waits for READY after EN (stm32h7xx-hal does at each start) hung. */
static void SYSCFG_compensation_cell_is_ready_while_CSI_runs(void **state)
{
    (void)state;
    put(SYSCFG + 0x20, 1);
    assert_int_equal(get(SYSCFG + 0x20), 1);
    rcc_put(0x00, 1 | 1u << 7); /* CSION */
    assert_int_equal(get(SYSCFG + 0x20), 0x101);
    put(SYSCFG + 0x20, 0x102); /* off, other code; READY is read-only */
    assert_int_equal(get(SYSCFG + 0x20), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tables_do_not_overlap_and_reset_values_show),
        T(a_register_that_holds_its_value_keeps_the_writable_bits),
        T(unknown_offsets_are_not_modelled),
        T(what_is_absent_has_a_name),
        T(CRC_unit_computes_the_ethernet_crc),
        T(HSEM_is_taken_in_two_steps_or_one),
        T(EXTI_edge_of_a_selected_pin),
        T(RNG_needs_its_clock),
        T(ETH_answers_without_a_phy),
        T(SYSCFG_compensation_cell_is_ready_while_CSI_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
