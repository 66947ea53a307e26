/* Peripherals behind their gates: clock enables and resets of RCC; and HASH, which answers to words alone. */
#include <string.h>

#include "core/base/compiler.h"
#include "testing/vboard/rig_registers.h"

#define MS      1000000ull
#define RCC     0x58024400u
#define AHB2ENR (RCC + 0xdc)
#define HASH    0x48021400u
#define HASHEN  (1u << 5)

/* A register that can be written in each unit, its enable register and bit; the reset register is 0x58 before that
 * [CMSIS stm32h753xx.h, RCC_xxxENR and RCC_xxxRSTR]. */
static const struct unit {
    const char *name;
    uint32_t addr, value;
    uint16_t enable;
    uint8_t bit;
    bool has_reset;
} units[] = {
    {"TIM2", 0x4000002c, 77, 0xe8, 0, true},    {"TIM3", 0x4000042c, 77, 0xe8, 1, true},
    {"TIM4", 0x4000082c, 77, 0xe8, 2, true},    {"TIM5", 0x40000c2c, 77, 0xe8, 3, true},
    {"TIM6", 0x4000102c, 77, 0xe8, 4, true},    {"TIM7", 0x4000142c, 77, 0xe8, 5, true},
    {"TIM12", 0x4000182c, 77, 0xe8, 6, true},   {"TIM13", 0x40001c2c, 77, 0xe8, 7, true},
    {"TIM14", 0x4000202c, 77, 0xe8, 8, true},   {"LPTIM1", 0x40002408, 3, 0xe8, 9, true},
    {"USART2", 0x4000440c, 77, 0xe8, 17, true}, {"USART3", 0x4000480c, 77, 0xe8, 18, true},
    {"UART4", 0x40004c0c, 77, 0xe8, 19, true},  {"UART5", 0x4000500c, 77, 0xe8, 20, true},
    {"UART7", 0x4000780c, 77, 0xe8, 30, true},  {"UART8", 0x40007c0c, 77, 0xe8, 31, true},
    {"CRS", 0x40008400, 0x2001, 0xec, 1, true}, {"TIM1", 0x4001002c, 77, 0xf0, 0, true},
    {"TIM8", 0x4001042c, 77, 0xf0, 1, true},    {"USART1", 0x4001100c, 77, 0xf0, 4, true},
    {"USART6", 0x4001140c, 77, 0xf0, 5, true},  {"TIM15", 0x4001402c, 77, 0xf0, 16, true},
    {"TIM16", 0x4001442c, 77, 0xf0, 17, true},  {"TIM17", 0x4001482c, 77, 0xf0, 18, true},
    {"DMA1", 0x40020018, 77, 0xd8, 0, true},    {"DMA2", 0x40020418, 77, 0xd8, 1, true},
    {"ETH", 0x40028000, 77, 0xd8, 15, true},    {"HASH", 0x48021420, 2, 0xdc, 5, true},
    {"RNG", 0x48021800, 8, 0xdc, 6, true},      {"WWDG1", 0x50003004, 0x70, 0xe4, 6, false},
    {"FMC", 0x52004000, 77, 0xd4, 12, true},    {"SYSCFG", 0x58000408, 77, 0xf4, 1, true},
    {"LPTIM2", 0x58002408, 3, 0xf4, 9, true},   {"LPTIM3", 0x58002808, 3, 0xf4, 10, true},
    {"LPTIM4", 0x58002c08, 3, 0xf4, 11, true},  {"LPTIM5", 0x58003008, 3, 0xf4, 12, true},
    {"GPIOA", 0x58020014, 77, 0xe0, 0, true},   {"GPIOB", 0x58020414, 77, 0xe0, 1, true},
    {"GPIOC", 0x58020814, 77, 0xe0, 2, true},   {"GPIOD", 0x58020c14, 77, 0xe0, 3, true},
    {"GPIOE", 0x58021014, 77, 0xe0, 4, true},   {"GPIOF", 0x58021414, 77, 0xe0, 5, true},
    {"GPIOG", 0x58021814, 77, 0xe0, 6, true},   {"GPIOH", 0x58021c14, 77, 0xe0, 7, true},
    {"GPIOI", 0x58022014, 77, 0xe0, 8, true},   {"GPIOJ", 0x58022414, 77, 0xe0, 9, true},
    {"GPIOK", 0x58022814, 77, 0xe0, 10, true},  {"CRC", 0x58024c04, 77, 0xe0, 19, true},
    {"HSEM", 0x58026500, 77, 0xe0, 25, true},
};

static void expect(const struct unit *u, uint32_t value, unsigned findings, const char *when)
{
    uint32_t is = rig_get(u->addr);
    if (is != value || vboard_lint_count(rig_v) != findings)
        fail_msg("%s %s: 0x%x, %u findings", u->name, when, (unsigned)is, vboard_lint_count(rig_v));
}

static void a_unit_without_its_clock_takes_nothing(void **state)
{
    unsigned findings = 0;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        const struct unit *u = &units[i];
        vboard_power_on(
            rig_v); /* or there is one report for all of them: all have the same place */
        rig_reports[0] = '\0';
        rig_put(RCC + u->enable, ~(1u << u->bit));
        rig_put(u->addr, u->value);
        expect(u, 0, ++findings, "without its clock");
        if (strstr(rig_reports, u->name) == NULL)
            fail_msg("%s: no report", u->name);
        rig_put(RCC + u->enable, 1u << u->bit);
        uint32_t reset = rig_get(u->addr);
        assert_int_not_equal(reset, u->value);
        rig_put(u->addr, u->value);
        expect(u, u->value, findings, "with its clock");
        rig_put(RCC + u->enable, ~(1u << u->bit)); /* what it holds stays */
        expect(u, 0, findings, "without its clock again");
        rig_put(RCC + u->enable, 1u << u->bit);
        expect(u, u->value, findings, "with its clock again");
        if (!u->has_reset)
            continue;
        rig_put(RCC + u->enable - 0x58, 1u << u->bit);
        expect(u, reset, findings, "in reset");
        rig_put(u->addr, u->value);
        expect(u, reset, ++findings, "written in reset");
        rig_put(RCC + u->enable - 0x58, 0);
        expect(u, reset, findings, "after reset");
    }
}

static void a_finding_names_unit_bit_and_register(void **state)
{
    (void)state;
    rig_put(0x4000480c, 1);
    assert_non_null(strstr(rig_reports, "lint CLK1 at pc 0x0800000"));
    assert_non_null(strstr(rig_reports,
                           "USART3 is used while its clock is off (RCC_APB1LENR, bit 18): "
                           "reads 0, writes are ignored [address 0x4000480c; RM0433 RCC"));
    rig_put(RCC + 0xdc, HASHEN);
    rig_put(RCC + 0x84, HASHEN);
    rig_put(HASH, 0x400a4);
    assert_non_null(
        strstr(rig_reports, "HASH is written while it is held in reset (RCC_AHB2RSTR, bit 5)"));
}

static void the_RTC_has_its_clock_after_reset(void **state)
{
    (void)state;
    assert_int_equal(rig_get(0x58004010), 0x007f00ff);
    rig_put(RCC + 0xf4, 0);
    assert_int_equal(rig_get(0x58004010), 0);
}

static void a_counter_without_its_clock_stands(void **state)
{
    (void)state;
    rig_put(RCC + 0xe8, 1);
    rig_put(0x40000000, 1);
    assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
    rig_put(RCC + 0xe8, 0);
    assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
    rig_put(RCC + 0xe8, 1);
    assert_in_range(rig_get(0x40000024), 64000 - 10, 64000 + 10);
}

static void a_DMA_without_its_clock_waits(void **state)
{
    uint8_t to[4] = {0}, from[4] = {1, 2, 3, 4};
    (void)state;
    rig_put(RCC + 0xd8, 1);
    assert_int_equal(vboard_write(rig_v, 0x24000000, from, 4), 4);
    assert_int_equal(vboard_write(rig_v, 0x24000100, to, 4), 4);
    rig_put(0x40020018, 0x24000000);
    rig_put(0x4002001c, 0x24000100);
    rig_put(0x40020014, 4);
    rig_put(0x40020010, 1u << 7 | 1u << 9 | 1u << 10 | 1);
    rig_put(RCC + 0xd8, 0);
    assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(0x24000100), 0);
    rig_put(RCC + 0xd8, 1);
    assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(0x24000100), 0x04030201);
    assert_int_equal(vboard_lint_count(rig_v), 0);
}

static void HASH_takes_words_alone(void **state)
{
    uint8_t byte[4] = {0};
    (void)state;
    rig_put(AHB2ENR, HASHEN);
    assert_int_equal(vboard_write(rig_v, HASH + 4, byte, 1), 0);
    assert_int_equal(vboard_write(rig_v, HASH + 4, byte, 2), 0);
    assert_int_equal(vboard_read(rig_v, HASH + 0x24, byte, 1), 0);
    assert_int_equal(vboard_lint_count(rig_v), 2);
    assert_non_null(strstr(rig_reports, "lint HASH1 at pc"));
}

static void HASH_is_seen_by_its_clock_enable(void **state)
{
    (void)state;
    rig_put(AHB2ENR, 0xffffffff);
    assert_int_equal(rig_get(AHB2ENR) & HASHEN, HASHEN);
    vboard_free(rig_v);
    rig_v = rig_looping_board("nucleo_h723zg", 0);
    rig_put(AHB2ENR, 0xffffffff);
    assert_int_equal(rig_get(AHB2ENR) & HASHEN, 0);
}

static void a_copy_of_the_board_finishes_the_digest(void **state)
{
    (void)state;
    rig_put(AHB2ENR, HASHEN);
    rig_put(HASH, 0x400a4);
    rig_put(HASH + 4, 0x00636261);
    struct vboard *first = rig_v;
    rig_v = rig_looping_board(NULL, 0);
    vboard_copy(rig_v, first);
    for (unsigned i = 0; i < 2; i++) {
        rig_put(HASH + 8, 0x18);
        rig_put(HASH + 8, 0x118);
        assert_int_equal(rig_get(HASH + 0x24), 8); /* BUSY */
        assert_int_equal(vboard_run(rig_v, MS, 0).why, VBOARD_TIME);
        assert_int_equal(rig_get(HASH + 0x24), 2); /* DCIS */
        assert_int_equal(rig_get(HASH + 0x310), 0xba7816bf);
        vboard_free(i == 0 ? rig_v : NULL);
        rig_v = first;
    }
}

static void a_store_to_a_busy_HASH_holds_the_core(void **state)
{
    (void)state;
    rig_put(AHB2ENR, HASHEN);
    rig_put(HASH, 0x400a4);
    for (unsigned i = 0; i < 17; i++)
        rig_put(HASH + 4, i);
    uint64_t from = vboard_now_ns(rig_v);
    rig_put(HASH + 4, 17);
    assert_in_range(vboard_now_ns(rig_v) - from, 782, 800);
}

static void a_defect_stays_through_resets_and_copies(void **state)
{
    (void)state;
    vboard_set_defect(rig_v, VBOARD_DEFECT_HASH_BIT, true);
    vboard_power_on(rig_v);
    vboard_reset_pin(rig_v);
    struct vboard *first = rig_v;
    rig_v = rig_looping_board(NULL, 0);
    vboard_copy(rig_v, first);
    vboard_free(first);
    rig_put(AHB2ENR, HASHEN);
    for (unsigned i = 0; i < 2; i++) {
        rig_put(HASH, 0x400a4);
        rig_put(HASH + 8, 0);
        rig_put(HASH + 8, 0x100);
        assert_int_equal(rig_get(HASH + 0x318) == 0x9afbf4c8, i);
        vboard_set_defect(rig_v, VBOARD_DEFECT_HASH_BIT, false);
    }
}

static void a_board_can_be_made_with_a_defect(void **state)
{
    (void)state;
    vboard_free(rig_v);
    rig_v = rig_looping_board(NULL, VBOARD_DEFECT_HASH_STUCK);
    rig_put(AHB2ENR, HASHEN);
    rig_put(HASH, 0x400a4);
    rig_put(HASH + 8, 0);
    rig_put(HASH + 8, 0x100);
    assert_int_equal(rig_get(HASH + 0x24) & 8, 8);
    assert_int_equal(vboard_run(rig_v, 1000 * MS, 0).why, VBOARD_TIME);
    assert_int_equal(rig_get(HASH + 0x24) & 10, 8); /* and no DCIS */
}

#define T(test) cmocka_unit_test_setup_teardown(test, rig_registers_begin, rig_registers_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_unit_without_its_clock_takes_nothing), T(a_finding_names_unit_bit_and_register),
        T(the_RTC_has_its_clock_after_reset),      T(a_counter_without_its_clock_stands),
        T(a_DMA_without_its_clock_waits),          T(HASH_takes_words_alone),
        T(HASH_is_seen_by_its_clock_enable),       T(a_copy_of_the_board_finishes_the_digest),
        T(a_store_to_a_busy_HASH_holds_the_core),  T(a_defect_stays_through_resets_and_copies),
        T(a_board_can_be_made_with_a_defect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
