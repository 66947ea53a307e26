/* What is the same for all peripherals in tables: reset, access, events, interrupts. */
#include "vboard/soc/h7/blocks.h"

#include <string.h>

#include "vboard/soc/h7/timers.h"

/* The row of off and the place of its word, counted over the table; NULL: no such register. */
static const struct soc_reg *find(const struct soc_block *b, uint32_t off, unsigned *place)
{
    unsigned at = b->at;
    for (unsigned i = 0; i < b->reg_count; at += b->regs[i++].count) {
        uint32_t word = (off - b->regs[i].off) / 4;
        if (off < b->regs[i].off || word >= b->regs[i].count || off % 4 != 0)
            continue;
        *place = at + word;
        return &b->regs[i];
    }
    return NULL;
}

uint32_t *soc_word(struct peripherals *s, const struct soc_block *b, uint32_t off)
{
    unsigned place = 0;
    return find(b, off, &place) != NULL ? &s->held[place] : &s->held[SOC_HELD - 1];
}

/* ---- reset ---- */

void soc_reset_block(struct peripherals *s, const struct soc_block *b)
{
    unsigned at = b->at;
    for (unsigned i = 0; i < b->reg_count; i++)
        for (unsigned k = 0; k < b->regs[i].count; k++)
            s->held[at++] = b->regs[i].reset;
    if (b->was_reset != NULL)
        b->was_reset(s, b);
    s->changed = true;
}

void soc_reset(struct peripherals *s, bool power_on)
{
    const struct soc_block *b;
    if (power_on)
        s->rtc = (struct soc_rtc){.clock = {.since = s->rtc.clock.since}};
    for (unsigned i = 0; (b = soc_block(i)) != NULL; i++)
        if (power_on || !b->survives_reset)
            soc_reset_block(s, b);
}

void soc_rcc_reset(struct peripherals *s, uint32_t rcc_off, uint32_t bits)
{
    const struct soc_block *b;
    for (unsigned i = 0; (b = soc_block(i)) != NULL; i++)
        if (b->reset_reg == rcc_off && rcc_off != 0 && (bits >> b->reset_bit & 1) != 0)
            soc_reset_block(s, b);
}

/* ---- accesses ---- */

enum h7_answer soc_read(struct peripherals *s, const struct soc_env *env, const struct soc_block *b,
                        uint32_t off, uint32_t *value)
{
    unsigned place;
    const struct soc_reg *r = find(b, off, &place);
    if (r == NULL)
        return H7_UNMODELLED;
    struct soc_call c = {s, env, b, off, (off - r->off) / 4u, &s->held[place], 0};
    *value = s->held[place];
    return b->read != NULL && r->kind == REG_LIVE ? b->read(&c, value) : H7_OK;
}

enum h7_answer soc_write(struct peripherals *s, const struct soc_env *env,
                         const struct soc_block *b, uint32_t off, uint32_t value)
{
    unsigned place;
    const struct soc_reg *r = find(b, off, &place);
    if (r == NULL)
        return H7_UNMODELLED;
    struct soc_call c = {s, env, b, off, (off - r->off) / 4u, &s->held[place], value};
    uint32_t kept = (s->held[place] & ~r->writable) | (value & r->writable);
    enum h7_answer a = H7_OK;
    if (b->write != NULL && r->kind == REG_LIVE)
        a = b->write(&c, &kept);
    if (a == H7_OK)
        s->held[place] = kept;
    s->changed |= !b->says_changed;
    return a;
}

/* ---- events and interrupts ---- */

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static const struct soc_block *wwdg_block(void)
{
    return soc_find(WWDG1_BASE);
}

static const struct soc_block *hash_block(void)
{
    return soc_find(HASH_BASE);
}

static uint64_t find_next(struct peripherals *s)
{
    uint64_t t = wwdg_next(s, wwdg_block());
    for (unsigned i = 0; i < SOC_TIMS; i++)
        t = earlier(t, tim_next(s, soc_block(SOC_BLOCK_TIM + i)));
    for (unsigned i = 0; i < SOC_LPTIMS; i++)
        t = earlier(t, lptim_next(s, soc_block(SOC_BLOCK_LPTIM + i)));
    for (unsigned i = 0; i < 2; i++)
        t = earlier(t, dma_next(s, soc_block(SOC_BLOCK_DMA + i)));
    t = earlier(t, rtc_next(s));
    t = earlier(t, hash_next(s, hash_block()));
    return t;
}

static void find_irqs(struct peripherals *s)
{
    static const uint8_t lptim[SOC_LPTIMS] = {93, 138, 139, 140, 141};
    static const uint8_t dma[2][8] = {{11, 12, 13, 14, 15, 16, 17, 47},
                                      {56, 57, 58, 59, 60, 68, 69, 70}};
    const struct soc_block *rng = soc_find(RNG_BASE), *hsem = soc_find(HSEM_BASE);
    memset(s->irq, 0, sizeof s->irq);
    for (unsigned i = 0; i < SOC_TIMS; i++)
        tim_irqs(s, soc_block(SOC_BLOCK_TIM + i), s->irq);
    for (unsigned i = 0; i < SOC_LPTIMS; i++)
        soc_irq(s->irq, lptim[i], lptim_irq(s, soc_block(SOC_BLOCK_LPTIM + i)));
    for (unsigned i = 0; i < 16; i++)
        soc_irq(s->irq, dma[i / 8][i % 8], dma_irq(s, soc_block(SOC_BLOCK_DMA + i / 8), i % 8));
    soc_irq(s->irq, 0, wwdg_irq(s, wwdg_block()));
    /* one line for both; RNGEN and IE: always ready */
    soc_irq(s->irq, 80, (*soc_word(s, rng, 0) & 0x0c) == 0x0c || hash_irq(s, hash_block()));
    soc_irq(s->irq, 125, (*soc_word(s, hsem, 0x100) & *soc_word(s, hsem, 0x108)) != 0);
    exti_irqs(s, soc_find(EXTI_BASE), s->irq);
}

static void settle(struct peripherals *s)
{
    if (!s->changed)
        return;
    s->changed = false;
    s->next = find_next(s);
    find_irqs(s);
}

uint64_t soc_next_event(struct peripherals *s)
{
    settle(s);
    return s->next;
}

void soc_advance(struct peripherals *s, const struct soc_env *env)
{
    settle(s);
    if (s->next > env->now)
        return;
    for (unsigned i = 0; i < SOC_TIMS; i++)
        tim_advance(s, soc_block(SOC_BLOCK_TIM + i), env->now);
    for (unsigned i = 0; i < SOC_LPTIMS; i++)
        lptim_advance(s, soc_block(SOC_BLOCK_LPTIM + i), env->now);
    for (unsigned i = 0; i < 2; i++)
        dma_advance(s, env, soc_block(SOC_BLOCK_DMA + i));
    wwdg_advance(s, env, wwdg_block());
    rtc_advance(s, env);
    hash_advance(s, hash_block(), env->now);
    s->changed = true;
    settle(s);
}

bool soc_dma_waits(const struct peripherals *s)
{
    return dma_waits(s);
}

void soc_dma_serve(struct peripherals *s, const struct soc_env *env)
{
    for (unsigned i = 0; i < 2; i++)
        dma_serve(s, env, soc_block(SOC_BLOCK_DMA + i));
}

void soc_clocks(struct peripherals *s, const struct soc_env *env)
{
    for (unsigned i = 0; i < SOC_TIMS; i++)
        tim_clock(s, env, soc_block(SOC_BLOCK_TIM + i));
    for (unsigned i = 0; i < SOC_LPTIMS; i++)
        lptim_clock(s, env, soc_block(SOC_BLOCK_LPTIM + i));
    wwdg_clock(s, env, wwdg_block());
    rtc_clock(s, env);
    s->changed = true;
}
