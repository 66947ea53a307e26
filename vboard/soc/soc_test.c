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
#define SYSCFG 0x58000400u
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

#define LINE_DATA 0x40004824u /* USART3: what the line brings, a byte for each request */

static unsigned line_items; /* so many requests are waiting */
static uint8_t line_next;
static char line_sent[16];
static unsigned line_sent_len;
static bool memory_busy;

/* 256 bytes at 0x24000000; the word at 0x24000080 cannot be read. A data register. */
static enum dma_answer dma(void *ctx, uint32_t addr, unsigned size, uint32_t *value, bool write)
{
    (void)ctx;
    if (addr == LINE_DATA) {
        line_items--;
        if (write)
            line_sent[line_sent_len++ % sizeof line_sent] = (char)*value;
        else
            *value = line_next++;
        return DMA_DONE;
    }
    if (addr - 0x24000000 > sizeof memory - size || (addr == 0x24000080 && !write))
        return DMA_ERROR;
    if (memory_busy && !write)
        return DMA_WAIT;
    if (write)
        memcpy(memory + (addr - 0x24000000), value, size);
    else
        memcpy(value, memory + (addr - 0x24000000), size);
    return DMA_DONE;
}

static enum dma_request request(void *ctx, unsigned id)
{
    (void)ctx;
    if (id != 45 && id != 0)
        return DMA_NO_SUCH_REQUEST;
    return id != 0 && line_items != 0 ? DMA_REQUESTED : DMA_SILENT;
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
    env = (struct soc_env){.rcc = &rcc,
                           .dbp = true,
                           .size = 4,
                           .dma = dma,
                           .request = request,
                           .lint = on_lint,
                           .note = on_note};
    lints = line_items = line_sent_len = 0;
    line_next = 'a';
    memory_busy = false;
    memset(memory, 0, sizeof memory);
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

#define TIM1  0x40010000u
#define TIM15 0x40014000u
#define TIM8  0x40010400u

static void TIM_counts_down(void **state)
{
    (void)state;
    put(TIM3 + 0x2c, 639); /* 10 us */
    put(TIM3 + 0x34, 63);  /* met 9 us after the top */
    put(TIM3 + 0x00, 0x10);
    put(TIM3 + 0x14, 1);
    put(TIM3 + 0x10, 0);
    assert_int_equal(get(TIM3 + 0x24), 639);
    put(TIM3 + 0x0c, 3);
    put(TIM3 + 0x00, 0x11);
    assert_int_equal(soc_next_event(&soc), 9000);
    at(1000);
    assert_int_equal(get(TIM3 + 0x24), 575);
    at(9000);
    assert_int_equal(get(TIM3 + 0x10) & 3, 2);
    assert_int_equal(get(TIM3 + 0x24), 63);
    put(TIM3 + 0x00, 0x01); /* turns around where it is */
    assert_int_equal(get(TIM3 + 0x24), 63);
    put(TIM3 + 0x00, 0x11);
    put(TIM3 + 0x24, 127);
    assert_int_equal(soc_next_event(&soc), 11000);
    at(11000);
    assert_int_equal(get(TIM3 + 0x10) & 3, 3);
    assert_int_equal(get(TIM3 + 0x24), 639);
    put(TIM3 + 0x2c, 1279); /* a new top leaves the counter */
    assert_int_equal(get(TIM3 + 0x24), 639);
}

static void TIM1_updates_once_in_so_many_rounds(void **state)
{
    (void)state;
    put(TIM1 + 0x2c, 63); /* 1 us */
    put(TIM1 + 0x30, 4);
    put(TIM1 + 0x34, 32);
    put(TIM1 + 0x14, 1);
    put(TIM1 + 0x10, 0);
    put(TIM1 + 0x0c, 1);
    put(TIM1 + 0x00, 1);
    assert_int_equal(soc_next_event(&soc), 5000);
    at(4999);
    assert_int_equal(get(TIM1 + 0x10) & 3, 2); /* a compare in each round */
    at(5000);
    assert_true(irq(25));
    assert_false(irq(27)); /* not enabled, and another line */
    put(TIM1 + 0x0c, 3);
    assert_true(irq(27));
    put(TIM1 + 0x10, 0);
    at(52500); /* ten updates and a half later */
    assert_int_equal(get(TIM1 + 0x10) & 3, 3);
    put(TIM1 + 0x10, 0);
    put(TIM1 + 0x0c, 1);
    assert_int_equal(soc_next_event(&soc), 55000);
    put(TIM1 + 0x00, 3); /* UDIS */
    assert_int_equal(soc_next_event(&soc), UINT64_MAX);
    at(60000);
    assert_int_equal(get(TIM1 + 0x10) & 1, 0);
}

static void TIMs_of_APB2_have_its_clock_and_their_lines(void **state)
{
    static const struct {
        uint32_t base;
        unsigned line;
    } rows[] = {{TIM15, 116},     {TIM15 + 0x400, 117}, {TIM15 + 0x800, 118}, {TIM8, 44},
                {0x40001800, 43}, {0x40001c00, 44},     {0x40002000, 45}};
    (void)state;
    rcc_put(0x1c, 5u << 8); /* PCLK2 / 4: timers of APB2 at 32 MHz */
    for (unsigned i = 0; i < 7; i++) {
        put(rows[i].base + 0x2c, 63);
        put(rows[i].base + 0x0c, 1);
        put(rows[i].base + 0x00, 1);
        at(env.now + 999);
        assert_false(irq(rows[i].line));
        at(env.now + 1);
        assert_int_equal(irq(rows[i].line), i > 3);
        at(env.now + 1000);
        assert_true(irq(rows[i].line));
        put(rows[i].base + 0x00, 0);
        put(rows[i].base + 0x10, 0);
    }
}

static void TIM_that_follows_something_else_is_refused(void **state)
{
    const struct soc_block *b = soc_find(TIM2);
    (void)state;
    put(TIM2 + 0x08, 0x70);                                                  /* TS without SMS */
    assert_int_equal(soc_write(&soc, &env, b, 0x08, 3), H7_UNMODELLED);      /* encoder */
    assert_int_equal(soc_write(&soc, &env, b, 0x08, 0x4000), H7_UNMODELLED); /* ETR */
    assert_int_equal(soc_write(&soc, &env, b, 0x00, 0x20), H7_UNMODELLED);   /* center-aligned */
    assert_int_equal(soc_write(&soc, &env, b, 0x0c, 0x100), H7_UNMODELLED);  /* UDE: DMA */
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

/* LSE, WPR open, EXTI lines 17 and 19 with rising edges and interrupts. */
static void rtc_on(uint32_t time)
{
    rcc_put(RCC_BDCR, 1u | 1u << 8 | 1u << 15);
    put(EXTI + 0x00, 5u << 17);
    put(EXTI + 0x80, 5u << 17);
    put(RTC + 0x24, 0xca);
    put(RTC + 0x24, 0x53);
    put(RTC + 0x0c, 0x80);
    put(RTC + 0x00, time);
    put(RTC + 0x04, 0x00240228);
    put(RTC + 0x0c, 0);
}

static void RTC_alarm_by_time_and_day(void **state)
{
    (void)state;
    rtc_on(0x00235950);
    assert_int_equal(get(RTC + 0x0c) & 7, 7);
    put(RTC + 0x1c, 0x29000002); /* on the 29th, 0:00:02 */
    put(RTC + 0x08, 1u << 8 | 1u << 12);
    assert_int_equal(get(RTC + 0x0c) & 7, 6); /* ALRAWF */
    put(RTC + 0x1c, 0x80808080);              /* closed while ALRAE */
    assert_int_equal(lints, 1);
    assert_int_equal(get(RTC + 0x1c), 0x29000002);
    for (unsigned i = 1; i < 12; i++)
        at(i * SECOND);
    assert_false(irq(41));
    assert_int_equal(soc_next_event(&soc), 12 * SECOND);
    at(12 * SECOND);
    assert_true(irq(41));
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0x100);
    put(EXTI + 0x88, 1u << 17);
    (void)get(RTC + 0x0c);
    assert_false(irq(41)); /* the line is still up: no edge */
    put(RTC + 0x24, 0);    /* closed: flags can be cleared still */
    put(RTC + 0x0c, 0);
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0);
    assert_int_equal(lints, 1);
}

static void RTC_alarm_on_a_weekday(void **state)
{
    (void)state;
    rtc_on(0x00235955);
    put(RTC + 0x1c, 0x44000000 | 1u << 30); /* Thursday, midnight */
    put(RTC + 0x08, 1u << 8 | 1u << 12);
    at(4 * SECOND);
    assert_false(irq(41));
    at(5 * SECOND + 1);
    assert_true(irq(41));
}

static void RTC_alarm_B_every_minute_without_interrupt(void **state)
{
    (void)state;
    rtc_on(0x00120500);
    put(RTC + 0x20, 0x80808030);
    put(RTC + 0x08, 1u << 9);
    at(29 * SECOND);
    assert_int_equal(get(RTC + 0x0c) & 0x200, 0);
    at(95 * SECOND); /* one long stall */
    assert_int_equal(get(RTC + 0x0c) & 0x200, 0x200);
    assert_false(irq(41));
    assert_int_equal(get(RTC + 0x00), 0x00120635);
    put(RTC + 0x08, 1u << 9 | 1u << 13); /* the flag is up: so is the line now */
    assert_true(irq(41));
}

static void RTC_wakes_up_again_and_again(void **state)
{
    (void)state;
    rtc_on(0);
    put(RTC + 0x14, 2047); /* of 32768 / 16 Hz: one second */
    put(RTC + 0x08, 1u << 10 | 1u << 14);
    put(RTC + 0x14, 5); /* too late */
    assert_int_equal(lints, 1);
    assert_int_equal(soc_next_event(&soc), SECOND);
    at(SECOND);
    assert_true(irq(3));
    put(RTC + 0x0c, 0);
    put(EXTI + 0x88, 1u << 19);
    assert_false(irq(3));
    at(2 * SECOND);
    assert_true(irq(3));
    at(2 * SECOND + SECOND / 2);
    put(RTC + 0x08, 0);
    put(RTC + 0x14, 4);
    put(RTC + 0x0c, 0);
    put(RTC + 0x08, 4u | 1u << 10); /* on the calendar's clock, from the beginning */
    assert_int_equal(soc_next_event(&soc), 7 * SECOND + SECOND / 2);
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

static void DMA_waits_for_a_memory_that_is_busy(void **state)
{
    (void)state;
    memcpy(memory, "from here", 10);
    memory_busy = true;
    stream(0x24000000, 0x24000040, 4);
    at(env.now + MS);
    assert_int_equal(get(DMA1) & 0x3f, 0);
    assert_int_equal(get(DMA1 + 0x10) & 1, 1);
    memory_busy = false;
    at(env.now + MS);
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    assert_string_equal((char *)memory + 0x40, "from here");
}

#define DMAMUX 0x40020800u
#define CIRC   (1u << 8)
#define MINC   (1u << 10)
#define TO_P   (1u << 6)

/* Stream 0 on request 45, bytes, all interrupts. */
static void line_stream(uint32_t items, uint32_t how)
{
    put(DMAMUX, 45);
    put(DMA1 + 0x14, items);
    put(DMA1 + 0x18, LINE_DATA);
    put(DMA1 + 0x1c, 0x24000000);
    put(DMA1 + 0x10, how | 15u << 1 | 1);
}

static void requests(unsigned n)
{
    line_items += n;
    soc_dma_serve(&soc, &env);
}

static void DMA_moves_an_item_for_each_request(void **state)
{
    (void)state;
    line_stream(5, MINC);
    assert_true(soc_dma_waits(&soc));
    requests(2);
    assert_string_equal((char *)memory, "ab");
    assert_int_equal(get(DMA1 + 0x14), 3);
    assert_false(irq(11));
    requests(1);
    assert_int_equal(get(DMA1) & 0x3f, 0x10); /* half */
    put(DMA1 + 0x08, 0x10);
    requests(9);
    assert_string_equal((char *)memory, "abcde");
    assert_int_equal(get(DMA1) & 0x3f, 0x20);
    assert_true(irq(11));
    assert_int_equal(get(DMA1 + 0x10) & 1, 0);
    assert_int_equal(get(DMA1 + 0x14), 0);
    assert_int_equal(line_items, 7);
    assert_false(soc_dma_waits(&soc));
}

static void DMA_goes_around_in_circular_mode(void **state)
{
    (void)state;
    line_stream(4, MINC | CIRC);
    requests(6);
    assert_string_equal((char *)memory, "efcd");
    assert_int_equal(get(DMA1 + 0x14), 2);
    assert_int_equal(get(DMA1) & 0x3f, 0x30);
    put(DMA1 + 0x10, get(DMA1 + 0x10) & ~8u); /* HTIE may change while it runs */
    put(DMA1 + 0x14, 9);                      /* this may not */
    assert_int_equal(get(DMA1 + 0x14), 2);
    put(DMA1 + 0x08, 0x3d);
    put(DMA1 + 0x10, get(DMA1 + 0x10) & ~1u);
    assert_int_equal(get(DMA1) & 0x3f, 0x20); /* stopping says so */
    requests(1);
    assert_int_equal(line_items, 1);
    assert_int_equal(get(DMA1 + 0x14), 2); /* how far it came */
}

static void DMA_double_buffer_changes_sides(void **state)
{
    (void)state;
    put(DMA1 + 0x20, 0x24000010);
    line_stream(2, MINC | 1u << 18);
    requests(3);
    assert_string_equal((char *)memory, "ab");
    assert_string_equal((char *)memory + 0x10, "c");
    assert_int_equal(get(DMA1 + 0x10) >> 19 & 1, 1); /* CT */
    put(DMA1 + 0x1c, 0x24000020);                    /* the idle one may change */
    put(DMA1 + 0x20, 0x24000030);                    /* the other may not */
    requests(3);
    assert_string_equal((char *)memory + 0x10, "cd");
    assert_string_equal((char *)memory + 0x20, "ef");
}

/* A ring that is no data register of the peripheral never ends its request. */
static void DMA_that_answers_no_request_goes_on_at_its_pace(void **state)
{
    (void)state;
    put(DMAMUX, 45);
    put(DMA1 + 0x14, 4);
    put(DMA1 + 0x18, 0x24000040);
    put(DMA1 + 0x1c, 0x24000000);
    put(DMA1 + 0x10, MINC | CIRC | TO_P | 1);
    requests(1);
    assert_int_equal(line_items, 1);
    uint64_t next = soc_next_event(&soc);
    assert_in_range(next, env.now + 1, env.now + 10000);
    at(next);
    assert_in_range(soc_next_event(&soc), next + 1, next + 10000);
    line_items = 0;
    at(soc_next_event(&soc));
    assert_int_equal(soc_next_event(&soc), UINT64_MAX);
}

static void counters_are_not_upset_by_somebody_behind(void **state)
{
    (void)state;
    put(TIM2 + 0x00, 1);
    at(10000);
    assert_int_equal(get(TIM2 + 0x24), 640);
    env.now = 5000;
    assert_int_equal(get(TIM2 + 0x24), 640);
    at(20000);
    assert_int_equal(get(TIM2 + 0x24), 1280);
}

static void a_prescaler_that_shrinks_is_due_at_once(void **state)
{
    const struct soc_count c = {.since = 77, .hz = 1000, .pre = 50};
    (void)state;
    assert_int_equal(soc_count_after(&c, 10, 4), 77);
    assert_int_equal(soc_count_after(&c, 10, 6), 77 + 10 * MS);
}

static void RTC_alarm_that_has_come_costs_no_time(void **state)
{
    (void)state;
    rtc_on(0);
    put(RTC + 0x0c, 0x80);
    put(RTC + 0x10, 0); /* 32768 "seconds" a second */
    put(RTC + 0x0c, 0);
    put(RTC + 0x1c, 0x80808080);
    put(RTC + 0x08, 1u << 8);
    at(SECOND);
    assert_int_equal(get(RTC + 0x0c) & 0x100, 0x100);
    at(4000000 * SECOND); /* 131 thousand million of them */
    assert_int_equal(get(RTC + 0x28), 0);
}

static void DMA_sends_and_stops_at_an_error(void **state)
{
    (void)state;
    memcpy(memory, "hello", 5);
    line_stream(5, MINC | TO_P);
    requests(20);
    assert_memory_equal(line_sent, "hello", 5);
    assert_int_equal(line_items, 15);
    line_stream(5, MINC | TO_P); /* TCIF is still set */
    assert_int_equal(lints, 1);
    assert_int_equal(get(DMA1 + 0x10) & 1, 0);
    put(DMA1 + 0x08, 0x3d);
    put(DMA1 + 0x1c, 0x20000000);
    put(DMA1 + 0x14, 1);
    put(DMA1 + 0x10, MINC | TO_P | 1);
    soc_dma_serve(&soc, &env);
    assert_int_equal(get(DMA1) & 0x3f, 0x08); /* DTCM */
    assert_int_equal(lints, 2);
}

static void DMA_that_is_not_modelled_is_refused(void **state)
{
    const struct soc_block *dma1 = soc_find(DMA1), *mux = soc_find(DMAMUX);
    (void)state;
    put(DMA1 + 0x14, 1);
    put(DMAMUX, 37); /* SPI1 */
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1), H7_UNMODELLED);
    put(DMAMUX, 45);
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1u << 5 | 1), H7_UNMODELLED); /* PFCTRL */
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 1u << 21 | 1), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, dma1, 0x10, 2u << 6 | CIRC | 1), H7_UNMODELLED);
    assert_int_equal(soc_write(&soc, &env, mux, 0, 1u << 16 | 45), H7_UNMODELLED); /* SE */
    assert_int_equal(soc_write(&soc, &env, mux, 0x100, 1u << 16), H7_UNMODELLED);
    assert_false(soc_dma_waits(&soc));
}

/* ---- UART ---- */

static struct h7_usart uart;
static struct usart_queue queue = {.size = 16};
static uint8_t waiting[16];
static const struct usart_wires wires = {.kernel_khz = 64000,
                                         .clocked = true,
                                         .tx_pin = true,
                                         .rx_pin = true,
                                         .unit = 3,
                                         .waiting = waiting};

static void uart_put(uint32_t off, uint32_t value)
{
    assert_int_equal(h7_usart_write(&uart, &env, &wires, off, value), H7_OK);
}

static uint32_t uart_isr(void)
{
    uint32_t value = 0;
    assert_int_equal(h7_usart_read(&uart, &env, 0x1c, &value), H7_OK);
    return value;
}

static void uart_at(uint64_t ns)
{
    env.now = ns;
    h7_usart_advance(&uart, &env, &wires, &queue, NULL);
}

/* One bit is 10 us, no FIFO, cr2 and cr3 as given; text comes in from now on. */
static void uart_on(uint32_t cr1, uint32_t cr2, uint32_t cr3, const char *text)
{
    h7_usart_reset(&uart);
    uart_put(0x0c, 640);
    uart_put(0x04, cr2);
    uart_put(0x08, cr3);
    uart_put(0x00, cr1 | 13);
    queue.head = 0;
    queue.count = (uint32_t)strlen(text);
    memcpy(waiting, text, queue.count);
    h7_usart_feed(&uart, &wires, &queue, env.now);
}

static void UART_times_out_after_so_many_silent_bits(void **state)
{
    (void)state;
    uart_on(1u << 26, 1u << 23, 0, "ab");
    uart_put(0x14, 35);
    uart_at(549000);
    assert_int_equal(uart_isr() & 1u << 11, 0);
    assert_false(h7_usart_irq(&uart));
    uart_at(551000); /* 20 bits of bytes, 35 of silence */
    assert_int_equal(uart_isr() & 1u << 11, 1u << 11);
    assert_true(h7_usart_irq(&uart));
    uart_put(0x20, 1u << 11);
    assert_false(h7_usart_irq(&uart));
    assert_int_equal(h7_usart_next_event(&uart), UINT64_MAX);
}

static void UART_meets_its_character(void **state)
{
    (void)state;
    uart_on(1u << 14, (uint32_t)'\n' << 24, 0, "a\nb");
    uart_at(100000);
    assert_int_equal(uart_isr() & 1u << 17, 0);
    uart_at(200000);
    assert_true(h7_usart_irq(&uart));
    uart_put(0x20, 1u << 17);
    assert_false(h7_usart_irq(&uart));
}

static void UART_asks_for_DMA_until_an_error_if_DDRE_says_so(void **state)
{
    (void)state;
    uart_on(0, 0, 1u << 6 | 1u << 7 | 1u << 13, "ab");
    assert_true(h7_usart_request(&uart, true)); /* TXE */
    assert_false(h7_usart_request(&uart, false));
    uart_at(100000);
    assert_true(h7_usart_request(&uart, false));
    uart_at(200000); /* overrun */
    assert_int_equal(uart_isr() & 8, 8);
    assert_false(h7_usart_request(&uart, false));
    uart_put(0x20, 8);
    assert_true(h7_usart_request(&uart, false));
    uart_put(0x00, 12); /* UE=0 */
    assert_false(h7_usart_request(&uart, true));
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

static void HSE_of_another_board_is_a_crystal(void **state)
{
    uint32_t cr;
    (void)state;
    rcc.crystal_hz = 25000000;
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
        {0xd0000000, "external SDRAM at the FMC, which this board has not (--sdram)"},
        {0xb0000000, "no memory and no peripheral there"},
    };
    char text[80];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        h7_describe_absent(rows[i].addr, text, sizeof text);
        assert_string_equal(text, rows[i].text);
    }
    assert_string_equal(h7_second_core_name(0x58004c04), "IWDG2");
    assert_null(h7_second_core_name(0x58004804));
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
        T(TIM_counts_down),
        T(TIM1_updates_once_in_so_many_rounds),
        T(TIMs_of_APB2_have_its_clock_and_their_lines),
        T(TIM_that_follows_something_else_is_refused),
        T(LPTIM_counts_LSI),
        T(LPTIM_reload_needs_ENABLE),
        T(CRC_unit_computes_the_ethernet_crc),
        T(HSEM_is_taken_in_two_steps_or_one),
        T(EXTI_edge_of_a_selected_pin),
        T(RNG_needs_its_clock),
        T(WWDG_bites_below_0x40_and_above_its_window),
        T(RTC_runs_from_LSE_and_keeps_the_calendar),
        T(RTC_alarm_by_time_and_day),
        T(RTC_alarm_on_a_weekday),
        T(RTC_alarm_B_every_minute_without_interrupt),
        T(RTC_wakes_up_again_and_again),
        T(DMA_copies_memory_and_reports_what_it_cannot_read),
        T(DMA_waits_for_a_memory_that_is_busy),
        T(DMA_moves_an_item_for_each_request),
        T(DMA_goes_around_in_circular_mode),
        T(DMA_double_buffer_changes_sides),
        T(DMA_that_answers_no_request_goes_on_at_its_pace),
        T(counters_are_not_upset_by_somebody_behind),
        T(a_prescaler_that_shrinks_is_due_at_once),
        T(RTC_alarm_that_has_come_costs_no_time),
        T(DMA_sends_and_stops_at_an_error),
        T(DMA_that_is_not_modelled_is_refused),
        T(UART_times_out_after_so_many_silent_bits),
        T(UART_meets_its_character),
        T(UART_asks_for_DMA_until_an_error_if_DDRE_says_so),
        T(ETH_answers_without_a_phy),
        T(HSE_has_no_crystal_and_PLL_needs_a_source),
        T(HSE_of_another_board_is_a_crystal),
        T(SYSCFG_compensation_cell_is_ready_while_CSI_runs),
        T(what_is_absent_has_a_name),
        T(PLL2_and_PLL3_feed_the_UARTs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
