/* The peripherals in tables, without a core: one test per block. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vboard/soc/regs.h"

#define MS     1000000ull
#define SECOND 1000000000ull

#define TIM2   0x40000000u
#define TIM3   0x40000400u
#define LPTIM1 0x40002400u
#define DMA1   0x40020000u
#define ETH    0x40028000u
#define RNG    0x48021800u
#define WWDG   0x50003000u
#define EXTI   0x58000000u
#define RTC    0x58004000u
#define CRC    0x58024c00u
#define HSEM   0x58026400u
#define DBGMCU 0x5c001000u

static struct soc soc;
static struct h7_rcc rcc;
static struct soc_env env;
static unsigned lints;
static uint8_t memory[256];

static void on_lint(void *ctx, const char *rule, const char *section, const char *text)
{
    (void)ctx, (void)rule, (void)section, (void)text;
    lints++;
}

static void on_note(void *ctx, const char *text)
{
    (void)ctx, (void)text;
}

/* 256 bytes at 0x24000000; the word at 0x24000080 cannot be read. */
static bool dma(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write)
{
    (void)ctx;
    if (addr - 0x24000000 > sizeof memory - size || (addr == 0x24000080 && !write))
        return false;
    if (write)
        memcpy(memory + (addr - 0x24000000), value, size);
    else
        memcpy(value, memory + (addr - 0x24000000), size);
    return true;
}

static void put(uint32_t addr, uint32_t value)
{
    const struct soc_block *b = soc_find(addr);
    assert_int_equal(soc_write(&soc, &env, b, addr - b->base, value), H7_OK);
}

static uint32_t get(uint32_t addr)
{
    const struct soc_block *b = soc_find(addr);
    uint32_t value = 0;
    assert_int_equal(soc_read(&soc, &env, b, addr - b->base, &value), H7_OK);
    return value;
}

static void at(uint64_t ns)
{
    env.now = ns;
    soc_advance(&soc, &env);
}

static bool irq(unsigned line)
{
    (void)soc_next_event(&soc);
    return (soc.irq[line / 32] >> (line % 32) & 1) != 0;
}

static void rcc_put(uint32_t off, uint32_t value)
{
    assert_int_equal(h7_rcc_write(&rcc, &env, off, value), H7_OK);
    soc_clocks(&soc, &env);
}

static int set_up(void **state)
{
    (void)state;
    memset(&soc, 0, sizeof soc);
    memset(&rcc, 0, sizeof rcc);
    h7_rcc_reset(&rcc, RSR_PORRSTF);
    env = (struct soc_env){
        .rcc = &rcc, .dbp = true, .size = 4, .dma = dma, .lint = on_lint, .note = on_note};
    lints = 0;
    soc_reset(&soc, true);
    soc_clocks(&soc, &env);
    return 0;
}

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

static void TIM_counts_exactly_and_interrupts_at_its_update(void **state)
{
    (void)state;
    put(TIM2 + 0x28, 63); /* 64 MHz / 64 */
    put(TIM2 + 0x2c, 999);
    put(TIM2 + 0x14, 1);
    put(TIM2 + 0x10, 0);
    put(TIM2 + 0x0c, 1);
    put(TIM2 + 0x00, 1);
    assert_int_equal(soc_next_event(&soc), MS);
    at(MS - 1);
    assert_int_equal(get(TIM2 + 0x24), 999);
    assert_false(irq(28));
    at(MS);
    assert_true(irq(28));
    assert_int_equal(get(TIM2 + 0x24), 0);
    put(TIM2 + 0x10, 0);
    assert_false(irq(28));
    at(1000 * MS + 7000);
    assert_int_equal(get(TIM2 + 0x24), 7);
}

static void TIM_loses_nothing_when_its_clock_changes(void **state)
{
    (void)state;
    put(TIM2 + 0x00, 1);
    at(1007);               /* 64.448 ticks */
    rcc_put(0x1c, 4u << 4); /* PCLK1 / 2: timers still at 64 MHz */
    rcc_put(0x1c, 5u << 4); /* / 4: 32 MHz */
    at(2007);
    assert_int_equal(get(TIM2 + 0x24), 96); /* 64.448 + 32 */
    at(2025);
    assert_int_equal(get(TIM2 + 0x24), 97); /* 97.02 */
}

static void TIM_compares_and_one_pulse(void **state)
{
    (void)state;
    put(TIM3 + 0x34, 640); /* CCR1 at 10 us */
    put(TIM3 + 0x2c, 1279);
    put(TIM3 + 0x0c, 2);
    put(TIM3 + 0x00, 1 | 8);
    assert_int_equal(soc_next_event(&soc), 10000);
    at(10000);
    assert_true(irq(29));
    at(50000);
    assert_int_equal(get(TIM3 + 0x00) & 1, 0);
    assert_int_equal(get(TIM3 + 0x24), 0);
}

static void LPTIM_counts_LSI(void **state)
{
    (void)state;
    rcc_put(0x74, 1);
    rcc_put(RCC_D2CCIP2R, 4u << 28);
    put(LPTIM1 + 0x08, 2);
    put(LPTIM1 + 0x10, 1);
    put(LPTIM1 + 0x18, 3199);                   /* 100 ms */
    assert_int_equal(get(LPTIM1) & 0x10, 0x10); /* ARROK */
    put(LPTIM1 + 0x10, 5);
    assert_int_equal(soc_next_event(&soc), 3199 * 31250ull);
    at(100 * MS);
    assert_true(irq(93));
    assert_int_equal(get(LPTIM1 + 0x1c), 0);
    put(LPTIM1 + 0x04, 2);
    assert_false(irq(93));
}

static void LPTIM_reload_needs_ENABLE(void **state)
{
    (void)state;
    put(LPTIM1 + 0x18, 100);
    assert_int_equal(get(LPTIM1 + 0x18), 1);
    assert_int_equal(lints, 1);
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

static void WWDG_bites_below_0x40_and_above_its_window(void **state)
{
    (void)state;
    put(WWDG + 4, 0x7f);
    put(WWDG, 0x80 | 0x41); /* two steps of 4096 / 64 MHz */
    at(127999);
    assert_false(soc.wwdg.bites);
    at(128000);
    assert_true(soc.wwdg.bites);
    set_up(state);
    put(WWDG + 4, 0x50);
    put(WWDG, 0xff);
    put(WWDG, 0xff); /* the counter is above 0x50 */
    assert_true(soc.wwdg.bites);
}

static void RTC_runs_from_LSE_and_keeps_the_calendar(void **state)
{
    (void)state;
    rcc_put(RCC_BDCR, 1u | 1u << 8 | 1u << 15);
    put(RTC + 0x00, 0x00235958); /* closed */
    assert_int_equal(lints, 1);
    put(RTC + 0x24, 0xca);
    put(RTC + 0x24, 0x53);
    put(RTC + 0x0c, 0x80);
    assert_int_equal(get(RTC + 0x0c) & 0x40, 0x40);
    put(RTC + 0x00, 0x00235958);
    put(RTC + 0x04, 0x00240228); /* 28 February 2024 */
    put(RTC + 0x0c, 0);
    at(2 * SECOND + 1);
    assert_int_equal(get(RTC + 0x00), 0);
    assert_int_equal(get(RTC + 0x04) & 0xff1fff, 0x00240229);
    assert_int_equal(get(RTC + 0x04) >> 13 & 7, 4); /* a Thursday */
    put(RTC + 0x50, 0x12345678);
    soc_reset(&soc, false);
    assert_int_equal(get(RTC + 0x50), 0x12345678);
    soc_reset(&soc, true);
    assert_int_equal(get(RTC + 0x50), 0);
}

static void stream(uint32_t from, uint32_t to, uint32_t words)
{
    put(DMA1 + 0x14, words);
    put(DMA1 + 0x18, from);
    put(DMA1 + 0x1c, to);
    put(DMA1 + 0x10, 2u << 13 | 2u << 11 | 3u << 9 | 2u << 6 | 5u << 2 | 1);
    at(env.now + MS);
}

static void DMA_copies_memory_and_reports_what_it_cannot_read(void **state)
{
    (void)state;
    memcpy(memory, "from here", 10);
    stream(0x24000000, 0x24000040, 4);
    assert_string_equal((char *)memory + 0x40, "from here");
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    assert_true(irq(11));
    put(DMA1 + 0x08, 0x3d);
    assert_false(irq(11));
    stream(0x24000080, 0x24000040, 1);
    assert_int_equal(get(DMA1) & 0x3f, 0x08);
    put(DMA1 + 0x08, 0x3d);
    stream(0x20000000, 0x24000040, 1); /* DTCM */
    assert_int_equal(get(DMA1) & 0x3f, 0x08);
    assert_int_equal(lints, 1);
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

#define T(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(tables_do_not_overlap_and_reset_values_show),
        T(a_register_that_holds_its_value_keeps_the_writable_bits),
        T(unknown_offsets_are_not_modelled),
        T(TIM_counts_exactly_and_interrupts_at_its_update),
        T(TIM_loses_nothing_when_its_clock_changes),
        T(TIM_compares_and_one_pulse),
        T(LPTIM_counts_LSI),
        T(LPTIM_reload_needs_ENABLE),
        T(CRC_unit_computes_the_ethernet_crc),
        T(HSEM_is_taken_in_two_steps_or_one),
        T(EXTI_edge_of_a_selected_pin),
        T(RNG_needs_its_clock),
        T(WWDG_bites_below_0x40_and_above_its_window),
        T(RTC_runs_from_LSE_and_keeps_the_calendar),
        T(DMA_copies_memory_and_reports_what_it_cannot_read),
        T(ETH_answers_without_a_phy),
        T(HSE_has_no_crystal_and_PLL_needs_a_source),
        T(PLL2_and_PLL3_feed_the_UARTs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
