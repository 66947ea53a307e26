/* The board as a whole, driven by a small program that runs on its core: console, interrupts, resets, time, copies. */
#include "testing/vboard/rig_board.h"

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

static uint8_t *ram_byte(struct vboard *v, uint32_t addr)
{
    uint32_t base, size;
    uint8_t *page = board_ram_own(v, addr, &base, &size);
    return page + (addr - base);
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
    assert_non_null(strstr(r.reports, "none of PD8, PB10 and PC10 is in AF7"));
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

static void reset_flags_add_up_until_RMVF(void **state)
{
    struct rig r;
    (void)state;
    open_rig(&r, 0);
    vboard_reset_pin(r.v);
    assert_int_equal(r.v->s.rcc.reg[RCC_RSR / 4] & RSR_PORRSTF, RSR_PORRSTF);
    close_rig(&r);
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
        cmocka_unit_test(reset_flags_add_up_until_RMVF),
        cmocka_unit_test(breakpoint_at_a_symbol),
        cmocka_unit_test(same_run_bit_for_bit),
        cmocka_unit_test(copy_is_a_value),
        cmocka_unit_test(several_uarts_at_once),
        cmocka_unit_test(DMA_serves_the_UART_while_the_core_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
