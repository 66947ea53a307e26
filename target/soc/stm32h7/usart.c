#include "target/soc/stm32h7/usart.h"

#include "target/soc/stm32h7/regs.h"

#define CR1 0x00u
#define CR2 0x04u
#define CR3 0x08u
#define BRR 0x0Cu
#define ISR 0x1Cu
#define ICR 0x20u
#define RDR 0x24u
#define TDR 0x28u
#define PRE 0x2Cu

#define CR1_UE     (1u << 0)
#define CR1_RE     (1u << 2)
#define CR1_TE     (1u << 3)
#define CR1_RXFNE  (1u << 5) /* interrupt: receive FIFO not empty */
#define CR1_FIFOEN (1u << 29)
#define CR1_TXFE   (1u << 30) /* interrupt: transmit FIFO empty */

#define ISR_ERRORS (0xFu << 0) /* PE, FE, NE, ORE; the same bits of ICR clear them */
#define ISR_RXFNE  (1u << 5)
#define ISR_TC     (1u << 6)
#define ISR_TXFNF  (1u << 7)
#define ISR_TEACK  (1u << 21)
#define ISR_REACK  (1u << 22)

/* A byte at 1200 baud takes 8.3 ms. A poll takes 4 cycles or more, so this many take at least 16 ms at 480 MHz. */
#define BYTE_POLLS 2000000u

/* 0: there is none. Below 16 the receiver has too few samples of a bit (OVER8=0). RM0433 "USART baud rate generation". */
static uint32_t divider_for(uint32_t clock_hz, uint32_t speed)
{
    uint32_t divider = speed == 0 ? 0 : (clock_hz + speed / 2) / speed;
    return divider < 16 || divider > 0xffff ? 0 : divider;
}

static enum err start(struct usart *u)
{
    reg_set(u->regs + CR1, CR1_UE);
    enum err e = reg_wait(u->regs + ISR, ISR_TEACK | ISR_REACK, ISR_TEACK | ISR_REACK, BYTE_POLLS);
    reg_set(u->regs + CR1, CR1_RXFNE);
    return e;
}

enum err usart_init(struct usart *u, uint32_t clock_hz, uint32_t speed)
{
    uint32_t divider = divider_for(clock_hz, speed);
    if (divider == 0 || u->rx.size < 2 || u->tx.size < 2)
        return ERR_INVAL;
    u->rx.head = u->rx.tail = u->tx.head = u->tx.tail = u->lost = 0;
    mmio_write32(u->regs + CR1, 0);
    mmio_write32(u->regs + PRE, 0);
    mmio_write32(u->regs + BRR, divider);
    mmio_write32(u->regs + CR2, 0);
    mmio_write32(u->regs + CR3, 0);
    mmio_write32(u->regs + CR1, CR1_FIFOEN | CR1_TE | CR1_RE);
    return start(u);
}

bool usart_has_speed(uint32_t clock_hz, uint32_t speed)
{
    uint32_t divider = divider_for(clock_hz, speed), real = divider == 0 ? 0 : clock_hz / divider;
    uint32_t apart = real > speed ? real - speed : speed - real;
    return divider != 0 && apart <= speed / 100;
}

static uint32_t place_after(const struct usart_ring *r, uint32_t place)
{
    return place + 1 == r->size ? 0 : place + 1;
}

static bool ring_put(struct usart_ring *r, uint8_t byte)
{
    uint32_t next = place_after(r, r->head);
    if (next == r->tail)
        return false;
    r->bytes[r->head] = byte;
    r->head = next;
    return true;
}

/* Move bytes from the ring to the FIFO, until the one is empty or the other full. */
static void fill_fifo(struct usart *u)
{
    struct usart_ring *r = &u->tx;
    while (r->tail != r->head && (mmio_read32(u->regs + ISR) & ISR_TXFNF) != 0) {
        mmio_write32(u->regs + TDR, r->bytes[r->tail]);
        r->tail = place_after(r, r->tail);
    }
}

static void transmit(struct usart *u)
{
    if ((mmio_read32(u->regs + CR1) & CR1_TXFE) == 0)
        return; /* somebody sends by polling */
    fill_fifo(u);
    if (u->tx.tail == u->tx.head)
        reg_clear(u->regs + CR1, CR1_TXFE);
}

static void receive(struct usart *u)
{
    while ((mmio_read32(u->regs + ISR) & ISR_RXFNE) != 0)
        if (!ring_put(&u->rx, (uint8_t)mmio_read32(u->regs + RDR)))
            u->lost++;
}

/* An overrun sets ORE, which keeps the interrupt pending until it is cleared; the bytes in the FIFO are valid. */
void usart_interrupt(struct usart *u)
{
    uint32_t isr = mmio_read32(u->regs + ISR);
    if ((isr & ISR_ERRORS) != 0) {
        mmio_write32(u->regs + ICR, isr & ISR_ERRORS);
        u->lost++;
    }
    receive(u);
    transmit(u);
}

/* Send by polling until the ring has room. The interrupt keeps out meanwhile: it looks at TXFE, too. */
static enum err make_room(struct usart *u)
{
    reg_clear(u->regs + CR1, CR1_TXFE);
    enum err e = reg_wait(u->regs + ISR, ISR_TXFNF, ISR_TXFNF, BYTE_POLLS);
    fill_fifo(u);
    return e;
}

/* If the transmitter never has room (a stopped clock), bytes are dropped, because a log line must not hang the
 * program. */
void usart_write(struct usart *u, const uint8_t *data, size_t len)
{
    for (size_t i = 0; i < len; i++)
        while (!ring_put(&u->tx, data[i]) && make_room(u) == ERR_OK) {
        }
    reg_set(u->regs + CR1, CR1_TXFE);
}

/* Without the interrupts, so that nobody else takes what the FIFO holds: UE=0 empties it. RM0433 USART_CR1. */
enum err usart_set_speed(struct usart *u, uint32_t clock_hz, uint32_t speed)
{
    uint32_t divider = divider_for(clock_hz, speed);
    if (divider == 0)
        return ERR_INVAL;
    reg_clear(u->regs + CR1, CR1_RXFNE | CR1_TXFE);
    receive(u);
    reg_clear(u->regs + CR1, CR1_UE);
    mmio_write32(u->regs + BRR, divider);
    return start(u);
}

size_t usart_read(struct usart *u, uint8_t *dst, size_t cap)
{
    size_t n = 0;
    struct usart_ring *r = &u->rx;
    while (n < cap && r->tail != r->head) {
        dst[n++] = r->bytes[r->tail];
        r->tail = place_after(r, r->tail);
    }
    return n;
}

bool usart_pending(const struct usart *u)
{
    return u->rx.head != u->rx.tail;
}

/* The counter is not reset here, so that only the interrupt writes it. */
uint32_t usart_lost(struct usart *u)
{
    uint32_t lost = u->lost, n = lost - u->reported;
    u->reported = lost;
    return n;
}

void usart_drain(struct usart *u)
{
    while (u->tx.tail != u->tx.head)
        if (make_room(u) != ERR_OK)
            return;
    /* 16 bytes of FIFO and one in the shift register */
    if (reg_wait(u->regs + ISR, ISR_TC, ISR_TC, 17 * BYTE_POLLS) != ERR_OK)
        return; /* the transmitter does not run */
}
