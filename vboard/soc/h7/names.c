/* Names of what the model does not have, for messages: which block, which register, which memory of other boards.
 * RM0433 "Memory map and register boundary addresses", and the register maps of the chapters. */
#include <stddef.h>
#include <stdio.h>

#include "core/base/compiler.h"
#include "vboard/soc/h7/soc.h"

struct reg_name {
    uint16_t off;
    const char *name;
};

static const struct reg_name fmc_regs[] = {
    {0x000, "BCR1"},  {0x004, "BTR1"},  {0x008, "BCR2"},  {0x00c, "BTR2"},  {0x010, "BCR3"},
    {0x014, "BTR3"},  {0x018, "BCR4"},  {0x01c, "BTR4"},  {0x080, "PCR"},   {0x084, "SR"},
    {0x088, "PMEM"},  {0x08c, "PATT"},  {0x094, "ECCR"},  {0x104, "BWTR1"}, {0x10c, "BWTR2"},
    {0x114, "BWTR3"}, {0x11c, "BWTR4"}, {0x140, "SDCR1"}, {0x144, "SDCR2"}, {0x148, "SDTR1"},
    {0x14c, "SDTR2"}, {0x150, "SDCMR"}, {0x154, "SDRTR"}, {0x158, "SDSR"},  {0},
};
static const struct reg_name quadspi_regs[] = {
    {0x00, "CR"},    {0x04, "DCR"}, {0x08, "SR"},   {0x0c, "FCR"}, {0x10, "DLR"},
    {0x14, "CCR"},   {0x18, "AR"},  {0x1c, "ABR"},  {0x20, "DR"},  {0x24, "PSMKR"},
    {0x28, "PSMAR"}, {0x2c, "PIR"}, {0x30, "LPTR"}, {0},
};
static const struct reg_name sdmmc_regs[] = {
    {0x00, "POWER"},
    {0x04, "CLKCR"},
    {0x08, "ARGR"},
    {0x0c, "CMDR"},
    {0x10, "RESPCMDR"},
    {0x14, "RESP1R"},
    {0x24, "DTIMER"},
    {0x28, "DLENR"},
    {0x2c, "DCTRLR"},
    {0x30, "DCNTR"},
    {0x34, "STAR"},
    {0x38, "ICR"},
    {0x3c, "MASKR"},
    {0x40, "ACKTIMER"},
    {0x50, "IDMACTRLR"},
    {0x80, "FIFOR"},
    {0},
};
static const struct reg_name spi_regs[] = {
    {0x00, "CR1"},   {0x04, "CR2"},   {0x08, "CFG1"},  {0x0c, "CFG2"},    {0x10, "IER"},
    {0x14, "SR"},    {0x18, "IFCR"},  {0x20, "TXDR"},  {0x30, "RXDR"},    {0x40, "CRCPOLY"},
    {0x44, "TXCRC"}, {0x48, "RXCRC"}, {0x4c, "UDRDR"}, {0x50, "I2SCFGR"}, {0},
};
static const struct reg_name i2c_regs[] = {
    {0x00, "CR1"},     {0x04, "CR2"},      {0x08, "OAR1"}, {0x0c, "OAR2"},
    {0x10, "TIMINGR"}, {0x14, "TIMEOUTR"}, {0x18, "ISR"},  {0x1c, "ICR"},
    {0x20, "PECR"},    {0x24, "RXDR"},     {0x28, "TXDR"}, {0},
};
static const struct reg_name adc_regs[] = {
    {0x00, "ISR"},   {0x04, "IER"},   {0x08, "CR"},    {0x0c, "CFGR"},
    {0x10, "CFGR2"}, {0x14, "SMPR1"}, {0x18, "SMPR2"}, {0x1c, "PCSEL"},
    {0x30, "SQR1"},  {0x40, "DR"},    {0x308, "CCR"},  {0},
};

/* In the order of addresses. */
static const struct {
    uint32_t base, size;
    const char *name;
    const struct reg_name *regs; /* NULL: numbers only */
} blocks[] = {
    {0x40000000, 0x400, "TIM2", NULL},
    {0x40000400, 0x400, "TIM3", NULL},
    {0x40000800, 0x400, "TIM4", NULL},
    {0x40000c00, 0x400, "TIM5", NULL},
    {0x40001000, 0x400, "TIM6", NULL},
    {0x40001400, 0x400, "TIM7", NULL},
    {0x40001800, 0x400, "TIM12", NULL},
    {0x40001c00, 0x400, "TIM13", NULL},
    {0x40002000, 0x400, "TIM14", NULL},
    {0x40002400, 0x400, "LPTIM1", NULL},
    {0x40003800, 0x400, "SPI2", spi_regs},
    {0x40003c00, 0x400, "SPI3", spi_regs},
    {0x40004000, 0x400, "SPDIFRX", NULL},
    {0x40004400, 0x400, "USART2", NULL},
    {0x40004800, 0x400, "USART3", NULL},
    {0x40004c00, 0x400, "UART4", NULL},
    {0x40005000, 0x400, "UART5", NULL},
    {0x40005400, 0x400, "I2C1", i2c_regs},
    {0x40005800, 0x400, "I2C2", i2c_regs},
    {0x40005c00, 0x400, "I2C3", i2c_regs},
    {0x40006c00, 0x400, "CEC", NULL},
    {0x40007400, 0x400, "DAC1", NULL},
    {0x40007800, 0x400, "UART7", NULL},
    {0x40007c00, 0x400, "UART8", NULL},
    {0x40008400, 0x400, "CRS", NULL},
    {0x40008800, 0x400, "SWPMI1", NULL},
    {0x40009000, 0x400, "OPAMP", NULL},
    {0x40009400, 0x400, "MDIOS", NULL},
    {0x4000a000, 0x400, "FDCAN1", NULL},
    {0x4000a400, 0x400, "FDCAN2", NULL},
    {0x4000a800, 0x400, "FDCAN_CCU", NULL},
    {0x4000ac00, 0x2800, "FDCAN message RAM", NULL},
    {0x40010000, 0x400, "TIM1", NULL},
    {0x40010400, 0x400, "TIM8", NULL},
    {0x40011000, 0x400, "USART1", NULL},
    {0x40011400, 0x400, "USART6", NULL},
    {0x40013000, 0x400, "SPI1", spi_regs},
    {0x40013400, 0x400, "SPI4", spi_regs},
    {0x40014000, 0x400, "TIM15", NULL},
    {0x40014400, 0x400, "TIM16", NULL},
    {0x40014800, 0x400, "TIM17", NULL},
    {0x40015000, 0x400, "SPI5", spi_regs},
    {0x40015800, 0x400, "SAI1", NULL},
    {0x40015c00, 0x400, "SAI2", NULL},
    {0x40016000, 0x400, "SAI3", NULL},
    {0x40017000, 0x400, "DFSDM1", NULL},
    {0x40017400, 0x400, "HRTIM", NULL},
    {0x40020000, 0x400, "DMA1", NULL},
    {0x40020400, 0x400, "DMA2", NULL},
    {0x40020800, 0x400, "DMAMUX1", NULL},
    {0x40022000, 0x100, "ADC1", adc_regs},
    {0x40022100, 0x300, "ADC2", adc_regs},
    {0x40028000, 0x1400, "ETH", NULL},
    {0x40040000, 0x40000, "USB1_OTG_HS", NULL},
    {0x40080000, 0x40000, "USB2_OTG_FS", NULL},
    {0x48020000, 0x400, "DCMI", NULL},
    {0x48021000, 0x400, "CRYP", NULL},
    {0x48021400, 0x400, "HASH", NULL},
    {0x48021800, 0x400, "RNG", NULL},
    {0x48022400, 0x400, "SDMMC2", sdmmc_regs},
    {0x48022800, 0x400, "DLYB_SDMMC2", NULL},
    {0x48023000, 0x400, "RAMECC2", NULL},
    {0x50001000, 0x1000, "LTDC", NULL},
    {0x50003000, 0x400, "WWDG1", NULL},
    {0x51000000, 0x100000, "AXI interconnect", NULL},
    {0x52000000, 0x1000, "MDMA", NULL},
    {0x52001000, 0x1000, "DMA2D", NULL},
    {0x52002000, 0x1000, "FLASH", NULL},
    {0x52003000, 0x1000, "JPEG", NULL},
    {0x52004000, 0x1000, "FMC", fmc_regs},
    {0x52005000, 0x1000, "QUADSPI", quadspi_regs},
    {0x52006000, 0x1000, "DLYB_QUADSPI", NULL},
    {0x52007000, 0x1000, "SDMMC1", sdmmc_regs},
    {0x52008000, 0x1000, "DLYB_SDMMC1", NULL},
    {0x52009000, 0x400, "RAMECC1", NULL},
    {0x58000000, 0x400, "EXTI", NULL},
    {0x58000400, 0x400, "SYSCFG", NULL},
    {0x58000c00, 0x400, "LPUART1", NULL},
    {0x58001400, 0x400, "SPI6", spi_regs},
    {0x58001c00, 0x400, "I2C4", i2c_regs},
    {0x58002400, 0x400, "LPTIM2", NULL},
    {0x58002800, 0x400, "LPTIM3", NULL},
    {0x58002c00, 0x400, "LPTIM4", NULL},
    {0x58003000, 0x400, "LPTIM5", NULL},
    {0x58003800, 0x400, "COMP1", NULL},
    {0x58003c00, 0x400, "VREFBUF", NULL},
    {0x58004000, 0x400, "RTC", NULL},
    {0x58004800, 0x400, "IWDG1", NULL},
    {0x58005400, 0x400, "SAI4", NULL},
    {0x58020000, 0x400, "GPIOA", NULL},
    {0x58020400, 0x400, "GPIOB", NULL},
    {0x58020800, 0x400, "GPIOC", NULL},
    {0x58020c00, 0x400, "GPIOD", NULL},
    {0x58021000, 0x400, "GPIOE", NULL},
    {0x58021400, 0x400, "GPIOF", NULL},
    {0x58021800, 0x400, "GPIOG", NULL},
    {0x58021c00, 0x400, "GPIOH", NULL},
    {0x58022000, 0x400, "GPIOI", NULL},
    {0x58022400, 0x400, "GPIOJ", NULL},
    {0x58022800, 0x400, "GPIOK", NULL},
    {0x58024400, 0x400, "RCC", NULL},
    {0x58024800, 0x400, "PWR", NULL},
    {0x58024c00, 0x400, "CRC", NULL},
    {0x58025400, 0x400, "BDMA", NULL},
    {0x58025800, 0x400, "DMAMUX2", NULL},
    {0x58026000, 0x400, "ADC3", adc_regs},
    {0x58026400, 0x400, "HSEM", NULL},
    {0x58027000, 0x400, "RAMECC3", NULL},
    {0x5c001000, 0x400, "DBGMCU", NULL},
};

/* Memories that other boards have and this one has not. */
static const struct {
    uint32_t base, last;
    const char *name;
} memories[] = {
    {0x1ff00000, 0x1fffffff,
     "system flash (of it, the model has the unique id and the flash size)"},
    {0x60000000, 0x6fffffff, "external memory at the FMC (NOR, PSRAM), which this board has not"},
    {0x70000000, 0x7fffffff, "external SDRAM at the FMC, which this board has not (--sdram)"},
    {0x80000000, 0x8fffffff, "external NAND flash at the FMC, which this board has not"},
    {0x90000000, 0x9fffffff, "external flash at the QUADSPI, which this board has not"},
    {0xc0000000, 0xdfffffff, "external SDRAM at the FMC, which this board has not (--sdram)"},
};

/* Registers of the second core's side on the dual-core parts (STM32H745, 747, 755, 757). Programs that serve both write
 * them on the single-core parts, too, where nothing answers and nothing fails: seen in ST's flash loaders. */
static const struct {
    uint32_t base, last;
    const char *name;
} second_core[] = {
    {0x40002c00, 0x40002fff, "WWDG2"},
    {0x58004c00, 0x58004fff, "IWDG2"},
    {0x58024590, 0x580245ff, "the RCC registers of core 2"},
};

const char *h7_second_core_name(uint32_t addr)
{
    for (size_t i = 0; i < ARRAY_LEN(second_core); i++)
        if (addr >= second_core[i].base && addr <= second_core[i].last)
            return second_core[i].name;
    return NULL;
}

static const char *reg_name(const struct reg_name *r, uint32_t off)
{
    for (; r != NULL && r->name != NULL; r++)
        if (r->off == off)
            return r->name;
    return NULL;
}

const char *h7_block_name(unsigned i, uint32_t *base)
{
    if (i >= ARRAY_LEN(blocks))
        return NULL;
    *base = blocks[i].base;
    return blocks[i].name;
}

uint32_t h7_describe_absent(uint32_t addr, char *dst, size_t cap)
{
    for (size_t i = 0; i < ARRAY_LEN(blocks); i++) {
        uint32_t off = addr - blocks[i].base;
        if (off >= blocks[i].size)
            continue;
        const char *name = reg_name(blocks[i].regs, off & ~3u);
        if (name != NULL)
            snprintf(dst, cap, "%s_%s (%s + 0x%03x) is not modelled", blocks[i].name, name,
                     blocks[i].name, (unsigned)off);
        else
            snprintf(dst, cap, "%s + 0x%03x is not modelled", blocks[i].name, (unsigned)off);
        return addr & ~3u;
    }
    for (size_t i = 0; i < ARRAY_LEN(memories); i++)
        if (addr >= memories[i].base && addr <= memories[i].last) {
            snprintf(dst, cap, "%s", memories[i].name);
            return memories[i].base;
        }
    snprintf(dst, cap, "no memory and no peripheral there");
    return addr;
}
