/* Names of what the model does not have, for messages: which block, which register, which memory of other boards.
 * RM0433 "Memory map and register boundary addresses", and the register maps of the chapters. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "core/soc/stm32h7.h"
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

/* Units, by the beginning of their names, whose registers have names here; of the others messages give the offset. */
static const struct {
    const char *unit;
    const struct reg_name *regs;
} named[] = {
    {"FMC", fmc_regs}, {"QUADSPI", quadspi_regs}, {"SDMMC", sdmmc_regs},
    {"SPI", spi_regs}, {"I2C", i2c_regs},         {"ADC", adc_regs},
};

/* Memories that other boards have and this one lacks. */
static const struct {
    uint32_t base, last;
    const char *name;
} memories[] = {
    {SYSTEM_FLASH_REGION, SYSTEM_FLASH_REGION + 0xfffff,
     "system flash (the model has only its unique id and flash size)"},
    {0x60000000, 0x6fffffff, "external memory at the FMC (NOR, PSRAM), which this board lacks"},
    {0x70000000, 0x7fffffff, "external SDRAM at the FMC, which this board lacks (--sdram)"},
    {0x80000000, 0x8fffffff, "external NAND flash at the FMC, which this board lacks"},
    {0x90000000, 0x9fffffff, "external flash at the QUADSPI, which this board lacks"},
    {0xc0000000, 0xdfffffff, "external SDRAM at the FMC, which this board lacks (--sdram)"},
};

/* Registers of the second core's side on the dual-core parts (STM32H745, 747, 755, 757). Programs that serve both write
 * them on the single-core parts, too, where nothing answers and nothing fails: seen in ST's flash loaders. */
static const struct {
    uint32_t base, last;
    const char *name;
} second_core[] = {
    {WWDG2_BASE, WWDG2_BASE + 0x3ff, "WWDG2"},
    {IWDG2_BASE, IWDG2_BASE + 0x3ff, "IWDG2"},
    {RCC_BASE + 0x190, RCC_BASE + 0x1ff, "the RCC registers of core 2"},
};

const char *h7_second_core_name(uint32_t addr)
{
    for (size_t i = 0; i < ARRAY_LEN(second_core); i++)
        if (addr >= second_core[i].base && addr <= second_core[i].last)
            return second_core[i].name;
    return NULL;
}

static const char *reg_name(const char *unit, uint32_t off)
{
    const struct reg_name *r = NULL;
    for (size_t i = 0; i < ARRAY_LEN(named) && r == NULL; i++)
        if (strncmp(unit, named[i].unit, strlen(named[i].unit)) == 0)
            r = named[i].regs;
    for (; r != NULL && r->name != NULL; r++)
        if (r->off == off)
            return r->name;
    return NULL;
}

uint32_t h7_describe_absent(const struct soc_units *units, uint32_t addr, char *dst, size_t cap)
{
    const struct soc_unit *u = soc_unit_at(units, addr);
    if (u != NULL) {
        uint32_t off = addr - u->base;
        const char *name = reg_name(u->name, off & ~3u);
        if (name != NULL)
            snprintf(dst, cap, "%s_%s (%s + 0x%03x) is not modelled", u->name, name, u->name,
                     (unsigned)off);
        else
            snprintf(dst, cap, "%s + 0x%03x is not modelled", u->name, (unsigned)off);
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
