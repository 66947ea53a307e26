/* TIM1..8, TIM12..17 and LPTIM1..5 as sources of ticks, without their pins. RM0433 "General-purpose timers",
 * "LPTIM". */
#include "vboard/soc/h7/timers.h"

/* ---- TIM: edge-aligned counting up or down, updates with repetition, compares ---- */

enum {
    TIM_CR1 = 0x00,
    TIM_SMCR = 0x08,
    TIM_DIER = 0x0c,
    TIM_SR = 0x10,
    TIM_EGR = 0x14,
    TIM_CNT = 0x24,
    TIM_PSC = 0x28,
    TIM_ARR = 0x2c,
    TIM_RCR = 0x30,
    TIM_CCR1 = 0x34,
};
enum {
    CEN = 1u << 0,
    UDIS = 1u << 1,
    URS = 1u << 2,
    OPM = 1u << 3,
    DIR = 1u << 4,
    UIF = 1u << 0,
    UG = 1u << 0
};
#define CR1_MODELLED    0x39fu /* CEN, UDIS, URS, OPM, DIR, ARPE, CKD; no CMS, no UIFREMAP */
#define DIER_MODELLED   0x1fu
#define SMCR_UNMODELLED 0x00014007u /* SMS, ECE: another clock or a reset from outside */

/* By unit: how many compares it has, the lines of its update and of its compares, whether it has a repetition counter (RCR), and which clock feeds it. */
static const struct {
    uint8_t compares, update_irq, compare_irq;
    bool repeats, apb2;
} kinds[SOC_TIMS] = {
    {4, 28, 28, false, false}, {4, 29, 29, false, false}, /* TIM2, 3 */
    {4, 30, 30, false, false}, {4, 50, 50, false, false}, /* 4, 5 */
    {0, 54, 54, false, false}, {0, 55, 55, false, false}, /* 6, 7 */
    {2, 43, 43, false, false}, {1, 44, 44, false, false}, /* 12, 13 */
    {1, 45, 45, false, false}, {4, 25, 27, true, true},   /* 14, 1 */
    {4, 44, 46, true, true},   {2, 116, 116, true, true}, /* 8, 15 */
    {1, 117, 117, true, true}, {1, 118, 118, true, true}, /* 16, 17 */
};

static uint32_t *reg(struct peripherals *s, const struct soc_block *b, uint32_t off)
{
    return soc_word(s, b, off);
}

static uint64_t period(struct peripherals *s, const struct soc_block *b)
{
    return (uint64_t)*reg(s, b, TIM_ARR) + 1;
}

static uint32_t repetition(struct peripherals *s, const struct soc_block *b)
{
    return kinds[b->unit].repeats ? *reg(s, b, TIM_RCR) : 0;
}

/* The model counts steps of a period, 0 to ARR; a counter that goes down shows them from the other end. */
static uint32_t mirrored(struct peripherals *s, const struct soc_block *b, uint32_t cr1,
                         uint32_t steps)
{
    return (cr1 & DIR) != 0 ? *reg(s, b, TIM_ARR) - steps : steps;
}

/* Ticks until the counter meets CCR i; 0: never. */
static uint64_t to_compare(struct peripherals *s, const struct soc_block *b, unsigned i)
{
    uint32_t ccr = *reg(s, b, TIM_CCR1 + 4 * i);
    uint64_t p = period(s, b), count = s->tim[b->unit].count;
    if (ccr >= p)
        return 0;
    uint64_t at = mirrored(s, b, *reg(s, b, TIM_CR1), ccr);
    return at > count ? at - count : at + p - count;
}

/* The counter has gone around so many times: is one of them an update event? */
static bool updates(struct peripherals *s, const struct soc_block *b, uint64_t rounds)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint64_t each = (uint64_t)repetition(s, b) + 1;
    if (rounds <= t->rounds_left) {
        t->rounds_left -= (uint32_t)rounds;
        return false;
    }
    t->rounds_left = (uint32_t)(each - 1 - (rounds - t->rounds_left - 1) % each);
    return (*reg(s, b, TIM_CR1) & UDIS) == 0;
}

/* Bring the counter to now: flags, wrap-arounds, one-pulse mode. */
static void tim_sync(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t *cr1 = reg(s, b, TIM_CR1), *sr = reg(s, b, TIM_SR);
    uint64_t p = period(s, b);
    if ((*cr1 & CEN) == 0 || p == 1) {
        t->clock.since = now;
        return;
    }
    uint64_t ticks = soc_count_ticks(&t->clock, t->psc + 1, now);
    for (unsigned i = 0; i < kinds[b->unit].compares; i++)
        if (to_compare(s, b, i) != 0 && ticks >= to_compare(s, b, i))
            *sr |= 2u << i;
    uint64_t total = t->count + ticks;
    t->count = (uint32_t)(total % p);
    if (total < p || !updates(s, b, total / p))
        return;
    *sr |= UIF;
    t->psc = *reg(s, b, TIM_PSC);
    if ((*cr1 & OPM) != 0) {
        *cr1 &= ~(uint32_t)CEN;
        t->count = 0;
    }
}

void tim_was_reset(struct peripherals *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t hz = t->clock.hz;
    *t = (struct soc_tim){.clock.hz = hz};
}

uint64_t tim_next(struct peripherals *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    uint32_t cr1 = *reg(s, b, TIM_CR1);
    if ((cr1 & CEN) == 0 || *reg(s, b, TIM_ARR) == 0)
        return UINT64_MAX;
    uint32_t waits = *reg(s, b, TIM_DIER) & ~*reg(s, b, TIM_SR);
    uint64_t ticks = UINT64_MAX, p = period(s, b);
    bool update = (waits & UIF) != 0 || (cr1 & OPM) != 0 || t->psc != *reg(s, b, TIM_PSC);
    if (update && (cr1 & UDIS) == 0)
        ticks = p - t->count + t->rounds_left * p;
    for (unsigned i = 0; i < kinds[b->unit].compares; i++) {
        uint64_t d = to_compare(s, b, i);
        if ((waits & 2u << i) != 0 && d != 0 && d < ticks)
            ticks = d;
    }
    return ticks == UINT64_MAX ? ticks : soc_count_after(&t->clock, t->psc + 1, ticks);
}

void tim_advance(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    tim_sync(s, b, now);
}

void tim_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    tim_sync(s, b, env->now);
    s->tim[b->unit].clock.hz =
        soc_clocked(env, b)
            ? h7_rcc_hz(env->rcc, kinds[b->unit].apb2 ? H7_CLOCK_TIM2 : H7_CLOCK_TIM1)
            : 0;
}

void tim_irqs(struct peripherals *s, const struct soc_block *b, uint32_t *levels)
{
    uint32_t on = *reg(s, b, TIM_DIER) & *reg(s, b, TIM_SR) & DIER_MODELLED;
    soc_irq(levels, kinds[b->unit].update_irq, (on & UIF) != 0);
    soc_irq(levels, kinds[b->unit].compare_irq, (on & ~(uint32_t)UIF) != 0);
}

enum h7_answer tim_read(const struct soc_call *c, uint32_t *value)
{
    struct peripherals *s = c->soc;
    tim_sync(s, c->block, c->env->now);
    *value = c->off == TIM_CNT
                 ? mirrored(s, c->block, *reg(s, c->block, TIM_CR1), s->tim[c->block->unit].count)
                 : *c->reg;
    return H7_OK;
}

static void update(struct peripherals *s, const struct soc_block *b)
{
    struct soc_tim *t = &s->tim[b->unit];
    t->count = t->clock.pre = t->clock.frac = 0;
    t->rounds_left = repetition(s, b);
    t->psc = *reg(s, b, TIM_PSC);
    if ((*reg(s, b, TIM_CR1) & (URS | UDIS)) == 0)
        *reg(s, b, TIM_SR) |= UIF;
}

static enum h7_answer write_cr1(const struct soc_call *c)
{
    struct soc_tim *t = &c->soc->tim[c->block->unit];
    if ((c->written & ~CR1_MODELLED) != 0)
        return H7_UNMODELLED;
    if ((c->written & CEN) != 0 && (*c->reg & CEN) == 0)
        t->clock.pre = t->clock.frac = 0;
    if (((c->written ^ *c->reg) & DIR) != 0) /* CNT stays, the steps are seen from the other end */
        t->count = *reg(c->soc, c->block, TIM_ARR) - t->count;
    return H7_OK;
}

enum h7_answer tim_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_tim *t = &c->soc->tim[c->block->unit];
    uint32_t cr1 = *reg(c->soc, c->block, TIM_CR1);
    tim_clock(c->soc, c->env, c->block);
    switch (c->off) {
    case TIM_CR1:
        return write_cr1(c);
    case TIM_SMCR:
        return (c->written & SMCR_UNMODELLED) == 0 ? H7_OK : H7_UNMODELLED;
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
        t->count = mirrored(c->soc, c->block, cr1, *value);
        return H7_OK;
    case TIM_ARR:
        if ((cr1 & DIR) != 0) /* CNT stays */
            t->count += *value - *c->reg;
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

static uint32_t lp_div(struct peripherals *s, const struct soc_block *b)
{
    return 1u << (*reg(s, b, LP_CFGR) >> 9 & 7);
}

static void lptim_sync(struct peripherals *s, const struct soc_block *b, uint64_t now)
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

void lptim_was_reset(struct peripherals *s, const struct soc_block *b)
{
    s->lptim[b->unit] = (struct soc_lptim){0};
}

uint64_t lptim_next(struct peripherals *s, const struct soc_block *b)
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

void lptim_advance(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    lptim_sync(s, b, now);
}

void lptim_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    static const enum h7_clock clocks[SOC_LPTIMS] = {
        H7_CLOCK_LPTIM1, H7_CLOCK_LPTIM2, H7_CLOCK_LPTIM345, H7_CLOCK_LPTIM345, H7_CLOCK_LPTIM345};
    lptim_sync(s, b, env->now);
    s->lptim[b->unit].clock.hz = soc_clocked(env, b) ? h7_rcc_hz(env->rcc, clocks[b->unit]) : 0;
}

bool lptim_irq(struct peripherals *s, const struct soc_block *b)
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
