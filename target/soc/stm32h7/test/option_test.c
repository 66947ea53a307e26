/* Option bytes: what the conformance suite does not ask, because it is about our own interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "target/soc/stm32h7/flash/flash_steps.h"
#include "target/soc/stm32h7/flash/option.h"
#include "testing/rig_flash_driver.h"
#include "testing/vboard/h753.h"
#include "vboard/native/native.h"

static const struct stm32h7_option_config config = {.polls_per_us = 16,
                                                    .steps = &stm32h7_option_steps};

static int fresh(void **state)
{
    (void)state;
    rig_start(&stm32h7_flash_steps);
    return 0;
}

static uint64_t written;
static uint64_t count_writes(uintptr_t addr, bool write)
{
    (void)addr;
    written += write;
    return RIG_PASS;
}

/* Nothing can undo level 2, so nothing of it may reach the chip. */
static void level_2_is_refused_without_a_write(void **state)
{
    (void)state;
    written = 0;
    rig_hook = count_writes;
    assert_int_equal(stm32h7_option_change(&config, OPTION_RDP, OPTION_RDP_2), ERR_INVAL);
    assert_int_equal(stm32h7_option_change(&config, ~0u, OPTION_RDP_2), ERR_INVAL);
    assert_int_equal(written, 0);
}

static void what_is_so_already_is_not_programmed(void **state)
{
    (void)state;
    uint32_t now = stm32h7_option_read();
    written = 0;
    rig_hook = count_writes;
    assert_int_equal(stm32h7_option_change(&config, ~0u, now), ERR_OK);
    assert_int_equal(stm32h7_option_change(&config, 0, ~0u), ERR_OK);
    assert_int_equal(written, 0);
    assert_int_equal(rig_native.flash.operations, 0);
}

/* BUSY and CHANGEERR are states, not options. */
static void states_are_not_options(void **state)
{
    (void)state;
    assert_int_equal(stm32h7_option_change(&config, 1u << 30 | 1u, 1u << 30 | 1u), ERR_OK);
    assert_int_equal(rig_native.flash.operations, 0);
    assert_int_equal(stm32h7_option_read() & (1u << 30 | 1u), 0);
}

static void locked_options_are_an_error(void **state)
{
    (void)state;
    mmio_write32(H7_FLASH_REGS + 0x08, 0x12345678); /* somebody's wrong key */
    assert_int_equal(stm32h7_option_change(&config, OPTION_BOR_LEV, 1u << 2), ERR_ACCESS);
    assert_int_equal(rig_native.flash.operations, 0);
}

static uint64_t always_busy(uintptr_t addr, bool write)
{
    return addr == H7_FLASH_REGS + 0x1c && !write ? 0x0406aaf1 : RIG_PASS;
}

static void a_change_that_never_ends_times_out(void **state)
{
    (void)state;
    const struct stm32h7_option_config slow = {.polls_per_us = 1, .steps = &stm32h7_option_steps};
    rig_hook = always_busy;
    assert_int_equal(stm32h7_option_change(&slow, OPTION_BOR_LEV, 1u << 2), ERR_TIMEOUT);
    assert_true(rig_accesses >= 1000000);
    rig_hook = NULL;
    assert_int_equal(rig_native.flash.optcr & 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(level_2_is_refused_without_a_write, fresh),
        cmocka_unit_test_setup(what_is_so_already_is_not_programmed, fresh),
        cmocka_unit_test_setup(states_are_not_options, fresh),
        cmocka_unit_test_setup(locked_options_are_an_error, fresh),
        cmocka_unit_test_setup(a_change_that_never_ends_times_out, fresh),
    };
    return cmocka_run_group_tests_name("option bytes", tests, NULL, NULL);
}
