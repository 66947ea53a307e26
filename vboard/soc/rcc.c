/* RCC: resets, clock enables, ready bits, the clock that results. RM0433 "RCC registers". */
#include <string.h>

#include "vboard/soc/soc.h"

#define HSI_KHZ 64000u
#define CSI_KHZ 4000u
#define HSE_KHZ 8000u /* from the ST-LINK of the NUCLEO board */

#define READ_ONLY 0u
#define ALL       0xffffffffu

/* The registers that exist for this model; ready bits are computed. Reset values as [RM0433; CMSIS
 * system_stm32h7xx.c writes the same ones to go back to the reset state]. */
static const struct {
    uint16_t off;
    uint32_t reset, writable;
} regs[] = {
    {0x000, 0x00000001, 0x150d109b}, /* CR */
    {0x004, 0x40000000, 0x7e000000}, /* HSICFGR */
    {0x008, 0x00000000, READ_ONLY},  /* CRRCR */
    {0x00c, 0x20000000, 0x3f000000}, /* CSICFGR */
    {0x010, 0x00000000, 0xfffffec7}, /* CFGR: SWS is computed */
    {0x018, 0x00000000, 0x00000f7f}, /* D1CFGR */
    {0x01c, 0x00000000, 0x00000770}, /* D2CFGR */
    {0x020, 0x00000000, 0x00000070}, /* D3CFGR */
    {0x028, 0x02020200, 0x03f3f3f3}, /* PLLCKSELR */
    {0x02c, 0x01ff0000, 0x01ff0fff}, /* PLLCFGR */
    {0x030, 0x01010280, 0x7f7fffff}, /* PLL1DIVR */
    {0x034, 0x00000000, 0x0000fff8}, /* PLL1FRACR */
    {0x038, 0x01010280, 0x7f7fffff}, /* PLL2DIVR */
    {0x03c, 0x00000000, 0x0000fff8}, /* PLL2FRACR */
    {0x040, 0x01010280, 0x7f7fffff}, /* PLL3DIVR */
    {0x044, 0x00000000, 0x0000fff8}, /* PLL3FRACR */
    {0x04c, 0x00000000, ALL},        /* D1CCIPR */
    {0x050, 0x00000000, ALL},        /* D2CCIP1R */
    {0x054, 0x00000000, ALL},        /* D2CCIP2R */
    {0x058, 0x00000000, ALL},        /* D3CCIPR */
    {0x060, 0x00000000, 0x000003ff}, /* CIER */
    {0x064, 0x00000000, READ_ONLY},  /* CIFR */
    {0x068, 0x00000000, READ_ONLY},  /* CICR: flags do not arise here */
    {0x074, 0x00000000, 0x00000001}, /* CSR: LSION */
    {0x07c, 0x00000000, ALL},        /* AHB3RSTR */
    {0x080, 0x00000000, ALL},        /* AHB1RSTR */
    {0x084, 0x00000000, ALL},        /* AHB2RSTR */
    {0x088, 0x00000000, ALL},        /* AHB4RSTR */
    {0x08c, 0x00000000, ALL},        /* APB3RSTR */
    {0x090, 0x00000000, ALL},        /* APB1LRSTR */
    {0x094, 0x00000000, ALL},        /* APB1HRSTR */
    {0x098, 0x00000000, ALL},        /* APB2RSTR */
    {0x09c, 0x00000000, ALL},        /* APB4RSTR */
    {0x0d0, 0x00000000, READ_ONLY},  /* RSR */
    {0x0d4, 0x00000000, ALL},        /* AHB3ENR */
    {0x0d8, 0x00000000, ALL},        /* AHB1ENR */
    {0x0dc, 0x00000000, ALL},        /* AHB2ENR */
    {0x0e0, 0x00000000, ALL},        /* AHB4ENR */
    {0x0e4, 0x00000000, ALL},        /* APB3ENR */
    {0x0e8, 0x00000000, ALL},        /* APB1LENR */
    {0x0ec, 0x00000000, ALL},        /* APB1HENR */
    {0x0f0, 0x00000000, ALL},        /* APB2ENR */
    {0x0f4, 0x00010000, ALL},        /* APB4ENR */
};

enum { CR_HSION = 0, CR_CSION = 7, CR_HSI48ON = 12, CR_HSEON = 16, CR_PLL1ON = 24 };

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
    memset(r, 0, sizeof *r);
    for (unsigned i = 0; i < sizeof regs / sizeof regs[0]; i++)
        r->reg[regs[i].off / 4] = regs[i].reset;
    r->reg[RCC_RSR / 4] = rsr;
}

/* Each "on" bit with its "ready" bit. Oscillators are ready at once. */
static uint32_t cr_with_ready(uint32_t cr)
{
    static const struct {
        uint8_t on, ready;
    } pairs[] = {{0, 2}, {7, 8}, {12, 13}, {16, 17}, {24, 25}, {26, 27}, {28, 29}};
    for (unsigned i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        cr |= (cr >> pairs[i].on & 1) << pairs[i].ready;
    return cr | 3u << 14 | 1u << 5; /* D1CKRDY, D2CKRDY, HSIDIVF */
}

enum h7_answer h7_rcc_read(struct h7_rcc *r, uint32_t off, uint32_t *value)
{
    int i = find(off);
    if (i < 0)
        return H7_UNMODELLED;
    uint32_t v = r->reg[off / 4];
    if (off == RCC_CR)
        v = cr_with_ready(v);
    else if (off == RCC_CFGR)
        v |= (v & 7) << 3; /* SWS follows SW */
    else if (off == 0x74)
        v |= (v & 1) << 1; /* LSIRDY */
    *value = v;
    return H7_OK;
}

static bool source_ready(const struct h7_rcc *r, uint32_t sw)
{
    static const uint8_t on_bit[4] = {CR_HSION, CR_CSION, CR_HSEON, CR_PLL1ON};
    return sw < 4 && h7_rcc_on(r, RCC_CR, on_bit[sw]);
}

enum h7_answer h7_rcc_write(struct h7_rcc *r, const struct soc_env *env, uint32_t off,
                            uint32_t value)
{
    int i = find(off);
    if (i < 0)
        return H7_UNMODELLED;
    if (off == RCC_RSR) {
        if ((value & RSR_RMVF) != 0)
            r->reg[off / 4] = 0;
        return H7_OK;
    }
    if (off == RCC_CFGR && !source_ready(r, value & 7)) {
        env->lint(env->ctx, "RCC1", "RM0433 RCC_CFGR",
                  "system clock switched to a source that is off: ignored");
        return H7_OK;
    }
    if (off == RCC_CR) {
        static const uint8_t on_bit[4] = {CR_HSION, CR_CSION, CR_HSEON, CR_PLL1ON};
        uint8_t used = on_bit[r->reg[RCC_CFGR / 4] & 3];
        if ((value >> used & 1) == 0) {
            env->lint(env->ctx, "RCC2", "RM0433 RCC_CR",
                      "the oscillator that clocks the system was switched off: ignored");
            value |= 1u << used;
        }
    }
    r->reg[off / 4] = (r->reg[off / 4] & ~regs[i].writable) | (value & regs[i].writable);
    return H7_OK;
}

static uint32_t hsi_khz(const struct h7_rcc *r)
{
    return HSI_KHZ >> (r->reg[RCC_CR / 4] >> 3 & 3);
}

static uint32_t pll1_p_khz(const struct h7_rcc *r)
{
    uint32_t sel = r->reg[0x28 / 4], div = r->reg[0x30 / 4], cfg = r->reg[0x2c / 4];
    const uint32_t in[4] = {hsi_khz(r), CSI_KHZ, HSE_KHZ, 0};
    uint32_t m = sel >> 4 & 0x3f;
    if (m == 0 || (cfg >> 16 & 1) == 0)
        return 0;
    uint64_t n8192 = (uint64_t)((div & 0x1ff) + 1) * 8192;
    if ((cfg & 1) != 0)
        n8192 += r->reg[0x34 / 4] >> 3;
    uint64_t vco = in[sel & 3] * n8192 / m / 8192;
    return (uint32_t)(vco / ((div >> 9 & 0x7f) + 1));
}

static uint32_t sys_khz(const struct h7_rcc *r)
{
    switch (r->reg[RCC_CFGR / 4] & 7) {
    case 0:
        return hsi_khz(r);
    case 1:
        return CSI_KHZ;
    case 2:
        return HSE_KHZ;
    default:
        return pll1_p_khz(r);
    }
}

/* Prescaler codes 0b1000.. of HPRE and D1CPRE: there is no /32. */
static uint32_t ahb_divide(uint32_t khz, uint32_t code)
{
    static const uint8_t shift[8] = {1, 2, 3, 4, 6, 7, 8, 9};
    return (code & 8) == 0 ? khz : khz >> shift[code & 7];
}

uint32_t h7_rcc_cpu_khz(const struct h7_rcc *r)
{
    return ahb_divide(sys_khz(r), r->reg[0x18 / 4] >> 8 & 15);
}

uint32_t h7_rcc_pclk1_khz(const struct h7_rcc *r)
{
    uint32_t hclk = ahb_divide(h7_rcc_cpu_khz(r), r->reg[0x18 / 4] & 15);
    uint32_t code = r->reg[0x1c / 4] >> 4 & 7;
    return (code & 4) == 0 ? hclk : hclk >> ((code & 3) + 1);
}

uint32_t h7_rcc_usart3_khz(const struct h7_rcc *r)
{
    switch (r->reg[RCC_D2CCIP2R / 4] & 7) {
    case 0:
        return h7_rcc_pclk1_khz(r);
    case 3:
        return h7_rcc_on(r, RCC_CR, CR_HSION) ? hsi_khz(r) : 0;
    case 4:
        return h7_rcc_on(r, RCC_CR, CR_CSION) ? CSI_KHZ : 0;
    default:
        return 0; /* PLL2Q, PLL3Q, LSE: not modelled */
    }
}
