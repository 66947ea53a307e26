/* USART3: asynchronous mode, FIFO, interrupts, bit times. RM0433 "USART registers". */
#include <string.h>

#include "vboard/soc/soc.h"

enum {
    CR1_UE = 1u << 0,
    CR1_RE = 1u << 2,
    CR1_TE = 1u << 3,
    CR1_IDLEIE = 1u << 4,
    CR1_RXNEIE = 1u << 5,
    CR1_TCIE = 1u << 6,
    CR1_TXEIE = 1u << 7,
    CR1_PEIE = 1u << 8,
    CR1_PS = 1u << 9,
    CR1_PCE = 1u << 10,
    CR1_M0 = 1u << 12,
    CR1_OVER8 = 1u << 15,
    CR1_M1 = 1u << 28,
    CR1_FIFOEN = 1u << 29,
    CR1_TXFEIE = 1u << 30,
    CR2_STOP = 3u << 12,
    CR3_EIE = 1u << 0,
    CR3_OVRDIS = 1u << 12,
    ISR_PE = 1u << 0,
    ISR_FE = 1u << 1,
    ISR_NE = 1u << 2,
    ISR_ORE = 1u << 3,
    ISR_IDLE = 1u << 4,
    ISR_RXNE = 1u << 5,
    ISR_TC = 1u << 6,
    ISR_TXE = 1u << 7,
    ISR_BUSY = 1u << 16,
    ISR_TEACK = 1u << 21,
    ISR_REACK = 1u << 22,
    ISR_TXFE = 1u << 23,
};
#define CR1_RXFFIE (1u << 31)
#define ISR_RXFF   (1u << 24)
#define CR1_MODELED                                                                         \
    (CR1_UE | CR1_RE | CR1_TE | CR1_IDLEIE | CR1_RXNEIE | CR1_TCIE | CR1_TXEIE | CR1_PEIE | \
     CR1_PS | CR1_PCE | CR1_M0 | CR1_OVER8 | CR1_M1 | CR1_FIFOEN | CR1_TXFEIE | CR1_RXFFIE)
#define ICR_FLAGS (ISR_PE | ISR_FE | ISR_NE | ISR_ORE | ISR_IDLE | ISR_TC)

#define DEFAULT_FRAME_NS 86806u /* ten bits at 115,200: while nothing is set up, the line runs on */

enum {
    R_CR1 = 0x00,
    R_CR2 = 0x04,
    R_CR3 = 0x08,
    R_BRR = 0x0c,
    R_GTPR = 0x10,
    R_RTOR = 0x14,
    R_RQR = 0x18,
    R_ISR = 0x1c,
    R_ICR = 0x20,
    R_RDR = 0x24,
    R_TDR = 0x28,
    R_PRESC = 0x2c,
};

void h7_usart_reset(struct h7_usart *u)
{
    memset(u, 0, sizeof *u);
    u->flags = ISR_TC;
}

static unsigned depth(const struct h7_usart *u)
{
    return (u->cr1 & CR1_FIFOEN) != 0 ? USART_FIFO : 1;
}

static bool sends(const struct h7_usart *u)
{
    return (u->cr1 & (CR1_UE | CR1_TE)) == (CR1_UE | CR1_TE);
}

static bool receives(const struct h7_usart *u)
{
    return (u->cr1 & (CR1_UE | CR1_RE)) == (CR1_UE | CR1_RE);
}

/* Start bit, 7 to 9 data bits, stop bits: in nanoseconds, rounded down. */
static uint64_t frame_ns(const struct h7_usart *u, uint32_t kernel_khz)
{
    static const uint16_t presc[12] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256};
    uint32_t data = (u->cr1 & CR1_M1) != 0 ? 7 : (u->cr1 & CR1_M0) != 0 ? 9 : 8;
    uint32_t half_bits = 2 * (1 + data) + ((u->cr2 & CR2_STOP) == 2u << 12 ? 4 : 2);
    uint32_t divisor = u->brr;
    if ((u->cr1 & CR1_OVER8) != 0)
        divisor = ((u->brr & 0xfff0) | (u->brr & 7) << 1) / 2;
    if (divisor < 16 || kernel_khz == 0)
        return DEFAULT_FRAME_NS;
    uint64_t div = (uint64_t)divisor * presc[u->presc < 12 ? u->presc : 11];
    return half_bits * div * 500000u / kernel_khz;
}

static uint32_t isr(const struct h7_usart *u)
{
    uint32_t v = u->flags;
    bool fifo = (u->cr1 & CR1_FIFOEN) != 0;
    if (u->rx_count != 0)
        v |= ISR_RXNE;
    if (u->tx_count < depth(u))
        v |= ISR_TXE;
    if (fifo && u->tx_count == 0)
        v |= ISR_TXFE;
    if (fifo && u->rx_count == USART_FIFO)
        v |= ISR_RXFF;
    if (sends(u))
        v |= ISR_TEACK;
    if (receives(u))
        v |= ISR_REACK | (u->rx_end != 0 ? (uint32_t)ISR_BUSY : 0);
    return v;
}

bool h7_usart_irq(const struct h7_usart *u)
{
    static const struct {
        uint32_t enable, flags;
    } rows[] = {
        {CR1_IDLEIE, ISR_IDLE}, {CR1_RXNEIE, ISR_RXNE | ISR_ORE},
        {CR1_TCIE, ISR_TC},     {CR1_TXEIE, ISR_TXE},
        {CR1_PEIE, ISR_PE},     {CR1_TXFEIE, ISR_TXFE},
        {CR1_RXFFIE, ISR_RXFF},
    };
    uint32_t v = isr(u);
    if ((u->cr1 & CR1_UE) == 0)
        return false;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((u->cr1 & rows[i].enable) != 0 && (v & rows[i].flags) != 0)
            return true;
    return (u->cr3 & CR3_EIE) != 0 && (v & (ISR_FE | ISR_NE | ISR_ORE)) != 0;
}

static uint32_t take_rx(struct h7_usart *u)
{
    if (u->rx_count == 0)
        return u->rx[0];
    uint8_t byte = u->rx[0];
    u->rx_count--;
    memmove(u->rx, u->rx + 1, u->rx_count);
    return byte;
}

enum h7_answer h7_usart_read(struct h7_usart *u, const struct soc_env *env, uint32_t off,
                             uint32_t *value)
{
    (void)env;
    const uint32_t regs[] = {u->cr1, u->cr2, u->cr3, u->brr, u->gtpr, u->rtor,
                             0,      isr(u), 0,      0,      0,       u->presc};
    if (off > R_PRESC)
        return H7_UNMODELLED;
    *value = off == R_RDR ? take_rx(u) : regs[off / 4];
    return H7_OK;
}

static void shift_out(struct h7_usart *u, const struct usart_wires *w, uint64_t now)
{
    if (u->shifting || u->tx_count == 0 || !sends(u))
        return;
    u->shift = u->tx[0];
    u->tx_count--;
    memmove(u->tx, u->tx + 1, u->tx_count);
    u->shifting = true;
    u->tx_end = now + frame_ns(u, w->kernel_khz);
}

static void write_tdr(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                      uint32_t value)
{
    if (!sends(u) || u->tx_count == depth(u)) {
        env->lint(env->ctx, "USART1", "RM0433 USART_TDR",
                  sends(u) ? "TDR written while TXE=0: the byte is lost"
                           : "TDR written while UE or TE is 0: the byte is lost");
        return;
    }
    u->tx[u->tx_count++] = (uint8_t)value;
    u->flags &= ~(uint32_t)ISR_TC;
    shift_out(u, w, env->now);
}

static enum h7_answer write_cr1(struct h7_usart *u, const struct soc_env *env, uint32_t value)
{
    uint32_t shape = CR1_FIFOEN | CR1_OVER8 | CR1_M0 | CR1_M1 | CR1_PCE;
    if ((value & ~(uint32_t)CR1_MODELED) != 0)
        return H7_UNMODELLED;
    if ((u->cr1 & value & CR1_UE) != 0 && ((u->cr1 ^ value) & shape) != 0) {
        env->lint(env->ctx, "USART2", "RM0433 USART_CR1",
                  "FIFOEN, OVER8, M or PCE changed while UE=1: ignored");
        value = (value & ~shape) | (u->cr1 & shape);
    }
    if ((u->cr1 & CR1_UE) != 0 && (value & CR1_UE) == 0) {
        if (u->shifting || u->tx_count != 0)
            env->lint(env->ctx, "USART3", "RM0433 USART_CR1",
                      "UE cleared before TC: the bytes in the transmitter are lost");
        u->shifting = false;
        u->tx_count = u->rx_count = 0;
        u->flags = ISR_TC;
    }
    u->cr1 = value;
    return H7_OK;
}

static void write_rqr(struct h7_usart *u, uint32_t value)
{
    if ((value & 1u << 3) != 0)
        u->rx_count = 0;
    if ((value & 1u << 4) != 0) {
        u->tx_count = 0;
        if (!u->shifting)
            u->flags |= ISR_TC;
    }
}

enum h7_answer h7_usart_write(struct h7_usart *u, const struct soc_env *env,
                              const struct usart_wires *w, uint32_t off, uint32_t value)
{
    switch (off) {
    case R_CR1: {
        enum h7_answer a = write_cr1(u, env, value);
        shift_out(u, w, env->now);
        return a;
    }
    case R_CR2:
        u->cr2 = value;
        return (value & ~(uint32_t)CR2_STOP) == 0 ? H7_OK : H7_UNMODELLED;
    case R_CR3:
        u->cr3 = value;
        return (value & ~(uint32_t)(CR3_EIE | CR3_OVRDIS)) == 0 ? H7_OK : H7_UNMODELLED;
    case R_BRR:
        u->brr = value & 0xffff;
        return H7_OK;
    case R_GTPR:
        u->gtpr = value & 0xffff;
        return H7_OK;
    case R_RTOR:
        u->rtor = value;
        return H7_OK;
    case R_RQR:
        write_rqr(u, value);
        return H7_OK;
    case R_ICR:
        u->flags &= ~(value & ICR_FLAGS);
        return H7_OK;
    case R_TDR:
        write_tdr(u, env, w, value);
        return H7_OK;
    case R_PRESC:
        u->presc = value & 15;
        return H7_OK;
    case R_ISR:
    case R_RDR:
        return H7_OK; /* read-only */
    default:
        return H7_UNMODELLED;
    }
}

uint64_t h7_usart_next_event(const struct h7_usart *u)
{
    uint64_t t = UINT64_MAX;
    if (u->shifting)
        t = u->tx_end;
    if (u->rx_end != 0 && u->rx_end < t)
        t = u->rx_end;
    if (u->idle_armed && u->idle_end < t)
        t = u->idle_end;
    return t;
}

static void byte_out(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                     void (*sent)(void *ctx, uint8_t byte))
{
    uint64_t end = u->tx_end;
    u->shifting = false;
    if (!w->clocked || !w->tx_pin)
        env->lint(env->ctx, "USART4", "RM0433 GPIO alternate function",
                  w->clocked ? "a byte was sent, but PD8 is not in AF7: it is lost"
                             : "a byte was sent, but the USART's clock is off: it is lost");
    else if (sent != NULL)
        sent(env->ctx, u->shift);
    if (u->tx_count == 0)
        u->flags |= ISR_TC;
    shift_out(u, w, end);
}

static void byte_in(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                    uint8_t byte)
{
    if (!receives(u) || !w->clocked || !w->rx_pin) {
        if (!u->line_lost && receives(u) && w->clocked)
            env->lint(env->ctx, "USART5", "RM0433 GPIO alternate function",
                      "a byte came in, but PD9 is not in AF7: it is lost");
        else if (!u->line_lost) /* the sender's fault as likely as the firmware's */
            env->note(env->ctx, "bytes come in while the receiver of USART3 is off: they are lost");
        u->line_lost = true; /* said once */
        return;
    }
    u->line_lost = false;
    if (u->rx_count < depth(u))
        u->rx[u->rx_count++] = byte;
    else if ((u->cr3 & CR3_OVRDIS) != 0)
        u->rx[u->rx_count - 1] = byte;
    else
        u->flags |= ISR_ORE;
}

void h7_usart_feed(struct h7_usart *u, const struct usart_wires *w, const struct usart_queue *q,
                   uint64_t now)
{
    if (u->rx_end != 0 || q->count == 0)
        return;
    u->rx_end = now + frame_ns(u, w->kernel_khz);
    u->idle_armed = false;
}

/* The byte on the way in is complete: the next one follows, or silence begins. */
static void line_in(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                    struct usart_queue *q)
{
    uint64_t end = u->rx_end;
    uint8_t byte = q->byte[q->head];
    q->head = (q->head + 1) % USART_QUEUE;
    q->count--;
    u->rx_end = 0;
    byte_in(u, env, w, byte);
    h7_usart_feed(u, w, q, end);
    u->idle_armed = u->rx_end == 0 && receives(u);
    u->idle_end = end + frame_ns(u, w->kernel_khz);
}

void h7_usart_advance(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                      struct usart_queue *q, void (*sent)(void *ctx, uint8_t byte))
{
    for (uint64_t t; (t = h7_usart_next_event(u)) <= env->now && t != UINT64_MAX;) {
        if (u->shifting && u->tx_end == t) {
            byte_out(u, env, w, sent);
        } else if (u->rx_end == t) {
            line_in(u, env, w, q);
        } else {
            u->idle_armed = false;
            if (receives(u))
                u->flags |= ISR_IDLE;
        }
    }
}

bool h7_usart_quiet(const struct h7_usart *u, const struct usart_queue *q)
{
    return !u->shifting && u->tx_count == 0 && u->rx_end == 0 && q->count == 0 && !u->idle_armed;
}
