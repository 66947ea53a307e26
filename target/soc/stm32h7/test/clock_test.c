/* Tests of the clock driver on a bus of plain registers, whose ready bits follow what was asked for, or do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/base/mmio.h"
#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/clock.h"
#include "target/soc/stm32h7/rcc.h"

#define CR       (RCC_BASE + 0x00)
#define CFGR     (RCC_BASE + 0x10)
#define D1CFGR   (RCC_BASE + 0x18)
#define PLL1DIVR (RCC_BASE + 0x30)
#define CSR1     (PWR_BASE + 0x04)
#define CR3      (PWR_BASE + 0x0c)
#define D3CR     (PWR_BASE + 0x18)
#define ACR      FLASH_R_BASE

static const struct reg {
    uintptr_t addr;
    uint32_t reset, fast;
} regs[] = {
    {CR, 0x00000001, 0x01000001},
    {CFGR, 0, 3},
    {D1CFGR, 0, 0x048},
    {RCC_BASE + 0x1c, 0, 0x440},               /* D2CFGR */
    {RCC_BASE + 0x20, 0, 0x040},               /* D3CFGR */
    {RCC_BASE + 0x28, 0x02020200, 0x020200a0}, /* PLLCKSELR: HSI / 10 */
    {RCC_BASE + 0x2c, 0x01ff0000, 0x01ff0008}, /* PLLCFGR */
    {PLL1DIVR, 0x01010280, 0x0101027c},        /* 6.4 MHz * 125 / 2 */
    {RCC_BASE + 0x54, 0x00000000, 0x0000001b}, /* D2CCIP2R */
    {D3CR, 0x4000, 0xc000},
    {ACR, 0x37, 0x22},
    {CR3, 0x6, 0x2},
};
static uint32_t values[ARRAY_LEN(regs)];
static uintptr_t order[64]; /* the registers that were written */
static unsigned written;
static uintptr_t never_ready; /* its ready bits do not change */
static bool supply_locked;

static uint32_t *value(uintptr_t addr)
{
    for (unsigned i = 0; i < ARRAY_LEN(regs); i++)
        if (regs[i].addr == addr)
            return &values[i];
    fail_msg("register 0x%08x is none of the clock's", (unsigned)addr);
    return NULL;
}

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    (void)ctx;
    assert_int_equal(size, 4);
    if (addr == CSR1)
        return never_ready == CSR1 ? 0 : 1u << 13;
    uint32_t v = *value(addr);
    if (addr == never_ready)
        return addr == ACR ? 0x37 : v;
    if (addr == CR)
        v |= (v & 1u << 24) << 1; /* PLL1RDY */
    else if (addr == CFGR)
        v |= v << 3; /* SWS */
    else if (addr == D3CR)
        v |= 1u << 13;
    return v;
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t v)
{
    (void)ctx;
    assert_int_equal(size, 4);
    assert_true(written < ARRAY_LEN(order));
    order[written++] = addr;
    if (addr == CR)
        v &= ~(1u << 25); /* PLL1RDY is read-only */
    if (addr != CR3 || !supply_locked)
        *value(addr) = v;
}

static const struct mmio_bus bus = {.read = bus_read, .write = bus_write};

static int after_reset(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ARRAY_LEN(regs); i++)
        values[i] = regs[i].reset;
    written = 0;
    never_ready = 0;
    supply_locked = false;
    mmio_attach(&bus);
    return 0;
}

static void expect_reset(void)
{
    for (unsigned i = 0; i < ARRAY_LEN(regs); i++)
        if (regs[i].addr != CR3 && values[i] != regs[i].reset)
            fail_msg("0x%08x is 0x%08x, not 0x%08x", (unsigned)regs[i].addr, (unsigned)values[i],
                     (unsigned)regs[i].reset);
}

/* The place of the last write to a register. */
static unsigned last(uintptr_t addr)
{
    unsigned i = written;
    while (i > 0 && order[i - 1] != addr)
        i--;
    assert_true(i > 0);
    return i;
}

static void the_clock_rises_behind_all_that_it_needs(void **state)
{
    static const struct soc *const parts[] = {&soc_stm32h753, &soc_stm32h723};
    for (unsigned p = 0; p < ARRAY_LEN(parts); p++) {
        after_reset(state);
        assert_int_equal(clock_run_fast(&parts[p]->clocks), 400000000);
        for (unsigned i = 0; i < ARRAY_LEN(regs); i++)
            if (values[i] != regs[i].fast)
                fail_msg("%s: 0x%08x is 0x%08x, not 0x%08x", parts[p]->name, (unsigned)regs[i].addr,
                         (unsigned)values[i], (unsigned)regs[i].fast);
        assert_true(last(CR3) < last(D3CR) && last(D3CR) < last(CR));
        assert_true(last(PLL1DIVR) < last(CR) && last(CR) < last(CFGR));
        assert_true(last(ACR) < last(CFGR) && last(D1CFGR) < last(CFGR));
    }
}

static void the_way_back_ends_in_the_reset_state(void **state)
{
    (void)state;
    assert_int_equal(clock_run_fast(&soc_stm32h753.clocks), 400000000);
    written = 0;
    clock_reset();
    expect_reset();
    assert_true(last(CFGR) < last(CR) && last(CR) < last(PLL1DIVR));
    assert_true(last(CFGR) < last(D1CFGR) && last(CFGR) < last(D3CR));
    written = 0;
    clock_reset(); /* of an application that never changed anything */
    expect_reset();
}

/* A chip whose PLL does not lock, or whose voltage does not rise: 64 MHz, and no hang. */
static void what_does_not_get_ready_leaves_the_reset_state(void **state)
{
    static const uintptr_t ready[] = {CR, CSR1, D3CR, ACR};
    for (unsigned i = 0; i < ARRAY_LEN(ready); i++) {
        after_reset(state);
        never_ready = ready[i];
        assert_int_equal(clock_run_fast(&soc_stm32h753.clocks), RCC_HSI_HZ);
        expect_reset();
    }
}

/* Somebody has chosen another supply since power-on; PWR_CR3 takes no second choice. */
static void another_supply_is_left_alone(void **state)
{
    (void)state;
    supply_locked = true;
    assert_int_equal(clock_run_fast(&soc_stm32h753.clocks), RCC_HSI_HZ);
    assert_int_equal(*value(CR3), 0x6);
    expect_reset();
}

/* A second boot since power-on finds the choice of the first one, and writes no other. */
static void the_supply_is_chosen_once(void **state)
{
    (void)state;
    *value(CR3) = 0x2;
    assert_int_equal(clock_run_fast(&soc_stm32h753.clocks), 400000000);
    for (unsigned i = 0; i < written; i++)
        assert_true(order[i] != CR3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(the_clock_rises_behind_all_that_it_needs, after_reset),
        cmocka_unit_test_setup(the_way_back_ends_in_the_reset_state, after_reset),
        cmocka_unit_test_setup(what_does_not_get_ready_leaves_the_reset_state, after_reset),
        cmocka_unit_test_setup(another_supply_is_left_alone, after_reset),
        cmocka_unit_test_setup(the_supply_is_chosen_once, after_reset),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
