/* DMA1 and DMA2: memory to memory. Requests of peripherals do not exist here. RM0433 "DMA". */
#include "vboard/soc/timers.h"

enum {
    CR_EN = 1,
    CR_TEIE = 1u << 2,
    CR_HTIE = 1u << 3,
    CR_TCIE = 1u << 4,
    CR_PINC = 1u << 9,
    CR_MINC = 1u << 10
};
enum { SR_TEIF = 1u << 3, SR_HTIF = 1u << 4, SR_TCIF = 1u << 5 };
enum { LISR = 0x00, HISR = 0x04, LIFCR = 0x08, HIFCR = 0x0c, STREAM0 = 0x10, STREAM_SIZE = 0x18 };
enum { S_CR = 0x00, S_NDTR = 0x04, S_PAR = 0x08, S_M0AR = 0x0c, S_FCR = 0x14 };
#define STREAMS       8u
#define ITEM_NS       10u         /* a read and a write on AXI */
#define CR_UNMODELLED 0x00048120u /* peripheral flow control, circular, double buffer, PINCOS... */

static uint32_t *sreg(struct soc *s, const struct soc_block *b, unsigned stream, uint32_t off)
{
    return soc_word(s, b, STREAM0 + stream * STREAM_SIZE + off);
}

void dma_was_reset(struct soc *s, const struct soc_block *b)
{
    s->dma[b->unit] = (struct soc_dma){0};
}

static bool is_core_memory(uint32_t addr)
{
    return addr < 0x00010000 || addr - 0x20000000 < 0x00020000;
}

/* The transfer, at its end. An item that cannot be read or written ends it with TEIF. */
static bool transfer(struct soc *s, const struct soc_env *env, const struct soc_block *b,
                     unsigned stream)
{
    uint32_t cr = *sreg(s, b, stream, S_CR), from = *sreg(s, b, stream, S_PAR),
             to = *sreg(s, b, stream, S_M0AR), *left = sreg(s, b, stream, S_NDTR);
    unsigned size = 1u << (cr >> 11 & 3);
    if (is_core_memory(from) || is_core_memory(to)) {
        env->lint(env->ctx, "DMA1", "RM0433 Memory map",
                  "DMA1/2 reach neither ITCM nor DTCM: the transfer ends with TEIF");
        return false;
    }
    for (; *left != 0; (*left)--) {
        uint32_t value = 0;
        if (!env->dma(env->ctx, from, size, &value, false) ||
            !env->dma(env->ctx, to, size, &value, true))
            return false;
        from += (cr & CR_PINC) != 0 ? size : 0;
        to += (cr & CR_MINC) != 0 ? size : 0;
    }
    return true;
}

uint64_t dma_next(struct soc *s, const struct soc_block *b)
{
    uint64_t t = UINT64_MAX;
    for (unsigned i = 0; i < STREAMS; i++)
        if (s->dma[b->unit].end[i] != 0 && s->dma[b->unit].end[i] < t)
            t = s->dma[b->unit].end[i];
    return t;
}

void dma_advance(struct soc *s, const struct soc_env *env, const struct soc_block *b)
{
    struct soc_dma *d = &s->dma[b->unit];
    for (unsigned i = 0; i < STREAMS; i++) {
        if (d->end[i] == 0 || d->end[i] > env->now)
            continue;
        d->end[i] = 0;
        d->status[i] |= transfer(s, env, b, i) ? SR_HTIF | SR_TCIF : SR_TEIF;
        *sreg(s, b, i, S_CR) &= ~(uint32_t)CR_EN;
    }
}

bool dma_irq(struct soc *s, const struct soc_block *b, unsigned stream)
{
    uint32_t cr = *sreg(s, b, stream, S_CR), st = s->dma[b->unit].status[stream];
    return (((cr & CR_TCIE) != 0 && (st & SR_TCIF) != 0) ||
            ((cr & CR_HTIE) != 0 && (st & SR_HTIF) != 0) ||
            ((cr & CR_TEIE) != 0 && (st & SR_TEIF) != 0));
}

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

static enum h7_answer start(const struct soc_call *c, unsigned stream)
{
    struct soc_dma *d = &c->soc->dma[c->block->unit];
    uint32_t cr = c->written;
    if ((cr & CR_UNMODELLED) != 0 || (cr >> 6 & 3) != 2 || (cr >> 11 & 3) != (cr >> 13 & 3))
        return H7_UNMODELLED; /* only memory to memory, one width */
    d->end[stream] =
        c->env->now + ITEM_NS * (uint64_t)(*sreg(c->soc, c->block, stream, S_NDTR) + 1);
    return H7_OK;
}

enum h7_answer dma_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_dma *d = &c->soc->dma[c->block->unit];
    if (c->off == LIFCR || c->off == HIFCR) {
        for (unsigned i = 0; i < 4; i++)
            d->status[c->off - LIFCR + i] &= ~(c->written >> shift_of(i) & 0x3d);
        *value = 0;
        return H7_OK;
    }
    if (c->off < STREAM0)
        return H7_OK;
    unsigned stream = (c->off - STREAM0) / STREAM_SIZE;
    bool on = (*sreg(c->soc, c->block, stream, S_CR) & CR_EN) != 0;
    if ((c->off - STREAM0) % STREAM_SIZE != S_CR) {
        if (on)
            *value = *c->reg; /* read-only while the stream runs */
        return H7_OK;
    }
    if ((c->written & CR_EN) == 0)
        d->end[stream] = 0;
    return on || (c->written & CR_EN) == 0 ? H7_OK : start(c, stream);
}
