/* USART1..3, 6 and UART4, 5, 7, 8: asynchronous mode, FIFO, interrupts, bit times. RM0433 "USART registers". */
#include <stdio.h>
#include <string.h>

#include "vboard/soc/h7/soc.h"

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
    CR1_CMIE = 1u << 14,
    CR1_OVER8 = 1u << 15,
    CR1_RTOIE = 1u << 26,
    CR1_M1 = 1u << 28,
    CR1_FIFOEN = 1u << 29,
    CR1_TXFEIE = 1u << 30,
    CR2_STOP = 3u << 12,
    CR2_RTOEN = 1u << 23,
    CR3_EIE = 1u << 0,
    CR3_DMAR = 1u << 6,
    CR3_DMAT = 1u << 7,
    CR3_ONEBIT = 1u << 11, /* one sample of a bit, so that noise is not noticed */
    CR3_OVRDIS = 1u << 12,
    CR3_DDRE = 1u << 13,
    CR3_TXFTIE = 1u << 23,
    CR3_RXFTIE = 1u << 28,
    ISR_PE = 1u << 0,
    ISR_FE = 1u << 1,
    ISR_NE = 1u << 2,
    ISR_ORE = 1u << 3,
    ISR_IDLE = 1u << 4,
    ISR_RXNE = 1u << 5,
    ISR_TC = 1u << 6,
    ISR_TXE = 1u << 7,
    ISR_RTOF = 1u << 11,
    ISR_BUSY = 1u << 16,
    ISR_CMF = 1u << 17,
    ISR_TEACK = 1u << 21,
    ISR_REACK = 1u << 22,
    ISR_TXFE = 1u << 23,
};
#define CR1_RXFFIE       (1u << 31)
#define ISR_RXFF         (1u << 24)
#define ISR_RXFT         (1u << 26)
#define ISR_TXFT         (1u << 27)
#define CR3_TXFTCFG(cr3) ((cr3) >> 29 & 7)
#define CR3_RXFTCFG(cr3) ((cr3) >> 25 & 7)
#define CR2_ADD(cr2)     ((cr2) >> 24)
#define CR2_MODELED      (CR2_STOP | CR2_RTOEN | 0xffu << 24)
#define CR3_MODELED                                                                    \
    (CR3_EIE | CR3_DMAR | CR3_DMAT | CR3_ONEBIT | CR3_OVRDIS | CR3_DDRE | CR3_TXFTIE | \
     CR3_RXFTIE | 7u << 29 | 7u << 25)
#define CR1_MODELED                                                                         \
    (CR1_UE | CR1_RE | CR1_TE | CR1_IDLEIE | CR1_RXNEIE | CR1_TCIE | CR1_TXEIE | CR1_PEIE | \
     CR1_PS | CR1_PCE | CR1_M0 | CR1_CMIE | CR1_OVER8 | CR1_RTOIE | CR1_M1 | CR1_FIFOEN |   \
     CR1_TXFEIE | CR1_RXFFIE)
#define RX_ERRORS (ISR_PE | ISR_FE | ISR_NE | ISR_ORE)
#define ICR_FLAGS (RX_ERRORS | ISR_IDLE | ISR_TC | ISR_RTOF | ISR_CMF)

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

/* One bit in periods of the kernel clock; 0: not set up. */
static uint64_t bit_clocks(const struct h7_usart *u)
{
    static const uint16_t presc[12] = {1, 2, 4, 6, 8, 10, 12, 16, 32, 64, 128, 256};
    uint32_t divisor = u->brr;
    if ((u->cr1 & CR1_OVER8) != 0)
        divisor = ((u->brr & 0xfff0) | (u->brr & 7) << 1) / 2;
    return divisor < 16 ? 0 : (uint64_t)divisor * presc[u->presc < 12 ? u->presc : 11];
}

/* Start bit, 7 to 9 data bits, stop bits: in nanoseconds, rounded down. */
static uint64_t frame_ns(const struct h7_usart *u, uint32_t kernel_khz)
{
    uint32_t data = (u->cr1 & CR1_M1) != 0 ? 7 : (u->cr1 & CR1_M0) != 0 ? 9 : 8;
    uint32_t half_bits = 2 * (1 + data) + ((u->cr2 & CR2_STOP) == 2u << 12 ? 4 : 2);
    if (bit_clocks(u) == 0 || kernel_khz == 0)
        return DEFAULT_FRAME_NS;
    return half_bits * bit_clocks(u) * 500000u / kernel_khz;
}

uint32_t h7_usart_baud(const struct h7_usart *u, uint32_t kernel_khz)
{
    return bit_clocks(u) == 0 ? 0 : (uint32_t)(kernel_khz * UINT64_C(1000) / bit_clocks(u));
}

/* ---- the line ---- */

#define ADAPTER_LOSES 64 /* one byte in so many, above its speed */

/* Two ends understand each other up to so much, in percent: half a bit in the ten of a frame, and what sampling costs. */
#define TOLERANCE 4u

enum line_fault { LINE_GOOD, LINE_LOST, LINE_NOISE, LINE_FRAMING };

/* A number that looks random: the same for the same seed and moment (splitmix64, public domain). */
static uint64_t scatter(uint64_t seed, uint64_t ns)
{
    uint64_t x = seed * UINT64_C(0x9e3779b97f4a7c15) + ns;
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

/* What becomes of a byte whose last bit is on the line at ns. */
static enum line_fault pass_line(const struct h7_usart *u, const struct usart_wires *w, uint64_t ns,
                                 uint8_t *byte)
{
    const uint32_t ours = h7_usart_baud(u, w->kernel_khz), theirs = w->line.baud;
    const uint64_t random = scatter(w->seed, ns);
    const uint32_t apart = ours > theirs ? ours - theirs : theirs - ours;
    if (ours != 0 && theirs != 0 && apart > theirs / 100 * TOLERANCE) {
        *byte ^= (uint8_t)(random | 1);
        return LINE_FRAMING;
    }
    if (w->line.baud_max != 0 && ours > w->line.baud_max && random % ADAPTER_LOSES == 0)
        return LINE_LOST;
    if (random / ADAPTER_LOSES % 1000000 >= w->line.noise)
        return LINE_GOOD;
    *byte ^= (uint8_t)(1u << (random >> 61));
    return LINE_NOISE;
}

/* ---- registers ---- */

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
    static const uint8_t threshold[8] = {2, 4, 8, 12, 14, 16, 16, 16};
    if (fifo && u->rx_count >= threshold[CR3_RXFTCFG(u->cr3)])
        v |= ISR_RXFT;
    if (fifo && USART_FIFO - u->tx_count >= threshold[CR3_TXFTCFG(u->cr3)])
        v |= ISR_TXFT;
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
        {CR1_RXFFIE, ISR_RXFF}, {CR1_RTOIE, ISR_RTOF},
        {CR1_CMIE, ISR_CMF},
    };
    uint32_t v = isr(u);
    if ((u->cr1 & CR1_UE) == 0)
        return false;
    for (unsigned i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if ((u->cr1 & rows[i].enable) != 0 && (v & rows[i].flags) != 0)
            return true;
    if (((u->cr3 & CR3_RXFTIE) != 0 && (v & ISR_RXFT) != 0) ||
        ((u->cr3 & CR3_TXFTIE) != 0 && (v & ISR_TXFT) != 0))
        return true;
    return (u->cr3 & CR3_EIE) != 0 && (v & (ISR_FE | ISR_NE | ISR_ORE)) != 0;
}

bool h7_usart_request(const struct h7_usart *u, bool tx)
{
    if (tx)
        return (u->cr3 & CR3_DMAT) != 0 && sends(u) && u->tx_count < depth(u);
    if ((u->cr3 & CR3_DDRE) != 0 && (u->flags & RX_ERRORS) != 0)
        return false;
    return (u->cr3 & CR3_DMAR) != 0 && receives(u) && u->rx_count != 0;
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
        return (value & ~(uint32_t)CR2_MODELED) == 0 ? H7_OK : H7_UNMODELLED;
    case R_CR3:
        u->cr3 = value;
        return (value & ~(uint32_t)CR3_MODELED) == 0 ? H7_OK : H7_UNMODELLED;
    case R_BRR:
        if ((u->cr1 & CR1_UE) != 0)
            env->lint(env->ctx, "USART6", "RM0433 USART_BRR", "BRR written while UE=1");
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
    if (u->rto_end != 0 && u->rto_end < t)
        t = u->rto_end;
    return t;
}

static void byte_out(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                     void (*sent)(void *ctx, unsigned unit, uint8_t byte))
{
    uint64_t end = u->tx_end;
    u->shifting = false;
    if (!w->clocked || !w->tx_pin)
        env->lint(env->ctx, "USART4", "RM0433 GPIO alternate function",
                  w->clocked
                      ? w->wired != NULL
                            ? w->wired->tx_lost
                            : "a byte was sent, but no pin carries the TX of this UART: it is lost"
                      : "a byte was sent, but the USART's clock is off: it is lost");
    else if (sent != NULL && pass_line(u, w, end, &u->shift) != LINE_LOST)
        sent(env->ctx, w->unit, u->shift);
    if (w->clocked && w->tx_pin && w->unheard && !u->unheard_reported) {
        u->unheard_reported = true;
        env->note(env->ctx, w->wired->unheard);
    }
    if (u->tx_count == 0)
        u->flags |= ISR_TC;
    shift_out(u, w, end);
}

static void note_lost(const struct soc_env *env, unsigned unit)
{
    char text[100];
    snprintf(text, sizeof text, "bytes come in while the receiver of %s is off: they are lost",
             h7_usart_place(unit)->name);
    env->note(env->ctx, text);
}

static void byte_in(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                    uint8_t byte)
{
    if (!receives(u) || !w->clocked || !w->rx_pin) {
        if (!u->line_lost && receives(u) && w->clocked)
            env->lint(env->ctx, "USART5", "RM0433 GPIO alternate function",
                      w->wired != NULL
                          ? w->wired->rx_lost
                          : "a byte came in, but no pin carries the RX of this UART: it is lost");
        else if (!u->line_lost) /* the sender's fault as likely as the firmware's */
            note_lost(env, w->unit);
        u->line_lost = true; /* reported once */
        return;
    }
    u->line_lost = false;
    if (byte == CR2_ADD(u->cr2))
        u->flags |= ISR_CMF;
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
    u->rto_end = 0;
}

/* The time-out counts bits from the last stop bit. */
static void arm_timeout(struct h7_usart *u, const struct usart_wires *w, uint64_t end)
{
    u->rto_end = 0;
    if ((u->cr2 & CR2_RTOEN) != 0 && u->rx_end == 0 && receives(u) && w->kernel_khz != 0)
        u->rto_end = end + (u->rtor & 0xffffff) * bit_clocks(u) * 1000000u / w->kernel_khz + 1;
}

/* The byte on the way in is complete: the next one follows, or silence begins. */
static void line_in(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                    struct usart_queue *q)
{
    uint64_t end = u->rx_end;
    uint8_t byte = w->waiting[q->at + q->head];
    q->head = (q->head + 1) % q->size;
    q->count--;
    u->rx_end = 0;
    enum line_fault fault = pass_line(u, w, end, &byte);
    if (fault != LINE_LOST)
        byte_in(u, env, w, byte);
    if (receives(u) && fault == LINE_FRAMING)
        u->flags |= ISR_FE;
    if (receives(u) && fault == LINE_NOISE && (u->cr3 & CR3_ONEBIT) == 0)
        u->flags |= ISR_NE;
    h7_usart_feed(u, w, q, end);
    u->idle_armed = u->rx_end == 0 && receives(u);
    u->idle_end = end + frame_ns(u, w->kernel_khz);
    arm_timeout(u, w, end);
}

void h7_usart_advance(struct h7_usart *u, const struct soc_env *env, const struct usart_wires *w,
                      struct usart_queue *q, void (*sent)(void *ctx, unsigned unit, uint8_t byte))
{
    for (uint64_t t; (t = h7_usart_next_event(u)) <= env->now && t != UINT64_MAX;) {
        if (u->shifting && u->tx_end == t) {
            byte_out(u, env, w, sent);
        } else if (u->rx_end == t) {
            line_in(u, env, w, q);
        } else if (u->idle_armed && u->idle_end == t) {
            u->idle_armed = false;
            if (receives(u))
                u->flags |= ISR_IDLE;
        } else {
            u->rto_end = 0;
            if (receives(u))
                u->flags |= ISR_RTOF;
        }
    }
}

bool h7_usart_quiet(const struct h7_usart *u, const struct usart_queue *q)
{
    return !u->shifting && u->tx_count == 0 && u->rx_end == 0 && q->count == 0 && !u->idle_armed;
}

/* ---- where they are ---- */

const struct usart_place *h7_usart_place(unsigned unit)
{
/* Request numbers: RM0433 "DMAMUX1: assignment of multiplexer inputs to resources". */
#define APB1(bit) RCC_APB1LENR, RCC_APB1LRSTR, bit
#define APB2(bit) RCC_APB2ENR, RCC_APB2RSTR, bit
    static const struct usart_place places[USART_UNITS] = {
        {"USART1", USART1_BASE, APB2(4), 37, H7_CLOCK_USART16, 41},
        {"USART2", USART2_BASE, APB1(17), 38, H7_CLOCK_USART234578, 43},
        {"USART3", USART3_BASE, APB1(18), 39, H7_CLOCK_USART234578, 45},
        {"UART4", UART4_BASE, APB1(19), 52, H7_CLOCK_USART234578, 63},
        {"UART5", UART5_BASE, APB1(20), 53, H7_CLOCK_USART234578, 65},
        {"USART6", USART6_BASE, APB2(5), 71, H7_CLOCK_USART16, 71},
        {"UART7", UART7_BASE, APB1(30), 82, H7_CLOCK_USART234578, 79},
        {"UART8", UART8_BASE, APB1(31), 83, H7_CLOCK_USART234578, 81},
    };
    return &places[unit - 1];
}

/* Pins by unit: port, TX, RX, alternate function [DS12117 "Port alternate functions"]. */
static const struct {
    uint8_t unit, tx_port, tx, rx_port, rx, af;
} pins[] = {
    {1, 0, 9, 0, 10, 7},   {1, 1, 6, 1, 7, 7},   {1, 1, 14, 1, 15, 4}, {2, 0, 2, 0, 3, 7},
    {2, 3, 5, 3, 6, 7},    {3, 3, 8, 3, 9, 7},   {3, 1, 10, 1, 11, 7}, {3, 2, 10, 2, 11, 7},
    {4, 0, 0, 0, 1, 8},    {4, 2, 10, 2, 11, 8}, {4, 3, 1, 3, 0, 8},   {4, 0, 12, 0, 11, 6},
    {4, 1, 9, 1, 8, 8},    {4, 7, 13, 7, 14, 8}, {5, 2, 12, 3, 2, 8},  {5, 1, 6, 1, 5, 14},
    {5, 1, 13, 1, 12, 14}, {6, 2, 6, 2, 7, 7},   {6, 6, 14, 6, 9, 7},  {7, 4, 8, 4, 7, 7},
    {7, 5, 7, 5, 6, 7},    {7, 0, 15, 0, 8, 11}, {7, 1, 4, 1, 3, 11},  {8, 4, 1, 4, 0, 8},
    {8, 9, 8, 9, 9, 8},
};

bool h7_usart_pin(unsigned unit, bool tx,
                  bool (*is_af)(const void *ctx, unsigned port, unsigned pin, unsigned af),
                  const void *ctx)
{
    for (unsigned i = 0; i < sizeof pins / sizeof pins[0]; i++)
        if (pins[i].unit == unit && is_af(ctx, tx ? pins[i].tx_port : pins[i].rx_port,
                                          tx ? pins[i].tx : pins[i].rx, pins[i].af))
            return true;
    return false;
}
