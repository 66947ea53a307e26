/* TIM, LPTIM and the two watchdogs. */
#include "testing/vboard/rig_soc.h"

#define TIM1   0x40010000u
#define TIM3   0x40000400u
#define TIM8   0x40010400u
#define TIM15  0x40014000u
#define LPTIM1 0x40002400u
#define WWDG   0x50003000u

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

static void IWDG_takes_a_new_prescaler_slowly(void **state)
{
    struct h7_iwdg w;
    uint32_t v;
    (void)state;
    env.now = 1000;
    h7_iwdg_reset(&w);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x04, 6), H7_OK); /* without the key */
    assert_int_equal(lints, 1);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x00, 0x5555), H7_OK);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x04, 6), H7_OK);
    assert_int_equal(h7_iwdg_read(&w, &env, 0x0c, &v), H7_OK);
    assert_int_equal(v, 1);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x08, 0xfff), H7_OK);
    assert_int_equal(h7_iwdg_read(&w, &env, 0x0c, &v), H7_OK);
    assert_int_equal(v, 3);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x04, 1), H7_OK); /* too early */
    assert_int_equal(lints, 2);
    env.now += 200000;
    assert_int_equal(h7_iwdg_read(&w, &env, 0x0c, &v), H7_OK);
    assert_int_equal(v, 0);
    assert_int_equal(h7_iwdg_next_event(&w), UINT64_MAX);
    assert_int_equal(h7_iwdg_write(&w, &env, 0x00, 0xcccc), H7_OK);
    assert_int_equal(h7_iwdg_next_event(&w) - env.now, 32768000000); /* 4096 * 256 / 32 kHz */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(TIM_counts_exactly_and_interrupts_at_its_update),
        T(TIM_loses_nothing_when_its_clock_changes),
        T(TIM_compares_and_one_pulse),
        T(TIM_counts_down),
        T(TIM1_updates_once_in_so_many_rounds),
        T(TIMs_of_APB2_have_its_clock_and_their_lines),
        T(TIM_that_follows_something_else_is_refused),
        T(counters_are_not_upset_by_somebody_behind),
        T(a_prescaler_that_shrinks_is_due_at_once),
        T(LPTIM_counts_LSI),
        T(LPTIM_reload_needs_ENABLE),
        T(WWDG_bites_below_0x40_and_above_its_window),
        T(IWDG_takes_a_new_prescaler_slowly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
