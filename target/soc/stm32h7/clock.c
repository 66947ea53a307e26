#include "target/soc/stm32h7/clock.h"

#include "core/soc/stm32h7.h"
#include "target/soc/stm32h7/rcc.h"
#include "target/soc/stm32h7/regs.h"

#define RCC_CR        (RCC_BASE + 0x00)
#define RCC_CFGR      (RCC_BASE + 0x10)
#define RCC_D1CFGR    (RCC_BASE + 0x18)
#define RCC_D2CFGR    (RCC_BASE + 0x1C)
#define RCC_D3CFGR    (RCC_BASE + 0x20)
#define RCC_PLLCKSELR (RCC_BASE + 0x28)
#define RCC_PLLCFGR   (RCC_BASE + 0x2C)
#define RCC_PLL1DIVR  (RCC_BASE + 0x30)
#define RCC_D2CCIP2R  (RCC_BASE + 0x54)

#define CR_PLL1ON  (1u << 24)
#define CR_PLL1RDY (1u << 25)
#define CFGR_PLL1  3u
#define CFGR_SWS   (7u << 3) /* the clock in use, in the codes of bits 2:0 */

/* Core: the PLL's clock; AXI and AHB half of it, every APB a quarter. */
#define D1CFGR_FAST 0x048u
#define D2CFGR_FAST 0x440u
#define D3CFGR_FAST 0x040u

#define D2CCIP2R_USARTS_HSI (3u << 3 | 3u) /* USART1 and 6; all others */

/* HSI / 10 = 6.4 MHz, times N, / 2. A reference of 16 MHz, the PLL's limit, would be above it with an HSI that is 1 %
 * fast. Fields have the divider minus 1, but for M. */
#define PLL_M          10u
#define PLL_P          2u
#define PLLCKSELR_FAST 0x020200A0u
#define PLLCFGR_FAST   0x01FF0008u /* input 4 to 8 MHz; VCO with the wide range */
#define PLL1DIVR_FAST  0x01010200u /* and N - 1 */

/* [RM0433, RCC registers] */
#define PLLCKSELR_RESET 0x02020200u
#define PLLCFGR_RESET   0x01FF0000u
#define PLL1DIVR_RESET  0x01010280u

#define PWR_CSR1       (PWR_BASE + 0x04)
#define PWR_CR3        (PWR_BASE + 0x0C)
#define PWR_D3CR       (PWR_BASE + 0x18)
#define CSR1_ACTVOSRDY (1u << 13)
#define CR3_SUPPLY     7u        /* SCUEN, LDOEN, BYPASS */
#define CR3_LDO        (1u << 1) /* LDOEN alone */
#define D3CR_VOSRDY    (1u << 13)
#define D3CR_VOS_SHIFT 14
#define VOS_RESET      1u

#define FLASH_ACR       FLASH_R_BASE
#define FLASH_ACR_MASK  0x3Fu
#define FLASH_ACR_RESET 0x37u /* 7 wait states: right for every clock */

/* At least 1 ms at 400 MHz and 6 ms at 64 MHz: a poll takes 4 cycles or more. The PLL locks within 150 us [DS12110,
 * table 47]; for the voltage the datasheet has no figure. */
#define POLLS 100000u

#define VOS1 1u /* the voltage scale, which has another code in D3CR on each part */

static enum err set_voltage(uint32_t code)
{
    mmio_write32(PWR_D3CR, code << D3CR_VOS_SHIFT);
    return reg_wait(PWR_D3CR, D3CR_VOSRDY, D3CR_VOSRDY, POLLS);
}

/* The supply must be chosen before the voltage may change. It is written once after power-on: a later write is ignored,
 * and a chip that somebody set up for another supply keeps it. */
static enum err choose_ldo(void)
{
    if ((mmio_read32(PWR_CR3) & CR3_SUPPLY) != CR3_LDO)
        reg_field(PWR_CR3, CR3_SUPPLY, CR3_LDO);
    if ((mmio_read32(PWR_CR3) & CR3_SUPPLY) != CR3_LDO)
        return ERR_STATE;
    return reg_wait(PWR_CSR1, CSR1_ACTVOSRDY, CSR1_ACTVOSRDY, POLLS);
}

static enum err raise_voltage(const struct soc_clocks *part)
{
    enum err e = choose_ldo();
    uint32_t code = 0;
    while (part->vos[code] != VOS1)
        code++;
    return e ? e : set_voltage(code);
}

static enum err start_pll(uint32_t core_mhz)
{
    uint32_t n = core_mhz * PLL_P * PLL_M / (RCC_HSI_HZ / 1000000u);
    mmio_write32(RCC_PLLCKSELR, PLLCKSELR_FAST);
    mmio_write32(RCC_PLLCFGR, PLLCFGR_FAST);
    mmio_write32(RCC_PLL1DIVR, PLL1DIVR_FAST | (n - 1));
    reg_set(RCC_CR, CR_PLL1ON);
    return reg_wait(RCC_CR, CR_PLL1RDY, CR_PLL1RDY, POLLS);
}

/* The new value is in force when it reads back. */
static enum err set_flash(uint32_t acr)
{
    mmio_write32(FLASH_ACR, acr);
    return reg_wait(FLASH_ACR, FLASH_ACR_MASK, acr, POLLS);
}

/* LATENCY and WRHIGHFREQ for a clock of the AXI bus at VOS1. */
static uint32_t flash_delays(const struct soc_clocks *part, uint32_t axi_mhz)
{
    uint32_t latency = 0;
    while (latency < SOC_LATENCIES - 1 && axi_mhz > part->flash[VOS1][latency])
        latency++;
    uint32_t write = latency;
    if (part->flash_slow_write != 0)
        write = axi_mhz > part->flash_slow_write ? 2 : latency > 0;
    return write << 4 | latency;
}

static enum err use_clock(uint32_t source)
{
    mmio_write32(RCC_CFGR, source);
    return reg_wait(RCC_CFGR, CFGR_SWS, source << 3, POLLS);
}

static void set_dividers(uint32_t d1, uint32_t d2, uint32_t d3)
{
    mmio_write32(RCC_D1CFGR, d1);
    mmio_write32(RCC_D2CFGR, d2);
    mmio_write32(RCC_D3CFGR, d3);
    (void)mmio_read32(RCC_D1CFGR);
}

/* Voltage, then wait states, then dividers, then the clock that needs them [RM0433, PWR: voltage scaling; FLASH: read
 * access latency]. */
uint32_t clock_run_fast(const struct soc_clocks *part)
{
    uint32_t mhz = part->cpu[VOS1];
    reg_set(RCC_D2CCIP2R, D2CCIP2R_USARTS_HSI);
    enum err e = raise_voltage(part);
    if (!e)
        e = start_pll(mhz);
    if (!e)
        e = set_flash(flash_delays(part, mhz / 2));
    if (!e) {
        set_dividers(D1CFGR_FAST, D2CFGR_FAST, D3CFGR_FAST);
        e = use_clock(CFGR_PLL1);
    }
    if (!e)
        return mhz * 1000000u;
    clock_reset();
    return RCC_HSI_HZ;
}

/* HSI always runs, so the switch to it cannot fail. It comes first: the PLL cannot stop, nor the voltage fall, while the
 * core uses the PLL. */
void clock_reset(void)
{
    if (use_clock(0) != ERR_OK)
        return;
    reg_clear(RCC_CR, CR_PLL1ON);
    (void)!reg_wait(RCC_CR, CR_PLL1RDY, 0, POLLS);
    set_dividers(0, 0, 0);
    mmio_write32(RCC_PLLCKSELR, PLLCKSELR_RESET);
    mmio_write32(RCC_PLLCFGR, PLLCFGR_RESET);
    mmio_write32(RCC_PLL1DIVR, PLL1DIVR_RESET);
    reg_clear(RCC_D2CCIP2R, D2CCIP2R_USARTS_HSI);
    (void)!set_voltage(VOS_RESET);
    (void)!set_flash(FLASH_ACR_RESET);
}
