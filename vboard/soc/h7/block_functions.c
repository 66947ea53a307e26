/* Small blocks: HSEM, EXTI, RNG, CRC unit, Ethernet without a PHY, WWDG. */
#include "vboard/soc/h7/timers.h"

/* ---- HSEM: 32 semaphores; this core is number 3 [RM0433 "HSEM"] ---- */

#define CORE       3u
#define HSEM_LOCK  (1u << 31)
#define HSEM_RLR   0x080u
#define HSEM_ICR   0x104u
#define HSEM_ISR   0x108u
#define HSEM_MISR  0x10cu
#define HSEM_CR    0x140u
#define HSEM_IER   0x100u
#define HSEM_OWNED 0xf0000u

enum h7_answer hsem_read(const struct soc_call *c, uint32_t *value)
{
    struct peripherals *s = c->soc;
    if (c->off < HSEM_RLR) {
        *value = *c->reg;
    } else if (c->off < HSEM_IER) { /* one-step lock: the read takes it, process 0 */
        uint32_t *r = soc_word(s, c->block, c->off - HSEM_RLR);
        if ((*r & HSEM_LOCK) == 0)
            *r = HSEM_LOCK | CORE << 8;
        *value = *r;
    } else {
        *value = c->off == HSEM_MISR
                     ? *soc_word(s, c->block, HSEM_ISR) & *soc_word(s, c->block, HSEM_IER)
                     : *c->reg;
    }
    return H7_OK;
}

enum h7_answer hsem_write(const struct soc_call *c, uint32_t *value)
{
    struct peripherals *s = c->soc;
    uint32_t old = *c->reg, id = c->written & 0xff;
    if (c->off == HSEM_ICR) {
        *soc_word(s, c->block, HSEM_ISR) &= ~c->written;
        *value = 0;
    }
    if (c->off >= HSEM_RLR)
        return H7_OK;
    *value = old;
    if ((c->written >> 8 & 0xf) != CORE)
        return H7_OK;
    if ((c->written & HSEM_LOCK) != 0) {
        if ((old & HSEM_LOCK) == 0)
            *value = HSEM_LOCK | CORE << 8 | id;
    } else if ((old & 0xff) == id && (old & HSEM_LOCK) != 0) {
        *value = CORE << 8 | id;
        *soc_word(s, c->block, HSEM_ISR) |= 1u << c->index;
    }
    return H7_OK;
}

/* ---- EXTI: edges of pins and software ---- */

enum {
    RTSR1 = 0x00,
    FTSR1 = 0x04,
    SWIER1 = 0x08,
    IMR1 = 0x80,
    PR1 = 0x88,
    EXTI_BANK = 0x20,
    EXTI_CPU_BANK = 0x10
};

enum h7_answer exti_read(const struct soc_call *c, uint32_t *value)
{
    *value = *c->reg;
    return H7_OK;
}

enum h7_answer exti_write(const struct soc_call *c, uint32_t *value)
{
    struct peripherals *s = c->soc;
    if (c->off < 0x60 && c->off % EXTI_BANK == SWIER1) {
        *soc_word(s, c->block, PR1 + c->off / EXTI_BANK * EXTI_CPU_BANK) |= *value;
        *value = 0;
    } else if (c->off >= 0x80 && c->off % EXTI_CPU_BANK == 8) {
        *value = *c->reg & ~c->written;
    }
    return H7_OK;
}

void exti_irqs(struct peripherals *s, const struct soc_block *b, uint32_t *levels)
{
    uint32_t on = *soc_word(s, b, IMR1) & *soc_word(s, b, PR1);
    for (unsigned line = 0; line < 16; line++)
        if ((on >> line & 1) != 0)
            soc_irq(levels, line < 5 ? 6 + line : line < 10 ? 23 : 40, true);
    soc_irq(levels, 41, (on >> 17 & 1) != 0); /* RTC alarms */
    soc_irq(levels, 3, (on >> 19 & 1) != 0);  /* RTC wake-up timer */
}

void exti_rise(struct peripherals *s, unsigned line)
{
    const struct soc_block *b = soc_find(EXTI_BASE);
    *soc_word(s, b, PR1) |= *soc_word(s, b, RTSR1) & 1u << line;
    s->changed = true;
}

void soc_edge(struct peripherals *s, uint32_t exticr, unsigned port, unsigned pin, bool level)
{
    const struct soc_block *b = soc_find(EXTI_BASE);
    if ((exticr >> (4 * (pin % 4)) & 15) != port)
        return;
    if ((*soc_word(s, b, level ? RTSR1 : FTSR1) >> pin & 1) != 0)
        *soc_word(s, b, PR1) |= 1u << pin;
    s->changed = true;
}

/* ---- RNG ---- */

enum { RNG_CR = 0x00, RNG_SR = 0x04, RNG_DR = 0x08, RNG_RNGEN = 4, RNG_DRDY = 1 };

static bool rng_runs(const struct soc_call *c)
{
    bool clock = h7_rcc_hz(c->env->rcc, H7_CLOCK_RNG) != 0;
    if ((*soc_word(c->soc, c->block, RNG_CR) & RNG_RNGEN) == 0)
        return false;
    if (!clock)
        c->env->lint(c->env->ctx, "RNG1", "RM0433 RNG",
                     "RNGEN=1 while the kernel clock (HSI48 unless RNGSEL says otherwise) is off");
    return clock;
}

enum h7_answer rng_read(const struct soc_call *c, uint32_t *value)
{
    *value = *c->reg;
    if (c->off == RNG_SR)
        *value = rng_runs(c) ? RNG_DRDY : 0;
    else if (c->off == RNG_DR)
        *value = rng_runs(c) ? (uint32_t)h7_random(&c->soc->rng) : 0;
    return H7_OK;
}

/* The one that is modelled is IDCODE. */
enum h7_answer dbgmcu_read(const struct soc_call *c, uint32_t *value)
{
    *value = c->env->soc->idcode;
    return H7_OK;
}

enum h7_answer rng_write(const struct soc_call *c, uint32_t *value)
{
    if (c->off == RNG_SR)
        *value = 0; /* errors do not arise; clearing them is allowed */
    return H7_OK;
}

/* ---- CRC unit ---- */

enum { CRC_DR = 0x00, CRC_CR = 0x08, CRC_INIT = 0x10, CRC_POL = 0x14 };

static unsigned crc_bits(uint32_t cr)
{
    static const uint8_t bits[4] = {32, 16, 8, 7};
    return bits[cr >> 3 & 3];
}

static uint32_t reversed(uint32_t v, unsigned bits, unsigned group)
{
    uint32_t out = 0;
    for (unsigned i = 0; i < bits; i++) {
        unsigned base = i / group * group;
        out |= (v >> i & 1) << (base + group - 1 - (i - base));
    }
    return out;
}

void crc_was_reset(struct peripherals *s, const struct soc_block *b)
{
    s->crc = *soc_word(s, b, CRC_INIT);
}

enum h7_answer crc_read(const struct soc_call *c, uint32_t *value)
{
    uint32_t cr = *soc_word(c->soc, c->block, CRC_CR);
    *value = *c->reg;
    if (c->off == CRC_DR)
        *value = (cr & 0x80) != 0 ? reversed(c->soc->crc, crc_bits(cr), crc_bits(cr)) : c->soc->crc;
    return H7_OK;
}

/* size in bytes of the store decides how many bits go in; the most significant first. */
static void crc_feed(const struct soc_call *c)
{
    uint32_t cr = *soc_word(c->soc, c->block, CRC_CR), pol = *soc_word(c->soc, c->block, CRC_POL);
    unsigned in = 8 * c->env->size, width = crc_bits(cr);
    static const uint8_t groups[4] = {0, 8, 16, 32};
    unsigned group = groups[cr >> 5 & 3];
    uint32_t data = c->written, top = 1u << (width - 1), crc = c->soc->crc;
    if (group != 0)
        data = reversed(data, in, group < in ? group : in);
    for (unsigned i = in; i-- > 0;) {
        bool out = ((crc & top) != 0) != ((data >> i & 1) != 0);
        crc = (crc << 1) ^ (out ? pol : 0);
    }
    c->soc->crc = crc & (top | (top - 1));
}

enum h7_answer crc_write(const struct soc_call *c, uint32_t *value)
{
    if (c->off == CRC_DR) {
        crc_feed(c);
    } else if (c->off == CRC_INIT) {
        c->soc->crc = c->written;
    } else if (c->off == CRC_CR) {
        if ((c->written & 1) != 0)
            c->soc->crc = *soc_word(c->soc, c->block, CRC_INIT);
        *value &= ~1u;
    }
    return H7_OK;
}

/* ---- Ethernet: the MAC is there, the PHY has no power. Its reset needs the PHY's clock and does not end. ---- */

enum { MACMDIOAR = 0x200, MACMDIODR = 0x204, ETH_DMAMR = 0x1000 };

enum h7_answer eth_read(const struct soc_call *c, uint32_t *value)
{
    *value = c->off == MACMDIODR ? 0xffff : *c->reg; /* nobody pulls the line */
    return H7_OK;
}

enum h7_answer eth_write(const struct soc_call *c, uint32_t *value)
{
    if (c->off == MACMDIOAR)
        *value &= ~1u; /* busy: over at once */
    if (c->off == ETH_DMAMR && (c->written & 1) != 0)
        c->env->note(c->env->ctx,
                     "the Ethernet PHY is not powered: its clock is missing, so the software reset "
                     "(ETH_DMAMR.SWR) does not end");
    return H7_OK;
}

/* ---- WWDG1 ---- */

enum { WWDG_CR = 0x00, WWDG_CFR = 0x04, WWDG_SR = 0x08, WDGA = 0x80, WWDG_EWI = 0x200 };

static uint32_t wwdg_div(struct peripherals *s, const struct soc_block *b)
{
    return 4096u << (*soc_word(s, b, WWDG_CFR) >> 11 & 7);
}

static bool wwdg_runs(struct peripherals *s, const struct soc_block *b)
{
    return (*soc_word(s, b, WWDG_CR) & WDGA) != 0;
}

static void wwdg_sync(struct peripherals *s, const struct soc_block *b, uint64_t now)
{
    struct soc_wwdg *w = &s->wwdg;
    if (!wwdg_runs(s, b)) {
        w->clock.since = now;
        return;
    }
    uint64_t ticks = soc_count_ticks(&w->clock, wwdg_div(s, b), now);
    if (w->count > 0x40 && w->count - 0x40 <= ticks)
        *soc_word(s, b, WWDG_SR) |= 1;
    w->bites |= w->count < 0x40 || ticks > w->count - 0x40;
    w->count = ticks < w->count ? w->count - (uint32_t)ticks : 0;
}

void wwdg_was_reset(struct peripherals *s, const struct soc_block *b)
{
    (void)b;
    s->wwdg = (struct soc_wwdg){.count = 0x7f, .clock.hz = s->wwdg.clock.hz};
}

uint64_t wwdg_next(struct peripherals *s, const struct soc_block *b)
{
    const struct soc_wwdg *w = &s->wwdg;
    if (!wwdg_runs(s, b))
        return UINT64_MAX;
    return soc_count_after(&w->clock, wwdg_div(s, b), w->count > 0x40 ? w->count - 0x40 : 1);
}

void wwdg_advance(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    wwdg_sync(s, b, env->now);
}

void wwdg_clock(struct peripherals *s, const struct soc_env *env, const struct soc_block *b)
{
    wwdg_sync(s, b, env->now);
    s->wwdg.clock.hz = h7_rcc_hz(env->rcc, H7_CLOCK_PCLK3);
}

bool wwdg_irq(struct peripherals *s, const struct soc_block *b)
{
    return (*soc_word(s, b, WWDG_CFR) & WWDG_EWI) != 0 && (*soc_word(s, b, WWDG_SR) & 1) != 0;
}

enum h7_answer wwdg_read(const struct soc_call *c, uint32_t *value)
{
    wwdg_sync(c->soc, c->block, c->env->now);
    *value = c->off == WWDG_CR ? (*c->reg & WDGA) | c->soc->wwdg.count : *c->reg;
    return H7_OK;
}

enum h7_answer wwdg_write(const struct soc_call *c, uint32_t *value)
{
    struct soc_wwdg *w = &c->soc->wwdg;
    wwdg_clock(c->soc, c->env, c->block);
    if (c->off == WWDG_SR)
        *value = *c->reg & c->written;
    if (c->off != WWDG_CR)
        return H7_OK;
    bool ran = (*c->reg & WDGA) != 0;
    *value = (c->written | *c->reg) & WDGA;
    w->bites |= (*value & WDGA) != 0 && (c->written & 0x40) == 0;
    w->bites |= ran && w->count > (*soc_word(c->soc, c->block, WWDG_CFR) & 0x7f); /* too early */
    w->count = c->written & 0x7f;
    if (!ran)
        w->clock.pre = w->clock.frac = 0;
    return H7_OK;
}

/* ---- SYSCFG: the compensation cell of the pins runs on CSI ---- */

#define SYSCFG_CCCSR 0x20u
#define CCCSR_EN     1u
#define CCCSR_READY  (1u << 8)
#define RCC_CR_CSION 7

static bool cell_runs(const struct soc_call *c, uint32_t cccsr)
{
    return (cccsr & CCCSR_EN) != 0 && h7_rcc_on(c->env->rcc, RCC_CR, RCC_CR_CSION);
}

enum h7_answer syscfg_read(const struct soc_call *c, uint32_t *value)
{
    *value = *c->reg;
    if (c->off == SYSCFG_CCCSR && cell_runs(c, *c->reg))
        *value |= CCCSR_READY;
    return H7_OK;
}

enum h7_answer syscfg_write(const struct soc_call *c, uint32_t *value)
{
    if (c->off == SYSCFG_CCCSR && (*value & CCCSR_EN) != 0 && !cell_runs(c, *value))
        c->env->note(c->env->ctx, "the I/O compensation cell needs the CSI oscillator: "
                                  "SYSCFG_CCCSR.READY does not rise while RCC_CR.CSION=0");
    return H7_OK;
}
