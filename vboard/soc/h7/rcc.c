/* RCC: resets, clock enables, ready bits, the clock that results. RM0433 "RCC registers". */
#include <string.h>

#include "core/soc/stm32h7.h"
#include "vboard/soc/h7/soc.h"

#define HSI_HZ   64000000u
#define CSI_HZ   4000000u
#define HSE_ON   (1u << 16)
#define HSE_BYP  (1u << 18)
#define HSI48_HZ 48000000u
#define LSI_HZ   32000u
#define LSE_HZ   32768u

enum { CR_HSION = 0, CR_CSION = 7, CR_HSI48ON = 12, CR_HSEON = 16, CR_PLL1ON = 24 };
/* Ready bits. */
enum { HSI_RDY = 2, CSI_RDY = 8, HSI48_RDY = 13, HSE_RDY = 17, PLL1_RDY = 25 };
/* Of r->due. */
enum { DUE_HSI, DUE_PLL1 };
#define NEVER UINT64_MAX

/* CRYPEN, HASHEN: reserved in parts without these units, by which programs tell them apart */
#define CRYPTO_ENABLES 0x30u

#define READ_ONLY 0u
#define ALL       0xffffffffu

/* The registers that exist for this model; ready bits are computed. Reset values as [RM0433; CMSIS
 * system_stm32h7xx.c writes the same ones to go back to the reset state]. */
static const struct {
    uint16_t off;
    const char *name;
    uint32_t reset, writable;
} regs[] = {
    {0x000, "CR", 0x00000001, 0x150d109b},
    {0x004, "HSICFGR", 0x40000000, 0x7e000000},
    {0x008, "CRRCR", 0x00000000, READ_ONLY},
    {0x00c, "CSICFGR", 0x20000000, 0x3f000000},
    {0x010, "CFGR", 0x00000000, 0xfffffec7}, /*: SWS is computed */
    {0x018, "D1CFGR", 0x00000000, 0x00000f7f},
    {0x01c, "D2CFGR", 0x00000000, 0x00000770},
    {0x020, "D3CFGR", 0x00000000, 0x00000070},
    {0x028, "PLLCKSELR", 0x02020200, 0x03f3f3f3},
    {0x02c, "PLLCFGR", 0x01ff0000, 0x01ff0fff},
    {0x030, "PLL1DIVR", 0x01010280, 0x7f7fffff},
    {0x034, "PLL1FRACR", 0x00000000, 0x0000fff8},
    {0x038, "PLL2DIVR", 0x01010280, 0x7f7fffff},
    {0x03c, "PLL2FRACR", 0x00000000, 0x0000fff8},
    {0x040, "PLL3DIVR", 0x01010280, 0x7f7fffff},
    {0x044, "PLL3FRACR", 0x00000000, 0x0000fff8},
    {0x04c, "D1CCIPR", 0x00000000, ALL},
    {0x050, "D2CCIP1R", 0x00000000, ALL},
    {0x054, "D2CCIP2R", 0x00000000, ALL},
    {0x058, "D3CCIPR", 0x00000000, ALL},
    {0x060, "CIER", 0x00000000, 0x000003ff},
    {0x064, "CIFR", 0x00000000, READ_ONLY},
    {0x068, "CICR", 0x00000000, READ_ONLY},  /*: flags do not arise here */
    {0x070, "BDCR", 0x00000000, 0x0001837d}, /* LSERDY is computed */
    {0x074, "CSR", 0x00000000, 0x00000001},  /*: LSION */
    {0x07c, "AHB3RSTR", 0x00000000, ALL},
    {0x080, "AHB1RSTR", 0x00000000, ALL},
    {0x084, "AHB2RSTR", 0x00000000, ALL},
    {0x088, "AHB4RSTR", 0x00000000, ALL},
    {0x08c, "APB3RSTR", 0x00000000, ALL},
    {0x090, "APB1LRSTR", 0x00000000, ALL},
    {0x094, "APB1HRSTR", 0x00000000, ALL},
    {0x098, "APB2RSTR", 0x00000000, ALL},
    {0x09c, "APB4RSTR", 0x00000000, ALL},
    {0x0a0, "GCR", 0x00000000, 0x00000001},
    {0x0a8, "D3AMR", 0x00000000, ALL},
    {0x0d0, "RSR", 0x00000000, READ_ONLY},
    {0x0d4, "AHB3ENR", 0x00000000, ALL},
    {0x0d8, "AHB1ENR", 0x00000000, ALL},
    {0x0dc, "AHB2ENR", 0x00000000, ALL},
    {0x0e0, "AHB4ENR", 0x00000000, ALL},
    {0x0e4, "APB3ENR", 0x00000000, ALL},
    {0x0e8, "APB1LENR", 0x00000000, ALL},
    {0x0ec, "APB1HENR", 0x00000000, ALL},
    {0x0f0, "APB2ENR", 0x00000000, ALL},
    {0x0f4, "APB4ENR", 0x00010000, ALL},
    {0x0fc, "AHB3LPENR", ALL, ALL},
    {0x100, "AHB1LPENR", ALL, ALL},
    {0x104, "AHB2LPENR", ALL, ALL},
    {0x108, "AHB4LPENR", ALL, ALL},
    {0x10c, "APB3LPENR", ALL, ALL},
    {0x110, "APB1LLPENR", ALL, ALL},
    {0x114, "APB1HLPENR", ALL, ALL},
    {0x118, "APB2LPENR", ALL, ALL},
    {0x11c, "APB4LPENR", ALL, ALL},
};

static bool is_ready(const struct h7_rcc *r, unsigned bit)
{
    return (r->ready >> bit & 1) != 0;
}

static void set_ready(struct h7_rcc *r, unsigned bit, bool on)
{
    r->ready = (r->ready & ~(1u << bit)) | (uint32_t)on << bit;
}

/* 0x130..0x17c: the same registers as from 0x0d0 on, seen by core 1, which is the only one. */
static uint32_t alias(uint32_t off)
{
    return off >= 0x130 && off <= 0x17c ? off - 0x60 : off;
}

static int find(uint32_t off)
{
    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++)
        if (regs[i].off == off)
            return (int)i;
    return -1;
}

void h7_rcc_reset(struct h7_rcc *r, uint32_t flags)
{
    uint32_t rsr = (flags & RSR_PORRSTF) != 0 ? flags : r->reg[RCC_RSR / 4] | flags;
    uint32_t bdcr = (flags & RSR_PORRSTF) != 0 ? 0 : r->reg[RCC_BDCR / 4];
    memset(r->reg, 0, sizeof r->reg);
    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++)
        r->reg[regs[i].off / 4] = regs[i].reset;
    r->reg[RCC_RSR / 4] = rsr;
    r->reg[RCC_BDCR / 4] = bdcr; /* the backup domain has a reset of its own */
    r->ready = 1u << HSI_RDY;
    r->sws = 0;
    memset(r->due, 0, sizeof r->due);
}

const char *h7_rcc_register(unsigned i, uint32_t *off, uint32_t *reset, uint32_t *writable)
{
    if (i >= sizeof regs / sizeof regs[0])
        return NULL;
    *off = regs[i].off;
    *reset = regs[i].reset;
    *writable = regs[i].writable;
    return regs[i].name;
}

/* A crystal runs with and without HSEBYP as far as we care; the clock of another chip needs it. */
static uint32_t hse_bits(const struct h7_rcc *r)
{
    return r->hse_crystal ? HSE_ON : HSE_ON | HSE_BYP;
}

static bool hse_runs(const struct h7_rcc *r)
{
    return (r->reg[RCC_CR / 4] & hse_bits(r)) == hse_bits(r);
}

static uint32_t hsi_hz(const struct h7_rcc *r)
{
    return is_ready(r, HSI_RDY) ? HSI_HZ >> (r->reg[RCC_CR / 4] >> 3 & 3) : 0;
}

static uint32_t csi_hz(const struct h7_rcc *r)
{
    return is_ready(r, CSI_RDY) ? CSI_HZ : 0;
}

static uint32_t pll_input(const struct h7_rcc *r)
{
    switch (r->reg[0x28 / 4] & 3) {
    case 0:
        return hsi_hz(r);
    case 1:
        return csi_hz(r);
    case 2:
        return is_ready(r, HSE_RDY) ? r->hse_hz : 0;
    default:
        return 0;
    }
}

static uint32_t pll_m(const struct h7_rcc *r, unsigned pll)
{
    return r->reg[0x28 / 4] >> (4 + 8 * pll) & 0x3f;
}

static bool pll_locked(const struct h7_rcc *r, unsigned pll)
{
    return is_ready(r, PLL1_RDY + 2 * pll);
}

static bool source_ready(const struct h7_rcc *r, uint32_t sw)
{
    static const uint8_t ready[4] = {HSI_RDY, CSI_RDY, HSE_RDY, PLL1_RDY};
    return sw < 4 && is_ready(r, ready[sw]) && (sw != 3 || (r->reg[0x2c / 4] >> 16 & 1) != 0);
}

/* Nanoseconds, typical and maximum [DS12110: HSI oscillator, PLL characteristics]. */
static uint64_t time_of(const struct soc_env *env, uint32_t typical, uint32_t maximum)
{
    if (env->timing == VBOARD_TIMING_FAST)
        return typical / 10;
    return env->timing == VBOARD_TIMING_MAXIMUM ? maximum : typical;
}

/* By PLLxFRACEN and PLLxVCOSEL. */
static uint64_t lock_time(const struct h7_rcc *r, const struct soc_env *env, unsigned pll)
{
    uint32_t cfg = r->reg[0x2c / 4] >> (4 * pll);
    if ((cfg & 1) != 0 && r->reg[(0x34 + 8 * pll) / 4] != 0)
        return time_of(env, 58000, 166000);
    return (cfg & 2) != 0 ? time_of(env, 60000, 100000) : time_of(env, 50000, 150000);
}

/* One that takes its time: ready at that moment, unless it is stopped before. */
static void start_or_stop(struct h7_rcc *r, bool runs, unsigned bit, unsigned place, uint64_t at)
{
    if (!runs) {
        set_ready(r, bit, false);
        r->due[place] = 0;
    } else if (!is_ready(r, bit) && r->due[place] == 0) {
        r->due[place] = at;
    }
}

/* What follows from the registers; oscillators without a figure are ready at once. */
static void settle(struct h7_rcc *r, const struct soc_env *env)
{
    uint32_t cr = r->reg[RCC_CR / 4], sw = r->reg[RCC_CFGR / 4] & 7;
    start_or_stop(r, (cr >> CR_HSION & 1) != 0, HSI_RDY, DUE_HSI,
                  env->now + time_of(env, 1400, 2000));
    set_ready(r, CSI_RDY, (cr >> CR_CSION & 1) != 0);
    set_ready(r, HSI48_RDY, (cr >> CR_HSI48ON & 1) != 0);
    if (!hse_runs(r) || !is_ready(r, HSE_RDY)) /* one that runs goes on */
        set_ready(r, HSE_RDY, hse_runs(r) && (env->defects & VBOARD_DEFECT_HSE) == 0);
    for (unsigned pll = 0; pll < 3; pll++) {
        bool runs =
            (cr >> (CR_PLL1ON + 2 * pll) & 1) != 0 && pll_m(r, pll) != 0 && pll_input(r) != 0;
        bool locks = is_ready(r, PLL1_RDY + 2 * pll) || (env->defects & VBOARD_DEFECT_PLL) == 0;
        start_or_stop(r, runs, PLL1_RDY + 2 * pll, DUE_PLL1 + pll,
                      locks ? env->now + lock_time(r, env, pll) : NEVER);
    }
    if (source_ready(r, sw))
        r->sws = (uint8_t)sw;
}

bool h7_rcc_advance(struct h7_rcc *r, const struct soc_env *env)
{
    bool changed = false;
    for (unsigned i = 0; i < 4; i++) {
        if (r->due[i] == 0 || r->due[i] > env->now)
            continue;
        set_ready(r, i == DUE_HSI ? HSI_RDY : PLL1_RDY + 2 * (i - DUE_PLL1), true);
        r->due[i] = 0;
        changed = true;
    }
    if (changed)
        settle(r, env);
    return changed;
}

uint64_t h7_rcc_next_event(const struct h7_rcc *r)
{
    uint64_t t = NEVER;
    for (unsigned i = 0; i < 4; i++)
        if (r->due[i] != 0 && r->due[i] < t)
            t = r->due[i];
    return t;
}

enum h7_answer h7_rcc_read(struct h7_rcc *r, uint32_t off, uint32_t *value)
{
    off = alias(off);
    int i = find(off);
    if (i < 0)
        return H7_UNMODELLED;
    uint32_t v = r->reg[off / 4];
    if (off == RCC_CR)
        v |= r->ready | 3u << 14 | 1u << 5; /* D1CKRDY, D2CKRDY, HSIDIVF */
    else if (off == RCC_CFGR)
        v |= (uint32_t)r->sws << 3;
    else if (off == RCC_CSR || off == RCC_BDCR)
        v |= (v & 1) << 1; /* LSIRDY, LSERDY */
    *value = v;
    return H7_OK;
}

/* The oscillators that the system clock comes from stay on. */
static uint32_t keep_source(const struct h7_rcc *r, const struct soc_env *env, uint32_t value)
{
    const uint32_t source[4] = {1u << CR_HSION, 1u << CR_CSION, hse_bits(r), 1u << CR_PLL1ON};
    const uint32_t behind[4] = {1u << CR_HSION, 1u << CR_CSION, hse_bits(r), 0};
    uint32_t used = source[r->sws] | (r->sws == 3 ? behind[r->reg[0x28 / 4] & 3] : 0);
    if ((value & used) == used)
        return value;
    env->lint(env->ctx, "RCC2", "RM0433 RCC_CR",
              "the oscillator that clocks the system was switched off: ignored");
    return value | used;
}

/* VCO input range by RGE, output range by VCOSEL [RM0433 RCC_PLLCFGR]. */
static void check_pll(const struct h7_rcc *r, const struct soc_env *env, unsigned pll)
{
    uint32_t cfg = r->reg[0x2c / 4] >> (4 * pll), div = r->reg[(0x30 + 8 * pll) / 4];
    uint32_t m = pll_m(r, pll), in = m != 0 ? pll_input(r) / m : 0;
    uint64_t vco = (uint64_t)in * ((div & 0x1ff) + 1);
    bool medium = (cfg & 2) != 0;
    if (in == 0) {
        env->lint(env->ctx, "RCC4", "RM0433 RCC_PLLCKSELR",
                  "a PLL is switched on without a ready source or with DIVM=0: it does not lock");
        return;
    }
    if (in < 1000000u << (cfg >> 2 & 3) || in > 2000000u << (cfg >> 2 & 3))
        env->lint(env->ctx, "RCC4", "RM0433 RCC_PLLCFGR",
                  "the input of a PLL is outside the range that PLLxRGE selects");
    const uint16_t *range = medium ? env->soc->clocks.vco_medium : env->soc->clocks.vco_wide;
    if (vco < range[0] * 1000000ull || vco > range[1] * 1000000ull)
        env->lint(env->ctx, "RCC4", "RM0433 RCC_PLLCFGR",
                  "the VCO of a PLL is outside the range that PLLxVCOSEL selects");
}

static void switched_on(struct h7_rcc *r, const struct soc_env *env, uint32_t old)
{
    uint32_t rise = r->reg[RCC_CR / 4] & ~old;
    settle(r, env);
    if ((rise >> CR_HSEON & 1) != 0 && !hse_runs(r))
        env->lint(env->ctx, "RCC3", "UM2407 HSE clock",
                  "HSEON without HSEBYP: this board has the clock of another chip and no crystal, "
                  "so HSERDY "
                  "does not rise (a board with a crystal: --hse HZ)");
    for (unsigned pll = 0; pll < 3; pll++)
        if ((rise >> (CR_PLL1ON + 2 * pll) & 1) != 0)
            check_pll(r, env, pll);
}

/* The bits of a register that are fixed while the PLL that uses them is on. Outputs and fractions are not. */
static uint32_t fixed(const struct h7_rcc *r, uint32_t off)
{
    uint32_t on = r->reg[RCC_CR / 4] >> CR_PLL1ON & 0x15, bits = 0;
    if (off == RCC_CR) /* HSIDIV */
        return on != 0 && (r->reg[0x28 / 4] & 3) == 0 ? 3u << 3 : 0;
    if (off == 0x28)
        return on != 0 ? ALL : 0;
    for (unsigned pll = 0; pll < 3 && off == 0x2c; pll++) /* VCOSEL, RGE */
        bits |= (on >> 2 * pll & 1) != 0 ? 0xeu << 4 * pll : 0;
    if (off == 0x30 || off == 0x38 || off == 0x40)
        return h7_rcc_on(r, RCC_CR, CR_PLL1ON + (off - 0x30) / 4) ? ALL : 0;
    return bits;
}

static void check_switch(const struct h7_rcc *r, const struct soc_env *env, uint32_t sw)
{
    static const uint8_t on[4] = {CR_HSION, CR_CSION, CR_HSEON, CR_PLL1ON};
    if (sw > 3 || !h7_rcc_on(r, RCC_CR, on[sw]) || (sw == 3 && (r->reg[0x2c / 4] >> 16 & 1) == 0))
        env->lint(env->ctx, "RCC1", "RM0433 RCC_CFGR",
                  "system clock switched to a source that is off: the switch waits for it");
    if (sw != r->sws && !env->supplied)
        env->lint(env->ctx, "PWR4", "RM0433 PWR_CR3",
                  "the system clock is changed before PWR_CR3 was written");
}

static bool refused(const struct h7_rcc *r, const struct soc_env *env, uint32_t off, uint32_t value)
{
    if (((value ^ r->reg[off / 4]) & fixed(r, off)) != 0) {
        env->lint(env->ctx, "RCC5", "RM0433 RCC_CR, RCC_PLLCKSELR, RCC_PLLCFGR, RCC_PLLxDIVR",
                  "source, range or divider of a PLL changed while the PLL is on: ignored");
        return true;
    }
    if (off == RCC_BDCR && !env->dbp) {
        env->lint(env->ctx, "RCC6", "RM0433 RCC_BDCR", "BDCR written while PWR_CR1.DBP=0: ignored");
        return true;
    }
    return false;
}

enum h7_answer h7_rcc_write(struct h7_rcc *r, const struct soc_env *env, uint32_t off,
                            uint32_t value)
{
    off = alias(off);
    int i = find(off);
    if (i < 0)
        return H7_UNMODELLED;
    if (off == RCC_RSR) {
        if ((value & RSR_RMVF) != 0)
            r->reg[off / 4] = 0;
        return H7_OK;
    }
    if (refused(r, env, off, value))
        return H7_OK;
    if (off == RCC_CR)
        value = keep_source(r, env, value);
    if (off == RCC_AHB2ENR && soc_unit_at(soc_units_of(env->soc), HASH_BASE) == NULL)
        value &= ~CRYPTO_ENABLES;
    uint32_t old = r->reg[off / 4];
    r->reg[off / 4] = (old & ~regs[i].writable) | (value & regs[i].writable);
    if (off == RCC_CFGR && ((old ^ value) & 7) != 0)
        check_switch(r, env, value & 7);
    if (off == RCC_CR)
        switched_on(r, env, old);
    else
        settle(r, env);
    if (off == RCC_BDCR && (value >> 16 & 1) != 0)
        r->reg[off / 4] = 1u << 16;
    return H7_OK;
}

/* ---- clocks ---- */

enum output { P, Q, R };

static uint32_t pll_hz(const struct h7_rcc *r, unsigned pll, enum output out)
{
    static const uint8_t shift[3] = {9, 16, 24};
    uint32_t cfg = r->reg[0x2c / 4], div = r->reg[(0x30 + 8 * pll) / 4];
    if (!pll_locked(r, pll) || (cfg >> (16 + 3 * pll + out) & 1) == 0)
        return 0;
    uint64_t n8192 = (uint64_t)((div & 0x1ff) + 1) * 8192;
    if ((cfg >> (4 * pll) & 1) != 0)
        n8192 += r->reg[(0x34 + 8 * pll) / 4] >> 3;
    uint64_t vco = pll_input(r) * n8192 / pll_m(r, pll) / 8192;
    return (uint32_t)(vco / ((div >> shift[out] & 0x7f) + 1));
}

static uint32_t sys_hz(const struct h7_rcc *r)
{
    switch (r->sws) {
    case 0:
        return hsi_hz(r);
    case 1:
        return csi_hz(r);
    case 2:
        return r->hse_hz;
    default:
        return pll_hz(r, 0, P);
    }
}

/* Prescaler codes 0b1000.. of HPRE and D1CPRE: there is no /32. */
static uint32_t ahb_divide(uint32_t hz, uint32_t code)
{
    static const uint8_t shift[8] = {1, 2, 3, 4, 6, 7, 8, 9};
    return (code & 8) == 0 ? hz : hz >> shift[code & 7];
}

static uint32_t apb_divide(uint32_t hz, uint32_t code)
{
    return (code & 4) == 0 ? hz : hz >> ((code & 3) + 1);
}

static uint32_t field(const struct h7_rcc *r, uint32_t off, unsigned low, unsigned bits)
{
    return r->reg[off / 4] >> low & ((1u << bits) - 1);
}

static uint32_t lse_hz(const struct h7_rcc *r)
{
    return h7_rcc_on(r, RCC_BDCR, 0) ? LSE_HZ : 0;
}

static uint32_t lsi_hz(const struct h7_rcc *r)
{
    return h7_rcc_on(r, RCC_CSR, 0) ? LSI_HZ : 0;
}

static uint32_t usart_hz(const struct h7_rcc *r, uint32_t code, enum h7_clock bus)
{
    switch (code) {
    case 0:
        return h7_rcc_hz(r, bus);
    case 1:
        return pll_hz(r, 1, Q);
    case 2:
        return pll_hz(r, 2, Q);
    case 3:
        return hsi_hz(r);
    case 4:
        return csi_hz(r);
    case 5:
        return lse_hz(r);
    default:
        return 0;
    }
}

static uint32_t lptim_hz(const struct h7_rcc *r, uint32_t code, enum h7_clock bus)
{
    switch (code) {
    case 0:
        return h7_rcc_hz(r, bus);
    case 1:
        return pll_hz(r, 1, P);
    case 2:
        return pll_hz(r, 2, R);
    case 3:
        return lse_hz(r);
    case 4:
        return lsi_hz(r);
    default:
        return hsi_hz(r); /* per_ck, of which HSI is the usual source */
    }
}

static uint32_t rng_hz(const struct h7_rcc *r)
{
    switch (field(r, RCC_D2CCIP2R, 8, 2)) {
    case 0:
        return h7_rcc_on(r, RCC_CR, CR_HSI48ON) ? HSI48_HZ : 0;
    case 1:
        return pll_hz(r, 0, Q);
    case 2:
        return lse_hz(r);
    default:
        return lsi_hz(r);
    }
}

static uint32_t rtc_hz(const struct h7_rcc *r)
{
    uint32_t divide = field(r, RCC_CFGR, 8, 6);
    if (!h7_rcc_on(r, RCC_BDCR, 15))
        return 0;
    switch (field(r, RCC_BDCR, 8, 2)) {
    case 1:
        return lse_hz(r);
    case 2:
        return lsi_hz(r);
    case 3:
        return is_ready(r, HSE_RDY) && divide > 1 ? r->hse_hz / divide : 0;
    default:
        return 0;
    }
}

/* Twice PCLK if that is divided, not above HCLK; with TIMPRE four times. */
static uint32_t timer_hz(const struct h7_rcc *r, uint32_t hclk, uint32_t pclk)
{
    uint32_t times = h7_rcc_on(r, RCC_CFGR, 15) ? 4 : 2;
    return pclk > hclk / times ? hclk : times * pclk;
}

uint32_t h7_rcc_hz(const struct h7_rcc *r, enum h7_clock clock)
{
    uint32_t cpu = ahb_divide(sys_hz(r), field(r, 0x18, 8, 4));
    uint32_t hclk = ahb_divide(cpu, field(r, 0x18, 0, 4));
    switch (clock) {
    case H7_CLOCK_SYS:
        return sys_hz(r);
    case H7_CLOCK_CPU:
        return cpu;
    case H7_CLOCK_HCLK:
        return hclk;
    case H7_CLOCK_PCLK1:
        return apb_divide(hclk, field(r, 0x1c, 4, 3));
    case H7_CLOCK_PCLK2:
        return apb_divide(hclk, field(r, 0x1c, 8, 3));
    case H7_CLOCK_PCLK3:
        return apb_divide(hclk, field(r, 0x18, 4, 3));
    case H7_CLOCK_PCLK4:
        return apb_divide(hclk, field(r, 0x20, 4, 3));
    case H7_CLOCK_TIM1:
        return timer_hz(r, hclk, apb_divide(hclk, field(r, 0x1c, 4, 3)));
    case H7_CLOCK_TIM2:
        return timer_hz(r, hclk, apb_divide(hclk, field(r, 0x1c, 8, 3)));
    case H7_CLOCK_LPTIM1:
        return lptim_hz(r, field(r, RCC_D2CCIP2R, 28, 3), H7_CLOCK_PCLK1);
    case H7_CLOCK_LPTIM2:
        return lptim_hz(r, field(r, 0x58, 10, 3), H7_CLOCK_PCLK4);
    case H7_CLOCK_LPTIM345:
        return lptim_hz(r, field(r, 0x58, 13, 3), H7_CLOCK_PCLK4);
    case H7_CLOCK_RNG:
        return rng_hz(r);
    case H7_CLOCK_RTC:
        return rtc_hz(r);
    case H7_CLOCK_USART16:
        return usart_hz(r, field(r, RCC_D2CCIP2R, 3, 3), H7_CLOCK_PCLK2);
    case H7_CLOCK_USART234578:
        return usart_hz(r, field(r, RCC_D2CCIP2R, 0, 3), H7_CLOCK_PCLK1);
    case H7_CLOCKS:
        break;
    }
    return 0;
}

uint32_t h7_rcc_cpu_khz(const struct h7_rcc *r)
{
    return h7_rcc_hz(r, H7_CLOCK_CPU) / 1000;
}
