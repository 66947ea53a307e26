/* TIM2..TIM7 and LPTIM1..5, as far as a source of ticks needs them. RM0433 "General-purpose timers", "LPTIM". */
#include "vboard/soc/timers.h"

/* ---- TIM: up-counter, update, four compares ---- */

enum {
    TIM_CR1 = 0x00,
    TIM_DIER = 0x0c,
    TIM_SR = 0x10,
    TIM_EGR = 0x14,
    TIM_CNT = 0x24,
    TIM_PSC = 0x28,
    TIM_ARR = 0x2c,
    TIM_CCR1 = 0x34,
};
enum { CEN = 1u << 0, URS = 1u << 2, OPM = 1u << 3, UIF = 1u << 0, UG = 1u << 0 };
#define CR1_MODELLED  0x8fu /* CEN, UDIS, URS, OPM, ARPE */
#define DIER_MODELLED 0x1fu
#define COMPARES      4u

static uint32_t *reg(struct soc *s, const struct soc_block *b, uint32_t off)
{
    return soc_word(s, b, off);
}

static unsigned compares(const struct soc_block *b)
{
    return b->unit < 4 ? COMPARES : 0; /* TIM6 and TIM7 have none */
}

static uint64_t period(struct soc *s, const struct soc_block *b)
{
    return (uint64_t)*reg(s, b, TIM_ARR) + 1;
}

/* Ticks until the counter meets CCR i; 0: never. */
static uint64_t to_compare(struct soc *s, const struct soc_block *b, unsigned i)
{
    uint64_t at = *reg(s, b, TIM_CCR1 + 4 * i), p = period(s, b);
    uint64_t count = s->tim[b->unit].count;
    if (at >= p)
        return 0;
    return at > count ? at - count : at + p - count;
}

/* Bring the counter to now: flags, wrap-arounds, one-pulse mode. */
static void tim_sync(struct soc *s, const struct soc_block *b, uint64_t now)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t *cr1 = reg(s, b, TIM_CR1), *sr = reg(s, b, TIM_SR);
    uint64_t p = period(s, b);
    if ((*cr1 & CEN) == 0 || p == 1) {
        t->clock.since = now;
        return;
    }
    uint64_t ticks = soc_count_ticks(&t->clock, t->psc + 1, now);
    for (unsigned i = 0; i < compares(b); i++)
        if (to_compare(s, b, i) != 0 && ticks >= to_compare(s, b, i))
            *sr |= 2u << i;
    uint64_t total = t->count + ticks;
    t->count = (uint32_t)(total % p);
    if (total < p)
        return;
    *sr |= UIF;
    t->psc = *reg(s, b, TIM_PSC);
    if ((*cr1 & OPM) != 0) {
        *cr1 &= ~(uint32_t)CEN;
        t->count = 0;
    }
}

void tim_was_reset(struct soc *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t hz = t->clock.hz;
    *t = (struct soc_tim){.clock.hz = hz};
}

uint64_t tim_next(struct soc *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t cr1 = *reg(s, b, TIM_CR1), dier = *reg(s, b, TIM_DIER), sr = *reg(s, b, TIM_SR);
    uint64_t ticks = UINT64_MAX, p = period(s, b);
    if ((cr1 & CEN) == 0 || p == 1)
        return UINT64_MAX;
    if ((dier & ~sr & UIF) != 0 || (cr1 & OPM) != 0 || t->psc != *reg(s, b, TIM_PSC))
        ticks = p - t->count;
    for (unsigned i = 0; i < compares(b); i++) {
        uint64_t d = to_compare(s, b, i);
        if ((dier & ~sr & 2u << i) != 0 && d != 0 && d < ticks)
            ticks = d;
    }
    return ticks == UINT64_MAX ? ticks : soc_count_after(&t->clock, t->psc + 1, ticks);
}

void tim_advance(struct soc *s, const struct soc_block *b, uint64_t now)
{
    tim_sync(s, b, now);
}

void tim_clock(struct soc *s, const struct soc_env *env, const struct soc_block *b)
{
    tim_sync(s, b, env->now);
    s->tim[b->unit].clock.hz = h7_rcc_hz(env->rcc, H7_CLOCK_TIM1);
}

bool tim_irq(struct soc *s, const struct soc_block *b)
{
    return (*reg(s, b, TIM_DIER) & *reg(s, b, TIM_SR) & DIER_MODELLED) != 0;
}

enum h7_answer tim_read(const struct soc_call *c, uint32_t *value)
{
    tim_sync(c->soc, c->block, c->env->now);
    *value = c->off == TIM_CNT ? c->soc->tim[c->block->unit].count : *c->reg;
    return H7_OK;
}

static void update(struct soc *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    t->count = t->clock.pre = t->clock.frac = 0;
    t->psc = *reg(s, b, TIM_PSC);
    if ((*reg(s, b, TIM_CR1) & URS) == 0)
        *reg(s, b, TIM_SR) |= UIF;
}

enum h7_answer tim_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_tim *t = &c->soc->tim[c->block->unit];
    tim_sync(c->soc, c->block, c->env->now);
    t->clock.hz = h7_rcc_hz(c->env->rcc, H7_CLOCK_TIM1);
    switch (c->off) {
    case TIM_CR1:
        if ((c->written & CEN) != 0 && (*c->reg & CEN) == 0)
            t->clock.pre = t->clock.frac = 0;
        return (c->written & ~CR1_MODELLED) == 0 ? H7_OK : H7_UNMODELLED;
    case TIM_DIER:
        return (c->written & ~DIER_MODELLED) == 0 ? H7_OK : H7_UNMODELLED;
    case TIM_SR: /* write 0 to clear */
        *value = *c->reg & c->written;
        return H7_OK;
    case TIM_EGR:
        if ((c->written & UG) != 0)
            update(c->soc, c->block);
        *reg(c->soc, c->block, TIM_SR) |= c->written & 0x1e;
        *value = 0;
        return H7_OK;
    case TIM_CNT:
        t->count = *value;
        return H7_OK;
    default:
        return H7_OK;
    }
}

/* ---- LPTIM: continuous and single counting, compare and reload matches ---- */

enum {
    LP_ISR = 0x00,
    LP_ICR = 0x04,
    LP_IER = 0x08,
    LP_CFGR = 0x0c,
    LP_CR = 0x10,
    LP_CMP = 0x14,
    LP_ARR = 0x18,
    LP_CNT = 0x1c,
};
enum {
    CMPM = 1u << 0,
    ARRM = 1u << 1,
    CMPOK = 1u << 3,
    ARROK = 1u << 4,
    LP_ENABLE = 1,
    LP_SINGLE = 2,
    LP_START = 4
};
#define CFGR_MODELLED 0x00400e00u /* PRESC, PRELOAD */

static uint32_t lp_div(struct soc *s, const struct soc_block *b)
{
    return 1u << (*reg(s, b, LP_CFGR) >> 9 & 7);
}

static void lptim_sync(struct soc *s, const struct soc_block *b, uint64_t now)
{
    struct soc_lptim *t = &s->lptim[b->unit];
    if (!t->running) {
        t->clock.since = now;
        return;
    }
    uint32_t *isr = reg(s, b, LP_ISR);
    uint64_t ticks = soc_count_ticks(&t->clock, lp_div(s, b), now), p = *reg(s, b, LP_ARR) + 1u;
    uint64_t total = t->count + ticks, cmp = *reg(s, b, LP_CMP);
    if (ticks != 0 && ((t->count < cmp && total >= cmp) || total >= p + cmp))
        *isr |= CMPM;
    if (ticks != 0 && (total >= p || (t->count < p - 1 && total >= p - 1)))
        *isr |= ARRM;
    t->count = (uint32_t)(total % p);
    if (t->single && total >= p) {
        t->running = false;
        t->count = 0;
    }
}

void lptim_was_reset(struct soc *s, const struct soc_block *b)
{
    s->lptim[b->unit] = (struct soc_lptim){0};
}

uint64_t lptim_next(struct soc *s, const struct soc_block *b)
{
    struct soc_lptim *t = &s->lptim[b->unit];
    uint32_t waits = *reg(s, b, LP_IER) & ~*reg(s, b, LP_ISR);
    uint64_t ticks = UINT64_MAX, arr = *reg(s, b, LP_ARR), cmp = *reg(s, b, LP_CMP);
    if (!t->running)
        return UINT64_MAX;
    if ((waits & ARRM) != 0)
        ticks = arr > t->count ? arr - t->count : 2 * arr + 1 - t->count;
    if ((waits & CMPM) != 0 && cmp <= arr) {
        uint64_t d = cmp > t->count ? cmp - t->count : cmp + arr + 1 - t->count;
        ticks = d < ticks ? d : ticks;
    }
    return ticks == UINT64_MAX ? ticks : soc_count_after(&t->clock, lp_div(s, b), ticks);
}

void lptim_advance(struct soc *s, const struct soc_block *b, uint64_t now)
{
    lptim_sync(s, b, now);
}

void lptim_clock(struct soc *s, const struct soc_env *env, const struct soc_block *b)
{
    static const enum h7_clock clocks[SOC_LPTIMS] = {
        H7_CLOCK_LPTIM1, H7_CLOCK_LPTIM2, H7_CLOCK_LPTIM345, H7_CLOCK_LPTIM345, H7_CLOCK_LPTIM345};
    lptim_sync(s, b, env->now);
    s->lptim[b->unit].clock.hz = h7_rcc_hz(env->rcc, clocks[b->unit]);
}

bool lptim_irq(struct soc *s, const struct soc_block *b)
{
    return (*reg(s, b, LP_IER) & *reg(s, b, LP_ISR)) != 0;
}

enum h7_answer lptim_read(const struct soc_call *c, uint32_t *value)
{
    lptim_sync(c->soc, c->block, c->env->now);
    *value = c->off == LP_CNT ? c->soc->lptim[c->block->unit].count : *c->reg;
    return H7_OK;
}

static enum h7_answer lptim_control(const struct soc_call *c, uint32_t *value)
{
    struct soc_lptim *t = &c->soc->lptim[c->block->unit];
    if ((c->written & ~7u) != 0)
        return H7_UNMODELLED; /* COUNTRST, RSTARE */
    if ((c->written & LP_ENABLE) == 0) {
        t->running = false;
        t->count = 0;
    } else if ((c->written & (LP_SINGLE | LP_START)) != 0 && !t->running) {
        t->running = true;
        t->single = (c->written & LP_START) == 0;
        t->count = t->clock.pre = t->clock.frac = 0;
    }
    *value = c->written & LP_ENABLE;
    return H7_OK;
}

enum h7_answer lptim_write(const struct soc_call *c, uint32_t *value)
{
    uint32_t *isr = reg(c->soc, c->block, LP_ISR);
    lptim_clock(c->soc, c->env, c->block);
    switch (c->off) {
    case LP_ICR:
        *isr &= ~c->written;
        *value = 0;
        return H7_OK;
    case LP_CFGR:
        return (c->written & ~CFGR_MODELLED) == 0 ? H7_OK : H7_UNMODELLED;
    case LP_CR:
        return lptim_control(c, value);
    case LP_CMP: /* taken at once; the flag says so */
    case LP_ARR:
        if ((*reg(c->soc, c->block, LP_CR) & LP_ENABLE) == 0) {
            c->env->lint(c->env->ctx, "LPTIM1", "RM0433 LPTIM_CMP, LPTIM_ARR",
                         "CMP or ARR written while ENABLE=0: ignored");
            *value = *c->reg;
            return H7_OK;
        }
        *isr |= c->off == LP_CMP ? CMPOK : ARROK;
        return H7_OK;
    default:
        return H7_OK;
    }
}
