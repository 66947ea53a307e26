/* usart.h - a USART as a console: transmission and reception by interrupt, through a ring each. */
#ifndef TARGET_SOC_STM32H7_USART_H
#define TARGET_SOC_STM32H7_USART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/soc/stm32h7.h"

/* After reset their kernel clock is the bus clock, here HSI. */
#define USART1     USART1_BASE
#define USART1_IRQ 37
#define USART2     USART2_BASE
#define USART2_IRQ 38
#define USART3     USART3_BASE
#define USART3_IRQ 39
#define UART4      UART4_BASE
#define UART4_IRQ  52
#define UART5      UART5_BASE
#define UART5_IRQ  53
#define USART6     USART6_BASE
#define USART6_IRQ 71
#define UART7      UART7_BASE
#define UART7_IRQ  82
#define UART8      UART8_BASE
#define UART8_IRQ  83

/* bytes holds size - 1 bytes. Who puts bytes in writes head, who takes them out writes tail. The bytes are volatile, too, so
 * that none is written after the head that covers it. */
struct usart_ring {
    volatile uint8_t *bytes;
    uint32_t size;
    volatile uint32_t head, tail;
};

/* Caller-owned. The rings' bytes live as long as the USART is on. */
struct usart {
    uintptr_t regs;
    struct usart_ring rx, tx;
    volatile uint32_t lost;
    uint32_t reported; /* value of lost at the last usart_lost */
};

/* 8N1 at speed baud from a kernel clock of clock_hz; FIFO on, reception interrupt enabled. Clock and
 * pins must be set up. ERR_INVAL: the clock has no divider for this speed, or a ring has less than two bytes.
 * ERR_TIMEOUT: the USART does not start. */
MUST_CHECK enum err usart_init(struct usart *u, uint32_t clock_hz, uint32_t speed);

/* Can the clock be divided for this speed, to within 1 % of it? */
bool usart_has_speed(uint32_t clock_hz, uint32_t speed);
/* After usart_init, once the transmitter has sent everything: another speed, from the next bit on. What was received stays;
 * a byte that is coming in is lost. Errors as of usart_init; with ERR_INVAL nothing has changed. */
MUST_CHECK enum err usart_set_speed(struct usart *u, uint32_t clock_hz, uint32_t speed);

/* Call from the USART's interrupt. */
void usart_interrupt(struct usart *u);

/* Put every byte into the ring, from which the interrupt sends it. If the ring is full, wait and send by polling, with
 * interrupts masked as well. */
void usart_write(struct usart *u, const uint8_t *data, size_t len);
/* Read at most cap received bytes; returns their number. */
size_t usart_read(struct usart *u, uint8_t *dst, size_t cap);
bool usart_pending(const struct usart *u);
/* Receive errors since the last call: bytes for which the ring had no room, and interrupts with an overrun, framing,
 * noise or parity error. */
uint32_t usart_lost(struct usart *u);

/* Send what is in the ring, by polling, and wait until the last bit has left the pin; works in a fault handler. */
void usart_drain(struct usart *u);

#endif
