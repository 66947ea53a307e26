/* DMA1 and DMA2: memory to memory, and requests of the UARTs through DMAMUX1, in direct mode: an item moves when a
 * peripheral requests it. RM0433 "DMA", "DMAMUX". */
#include <stdio.h>

#include "vboard/soc/h7/timers.h"

enum {
    CR_EN = 1,
    CR_INTERRUPTS = 15u << 1, /* DMEIE, TEIE, HTIE, TCIE: may change while the stream runs */
    CR_TEIE = 1u << 2,
    CR_HTIE = 1u << 3,
    CR_TCIE = 1u << 4,
    CR_PFCTRL = 1u << 5,
    CR_CIRC = 1u << 8,
    CR_PINC = 1u << 9,
    CR_MINC = 1u << 10,
    CR_PINCOS = 1u << 15,
    CR_DBM = 1u << 18,
    CR_CT = 1u << 19,
    CR_BURSTS = 15u << 21,
};
enum { SR_TEIF = 1u << 3, SR_HTIF = 1u << 4, SR_TCIF = 1u << 5, SR_ALL = 0x3d };
enum { LISR = 0x00, HISR = 0x04, LIFCR = 0x08, HIFCR = 0x0c, STREAM0 = 0x10, STREAM_SIZE = 0x18 };
enum { S_CR = 0x00, S_NDTR = 0x04, S_PAR = 0x08, S_M0AR = 0x0c, S_M1AR = 0x10, S_FCR = 0x14 };
enum direction { FROM_PERIPHERAL, TO_PERIPHERAL, MEMORY_TO_MEMORY };
#define STREAMS   8u
#define ITEM_NS   10u     /* a read and a write on AXI */
#define RETRY_NS  100000u /* memory to memory: how often to ask a flash bank that is busy */
#define FCR_DMDIS 4u
/* A request that so many items have not answered goes on for ever: it is served at the pace of the bus. */
#define ITEMS_AT_ONCE 64u

static uint32_t *sreg(struct peripherals *s, const struct soc_block *b, unsigned stream,
                      uint32_t off)
{
    return soc_word(s, b, STREAM0 + stream * STREAM_SIZE + off);
}

static enum direction direction(uint32_t cr)
{
    return (enum direction)(cr >> 6 & 3);
}

void dma_was_reset(struct peripherals *s, const struct soc_block *b)
{
    s->dma[b->unit] = (struct soc_dma){0};
}

static bool is_core_memory(const struct soc *part, uint32_t addr)
{
    return addr - part->ram[SOC_ITCM].base < part->ram[SOC_ITCM].size ||
           addr - part->ram[SOC_DTCM].base < part->ram[SOC_DTCM].size;
}

/* ---- one item ---- */

struct item {
    uint32_t from, to;
    unsigned size;
};

/* Where the next item comes from and goes to: PAR is the source of a copy from memory to memory. */
static struct item next_item(struct peripherals *s, const struct soc_block *b, unsigned stream)
{
    uint32_t cr = *sreg(s, b, stream, S_CR);
    uint32_t done = s->dma[b->unit].total[stream] - *sreg(s, b, stream, S_NDTR);
    unsigned size = 1u << (cr >> 11 & 3);
    bool second = (cr & CR_DBM) != 0 && (cr & CR_CT) != 0;
    uint32_t outer = *sreg(s, b, stream, S_PAR) + ((cr & CR_PINC) != 0 ? done * size : 0);
    uint32_t inner =
        *sreg(s, b, stream, second ? S_M1AR : S_M0AR) + ((cr & CR_MINC) != 0 ? done * size : 0);
    if (direction(cr) == TO_PERIPHERAL)
        return (struct item){inner, outer, size};
    return (struct item){outer, inner, size};
}

static enum dma_answer move(struct peripherals *s, const struct soc_env *env,
                            const struct soc_block *b, unsigned stream)
{
    struct item i = next_item(s, b, stream);
    uint32_t value = 0;
    if (is_core_memory(env->soc, i.from) || is_core_memory(env->soc, i.to)) {
        env->lint(env->ctx, "DMA1", "RM0433 Memory map",
                  "DMA1/2 reach neither ITCM nor DTCM: the transfer ends with TEIF");
        return DMA_ERROR;
    }
    enum dma_answer a = env->dma(env->ctx, i.from, i.size, &value, false);
    return a == DMA_DONE ? env->dma(env->ctx, i.to, i.size, &value, true) : a;
}

static void stop(struct peripherals *s, const struct soc_block *b, unsigned stream, uint32_t flag)
{
    struct soc_dma *d = &s->dma[b->unit];
    d->status[stream] |= flag;
    d->end[stream] = 0;
    d->asked &= (uint8_t) ~(1u << stream);
    *sreg(s, b, stream, S_CR) &= ~(uint32_t)CR_EN;
}

/* An item has moved: half, all, and around again. */
static void count(struct peripherals *s, const struct soc_block *b, unsigned stream)
{
    struct soc_dma *d = &s->dma[b->unit];
    uint32_t *left = sreg(s, b, stream, S_NDTR), *cr = sreg(s, b, stream, S_CR);
    (*left)--;
    if (*left == d->total[stream] / 2u)
        d->status[stream] |= SR_HTIF;
    if (*left != 0)
        return;
    if ((*cr & (CR_CIRC | CR_DBM)) == 0) {
        stop(s, b, stream, SR_TCIF);
        return;
    }
    d->status[stream] |= SR_TCIF;
    *left = d->total[stream];
    *cr ^= (*cr & CR_DBM) != 0 ? (uint32_t)CR_CT : 0;
}

/* ---- requests ---- */

static uint32_t request_of(struct peripherals *s, const struct soc_block *b, unsigned stream)
{
    return *soc_word(s, soc_find(DMAMUX1_BASE), 4 * (STREAMS * b->unit + stream)) & 0x7f;
}

static void serve(struct peripherals *s, const struct soc_env *env, const struct soc_block *b,
                  unsigned stream)
{
    struct soc_dma *d = &s->dma[b->unit];
    unsigned id = request_of(s, b, stream), items = 0;
    while ((d->asked >> stream & 1) != 0 && env->request(env->ctx, id) == DMA_REQUESTED) {
        if (items++ == ITEMS_AT_ONCE) {
            d->again = env->now + ITEMS_AT_ONCE * ITEM_NS;
            return;
        }
        enum dma_answer a = move(s, env, b, stream);
        s->changed = true;
        if (a == DMA_WAIT)
            return; /* the flash bank is busy; when it is done, an event brings us here again */
        if (a == DMA_DONE)
            count(s, b, stream);
        else
            stop(s, b, stream, SR_TEIF);
    }
}

bool dma_waits(const struct peripherals *s)
{
    return (s->dma[0].asked | s->dma[1].asked) != 0;
}

void dma_serve(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    s->dma[b->unit].again = 0;
    if (!soc_clocked(env, b))
        return;
    for (unsigned priority = 4; priority-- > 0;)
        for (unsigned i = 0; i < STREAMS; i++)
            if ((s->dma[b->unit].asked >> i & 1) != 0 &&
                (*sreg(s, b, i, S_CR) >> 16 & 3) == priority)
                serve(s, env, b, i);
}

/* ---- memory to memory: the transfer, at its end ---- */

uint64_t dma_next(struct peripherals *s, const struct soc_block *b)
{
    uint64_t t = s->dma[b->unit].again != 0 ? s->dma[b->unit].again : UINT64_MAX;
    for (unsigned i = 0; i < STREAMS; i++)
        if (s->dma[b->unit].end[i] != 0 && s->dma[b->unit].end[i] < t)
            t = s->dma[b->unit].end[i];
    return t;
}

void dma_advance(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    struct soc_dma *d = &s->dma[b->unit];
    if (d->again != 0 && d->again <= env->now)
        dma_serve(s, env, b);
    for (unsigned i = 0; i < STREAMS; i++)
        while (d->end[i] != 0 && d->end[i] <= env->now) {
            enum dma_answer a = soc_clocked(env, b) ? move(s, env, b, i) : DMA_WAIT;
            if (a == DMA_WAIT)
                d->end[i] = env->now + RETRY_NS;
            else if (a == DMA_DONE)
                count(s, b, i);
            else
                stop(s, b, i, SR_TEIF);
        }
}

bool dma_irq(struct peripherals *s, const struct soc_block *b, unsigned stream)
{
    uint32_t cr = *sreg(s, b, stream, S_CR), st = s->dma[b->unit].status[stream];
    return (((cr & CR_TCIE) != 0 && (st & SR_TCIF) != 0) ||
            ((cr & CR_HTIE) != 0 && (st & SR_HTIF) != 0) ||
            ((cr & CR_TEIE) != 0 && (st & SR_TEIF) != 0));
}

/* ---- registers ---- */

/* Four streams to a status register, at bits 0, 6, 16, 22. */
static unsigned shift_of(unsigned stream)
{
    static const uint8_t shift[4] = {0, 6, 16, 22};
    return shift[stream % 4];
}

enum h7_answer dma_read(const struct soc_call *c, uint32_t *value)
{
    const struct soc_dma *d = &c->soc->dma[c->block->unit];
    *value = *c->reg;
    if (c->off > HISR)
        return H7_OK;
    *value = 0;
    for (unsigned i = 0; i < 4; i++)
        *value |= d->status[c->off + i] << shift_of(i); /* LISR: 0..3; HISR: 4..7 */
    return H7_OK;
}

/* What the model does not do, said in the terms of the manual. */
static enum h7_answer refused(const struct soc_call *c, const char *fmt, unsigned n)
{
    char text[120], what[80];
    snprintf(what, sizeof what, fmt, n);
    snprintf(text, sizeof text, "%s: %s is not modelled", c->block->name, what);
    c->env->note(c->env->ctx, text);
    return H7_UNMODELLED;
}

/* PSIZE (12:11) and MSIZE (14:13). */
static bool widths_differ(uint32_t cr)
{
    return (cr >> 11 & 3) != (cr >> 13 & 3);
}

static enum h7_answer start_copy(const struct soc_call *c, unsigned stream)
{
    uint32_t cr = c->written;
    if ((cr & (CR_CIRC | CR_DBM)) != 0 || widths_differ(cr))
        return refused(c, "memory to memory with CIRC, DBM or two widths (stream %u)", stream);
    c->soc->dma[c->block->unit].end[stream] =
        c->env->now + ITEM_NS * (uint64_t)(*sreg(c->soc, c->block, stream, S_NDTR) + 1);
    return H7_OK;
}

static enum h7_answer start_requests(const struct soc_call *c, unsigned stream)
{
    uint32_t cr = c->written;
    unsigned id = request_of(c->soc, c->block, stream);
    bool fifo = (*sreg(c->soc, c->block, stream, S_FCR) & FCR_DMDIS) != 0;
    if (c->env->request(c->env->ctx, id) == DMA_NO_SUCH_REQUEST)
        return refused(c, "DMA request %u", id);
    if ((cr & CR_BURSTS) != 0 || (fifo && widths_differ(cr)))
        return refused(c, "a burst, or packing in the FIFO (stream %u)", stream);
    c->soc->dma[c->block->unit].asked |= (uint8_t)(1u << stream);
    return H7_OK;
}

static enum h7_answer start(const struct soc_call *c, unsigned stream, uint32_t *value)
{
    struct soc_dma *d = &c->soc->dma[c->block->unit];
    uint32_t left = *sreg(c->soc, c->block, stream, S_NDTR);
    if (d->status[stream] != 0) {
        c->env->lint(c->env->ctx, "DMA2", "RM0433 DMA stream configuration procedure",
                     "EN is set while flags of the stream are set: ignored until they are cleared");
        *value &= ~(uint32_t)CR_EN;
        return H7_OK;
    }
    if ((c->written & (CR_PFCTRL | CR_PINCOS)) != 0 || direction(c->written) > MEMORY_TO_MEMORY)
        return refused(c, "PFCTRL or PINCOS (stream %u)", stream);
    d->total[stream] = (uint16_t)left;
    if (left == 0) {
        *value &= ~(uint32_t)CR_EN;
        return H7_OK;
    }
    return direction(c->written) == MEMORY_TO_MEMORY ? start_copy(c, stream)
                                                     : start_requests(c, stream);
}

static enum h7_answer write_cr(const struct soc_call *c, unsigned stream, uint32_t *value)
{
    bool on = (*c->reg & CR_EN) != 0, wants = (c->written & CR_EN) != 0;
    if (!on)
        return wants ? start(c, stream, value) : H7_OK;
    *value = (*c->reg & ~(uint32_t)CR_INTERRUPTS) | (c->written & CR_INTERRUPTS);
    if (!wants) { /* a stream that is stopped says so */
        stop(c->soc, c->block, stream, SR_TCIF);
        *value &= ~(uint32_t)CR_EN;
    }
    return H7_OK;
}

enum h7_answer dma_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_dma *d = &c->soc->dma[c->block->unit];
    if (c->off == LIFCR || c->off == HIFCR) {
        for (unsigned i = 0; i < 4; i++)
            d->status[c->off - LIFCR + i] &= ~(c->written >> shift_of(i) & SR_ALL);
        *value = 0;
        return H7_OK;
    }
    if (c->off < STREAM0)
        return H7_OK;
    unsigned stream = (c->off - STREAM0) / STREAM_SIZE, off = (c->off - STREAM0) % STREAM_SIZE;
    if (off == S_CR)
        return write_cr(c, stream, value);
    uint32_t cr = *sreg(c->soc, c->block, stream, S_CR);
    uint32_t idle = (cr & CR_CT) != 0 ? S_M0AR : S_M1AR; /* of a double buffer */
    if ((cr & CR_EN) != 0 && !((cr & CR_DBM) != 0 && off == idle))
        *value = *c->reg; /* read-only while the stream runs */
    return H7_OK;
}

enum h7_answer dmamux_read(const struct soc_call *c, uint32_t *value)
{
    *value = *c->reg;
    return H7_OK;
}

/* Channels carry a request number; events, synchronization and request generators are not there. */
enum h7_answer dmamux_write(const struct soc_call *c, uint32_t *value)
{
    (void)value;
    if (c->off < 0x80 && (c->written & 0x00010300) != 0)
        return refused(c, "synchronization or event of channel %u", c->index);
    if (c->off >= 0x100 && (c->written & 0x00010000) != 0)
        return refused(c, "request generator %u", c->index);
    return H7_OK;
}
