/* Tests of the small drivers on a bus of plain registers, with a receiver and a clock that are played. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"
#include "core/base/mmio.h"
#include "target/soc/stm32h7/cache.h"
#include "target/soc/stm32h7/gpio.h"
#include "target/soc/stm32h7/iwdg.h"
#include "target/soc/stm32h7/rcc.h"
#include "target/soc/stm32h7/systick.h"
#include "target/soc/stm32h7/usart.h"

#define CR1  (USART3 + 0x00)
#define BRR  (USART3 + 0x0c)
#define ISR  (USART3 + 0x1c)
#define ICR  (USART3 + 0x20)
#define RDR  (USART3 + 0x24)
#define TDR  (USART3 + 0x28)
#define ICSR 0xe000ed04u
#define CVR  0xe000e018u

static struct {
    uintptr_t addr;
    uint32_t value;
} regs[64], writes[4096];
static unsigned reg_count, write_count;

/* The USART's other end. */
static uint8_t fifo[64];
static unsigned fifo_len, tx_not_ready;
static char sent[64];
static unsigned sent_len;

static uint32_t *reg(uintptr_t addr)
{
    for (unsigned i = 0; i < reg_count; i++) {
        if (regs[i].addr == addr)
            return &regs[i].value;
    }
    assert_true(reg_count < ARRAY_LEN(regs));
    regs[reg_count].addr = addr;
    regs[reg_count].value = 0;
    return &regs[reg_count++].value;
}

static uint32_t read_usart(uintptr_t addr)
{
    if (addr == RDR) {
        uint8_t b = fifo[0];
        assert_true(fifo_len > 0);
        memmove(fifo, fifo + 1, --fifo_len);
        return b;
    }
    uint32_t isr = *reg(ISR) | (fifo_len > 0 ? 1u << 5 : 0);
    if (tx_not_ready > 0)
        tx_not_ready--;
    else
        isr |= 1u << 7 | 1u << 6;
    return isr;
}

/* Every read of the counter finds it a little lower. */
static uint32_t read_clock(void)
{
    uint32_t v = *reg(CVR);
    *reg(CVR) = v >= 10 ? v - 10 : v;
    return v;
}

static uint32_t bus_read(void *ctx, uintptr_t addr, unsigned size)
{
    (void)ctx;
    assert_int_equal(size, 4);
    if (addr == ISR || addr == RDR)
        return read_usart(addr);
    return addr == CVR ? read_clock() : *reg(addr);
}

static void bus_write(void *ctx, uintptr_t addr, unsigned size, uint32_t value)
{
    (void)ctx;
    assert_int_equal(size, 4);
    assert_true(write_count < ARRAY_LEN(writes));
    writes[write_count].addr = addr;
    writes[write_count++].value = value;
    *reg(addr) = value;
    if (addr == TDR) {
        assert_int_equal(tx_not_ready, 0);
        sent[sent_len++] = (char)value;
    }
    if (addr == ICR)
        *reg(ISR) &= ~value;
}

static void bus_dsb(void *ctx)
{
    (void)ctx;
}

static const struct mmio_bus bus = {.read = bus_read, .write = bus_write, .dsb = bus_dsb};

static int fresh(void **state)
{
    (void)state;
    reg_count = write_count = fifo_len = tx_not_ready = sent_len = 0;
    mmio_attach(&bus);
    *reg(ISR) = 1u << 21 | 1u << 22; /* TEACK, REACK */
    return 0;
}

static uint8_t rx_ring[33], tx_ring[9];
static struct usart u;

static void new_usart(void)
{
    u = (struct usart){.regs = USART3,
                       .rx = {rx_ring, sizeof rx_ring, 0, 0},
                       .tx = {tx_ring, sizeof tx_ring, 0, 0}};
}

static void start_usart(void)
{
    new_usart();
    assert_int_equal(usart_init(&u, 64000000, 115200), ERR_OK);
}

static void usart_comes_up_at_its_speed(void **state)
{
    (void)state;
    start_usart();
    assert_int_equal(*reg(BRR), 556);
    assert_int_equal(*reg(CR1), 1u << 29 | 1u << 5 | 1u << 3 | 1u << 2 | 1u << 0);
    for (unsigned i = 0; i < write_count; i++) { /* FIFOEN and BRR only while UE is 0 */
        if (writes[i].addr != CR1 || (writes[i].value & 1) == 0)
            continue;
        assert_true(i > 0 && writes[i - 1].addr == CR1);
        assert_int_equal(writes[i - 1].value & (1u << 29 | 1u), 1u << 29);
        break;
    }
}

static void usart_refuses_what_it_cannot_do(void **state)
{
    (void)state;
    new_usart();
    assert_int_equal(usart_init(&u, 64000000, 0), ERR_INVAL);
    assert_int_equal(usart_init(&u, 64000000, 900), ERR_INVAL);
    assert_int_equal(usart_init(&u, 64000000, 8000000), ERR_INVAL);
    u.rx.size = 1;
    assert_int_equal(usart_init(&u, 64000000, 115200), ERR_INVAL);
    u.rx.size = 2;
    u.tx.size = 1;
    assert_int_equal(usart_init(&u, 64000000, 115200), ERR_INVAL);
    u.tx.size = 2;
    *reg(ISR) = 0;
    assert_int_equal(usart_init(&u, 64000000, 115200), ERR_TIMEOUT);
}

static void receive(const char *text, unsigned len)
{
    memcpy(fifo, text, len);
    fifo_len = len;
    usart_interrupt(&u);
    assert_int_equal(fifo_len, 0);
}

static void usart_keeps_what_arrives_in_order(void **state)
{
    (void)state;
    uint8_t got[64];
    start_usart();
    assert_false(usart_pending(&u));
    for (unsigned round = 0; round < 20;
         round++) { /* 13 of 32: every place of the ring is a start */
        receive("hello, board!", 13);
        assert_true(usart_pending(&u));
        assert_int_equal(usart_read(&u, got, 5), 5);
        assert_int_equal(usart_read(&u, got + 5, sizeof got - 5), 8);
        assert_memory_equal(got, "hello, board!", 13);
        assert_int_equal(usart_read(&u, got, sizeof got), 0);
    }
    assert_int_equal(usart_lost(&u), 0);
}

static void usart_counts_what_it_loses(void **state)
{
    (void)state;
    uint8_t got[64];
    start_usart();
    receive("0123456789abcdef0123456789abcdefXYZ", 35);
    assert_int_equal(usart_lost(&u), 3);
    assert_int_equal(usart_lost(&u), 0);
    assert_int_equal(usart_read(&u, got, sizeof got), 32);
    assert_memory_equal(got, "0123456789abcdef0123456789abcdef", 32);
    *reg(ISR) |= 1u << 3; /* ORE: would keep the interrupt up for ever */
    receive("next", 4);
    assert_int_equal(*reg(ISR) & 1u << 3, 0);
    assert_int_equal(usart_lost(&u), 1);
    assert_int_equal(usart_read(&u, got, sizeof got), 4);
}

static void write_text(const char *text)
{
    usart_write(&u, (const uint8_t *)text, strlen(text));
}

static bool sends_by_interrupt(void)
{
    return (*reg(CR1) & 1u << 30) != 0;
}

/* Printing costs no time: the bytes leave when the FIFO is empty. */
static void usart_sends_by_interrupt(void **state)
{
    (void)state;
    start_usart();
    assert_false(sends_by_interrupt());
    for (unsigned round = 0; round < 9; round++) { /* every place of the ring is a start */
        sent_len = 0;
        write_text("seven 7");
        assert_int_equal(sent_len, 0);
        assert_true(sends_by_interrupt());
        usart_interrupt(&u);
        assert_int_equal(sent_len, 7);
        assert_memory_equal(sent, "seven 7", 7);
        assert_false(sends_by_interrupt());
    }
}

/* The bytes of the ring and those that wait for it leave in order. */
static void usart_waits_for_room_in_the_ring(void **state)
{
    (void)state;
    start_usart();
    tx_not_ready = 1000;
    write_text("twenty bytes of text");
    assert_int_equal(tx_not_ready, 0);
    usart_interrupt(&u);
    assert_int_equal(sent_len, 20);
    assert_memory_equal(sent, "twenty bytes of text", 20);
}

/* A panic masks interrupts, or is in a handler that the USART's cannot interrupt. */
static void usart_drains_without_interrupts(void **state)
{
    (void)state;
    start_usart();
    write_text("panic");
    tx_not_ready = 1000;
    usart_drain(&u);
    assert_int_equal(tx_not_ready, 0);
    assert_int_equal(sent_len, 5);
    assert_memory_equal(sent, "panic", 5);
}

/* It was pending when somebody began to send by polling: the two would take the same byte. */
static void usart_interrupt_keeps_out_of_polling(void **state)
{
    (void)state;
    start_usart();
    write_text("twice");
    *reg(CR1) &= ~(1u << 30);
    usart_interrupt(&u);
    assert_int_equal(sent_len, 0);
}

static void usart_without_a_clock_does_not_hang(void **state)
{
    (void)state;
    start_usart();
    tx_not_ready = UINT32_MAX;
    write_text("more than 8");
    usart_drain(&u);
    assert_int_equal(sent_len, 0);
}

/* The period is at least what was asked for, and less than one step more. */
static void iwdg_rounds_up(void **state)
{
    (void)state;
    for (uint32_t ms = 0; ms <= 40000; ms += ms < 100 ? 1 : 97) {
        fresh(NULL);
        iwdg_start(ms);
        uint32_t step = (4u << *reg(0x58004804)) / 32, period = (*reg(0x58004808) + 1) * step;
        assert_true(*reg(0x58004804) <= 6 && *reg(0x58004808) <= 0xfff);
        if (ms <= 32768)
            assert_true(period >= ms && period < (ms == 0 ? 1 : ms) + step);
        else
            assert_int_equal(period, 32768);
        assert_int_equal(writes[0].value, 0xcccc);
        assert_int_equal(writes[1].value, 0x5555);
        assert_int_equal(*reg(0x58004800), 0xaaaa);
    }
    iwdg_start(UINT32_MAX);
    assert_int_equal(*reg(0x58004808), 0xfff);
}

static void rcc_gates_open_and_close_one_bit(void **state)
{
    (void)state;
    *reg(0x580244e8) = 0x1;
    rcc_enable(&rcc_usart3);
    assert_int_equal(*reg(0x580244e8), 0x40001);
    rcc_disable(&rcc_usart3);
    assert_int_equal(*reg(0x580244e8), 0x1);
    assert_int_equal(*reg(0x58024490), 0); /* the reset was given, and taken back */
    assert_int_equal(writes[1].addr, 0x58024490);
    assert_int_equal(writes[1].value, 0x40000);
    rcc_enable(&rcc_gpiod);
    assert_int_equal(*reg(0x580244e0), 0x8);
}

static void gpio_gives_one_pin_away(void **state)
{
    (void)state;
    *reg(GPIOD + 0x00) = 0xffffffff;
    *reg(GPIOD + 0x20) = 0x12345678;
    gpio_alternate(GPIOD, 8, 7);
    gpio_alternate(GPIOD, 9, 7);
    assert_int_equal(*reg(GPIOD + 0x00), 0xfffaffff);
    assert_int_equal(*reg(GPIOD + 0x24), 0x77);
    assert_int_equal(*reg(GPIOD + 0x20), 0x12345678);
}

static void uptime_counts_microseconds_across_a_pending_tick(void **state)
{
    (void)state;
    systick_start(64000000);
    assert_int_equal(*reg(0xe000e014), 63999);
    assert_int_equal(*reg(0xe000e010), 7);
    *reg(CVR) = 64000 - 1 - 640;
    assert_int_equal(systick_uptime_us(), 10);
    systick_interrupt();
    systick_interrupt();
    *reg(CVR) = 64000 - 1 - 64 * 999;
    assert_int_equal(systick_uptime_us(), 2999);
    *reg(CVR) = 63990; /* the counter has started again, the interrupt is due but masked */
    *reg(ICSR) = 1u << 26;
    assert_int_equal(systick_uptime_us(), 3000);
    assert_false(systick_is_over());
    *reg(0xe000e010) |= 1u << 16;
    assert_true(systick_is_over());
    systick_stop();
    assert_int_equal(*reg(0xe000e010), 0);
    assert_int_equal(*reg(0xe000e014), 0);
}

static void caches_are_touched_only_as_asked(void **state)
{
    (void)state;
    cache_forget(0x08000000, 64);
    assert_int_equal(write_count, 0); /* D-cache off: no maintenance at all */
    *reg(0xe000ed14) = 1u << 16;
    cache_forget(0x08000010, 32);
    assert_int_equal(write_count, 2);
    assert_int_equal(writes[0].addr, 0xe000ef5c);
    assert_int_equal(writes[0].value, 0x08000000);
    assert_int_equal(writes[1].value, 0x08000020);
    cache_instructions_on();
    assert_int_equal(*reg(0xe000ed14), 3u << 16);
    cache_instructions_off();
    assert_int_equal(*reg(0xe000ed14), 1u << 16);
}

/* Every line, of every way, once: invalidated before the D-cache is on, written back when it is off. */
static void expect_each_line(unsigned first, uintptr_t operation)
{
    static bool seen[512];
    memset(seen, 0, sizeof seen);
    for (unsigned i = first; i < first + 512; i++) {
        unsigned set = writes[i].value >> 5 & 127, way = writes[i].value >> 30;
        assert_int_equal(writes[i].addr, operation);
        assert_int_equal(writes[i].value, way << 30 | set << 5);
        assert_false(seen[way * 128 + set]);
        seen[way * 128 + set] = true;
    }
}

static void the_data_cache_has_no_line_from_before(void **state)
{
    (void)state;
    *reg(0xe000ed14) = 1u << 17;
    cache_data_on(0x4000);
    assert_int_equal(write_count, 513);
    expect_each_line(0, 0xe000ef60);
    assert_int_equal(writes[512].value, 3u << 16);
    cache_data_off(0x4000);
    assert_int_equal(write_count, 2 * 513);
    assert_int_equal(writes[513].value, 1u << 17);
    expect_each_line(514, 0xe000ef74);
}

/* Its lines are those of the power-on: written back, they would spoil memory. */
static void a_data_cache_that_was_never_on_is_not_written_back(void **state)
{
    (void)state;
    cache_data_off(0x4000);
    assert_int_equal(write_count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(usart_comes_up_at_its_speed, fresh),
        cmocka_unit_test_setup(usart_refuses_what_it_cannot_do, fresh),
        cmocka_unit_test_setup(usart_keeps_what_arrives_in_order, fresh),
        cmocka_unit_test_setup(usart_counts_what_it_loses, fresh),
        cmocka_unit_test_setup(usart_sends_by_interrupt, fresh),
        cmocka_unit_test_setup(usart_waits_for_room_in_the_ring, fresh),
        cmocka_unit_test_setup(usart_drains_without_interrupts, fresh),
        cmocka_unit_test_setup(usart_interrupt_keeps_out_of_polling, fresh),
        cmocka_unit_test_setup(usart_without_a_clock_does_not_hang, fresh),
        cmocka_unit_test_setup(iwdg_rounds_up, fresh),
        cmocka_unit_test_setup(rcc_gates_open_and_close_one_bit, fresh),
        cmocka_unit_test_setup(gpio_gives_one_pin_away, fresh),
        cmocka_unit_test_setup(uptime_counts_microseconds_across_a_pending_tick, fresh),
        cmocka_unit_test_setup(caches_are_touched_only_as_asked, fresh),
        cmocka_unit_test_setup(the_data_cache_has_no_line_from_before, fresh),
        cmocka_unit_test_setup(a_data_cache_that_was_never_on_is_not_written_back, fresh),
    };
    return cmocka_run_group_tests_name("peripherals", tests, NULL, NULL);
}
