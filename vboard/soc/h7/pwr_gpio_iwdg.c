/* The small blocks: PWR, GPIO, IWDG. */
#include <string.h>

#include "vboard/soc/h7/soc.h"

/* ---- PWR ---- */

#define VOSRDY (1u << 13)
#define VOS    (3u << 14)
/* No source at hand has a figure. ST's library waits up to 1 ms and more. */
#define RISE_NS 50000u

void h7_pwr_reset(struct h7_pwr *p, bool power_on)
{
    bool written = !power_on && p->cr3_written;
    uint32_t cr3 = written ? p->cr3 : 0x6;
    *p = (struct h7_pwr){.cr1 = 0xf000c000,
                         .cr3 = cr3,
                         .d3cr = 0x4000,
                         .cr3_written = written,
                         .level = 3, /* code 1 in all parts */
                         .code = 0x4000};
}

enum h7_answer h7_pwr_read(const struct h7_pwr *p, uint32_t off, uint32_t *value)
{
    switch (off) {
    case 0x00:
        *value = p->cr1;
        return H7_OK;
    case 0x04: /* CSR1: ACTVOSRDY, ACTVOS */
        *value = (p->due == 0 ? VOSRDY : 0) | p->code;
        return H7_OK;
    case 0x08:
        *value = p->cr2;
        return H7_OK;
    case 0x0c:
        *value = p->cr3;
        return H7_OK;
    case 0x10:
        *value = p->cpucr;
        return H7_OK;
    case 0x18:
        *value = p->d3cr | (p->due == 0 ? VOSRDY : 0);
        return H7_OK;
    default:
        return H7_UNMODELLED;
    }
}

static void write_cr3(struct h7_pwr *p, const struct soc_env *env, uint32_t value)
{
    if (p->cr3_written && ((value ^ p->cr3) & 7) != 0) {
        env->lint(env->ctx, "PWR1", "RM0433 PWR_CR3",
                  "the supply configuration can be written once after power-on: ignored");
        return;
    }
    p->cr3_written = true;
    if ((value & 3) != 2 && (value & 3) != 1) {
        env->lint(
            env->ctx, "PWR1", "RM0433 PWR_CR3",
            "LDOEN and BYPASS are no supply of this part: ignored, and locked until power-on");
        return;
    }
    p->cr3 = value & 0x0307030f;
}

enum h7_answer h7_pwr_write(struct h7_pwr *p, const struct soc_env *env, uint32_t off,
                            uint32_t value)
{
    switch (off) {
    case 0x00:
        p->cr1 = value;
        return H7_OK;
    case 0x08:
        p->cr2 = value & 0x11;
        return H7_OK;
    case 0x0c:
        write_cr3(p, env, value);
        return H7_OK;
    case 0x10:
        p->cpucr = value & 0x0000080f;
        return H7_OK;
    case 0x18:
        if (!p->cr3_written && ((p->d3cr ^ value) & VOS) != 0)
            env->lint(env->ctx, "PWR4", "RM0433 PWR_CR3",
                      "the voltage scale is changed before PWR_CR3 was written");
        p->d3cr = value & VOS;
        return H7_OK;
    default:
        return H7_UNMODELLED;
    }
}

static unsigned wanted(const struct h7_pwr *p, const struct soc_clocks *part, bool overdrive)
{
    unsigned vos = part->vos[p->d3cr >> 14 & 3];
    return vos == 1 && overdrive && part->overdrive ? 0 : vos;
}

static void reached(struct h7_pwr *p, unsigned level)
{
    p->due = 0;
    p->level = level;
    p->code = p->d3cr & VOS;
}

void h7_pwr_scale(struct h7_pwr *p, const struct soc_env *env, bool overdrive)
{
    unsigned to = wanted(p, &env->soc->clocks, overdrive);
    uint32_t rise = env->timing == VBOARD_TIMING_FAST      ? RISE_NS / 10
                    : env->timing == VBOARD_TIMING_MAXIMUM ? 4 * RISE_NS
                                                           : RISE_NS;
    if (to >= p->level)
        reached(p, to);
    else if (p->due == 0)
        p->due = env->now + rise;
}

void h7_pwr_advance(struct h7_pwr *p, const struct soc_env *env, bool overdrive)
{
    if (p->due != 0 && p->due <= env->now)
        reached(p, wanted(p, &env->soc->clocks, overdrive));
}

uint64_t h7_pwr_next_event(const struct h7_pwr *p)
{
    return p->due != 0 ? p->due : UINT64_MAX;
}

/* ---- GPIO ---- */

void h7_gpio_reset(struct h7_gpio *g, unsigned port)
{
    uint16_t high = port == 3 ? 1u << 9 : 0; /* PD9: an idle serial line is high */
    *g = (struct h7_gpio){.moder = 0xffffffff, .high = high};
    if (port == 0) { /* debug pins */
        g->moder = 0xabffffff;
        g->ospeedr = 0x0c000000;
        g->pupdr = 0x64000000;
    } else if (port == 1) {
        g->moder = 0xfffffebf;
        g->ospeedr = 0x000000c0;
        g->pupdr = 0x00000100;
    }
}

static uint32_t input_levels(const struct h7_gpio *g)
{
    uint32_t idr = 0;
    for (unsigned pin = 0; pin < 16; pin++) {
        uint32_t mode = g->moder >> (2 * pin) & 3, pull = g->pupdr >> (2 * pin) & 3;
        bool level = (g->high >> pin & 1) != 0;
        if (mode == 1)
            level = (g->odr >> pin & 1) != 0;
        else if (mode == 3)
            level = false; /* analog: the input buffer is off */
        else if (pull == 1)
            level = true;
        idr |= (uint32_t)level << pin;
    }
    return idr;
}

enum h7_answer h7_gpio_read(const struct h7_gpio *g, uint32_t off, uint32_t *value)
{
    const uint32_t regs[10] = {g->moder, g->otyper, g->ospeedr, g->pupdr,  input_levels(g),
                               g->odr,   0,         g->lckr,    g->afr[0], g->afr[1]};
    if (off >= sizeof regs)
        return H7_UNMODELLED;
    *value = regs[off / 4];
    return H7_OK;
}

enum h7_answer h7_gpio_write(struct h7_gpio *g, uint32_t off, uint32_t value)
{
    uint32_t *const regs[10] = {&g->moder, &g->otyper, &g->ospeedr, &g->pupdr,  NULL,
                                &g->odr,   NULL,       &g->lckr,    &g->afr[0], &g->afr[1]};
    if (off >= 0x28)
        return H7_UNMODELLED;
    if (off == 0x18) /* BSRR: set wins */
        g->odr = (g->odr & ~(value >> 16)) | (value & 0xffff);
    else if (regs[off / 4] != NULL)
        *regs[off / 4] = off == 0x04 || off == 0x14 ? value & 0xffff : value;
    return H7_OK;
}

bool h7_gpio_is_af(const struct h7_gpio *g, unsigned pin, unsigned af)
{
    return (g->moder >> (2 * pin) & 3) == 2 && (g->afr[pin / 8] >> (4 * (pin % 8)) & 15) == af;
}

/* ---- IWDG: LSI at 32 kHz ---- */

#define LSI_TICK_NS 31250u

#define IWDG_MAX 0xfffu

void h7_iwdg_reset(struct h7_iwdg *w)
{
    *w = (struct h7_iwdg){.rlr = IWDG_MAX, .winr = IWDG_MAX};
}

static uint64_t prescaled_ns(const struct h7_iwdg *w)
{
    unsigned shift = w->pr > 6 ? 6 : w->pr;
    return (uint64_t)LSI_TICK_NS * (4u << shift);
}

static void reload(struct h7_iwdg *w, uint64_t now)
{
    w->loaded = now;
    w->bite = now + (w->rlr + 1) * prescaled_ns(w);
}

void h7_iwdg_start(struct h7_iwdg *w, uint64_t now)
{
    w->running = true;
    reload(w, now);
}

enum h7_answer h7_iwdg_read(const struct h7_iwdg *w, const struct soc_env *env, uint32_t off,
                            uint32_t *value)
{
    const uint32_t sr = (uint32_t)(env->now < w->pr_ready) | /* five LSI periods after a write */
                        (uint32_t)(env->now < w->rlr_ready) << 1 |
                        (uint32_t)(env->now < w->winr_ready) << 2;
    const uint32_t regs[5] = {0, w->pr, w->rlr, sr, w->winr};
    if (off >= sizeof regs)
        return H7_UNMODELLED;
    *value = regs[off / 4];
    return H7_OK;
}

/* With a window, a reload while the counter is above it is as bad as none. */
static bool too_early(const struct h7_iwdg *w, uint64_t now)
{
    uint64_t counted = (now - w->loaded) / prescaled_ns(w);
    return w->winr < IWDG_MAX && counted < w->rlr && w->rlr - counted > w->winr;
}

static void write_key(struct h7_iwdg *w, const struct soc_env *env, uint32_t value)
{
    w->open = value == 0x5555;
    if (value == 0xcccc && !w->running)
        h7_iwdg_start(w, env->now);
    else if (value == 0xaaaa && w->running && too_early(w, env->now))
        w->bite = env->now;
    else if (value == 0xaaaa && w->running)
        reload(w, env->now);
}

enum h7_answer h7_iwdg_write(struct h7_iwdg *w, const struct soc_env *env, uint32_t off,
                             uint32_t value)
{
    if (off == 0x00) {
        write_key(w, env, value & 0xffff);
        return H7_OK;
    }
    uint64_t *ready = off == 0x04   ? &w->pr_ready
                      : off == 0x08 ? &w->rlr_ready
                      : off == 0x10 ? &w->winr_ready
                                    : NULL;
    if (ready == NULL)
        return off == 0x0c ? H7_OK : H7_UNMODELLED;
    if (!w->open || env->now < *ready) {
        env->lint(env->ctx, "IWDG1", "RM0433 IWDG_KR, IWDG_SR",
                  w->open ? "PR, RLR or WINR written while the last update is under way: ignored"
                          : "PR, RLR or WINR written without the key 0x5555: ignored");
        return H7_OK;
    }
    if (off == 0x04)
        w->pr = value & 7;
    else
        *(off == 0x08 ? &w->rlr : &w->winr) = value & IWDG_MAX;
    *ready = env->now + 5 * LSI_TICK_NS;
    if (off == 0x10 && w->running) /* writing the window reloads the counter */
        reload(w, env->now);
    return H7_OK;
}

uint64_t h7_iwdg_next_event(const struct h7_iwdg *w)
{
    return w->running ? w->bite : UINT64_MAX;
}
