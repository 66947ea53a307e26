/* console.c - the console of pins.h, by interrupt in both directions. */
#include "target/boards/stm32h7/console.h"

#include "board_pins.h"
#include "target/boards/board.h"
#include "target/boards/devicetree.h"
#include "target/soc/stm32h7/gpio.h"
#include "target/soc/stm32h7/interrupts.h"
#include "target/soc/stm32h7/nvic.h"
#include "target/soc/stm32h7/rcc.h"
#include "target/soc/stm32h7/usart.h"

/* From the linker script, which knows how much the program needs; the address of a ..._size is the size. */
extern uint8_t console_rx_ring[], console_rx_ring_size[], console_tx_ring[], console_tx_ring_size[];

static struct usart console;

/* clock.h keeps the kernel clock on HSI. */
enum err console_start(void)
{
    rcc_enable(&CONSOLE_PORT_CLOCK);
    rcc_enable(&CONSOLE_UART_CLOCK);
    console.regs = CONSOLE_UART;
    console.rx.bytes = console_rx_ring;
    console.rx.size = (uint32_t)console_rx_ring_size;
    console.tx.bytes = console_tx_ring;
    console.tx.size = (uint32_t)console_tx_ring_size;
    enum err e = usart_init(&console, RCC_HSI_HZ, devicetree.console_speed);
    gpio_alternate(CONSOLE_PORT, CONSOLE_TX, CONSOLE_AF);
    gpio_alternate(CONSOLE_PORT, CONSOLE_RX, CONSOLE_AF);
    nvic_enable(CONSOLE_IRQ);
    return e;
}

bool board_console_has_speed(uint32_t baud)
{
    return usart_has_speed(RCC_HSI_HZ, baud);
}

enum err board_console_set_speed(uint32_t baud)
{
    usart_drain(&console);
    return usart_set_speed(&console, RCC_HSI_HZ, baud);
}

uint32_t board_console_usual_speed(void)
{
    return devicetree.console_speed;
}

/* The reset of the port also resets the pins. */
void console_stop(void)
{
    rcc_disable(&CONSOLE_UART_CLOCK);
    rcc_disable(&CONSOLE_PORT_CLOCK);
}

void console_drain(void)
{
    usart_drain(&console);
}

void console_handler(void)
{
    usart_interrupt(&console);
}

void board_console_write(const void *data, size_t len)
{
    usart_write(&console, data, len);
}

size_t board_console_read(void *dst, size_t cap)
{
    return usart_read(&console, dst, cap);
}

uint32_t board_console_room(void)
{
    return console.rx.size - 1;
}

uint32_t board_console_lost(void)
{
    return usart_lost(&console);
}

/* Interrupts are masked during the test, or a byte that arrives between test and sleep would wait for the next tick. A
 * masked interrupt still wakes the core. */
void board_idle(void)
{
    interrupts_mask();
    if (!usart_pending(&console))
        core_sleep();
    interrupts_unmask();
}
