/* What the board says about a program that does what it should not, or what the model has not. */
#include "core/base/bytes.h"
#include "testing/vboard/rig_board.h"

static void unclocked_port_is_a_lint_event_with_place(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 6);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_non_null(strstr(r.reports, "lint CLK2 at pc 0x0800"));
    assert_non_null(strstr(r.reports, "(reset+"));
    close_rig(&r);
}

static void lint_stops_if_asked(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 6);
    r.v->config.lint_stops = true;
    struct vboard_stop stop = vboard_run(r.v, 5 * MS, 0);
    assert_int_equal(stop.why, VBOARD_LINT);
    assert_int_equal(stop.addr, 0x58020c00);
    close_rig(&r);
}

static void unknown_register_stops_with_block_and_symbol(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 4);
    struct vboard_stop stop = vboard_run(r.v, 5 * MS, 0);
    assert_int_equal(stop.why, VBOARD_UNKNOWN_REGISTER);
    assert_int_equal(stop.addr, 0x40003824);
    assert_non_null(strstr(stop.text, "SPI2 + 0x024 is not modelled"));
    assert_non_null(strstr(stop.text, "(reset+"));
    close_rig(&r);
}

static void unknown_register_is_reported_once_or_passed_over_if_asked_for(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 4);
    r.v->config.unmodelled = VBOARD_UNMODELLED_WARN;
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    const char *line = strstr(r.reports, "unmodelled: read of 4 bytes at 0x40003824: SPI2 + 0x024");
    assert_non_null(line);
    assert_non_null(strstr(line, "(reset+"));
    assert_null(strstr(line + 1, "unmodelled:"));
    close_rig(&r);
    open_rig(&r, 4);
    r.v->config.unmodelled = VBOARD_UNMODELLED_ZERO;
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    assert_null(strstr(r.reports, "unmodelled:"));
    close_rig(&r);
}

/* A register that the model has, with bits that it has not: the message does not say that the register is absent. */
static void unknown_use_of_a_register_names_it(void **state)
{
    static const struct {
        uint32_t addr;
        const char *name;
    } rows[] = {
        {0x40004804, "USART3_CR2"},   {0x5200210c, "FLASH_CR2"},  {0x52002118, "FLASH_OPTCR"},
        {0x58024440, "RCC_PLL3DIVR"}, {0x58020c24, "GPIOD_AFRH"}, {0x58000410, "SYSCFG_EXTICR1+2"},
    };
    char text[40];
    uint8_t byte = 0;
    struct rig r;
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        assert_true(board_register_name(&soc_stm32h753, rows[i].addr, text, sizeof text));
        assert_string_equal(text, rows[i].name);
    }
    assert_false(board_register_name(&soc_stm32h753, 0x40003824, text, sizeof text));
    open_rig(&r, 5);
    r.v->config.unmodelled = VBOARD_UNMODELLED_WARN;
    (void)vboard_write(r.v, 0x58024401, &byte, 1);
    assert_non_null(strstr(r.reports, "write of 1 bytes (0x00) at 0x58024401: this use of RCC_CR"));
    for (uint32_t addr = 0xd0000000; addr < 0xd0000010; addr += 4) /* a memory is said once */
        (void)vboard_write(r.v, addr, text, 4);
    const char *line = strstr(r.reports, "0xd0000000: external SDRAM");
    assert_non_null(line);
    assert_null(strstr(line + 20, "external SDRAM"));
    close_rig(&r);
}

static void access_outside_memory_stops(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 12);
    struct vboard_stop stop = vboard_run(r.v, 5 * MS, 0);
    assert_int_equal(stop.why, VBOARD_UNKNOWN_REGISTER);
    assert_int_equal(stop.addr, 0x60000000);
    assert_non_null(strstr(stop.text, "at 0x60000000: external memory at the FMC"));
    close_rig(&r);
}

/* U-Boot for the STM32H743I-DISCO moves itself there. */
static void sdram_of_another_board_is_memory(void **state)
{
    const struct vboard_config config = {.seed = 1, .sdram_base = 0xd0000000, .sdram_mb = 1};
    struct vboard *v = vboard_new(&config), *copy = vboard_new(&config);
    uint8_t got[8] = {0};
    (void)state;
    vboard_power_on(v);
    assert_int_equal(vboard_write(v, 0xd0000000, "early", 5), 0); /* the FMC has no clock */
    v->s.rcc.reg[RCC_AHB3ENR / 4] |= 1u << 12;
    assert_int_equal(vboard_write(v, 0xd00ffff8, "at last!", 8), 8);
    assert_int_equal(vboard_write(v, 0xd00ffffc, "behind", 6), 4);
    assert_int_equal(vboard_read(v, 0xc0000000, got, 1), 0);
    vboard_copy(copy, v);
    assert_int_equal(vboard_write(v, 0xd00ffff8, "the same", 8), 8);
    assert_int_equal(vboard_read(copy, 0xd00ffff8, got, 8), 8);
    assert_memory_equal(got, "at lbehi", 8);
    vboard_free(copy);
    vboard_free(v);
}

/* ST's flash loaders serve dual-core parts, too, and write their registers everywhere. */
static void registers_of_a_second_core_are_nothing_and_a_finding(void **state)
{
    static const uint8_t key[4] = {0xaa, 0xaa, 0, 0};
    struct rig r;
    (void)state;
    open_rig(&r, 5);
    assert_int_equal(vboard_write(r.v, 0x58004c00, key, 4), 4);
    assert_int_equal(vboard_lint_count(r.v), 1);
    assert_non_null(strstr(r.reports, "lint CPU2"));
    assert_non_null(strstr(r.reports, "IWDG2: only dual-core parts have it"));
    assert_int_equal(vboard_write(r.v, 0x58005000, key, 4), 0);
    close_rig(&r);
}

static void blank_flash_locks_up(void **state)
{
    struct vboard_config config = {.seed = 1};
    struct vboard *v = vboard_new(&config);
    (void)state;
    assert_int_equal(vboard_run(v, MS, 0).why, VBOARD_CUT); /* never switched on */
    vboard_power_on(v);
    struct vboard_stop stop = vboard_run(v, MS, 0);
    assert_int_equal(stop.why, VBOARD_LOCKUP);
    assert_non_null(strstr(stop.text, "0x08000000 is blank"));
    vboard_free(v);
}

/* A jump into erased flash is the trial image's own UsageFault, and then its watchdog's reset; UDF is meant, and not reported. */
static void erased_flash_is_a_fault_and_is_told_once(void **state)
{
    static const uint16_t code[] = {
        0x4801, 0x4700, 0xbf00, 0xbf00, 0x1001, 0x0800, /* 40: ldr r0, =0x08001001; bx r0 */
        0x3401, 0x4770,                                 /* 4c: adds r4, #1; bx lr, for each fault */
    };
    uint8_t bytes[0x60] = {0};
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    memset(r.reports, 0, sizeof r.reports);
    put_le32(bytes, 0x20000400);
    put_le32(bytes + 4, 0x08000041);
    put_le32(bytes + 12, 0x0800004d);
    for (unsigned i = 0; i < ARRAY_LEN(code); i++)
        put_le16(bytes + 0x40 + 2 * i, code[i]);
    vboard_flash_poke(r.v, 0, bytes, sizeof bytes);
    vboard_power_on(r.v);
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
    assert_true(vboard_cpu_reg(r.v, 4) > 100);
    const char *line = strstr(r.reports, "note: the flash is erased at pc 0x08001000");
    assert_non_null(line);
    assert_null(strstr(line + 25, "erased"));
    put_le16(bytes + 0x40, 0xb700);
    vboard_flash_poke(r.v, 0, bytes, sizeof bytes);
    vboard_power_on(r.v);
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
    assert_non_null(strstr(r.reports, "no instruction (halfwords b700 4700) at pc 0x08000040"));
    r.reports[0] = '\0';
    put_le16(bytes + 0x40, 0xde00);
    vboard_flash_poke(r.v, 0, bytes, sizeof bytes);
    vboard_power_on(r.v);
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
    assert_string_equal(r.reports, "");
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(unclocked_port_is_a_lint_event_with_place),
        cmocka_unit_test(lint_stops_if_asked),
        cmocka_unit_test(unknown_register_stops_with_block_and_symbol),
        cmocka_unit_test(unknown_register_is_reported_once_or_passed_over_if_asked_for),
        cmocka_unit_test(unknown_use_of_a_register_names_it),
        cmocka_unit_test(access_outside_memory_stops),
        cmocka_unit_test(erased_flash_is_a_fault_and_is_told_once),
        cmocka_unit_test(sdram_of_another_board_is_memory),
        cmocka_unit_test(registers_of_a_second_core_are_nothing_and_a_finding),
        cmocka_unit_test(blank_flash_locks_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
