/* A UART: silence, characters, requests. (The console of the whole board: board_test.c) */
#include "testing/vboard/rig_soc.h"

static struct h7_usart uart;
static struct usart_queue queue = {.size = 16};
static uint8_t waiting[16];
static struct usart_wires wires = {.kernel_khz = 64000,
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

/* So many of 1000 bytes arrive as they were sent; errors: flags that were seen. */
static unsigned right_bytes(const struct vboard_line *line, uint32_t *errors, unsigned *arrived)
{
    unsigned right = 0;
    *errors = *arrived = 0;
    wires.line = *line;
    uart_on(0, 0, 0, "");
    for (unsigned n = 0; n < 1000; n++) {
        uint32_t value;
        waiting[queue.head] = (uint8_t)n;
        queue.count = 1;
        h7_usart_feed(&uart, &wires, &queue, env.now);
        uart_at(env.now + 100000);
        *errors |= uart_isr() & 15;
        uart_put(0x20, 15);
        bool here = (uart_isr() & 1u << 5) != 0;
        assert_int_equal(h7_usart_read(&uart, &env, 0x24, &value), H7_OK);
        *arrived += here;
        right += here && value == (uint8_t)n;
    }
    wires.line = (struct vboard_line){.baud = 0};
    return right;
}

static void a_LINE_loses_and_spoils_what_it_is_told_to(void **state)
{
    (void)state;
    uint32_t errors;
    unsigned arrived;
    assert_int_equal(right_bytes(&(struct vboard_line){.baud = 0}, &errors, &arrived), 1000);
    assert_int_equal(errors, 0);
    assert_int_equal(right_bytes(&(struct vboard_line){.baud = 103000}, &errors, &arrived), 1000);
    /* Another speed: nothing is right, and FE says so. */
    assert_int_equal(right_bytes(&(struct vboard_line){.baud = 115200}, &errors, &arrived), 0);
    assert_int_equal(errors, 2);
    assert_int_equal(arrived, 1000);
    /* An adapter for less: some are missing, and nothing says so. */
    unsigned right = right_bytes(&(struct vboard_line){.baud_max = 99999}, &errors, &arrived);
    assert_int_equal(errors, 0);
    assert_int_equal(right, arrived);
    assert_in_range(arrived, 970, 995);
    assert_int_equal(right_bytes(&(struct vboard_line){.baud_max = 100000}, &errors, &arrived),
                     1000);
    /* One bit in a tenth of the bytes. */
    right = right_bytes(&(struct vboard_line){.noise = 100000}, &errors, &arrived);
    assert_int_equal(errors, 4);
    assert_int_equal(arrived, 1000);
    assert_in_range(right, 860, 940);
}

static void BRR_is_for_a_UART_that_is_off(void **state)
{
    (void)state;
    uart_on(0, 0, 0, "");
    lints = 0;
    uart_put(0x0c, 64);
    assert_int_equal(lints, 1);
    assert_int_equal(h7_usart_baud(&uart, wires.kernel_khz), 1000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(UART_times_out_after_so_many_silent_bits),
        T(UART_meets_its_character),
        T(UART_asks_for_DMA_until_an_error_if_DDRE_says_so),
        T(a_LINE_loses_and_spoils_what_it_is_told_to),
        T(BRR_is_for_a_UART_that_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
