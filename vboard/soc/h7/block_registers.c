/* The tables of the peripherals: their registers, their clocks, their places. RM0433, register maps of the chapters. */
#include "vboard/soc/h7/blocks.h"

#include "core/base/compiler.h"
#include "core/soc/stm32h7.h"
#include "vboard/soc/h7/timers.h"

#define ALL 0xffffffffu

/* A row where a macro makes it. */
#define ROW(...)    \
    {               \
        __VA_ARGS__ \
    }

/* Rows of all TIMs: the counter, max wide, and what it is fed by. dier: its interrupt and DMA bits. */
#define TIM_COUNTER(max, dier)                                                           \
    ROW("CR1", 0x00, 1, REG_LIVE, 0, 0x0bff), ROW("CR2", 0x04, 1, REG_HOLD, 0, ALL),     \
        ROW("SMCR", 0x08, 1, REG_LIVE, 0, ALL), ROW("DIER", 0x0c, 1, REG_LIVE, 0, dier), \
        ROW("SR", 0x10, 1, REG_LIVE, 0, 0), ROW("EGR", 0x14, 1, REG_LIVE, 0, 0),         \
        ROW("CCMR1", 0x18, 2, REG_HOLD, 0, ALL), ROW("CCER", 0x20, 1, REG_HOLD, 0, ALL), \
        ROW("CNT", 0x24, 1, REG_LIVE, 0, max), ROW("PSC", 0x28, 1, REG_LIVE, 0, 0xffff), \
        ROW("ARR", 0x2c, 1, REG_LIVE, max, max)
#define TIM_COMPARE(max) ROW("CCR1", 0x34, 4, REG_LIVE, 0, max)
#define TIM_DMA_BURST    ROW("DCR", 0x48, 2, REG_HOLD, 0, 0xffff)
#define TIM_INPUTS(afs) \
    ROW("AF1", 0x60, afs, REG_HOLD, 0, ALL), ROW("TISEL", 0x68, 1, REG_HOLD, 0, ALL)

static const struct soc_reg tim32_regs[] = {
    TIM_COUNTER(ALL, 0x5f5f),
    TIM_COMPARE(ALL),
    TIM_DMA_BURST,
    TIM_INPUTS(1),
};
static const struct soc_reg tim16_regs[] = {
    TIM_COUNTER(0xffff, 0x5f5f),
    TIM_COMPARE(0xffff),
    TIM_DMA_BURST,
    TIM_INPUTS(1),
};
/* TIM1, 8, 15, 16, 17: with repetition, break, and more compares. */
static const struct soc_reg tim_rcr_regs[] = {
    TIM_COUNTER(0xffff, 0x7fff),
    {"RCR", 0x30, 1, REG_LIVE, 0, 0xffff},
    TIM_COMPARE(0xffff),
    {"BDTR", 0x44, 1, REG_HOLD, 0, ALL},
    TIM_DMA_BURST,
    {"CCMR3", 0x54, 3, REG_HOLD, 0, ALL},
    TIM_INPUTS(2),
};
static const struct soc_reg lptim_regs[] = {
    {"ISR", 0x00, 1, REG_LIVE, 0, 0},      {"ICR", 0x04, 1, REG_LIVE, 0, 0},
    {"IER", 0x08, 1, REG_LIVE, 0, 0x7f},   {"CFGR", 0x0c, 1, REG_LIVE, 0, ALL},
    {"CR", 0x10, 1, REG_LIVE, 0, 0x1f},    {"CMP", 0x14, 1, REG_LIVE, 0, 0xffff},
    {"ARR", 0x18, 1, REG_LIVE, 1, 0xffff}, {"CNT", 0x1c, 1, REG_LIVE, 0, 0},
    {"CFGR2", 0x24, 1, REG_HOLD, 0, 0x33},
};
static const struct soc_reg hsem_regs[] = {
    {"R0", 0x000, 32, REG_LIVE, 0, ALL},   {"RLR0", 0x080, 32, REG_LIVE, 0, 0},
    {"C1IER", 0x100, 1, REG_LIVE, 0, ALL}, {"C1ICR", 0x104, 1, REG_LIVE, 0, 0},
    {"C1ISR", 0x108, 1, REG_LIVE, 0, 0},   {"C1MISR", 0x10c, 1, REG_LIVE, 0, 0},
    {"CR", 0x140, 1, REG_HOLD, 0, 0},      {"KEYR", 0x144, 1, REG_HOLD, 0, 0xffff0000},
};
static const struct soc_reg exti_regs[] = {
    {"RTSR1", 0x00, 1, REG_LIVE, 0, 0x003fffff},
    {"FTSR1", 0x04, 1, REG_LIVE, 0, 0x003fffff},
    {"SWIER1", 0x08, 1, REG_LIVE, 0, 0x003fffff},
    {"D3PMR1", 0x0c, 3, REG_HOLD, 0, ALL},
    {"RTSR2", 0x20, 1, REG_HOLD, 0, ALL},
    {"FTSR2", 0x24, 1, REG_HOLD, 0, ALL},
    {"SWIER2", 0x28, 1, REG_LIVE, 0, ALL},
    {"D3PMR2", 0x2c, 3, REG_HOLD, 0, ALL},
    {"RTSR3", 0x40, 1, REG_HOLD, 0, ALL},
    {"FTSR3", 0x44, 1, REG_HOLD, 0, ALL},
    {"SWIER3", 0x48, 1, REG_LIVE, 0, ALL},
    {"D3PMR3", 0x4c, 3, REG_HOLD, 0, ALL},
    {"CPUIMR1", 0x80, 1, REG_LIVE, 0xffc00000, ALL},
    {"CPUEMR1", 0x84, 1, REG_HOLD, 0, ALL},
    {"CPUPR1", 0x88, 1, REG_LIVE, 0, 0},
    {"CPUIMR2", 0x90, 1, REG_HOLD, 0, ALL},
    {"CPUEMR2", 0x94, 1, REG_HOLD, 0, ALL},
    {"CPUPR2", 0x98, 1, REG_LIVE, 0, 0},
    {"CPUIMR3", 0xa0, 1, REG_HOLD, 0, ALL},
    {"CPUEMR3", 0xa4, 1, REG_HOLD, 0, ALL},
    {"CPUPR3", 0xa8, 1, REG_LIVE, 0, 0},
};
static const struct soc_reg rng_regs[] = {
    {"CR", 0x00, 1, REG_LIVE, 0, 0x2c},
    {"SR", 0x04, 1, REG_LIVE, 0, 0},
    {"DR", 0x08, 1, REG_LIVE, 0, 0},
};
static const struct soc_reg hash_regs[] = {
    {"CR", 0x000, 1, REG_LIVE, 0, 0x000520f8}, {"DIN", 0x004, 1, REG_LIVE, 0, ALL},
    {"STR", 0x008, 1, REG_LIVE, 0, 0x1f},      {"HRA0", 0x00c, 5, REG_LIVE, 0, 0},
    {"IMR", 0x020, 1, REG_LIVE, 0, 3},         {"SR", 0x024, 1, REG_LIVE, 1, 0},
    {"CSR0", 0x0f8, 1, REG_LIVE, 2, ALL},      {"CSR1", 0x0fc, 53, REG_LIVE, 0, ALL},
    {"HR0", 0x310, 8, REG_LIVE, 0, 0},
};
static const struct soc_reg crc_regs[] = {
    {"DR", 0x00, 1, REG_LIVE, ALL, 0},           {"IDR", 0x04, 1, REG_HOLD, 0, ALL},
    {"CR", 0x08, 1, REG_LIVE, 0, 0xf9},          {"INIT", 0x10, 1, REG_LIVE, ALL, ALL},
    {"POL", 0x14, 1, REG_LIVE, 0x04c11db7, ALL},
};
static const struct soc_reg eth_regs[] = {
    {"MACCR", 0x000, 4, REG_HOLD, 0x00008000, ALL}, {"MACHT0R", 0x010, 2, REG_HOLD, 0, ALL},
    {"MACVTR", 0x050, 1, REG_HOLD, 0, ALL},         {"MACQ0TXFCR", 0x070, 1, REG_HOLD, 0, ALL},
    {"MACRXFCR", 0x090, 1, REG_HOLD, 0, ALL},       {"MACISR", 0x0b0, 1, REG_CONST, 0, 0},
    {"MACIER", 0x0b4, 1, REG_HOLD, 0, ALL},         {"MACPCSR", 0x0c0, 1, REG_HOLD, 0, ALL},
    {"MACVR", 0x110, 1, REG_CONST, 0x00003041, 0},  {"MACDR", 0x114, 1, REG_CONST, 0, 0},
    {"MACMDIOAR", 0x200, 1, REG_LIVE, 0, ALL},      {"MACMDIODR", 0x204, 1, REG_LIVE, 0, ALL},
    {"MACA0HR", 0x300, 8, REG_HOLD, 0, ALL},        {"MMC_CONTROL", 0x700, 1, REG_HOLD, 0, ALL},
    {"MMC_RIMR", 0x70c, 2, REG_HOLD, 0, ALL},       {"MTLOMR", 0xc00, 1, REG_HOLD, 0, ALL},
    {"MTLTXQOMR", 0xd00, 1, REG_HOLD, 0, ALL},      {"MTLRXQOMR", 0xd30, 1, REG_HOLD, 0, ALL},
    {"DMAMR", 0x1000, 1, REG_LIVE, 0, ALL},         {"DMASBMR", 0x1004, 1, REG_HOLD, 0, ALL},
    {"DMAISR", 0x1008, 2, REG_CONST, 0, 0},         {"DMACCR", 0x1100, 3, REG_HOLD, 0, ALL},
    {"DMACTXDLAR", 0x1114, 1, REG_HOLD, 0, ALL},    {"DMACRXDLAR", 0x111c, 7, REG_HOLD, 0, ALL},
    {"DMACSR", 0x1160, 1, REG_CONST, 0, 0},
};
static const struct soc_reg wwdg_regs[] = {
    {"CR", 0x00, 1, REG_LIVE, 0x7f, 0xff},
    {"CFR", 0x04, 1, REG_LIVE, 0x7f, 0x3a7f},
    {"SR", 0x08, 1, REG_LIVE, 0, 0},
};
static const struct soc_reg rtc_regs[] = {
    {"TR", 0x00, 1, REG_LIVE, 0, 0},
    {"DR", 0x04, 1, REG_LIVE, 0x2101, 0},
    {"CR", 0x08, 1, REG_LIVE, 0, ALL},
    {"ISR", 0x0c, 1, REG_LIVE, 0, 0},
    {"PRER", 0x10, 1, REG_LIVE, 0x007f00ff, 0x007f7fff},
    {"WUTR", 0x14, 1, REG_LIVE, 0xffff, 0xffff},
    {"ALRMAR", 0x1c, 2, REG_LIVE, 0, ALL},
    {"WPR", 0x24, 1, REG_LIVE, 0, 0},
    {"SSR", 0x28, 1, REG_LIVE, 0, 0},
    {"CALR", 0x3c, 1, REG_HOLD, 0, 0xe1ff},
    {"TAMPCR", 0x40, 1, REG_LIVE, 0, ALL},
    {"ALRMASSR", 0x44, 2, REG_LIVE, 0, 0x0f007fff},
    {"OR", 0x4c, 1, REG_LIVE, 0, 3},
    {"BKP0R", 0x50, 32, REG_LIVE, 0, ALL},
};
static const struct soc_reg dma_regs[] = {
    {"LISR", 0x00, 2, REG_LIVE, 0, 0},
    {"LIFCR", 0x08, 2, REG_LIVE, 0, 0},
#define STREAM(n)                                                    \
    ROW("S" #n "CR", 0x10 + 0x18 * n, 1, REG_LIVE, 0, 0x01efffff),   \
        ROW("S" #n "NDTR", 0x14 + 0x18 * n, 1, REG_LIVE, 0, 0xffff), \
        ROW("S" #n "PAR", 0x18 + 0x18 * n, 1, REG_LIVE, 0, ALL),     \
        ROW("S" #n "M0AR", 0x1c + 0x18 * n, 1, REG_LIVE, 0, ALL),    \
        ROW("S" #n "M1AR", 0x20 + 0x18 * n, 1, REG_LIVE, 0, ALL),    \
        ROW("S" #n "FCR", 0x24 + 0x18 * n, 1, REG_LIVE, 0x21, 0x87)
    STREAM(0),
    STREAM(1),
    STREAM(2),
    STREAM(3),
    STREAM(4),
    STREAM(5),
    STREAM(6),
    STREAM(7),
};
static const struct soc_reg dmamux_regs[] = {
    {"C0CR", 0x00, 16, REG_LIVE, 0, 0x1fff037f},
    {"CSR", 0x80, 1, REG_CONST, 0, 0},
    {"CFR", 0x84, 1, REG_HOLD, 0, 0},
    {"RG0CR", 0x100, 8, REG_LIVE, 0, 0x00ff011f},
    {"RGSR", 0x140, 1, REG_CONST, 0, 0},
    {"RGCFR", 0x144, 1, REG_HOLD, 0, 0},
};
static const struct soc_reg dbgmcu_regs[] = {
    {"IDCODE", 0x00, 1, REG_LIVE, 0, 0},     {"CR", 0x04, 1, REG_HOLD, 0, 0x107001bf},
    {"APB3FZ1", 0x34, 1, REG_HOLD, 0, ALL},  {"APB1LFZ1", 0x3c, 1, REG_HOLD, 0, ALL},
    {"APB1HFZ1", 0x44, 1, REG_HOLD, 0, ALL}, {"APB2FZ1", 0x4c, 1, REG_HOLD, 0, ALL},
    {"APB4FZ1", 0x54, 1, REG_HOLD, 0, ALL},
};
static const struct soc_reg syscfg_regs[] = {
    {"PMCR", 0x04, 1, REG_HOLD, 0, ALL},   {"EXTICR1", 0x08, 4, REG_LIVE, 0, 0xffff},
    {"CFGR", 0x18, 1, REG_HOLD, 0, ALL},   {"CCCSR", 0x20, 1, REG_LIVE, 0, 0x10003},
    {"CCVR", 0x24, 1, REG_CONST, 0x88, 0}, {"CCCR", 0x28, 1, REG_HOLD, 0, 0xff},
    {"PWRCR", 0x2c, 1, REG_LIVE, 0, 1},    {"PKGR", 0x124, 1, REG_CONST, 8, 0},
    {"UR0", 0x300, 18, REG_CONST, 0, 0},
};
static const struct soc_reg crs_regs[] = {
    {"CR", 0x00, 1, REG_HOLD, 0x2000, 0x3fef},
    {"CFGR", 0x04, 1, REG_HOLD, 0x2022bb7f, ALL},
    {"ISR", 0x08, 1, REG_CONST, 0, 0},
    {"ICR", 0x0c, 1, REG_HOLD, 0, 0},
};
static const struct soc_reg fmc_regs[] = {
    {"BCR1", 0x000, 1, REG_HOLD, 0x000030db, ALL},
    {"BTR1", 0x004, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BCR2", 0x008, 1, REG_HOLD, 0x000030d2, ALL},
    {"BTR2", 0x00c, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BCR3", 0x010, 1, REG_HOLD, 0x000030d2, ALL},
    {"BTR3", 0x014, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BCR4", 0x018, 1, REG_HOLD, 0x000030d2, ALL},
    {"BTR4", 0x01c, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BWTR1", 0x104, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BWTR2", 0x10c, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BWTR3", 0x114, 1, REG_HOLD, 0x0fffffff, ALL},
    {"BWTR4", 0x11c, 1, REG_HOLD, 0x0fffffff, ALL},
    {"SDCR1", 0x140, 2, REG_HOLD, 0x000002d0, ALL},
    {"SDTR1", 0x148, 2, REG_HOLD, 0x0fffffff, ALL},
    {"SDCMR", 0x150, 1, REG_HOLD, 0, 0x003fffff},
    {"SDRTR", 0x154, 1, REG_HOLD, 0, 0x00007ffe},
    {"SDSR", 0x158, 1, REG_CONST, 0, 0}, /* normal mode, never busy */
};
static const struct soc_reg axi_regs[] = {
    /* start-up code of revision Y parts writes 1 here */
    {"TARG7_FN_MOD", 0x108, 1, REG_HOLD, 0, ALL},
};

/* Words that a table takes, for the places in soc.held. Checked against the tables by test/blocks_test.c. */
enum {
    N_TIM = 20,
    N_TIM_RCR = 26,
    N_LPTIM = 9,
    AT_TIM = 0,
    AT_TIM_RCR = AT_TIM + 9 * N_TIM,
    AT_LPTIM = AT_TIM_RCR + 5 * N_TIM_RCR,
    AT_HSEM = AT_LPTIM + 5 * N_LPTIM,
    AT_EXTI = AT_HSEM + 70,
    AT_RNG = AT_EXTI + 27,
    AT_CRC = AT_RNG + 3,
    AT_ETH = AT_CRC + 5,
    AT_WWDG = AT_ETH + 46,
    AT_RTC = AT_WWDG + 3,
    AT_DMA = AT_RTC + 47,
    AT_DMAMUX = AT_DMA + 2 * 52,
    AT_DBGMCU = AT_DMAMUX + 28,
    AT_SYSCFG = AT_DBGMCU + 7,
    AT_CRS = AT_SYSCFG + 29,
    AT_AXI = AT_CRS + 4,
    AT_FMC = AT_AXI + 1,
    AT_HASH = AT_FMC + 19,
    AT_END = AT_HASH + 72,
};
_Static_assert(AT_END <= SOC_HELD, "soc.held is too small");

#define REGS(table) .regs = table, .reg_count = ARRAY_LEN(table)
#define TIM(n, bit, table)                                                                  \
    {                                                                                       \
        .name = "TIM" #n, .base = TIM##n##_BASE, .size = 0x400, .enable_reg = RCC_APB1LENR, \
        .enable_bit = bit, .reset_reg = RCC_APB1LRSTR, .reset_bit = bit, .unit = n - 2,     \
        .at = AT_TIM + (n - 2) * N_TIM, REGS(table), .read = tim_read, .write = tim_write,  \
        .was_reset = tim_was_reset                                                          \
    }
#define TIM_MORE(n, en, rst, bit, unit_, at_, table)                                     \
    {                                                                                    \
        .name = "TIM" #n, .base = TIM##n##_BASE, .size = 0x400, .enable_reg = en,        \
        .reset_reg = rst, .enable_bit = bit, .reset_bit = bit, .unit = unit_, .at = at_, \
        REGS(table), .read = tim_read, .write = tim_write, .was_reset = tim_was_reset    \
    }
#define TIM_APB1(n, bit, i) \
    TIM_MORE(n, RCC_APB1LENR, RCC_APB1LRSTR, bit, 6 + i, AT_TIM + (6 + i) * N_TIM, tim16_regs)
#define TIM_APB2(n, bit, i) \
    TIM_MORE(n, RCC_APB2ENR, RCC_APB2RSTR, bit, 9 + i, AT_TIM_RCR + i * N_TIM_RCR, tim_rcr_regs)
#define LPTIM(n, en, rst, bit)                                                        \
    {                                                                                 \
        .name = "LPTIM" #n, .base = LPTIM##n##_BASE, .size = 0x400, .enable_reg = en, \
        .reset_reg = rst, .enable_bit = bit, .reset_bit = bit, .unit = n - 1,         \
        .at = AT_LPTIM + (n - 1) * N_LPTIM, REGS(lptim_regs), .read = lptim_read,     \
        .write = lptim_write, .was_reset = lptim_was_reset                            \
    }
#define DMA(n)                                                                             \
    {                                                                                      \
        .name = "DMA" #n, .base = DMA##n##_BASE, .size = 0x400, .enable_reg = RCC_AHB1ENR, \
        .reset_reg = RCC_AHB1RSTR, .enable_bit = n - 1, .reset_bit = n - 1, .unit = n - 1, \
        .at = AT_DMA + (n - 1) * 52, REGS(dma_regs), .read = dma_read, .write = dma_write, \
        .was_reset = dma_was_reset                                                         \
    }
#define PLAIN(name_, base_, en, rst, bit, at_, table) \
    SIZED(name_, base_, 0x400, en, rst, bit, at_, table)
#define SIZED(name_, base_, size_, en, rst, bit, at_, table)                         \
    .name = name_, .base = base_, .size = size_, .enable_reg = en, .reset_reg = rst, \
    .enable_bit = bit, .reset_bit = bit, .at = at_, REGS(table)

static const struct soc_block blocks[] = {
    TIM(2, 0, tim32_regs),
    TIM(3, 1, tim16_regs),
    TIM(4, 2, tim16_regs),
    TIM(5, 3, tim32_regs),
    TIM(6, 4, tim16_regs),
    TIM(7, 5, tim16_regs),
    TIM_APB1(12, 6, 0),
    TIM_APB1(13, 7, 1),
    TIM_APB1(14, 8, 2),
    TIM_APB2(1, 0, 0),
    TIM_APB2(8, 1, 1),
    TIM_APB2(15, 16, 2),
    TIM_APB2(16, 17, 3),
    TIM_APB2(17, 18, 4),
    LPTIM(1, RCC_APB1LENR, RCC_APB1LRSTR, 9),
    LPTIM(2, RCC_APB4ENR, RCC_APB4RSTR, 9),
    LPTIM(3, RCC_APB4ENR, RCC_APB4RSTR, 10),
    LPTIM(4, RCC_APB4ENR, RCC_APB4RSTR, 11),
    LPTIM(5, RCC_APB4ENR, RCC_APB4RSTR, 12),
    DMA(1),
    DMA(2),
    /* no source at hand says which enable bit it has: always on */
    {PLAIN("DMAMUX1", DMAMUX1_BASE, 0, 0, 0, AT_DMAMUX, dmamux_regs), .read = dmamux_read,
     .write = dmamux_write},
    {PLAIN("CRS", CRS_BASE, RCC_APB1HENR, RCC_APB1HRSTR, 1, AT_CRS, crs_regs)},
    {SIZED("ETH", ETH_BASE, 0x1400, RCC_AHB1ENR, RCC_AHB1RSTR, 15, AT_ETH, eth_regs),
     .read = eth_read, .write = eth_write},
    {PLAIN("HASH", HASH_BASE, RCC_AHB2ENR, RCC_AHB2RSTR, 5, AT_HASH, hash_regs), .read = hash_read,
     .write = hash_write, .was_reset = hash_was_reset, .words_only = true, .says_changed = true},
    {PLAIN("RNG", RNG_BASE, RCC_AHB2ENR, RCC_AHB2RSTR, 6, AT_RNG, rng_regs), .read = rng_read,
     .write = rng_write},
    {PLAIN("WWDG1", WWDG1_BASE, RCC_APB3ENR, 0, 6, AT_WWDG, wwdg_regs), .read = wwdg_read,
     .write = wwdg_write, .was_reset = wwdg_was_reset},
    {PLAIN("AXI", GPV_BASE + 0x8000, 0, 0, 0, AT_AXI, axi_regs)},
    {SIZED("FMC", FMC_BASE, 0x1000, RCC_AHB3ENR, RCC_AHB3RSTR, 12, AT_FMC, fmc_regs)},
    {PLAIN("EXTI", EXTI_BASE, 0, 0, 0, AT_EXTI, exti_regs), .read = exti_read, .write = exti_write},
    {PLAIN("SYSCFG", SYSCFG_BASE, RCC_APB4ENR, RCC_APB4RSTR, 1, AT_SYSCFG, syscfg_regs),
     .read = syscfg_read, .write = syscfg_write},
    {PLAIN("RTC", RTC_BASE, RCC_APB4ENR, 0, 16, AT_RTC, rtc_regs), .read = rtc_read,
     .write = rtc_write, .survives_reset = true},
    {PLAIN("CRC", CRC_BASE, RCC_AHB4ENR, RCC_AHB4RSTR, 19, AT_CRC, crc_regs), .read = crc_read,
     .write = crc_write, .was_reset = crc_was_reset},
    {PLAIN("HSEM", HSEM_BASE, RCC_AHB4ENR, RCC_AHB4RSTR, 25, AT_HSEM, hsem_regs), .read = hsem_read,
     .write = hsem_write},
    {PLAIN("DBGMCU", DBGMCU_BASE, 0, 0, 0, AT_DBGMCU, dbgmcu_regs), .read = dbgmcu_read,
     .survives_reset = true},
};

const struct soc_block *soc_find(uint32_t addr)
{
    for (unsigned i = 0; i < ARRAY_LEN(blocks); i++)
        if (addr - blocks[i].base < blocks[i].size)
            return &blocks[i];
    return NULL;
}

const struct soc_block *soc_block(unsigned i)
{
    return i < ARRAY_LEN(blocks) ? &blocks[i] : NULL;
}
