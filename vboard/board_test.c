/* The board as a whole, driven by a small program that runs on its core. */
#define _DEFAULT_SOURCE /* ftruncate, fileno */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "vboard/inside.h"

#ifndef PROBE_ELF
#error "PROBE_ELF is the path of test_firmware/probe.c's ELF file"
#endif

#define MS 1000000ull

struct rig {
    struct vboard *v;
    char out[4096], reports[4096];
    size_t out_len;
};

static void on_tx(void *ctx, uint8_t byte)
{
    struct rig *r = ctx;
    if (r->out_len < sizeof r->out - 1)
        r->out[r->out_len++] = (char)byte;
}

static void on_report(void *ctx, const char *text)
{
    struct rig *r = ctx;
    size_t n = strlen(r->reports);
    snprintf(r->reports + n, sizeof r->reports - n, "%s\n", text);
}

static void open_rig(struct rig *r, uint32_t scenario)
{
    char why[200] = "";
    memset(r, 0, sizeof *r);
    const struct vboard_config config = {.timing = VBOARD_TIMING_TYPICAL,
                                         .seed = 3,
                                         .uart_tx = on_tx,
                                         .report = on_report,
                                         .ctx = r};
    r->v = vboard_new(&config);
    assert_non_null(r->v);
    if (vboard_load(r->v, PROBE_ELF, 0, why, sizeof why) != ERR_OK)
        fail_msg("%s", why);
    vboard_flash_poke(r->v, 0x20000, &scenario, 4);
    vboard_power_on(r->v);
}

static void close_rig(struct rig *r)
{
    vboard_free(r->v);
}

static uint8_t *ram_byte(struct vboard *v, uint32_t addr)
{
    uint32_t base, size;
    uint8_t *page = board_ram_own(v, addr, &base, &size);
    return page + (addr - base);
}

static void assert_same_flash(const struct vboard *a, const struct vboard *b)
{
    for (unsigned i = 0; i < H7_PAGES; i++)
        assert_memory_equal(a->s.flash.cells.page[i], b->s.flash.cells.page[i], SOC_PAGE);
}

static void assert_same_ram(const struct vboard *a, const struct vboard *b)
{
    for (unsigned i = 0; i < RAM_PAGES; i++)
        assert_memory_equal(a->s.ram[i], b->s.ram[i], SOC_PAGE);
}

static enum vboard_why run_ms(struct rig *r, uint64_t ms)
{
    return vboard_run(r->v, ms * MS, VBOARD_UNTIL_TIME).why;
}

static void program_talks_and_echoes_through_interrupts(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    assert_int_equal(run_ms(&r, 20), VBOARD_TIME);
    assert_string_equal(r.out, "hello\n");
    assert_int_equal(vboard_uart_send(r.v, "abcdefghijklmnopqrstuvwxyz", 26), 26);
    assert_int_equal(run_ms(&r, 20), VBOARD_TIME);
    assert_string_equal(r.out, "hello\nABCDEFGHIJKLMNOPQRSTUVWXYZ");
    assert_int_equal(vboard_uart_pending(r.v), 0);
    assert_int_equal(vboard_lint_count(r.v), 0);
    assert_string_equal(r.reports, "");
    close_rig(&r);
}

static void a_byte_takes_its_bit_time(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    uint64_t at[6];
    for (unsigned i = 0; i < 6; i++) {
        assert_int_equal(vboard_run(r.v, 10 * MS, VBOARD_UNTIL_OUTPUT).why, VBOARD_OUTPUT);
        at[i] = vboard_now_ns(r.v);
    }
    for (unsigned i = 1; i < 6; i++) /* 10 bits * 556 / 64 MHz = 86,875 ns */
        assert_in_range(at[i] - at[i - 1], 86875 - 20, 86875 + 20);
    close_rig(&r);
}

static void idle_is_reported_and_input_ends_it(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    assert_int_equal(vboard_run(r.v, 100 * MS, VBOARD_UNTIL_IDLE).why, VBOARD_IDLE);
    assert_string_equal(r.out, "hello\n");
    uint64_t slept_at = vboard_now_ns(r.v);
    assert_true(slept_at < 2 * MS);
    assert_int_equal(vboard_run(r.v, 5 * MS, VBOARD_UNTIL_IDLE).why, VBOARD_TIME);
    assert_int_equal(vboard_now_ns(r.v), slept_at + 5 * MS);
    vboard_uart_send(r.v, "z", 1);
    assert_int_equal(vboard_run(r.v, 5 * MS, VBOARD_UNTIL_IDLE).why, VBOARD_IDLE);
    assert_string_equal(r.out, "hello\nZ");
    close_rig(&r);
}

static void idle_with_a_tick_moves_on_tick_by_tick(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 11);
    assert_int_equal(vboard_run(r.v, 100 * MS, VBOARD_UNTIL_IDLE).why, VBOARD_IDLE);
    for (unsigned i = 0; i < 5; i++) {
        uint64_t before = vboard_now_ns(r.v);
        assert_int_equal(vboard_run(r.v, 100 * MS, VBOARD_UNTIL_IDLE).why, VBOARD_IDLE);
        assert_in_range(vboard_now_ns(r.v) - before, MS / 2, MS + 1000);
    }
    close_rig(&r);
}

static void watchdog_bites_and_leaves_its_flag(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 1);
    struct vboard_stop stop = vboard_run(r.v, 1000 * MS, VBOARD_UNTIL_RESET);
    assert_int_equal(stop.why, VBOARD_RESET);
    assert_in_range(vboard_now_ns(r.v), 40 * MS, 43 * MS);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_string_equal(r.out, "rsr 00fa0000\nrsr 04420000\n");
    close_rig(&r);
}

static void software_reset_keeps_RAM_and_sets_its_flag(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 2);
    *ram_byte(r.v, 0x20008000) = 0x5a; /* DTCM */
    assert_int_equal(run_ms(&r, 20), VBOARD_TIME);
    assert_string_equal(r.out, "rsr 00fa0000\nrsr 01420000\n");
    assert_int_equal(*ram_byte(r.v, 0x20008000), 0x5a);
    vboard_reset_pin(r.v);
    assert_int_equal(vboard_run(r.v, 3 * MS, 0).why, VBOARD_TIME);
    assert_non_null(strstr(r.out, "rsr 00420000\n"));
    close_rig(&r);
}

static void bytes_are_lost_without_the_pin(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 3);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_string_equal(r.out, "");
    assert_non_null(strstr(r.reports, "PD8 is not in AF7"));
    vboard_uart_send(r.v, "a", 1);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_non_null(strstr(r.reports, "PD9 is not in AF7"));
    close_rig(&r);
}

/* The console of other boards: heard, and said that the NUCLEO's ST-LINK would not. */
static void USART3_sends_on_other_pins_too(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 3);
    assert_int_equal(vboard_run(r.v, 1, 0).why, VBOARD_TIME);
    r.v->s.rcc.reg[RCC_AHB4ENR / 4] |= 4; /* GPIOC; PC10 in AF7 */
    r.v->s.gpio[2].moder = 2u << 20;
    r.v->s.gpio[2].afr[1] = 7u << 8;
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_int_equal(vboard_write(r.v, 0x40004828, (const uint8_t *)"!", 1), 1); /* TDR */
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
    assert_non_null(strchr(r.out, '!'));
    assert_true(strlen(r.out) > 1);
    assert_null(strstr(r.reports, "it is lost"));
    const char *note = strstr(r.reports, "hears PD8 only");
    assert_non_null(note);
    assert_null(strstr(note + 1, "hears PD8 only"));
    close_rig(&r);
}

static void bytes_are_lost_while_the_receiver_is_off(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 13);
    vboard_uart_send(r.v, "abc", 3);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_string_equal(r.reports,
                        "note: bytes come in while the receiver of USART3 is off: they are lost\n");
    assert_int_equal(vboard_lint_count(r.v), 0);
    assert_int_equal(vboard_uart_pending(r.v), 0);
    close_rig(&r);
}

static void overrun_loses_bytes_and_says_ORE(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 9);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    vboard_uart_send(r.v, "0123456789abcdef", 16);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_int_equal(r.v->s.usart[2].flags & 1u << 3, 0);
    vboard_uart_send(r.v, "x", 1);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_int_equal(r.v->s.usart[2].flags & 1u << 3, 1u << 3);
    assert_int_equal(r.v->s.usart[2].rx_count, 16);
    close_rig(&r);
}

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
        assert_true(board_register_name(rows[i].addr, text, sizeof text));
        assert_string_equal(text, rows[i].name);
    }
    assert_false(board_register_name(0x40003824, text, sizeof text));
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
    assert_non_null(strstr(r.reports, "IWDG2: of dual-core parts only"));
    assert_int_equal(vboard_write(r.v, 0x58005000, key, 4), 0);
    close_rig(&r);
}

static void program_writes_bank_2_while_it_runs_from_bank_1(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 5);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "sr 00010000 word ffffffff -> 11110007\n");
    assert_int_equal(vboard_operations(r.v), 1);
    assert_int_equal(vboard_lint_count(r.v), 0);
    assert_int_equal(r.v->s.flash.stalls, 0);
    close_rig(&r);
}

static void M16_core_is_held_while_its_bank_is_at_work(void **state)
{
    struct rig r;
    char line[200] = "";
    FILE *f = tmpfile();
    (void)state;
    open_rig(&r, 14);
    assert_non_null(f);
    vboard_trace_flash(r.v, f);
    assert_int_equal(run_ms(&r, 999), VBOARD_TIME);
    assert_string_equal(r.out, "");
    assert_int_equal(run_ms(&r, 2), VBOARD_TIME);
    assert_string_equal(r.out, "ffffffff");
    assert_true(vboard_instructions(r.v) < 200000); /* and 1 s would be 64 million cycles */
    rewind(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "erase sector  bank 2  0x08100000"));
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "stall         bank 2  0x08100000"));
    fclose(f);
    close_rig(&r);
}

static void M18_reset_in_an_erase_tears_the_sector(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 10);
    for (uint32_t off = 0x100000; off < 0x120000; off += 4)
        vboard_flash_poke(r.v, off, "torn", 4);
    assert_int_equal(run_ms(&r, 100), VBOARD_TIME);
    vboard_reset_pin(r.v);
    assert_int_not_equal(r.v->s.flash.cells.flagged_in[8], 0);
    assert_false(h7_flash_busy(&r.v->s.flash, 1));
    close_rig(&r);
}

static void reset_flags_add_up_until_RMVF(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    vboard_reset_pin(r.v);
    assert_int_equal(r.v->s.rcc.reg[RCC_RSR / 4] & RSR_PORRSTF, RSR_PORRSTF);
    close_rig(&r);
}

static void no_lint(void *ctx, const char *rule, const char *section, const char *text)
{
    (void)rule;
    (void)section;
    (void)text;
    ++*(unsigned *)ctx;
}

static void watchdog_takes_a_new_prescaler_slowly(void **state)
{
    struct h7_iwdg w;
    unsigned lints = 0;
    struct soc_env env = {.now = 1000, .ctx = &lints, .lint = no_lint};
    uint32_t v;
    (void)state;
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
    struct h7_rcc rcc = {0};
    unsigned lints = 0;
    struct soc_env env = {.ctx = &lints, .lint = no_lint};
    uint32_t v;
    (void)state;
    h7_rcc_reset(&rcc, RSR_PORRSTF);
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

static void double_ecc_error_is_a_bus_fault(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 7);
    vboard_flash_spoil(r.v, 0x40000);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "fault cfsr 00008200 hfsr 40000000\n");
    close_rig(&r);
}

static void M19_access_behind_the_flash_is_a_bus_fault(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 8);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    assert_string_equal(r.out, "fault cfsr 00008200 hfsr 40000000\n");
    assert_non_null(strstr(r.reports, "lint M19"));
    close_rig(&r);
}

static void power_cut_stops_the_board_and_tears_the_sector(void **state)
{
    struct rig r;
    uint32_t mark = 0x12345678;
    (void)state;
    open_rig(&r, 10);
    for (uint32_t off = 0x100000; off < 0x120000; off += 32)
        vboard_flash_poke(r.v, off, &mark, 4);
    vboard_cut_at(r.v, 1, VBOARD_CUT_DURING);
    struct vboard_stop stop = vboard_run(r.v, 5000 * MS, 0);
    assert_int_equal(stop.why, VBOARD_CUT);
    assert_true(vboard_now_ns(r.v) < 1005 * MS);
    assert_int_not_equal(r.v->s.flash.cells.flagged_in[8], 0);
    assert_int_equal(vboard_run(r.v, MS, 0).why, VBOARD_CUT); /* it stays off */
    vboard_power_on(r.v);
    assert_int_equal(run_ms(&r, 1), VBOARD_TIME);
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

/* Whatever firmware does, the host survives and the run ends with a reason. */
static void random_firmware_ends_with_a_reason(void **state)
{
    const struct vboard_config config = {.timing = VBOARD_TIMING_FAST, .seed = 5};
    struct vboard *v = vboard_new(&config);
    static uint8_t code[0x8000];
    uint64_t rng = 99;
    (void)state;
    for (unsigned round = 0; round < 300; round++) {
        for (size_t i = 0; i < sizeof code; i++)
            code[i] = (uint8_t)h7_random(&rng);
        const uint32_t vectors[16] = {0x20020000, 0x08000101, 0x08000201, 0x08000301, 0x08000401};
        memcpy(code, vectors, sizeof vectors);
        vboard_flash_poke(v, 0, code, sizeof code);
        vboard_power_on(v);
        struct vboard_stop stop = vboard_run(v, MS / 10, VBOARD_UNTIL_IDLE | VBOARD_UNTIL_RESET);
        assert_true(stop.text[0] != '\0');
    }
    vboard_free(v);
}

static void breakpoint_at_a_symbol(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    uint32_t echo = vboard_symbol(r.v, "usart_irq");
    assert_int_not_equal(echo, 0);
    assert_int_equal(vboard_symbol(r.v, "no such symbol"), 0);
    vboard_break_at(r.v, echo);
    vboard_uart_send(r.v, "abcdefgh", 8);
    struct vboard_stop stop = vboard_run(r.v, 50 * MS, 0);
    assert_int_equal(stop.why, VBOARD_BREAKPOINT);
    assert_int_equal(stop.pc, echo);
    assert_non_null(strstr(stop.text, "(usart_irq)"));
    assert_int_equal(vboard_run(r.v, 50 * MS, 0).why, VBOARD_BREAKPOINT); /* the next byte */
    vboard_break_at(r.v, 0);
    assert_int_equal(run_ms(&r, 5), VBOARD_TIME);
    assert_string_equal(r.out, "hello\nABCDEFGH");
    close_rig(&r);
}

/* Same input, same seed, same run, bit for bit; also when it is cut into slices, and in a copy. */
static void same_run_bit_for_bit(void **state)
{
    struct rig a, b;
    (void)state;
    open_rig(&a, 0);
    open_rig(&b, 0);
    vboard_uart_send(a.v, "0123456789", 10);
    vboard_uart_send(b.v, "0123456789", 10);
    assert_int_equal(run_ms(&a, 10), VBOARD_TIME);
    for (unsigned i = 0; i < 10000; i++)
        assert_int_equal(vboard_run(b.v, 1000, 0).why, VBOARD_TIME);
    assert_string_equal(a.out, b.out);
    assert_int_equal(vboard_instructions(a.v), vboard_instructions(b.v));
    assert_same_ram(a.v, b.v);
    close_rig(&b);
    close_rig(&a);
}

static void copy_is_a_value(void **state)
{
    struct rig a, b;
    (void)state;
    open_rig(&a, 5);
    open_rig(&b, 0);
    assert_int_equal(vboard_run(a.v, 60000, 0).why, VBOARD_TIME);
    assert_true(h7_flash_busy(&a.v->s.flash, 1)); /* the word is in flight */
    vboard_copy(b.v, a.v);
    assert_int_equal(run_ms(&a, 10), VBOARD_TIME);
    assert_int_equal(run_ms(&b, 10), VBOARD_TIME);
    assert_string_equal(a.out, b.out);
    assert_int_equal(vboard_now_ns(a.v), vboard_now_ns(b.v));
    assert_int_equal(vboard_instructions(a.v), vboard_instructions(b.v));
    assert_same_ram(a.v, b.v);
    assert_same_flash(a.v, b.v);
    close_rig(&a);
    assert_int_not_equal(vboard_symbol(b.v, "reset"), 0); /* outlives its source */
    close_rig(&b);
}

static void flash_file_keeps_cells_and_ECC(void **state)
{
    struct rig a, b;
    const char *path = "board_test.flash";
    uint8_t byte;
    (void)state;
    open_rig(&a, 0);
    open_rig(&b, 0);
    vboard_flash_spoil(a.v, 0x60000);
    assert_int_equal(vboard_flash_save(a.v, path), ERR_OK);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_OK);
    assert_same_flash(a.v, b.v);
    assert_false(vboard_flash_peek(b.v, 0x60000, &byte, 1));
    FILE *f = fopen(path, "r+b");
    assert_non_null(f);
    assert_int_equal(ftruncate(fileno(f), 2 << 20), 0); /* a plain dump */
    fclose(f);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_OK);
    assert_true(vboard_flash_peek(b.v, 0x60000, &byte, 1));
    f = fopen(path, "wb");
    assert_non_null(f);
    fputs("short", f);
    fclose(f);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_FORMAT);
    remove(path);
    assert_int_equal(vboard_flash_load(b.v, path), ERR_NOENT);
    close_rig(&b);
    close_rig(&a);
}

static void flash_trace_names_time_operation_and_place(void **state)
{
    struct rig r;
    char line[200] = "";
    FILE *f = tmpfile();
    (void)state;
    open_rig(&r, 5);
    assert_non_null(f);
    vboard_trace_flash(r.v, f);
    assert_int_equal(run_ms(&r, 10), VBOARD_TIME);
    rewind(f);
    assert_non_null(fgets(line, sizeof line, f));
    assert_non_null(strstr(line, "program       bank 2  0x08100000  pc 0x0800"));
    assert_null(fgets(line, sizeof line, f));
    vboard_trace_flash(r.v, NULL);
    fclose(f);
    close_rig(&r);
}

static void M14_stale_line_on_the_board_until_it_is_invalidated(void **state)
{
    static const uint32_t old = 0x0badcafe;
    struct rig r;
    (void)state;
    open_rig(&r, 15);
    vboard_flash_poke(r.v, 0x100000, &old, sizeof old);
    assert_int_equal(vboard_run(r.v, 1500 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0badcafe0badcafeffffffff");
    assert_non_null(strstr(r.reports, "lint M14 at pc 0x0800"));
    close_rig(&r);
}

static void M17_the_MPU_region_ends_speculation(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 16);
    r.v->config.speculation = true;
    assert_int_equal(vboard_run(r.v, 20 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0180000000000000");
    close_rig(&r);
    open_rig(&r, 16);
    assert_int_equal(vboard_run(r.v, 20 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "0000000000000000");
    close_rig(&r);
}

static char any_out[64];

static void on_any(void *ctx, unsigned uart, uint8_t byte)
{
    size_t n = strlen(any_out);
    (void)ctx;
    if (n + 3 < sizeof any_out)
        snprintf(any_out + n, sizeof any_out - n, "%u%c", uart, byte);
}

static void several_uarts_at_once(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 17);
    r.v->config.uart_any = on_any;
    any_out[0] = '\0';
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    assert_int_equal(vboard_uart_send_to(r.v, 2, "abc", 3), 3);
    assert_int_equal(vboard_uart_pending_of(r.v, 2), 3);
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(any_out, "4b4c4d");
    assert_string_equal(r.out, ""); /* the console has said nothing */
    assert_int_equal(vboard_uart_send_to(r.v, 9, "x", 1), 0);
    assert_string_equal(r.reports, "");
    close_rig(&r);
}

static void flash_latency_too_low_is_a_lint_event(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 18);
    assert_int_equal(vboard_run(r.v, 5 * MS, 0).why, VBOARD_TIME);
    assert_non_null(strstr(r.reports, "lint ACR1 at pc 0x0800"));
    close_rig(&r);
}

static void M20_bank_swap_by_option_bytes_and_reset(void **state)
{
    struct rig r;
    uint8_t *copy = malloc(H7_BANK_SIZE);
    (void)state;
    assert_non_null(copy);
    open_rig(&r, 19);
    assert_true(vboard_flash_peek(r.v, 0, copy, H7_BANK_SIZE));
    vboard_flash_poke(r.v, H7_BANK_SIZE, copy, H7_BANK_SIZE);
    free(copy);
    assert_int_equal(vboard_run(r.v, 500 * MS, 0).why, VBOARD_TIME);
    assert_string_equal(r.out, "done\nswapped\n");
    /* option bytes are kept with the flash */
    assert_int_equal(vboard_flash_save(r.v, "swapped.flash"), ERR_OK);
    struct rig other;
    open_rig(&other, 0);
    assert_int_equal(vboard_flash_load(other.v, "swapped.flash"), ERR_OK);
    remove("swapped.flash");
    vboard_power_on(other.v);
    assert_true(other.v->s.flash.swap);
    close_rig(&other);
    close_rig(&r);
}

/* The core stands still for a second; the ring of 64 bytes must have wrapped once and lost nothing. */
static void DMA_serves_the_UART_while_the_core_is_held(void **state)
{
    struct rig r;
    char text[101] = "", want[110];
    (void)state;
    for (unsigned i = 0; i < 100; i++)
        text[i] = (char)('!' + i % 90);
    open_rig(&r, 21);
    assert_int_equal(vboard_uart_send(r.v, text, 60), 60);
    assert_int_equal(run_ms(&r, 3),
                     VBOARD_TIME); /* the core is held from 2.1 ms on, and past these 3 */
    assert_true(vboard_now_ns(r.v) > 1000 * MS);
    assert_string_equal(r.out, "dma\n");
    uint8_t ring[64];
    assert_int_equal(vboard_read(r.v, 0x24000000, ring, 64), 64);
    assert_memory_equal(ring, text, 60);
    assert_int_equal(run_ms(&r, 20), VBOARD_TIME);
    assert_int_equal(r.out_len, 64);
    assert_int_equal(vboard_uart_send(r.v, text + 60, 40), 40);
    assert_int_equal(run_ms(&r, 20), VBOARD_TIME);
    snprintf(want, sizeof want, "dma\n%s", text);
    assert_string_equal(r.out, want);
    assert_string_equal(r.reports, "");
    close_rig(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(program_talks_and_echoes_through_interrupts),
        cmocka_unit_test(a_byte_takes_its_bit_time),
        cmocka_unit_test(idle_is_reported_and_input_ends_it),
        cmocka_unit_test(idle_with_a_tick_moves_on_tick_by_tick),
        cmocka_unit_test(watchdog_bites_and_leaves_its_flag),
        cmocka_unit_test(software_reset_keeps_RAM_and_sets_its_flag),
        cmocka_unit_test(bytes_are_lost_without_the_pin),
        cmocka_unit_test(USART3_sends_on_other_pins_too),
        cmocka_unit_test(bytes_are_lost_while_the_receiver_is_off),
        cmocka_unit_test(overrun_loses_bytes_and_says_ORE),
        cmocka_unit_test(unclocked_port_is_a_lint_event_with_place),
        cmocka_unit_test(lint_stops_if_asked),
        cmocka_unit_test(unknown_register_stops_with_block_and_symbol),
        cmocka_unit_test(unknown_register_is_reported_once_or_passed_over_if_asked_for),
        cmocka_unit_test(unknown_use_of_a_register_names_it),
        cmocka_unit_test(access_outside_memory_stops),
        cmocka_unit_test(sdram_of_another_board_is_memory),
        cmocka_unit_test(registers_of_a_second_core_are_nothing_and_a_finding),
        cmocka_unit_test(program_writes_bank_2_while_it_runs_from_bank_1),
        cmocka_unit_test(M16_core_is_held_while_its_bank_is_at_work),
        cmocka_unit_test(M18_reset_in_an_erase_tears_the_sector),
        cmocka_unit_test(reset_flags_add_up_until_RMVF),
        cmocka_unit_test(watchdog_takes_a_new_prescaler_slowly),
        cmocka_unit_test(clocks_follow_the_tree),
        cmocka_unit_test(double_ecc_error_is_a_bus_fault),
        cmocka_unit_test(M19_access_behind_the_flash_is_a_bus_fault),
        cmocka_unit_test(power_cut_stops_the_board_and_tears_the_sector),
        cmocka_unit_test(blank_flash_locks_up),
        cmocka_unit_test(random_firmware_ends_with_a_reason),
        cmocka_unit_test(breakpoint_at_a_symbol),
        cmocka_unit_test(same_run_bit_for_bit),
        cmocka_unit_test(copy_is_a_value),
        cmocka_unit_test(flash_file_keeps_cells_and_ECC),
        cmocka_unit_test(flash_trace_names_time_operation_and_place),
        cmocka_unit_test(M14_stale_line_on_the_board_until_it_is_invalidated),
        cmocka_unit_test(M17_the_MPU_region_ends_speculation),
        cmocka_unit_test(several_uarts_at_once),
        cmocka_unit_test(flash_latency_too_low_is_a_lint_event),
        cmocka_unit_test(M20_bank_swap_by_option_bytes_and_reset),
        cmocka_unit_test(DMA_serves_the_UART_while_the_core_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
