/* The list of registers that the board has, printed from its tables. */
#include "base/compiler.h"
#include "vboard/inside.h"

static const char *const kinds[] = {
    [REG_LIVE] = "modelled", [REG_HOLD] = "holds its value", [REG_CONST] = "reads as reset"};

static void row(FILE *f, const char *block, const char *name, uint32_t addr, uint32_t reset,
                uint32_t writable, unsigned kind)
{
    fprintf(f, "%-8s %-12s 0x%08x  0x%08x  0x%08x  %s\n", block, name, (unsigned)addr,
            (unsigned)reset, (unsigned)writable, kinds[kind]);
}

/* Blocks whose registers are code: FLASH, USART, GPIO, PWR, IWDG. */
struct written {
    const char *name;
    uint16_t off;
    uint8_t kind;
    uint32_t reset, writable;
};

static const struct written flash_regs[] = {
    {"ACR", 0x000, REG_LIVE, 0x37, 0x3f},
    {"KEYR1", 0x004, REG_LIVE, 0, 0xffffffff},
    {"OPTKEYR", 0x008, REG_LIVE, 0, 0xffffffff},
    {"CR1", 0x00c, REG_LIVE, 0x31, 0x1fef07ff},
    {"SR1", 0x010, REG_LIVE, 0, 0},
    {"CCR1", 0x014, REG_LIVE, 0, 0x1fef0000},
    {"OPTCR", 0x018, REG_LIVE, 1, 0x13},
    {"OPTSR_CUR", 0x01c, REG_LIVE, 0x0406aaf0, 0},
    {"OPTSR_PRG", 0x020, REG_LIVE, 0x0406aaf0, 0xae3effdc},
    {"OPTCCR", 0x024, REG_LIVE, 0, 1u << 30},
    {"PRAR_CUR1", 0x028, REG_LIVE, 0xff, 0},
    {"PRAR_PRG1", 0x02c, REG_LIVE, 0xff, 0x8fff0fff},
    {"SCAR_CUR1", 0x030, REG_LIVE, 0xff, 0},
    {"SCAR_PRG1", 0x034, REG_LIVE, 0xff, 0x8fff0fff},
    {"WPSN_CUR1", 0x038, REG_LIVE, 0xff, 0},
    {"WPSN_PRG1", 0x03c, REG_LIVE, 0xff, 0xff},
    {"BOOT_CUR", 0x040, REG_LIVE, 0x1ff00800, 0},
    {"BOOT_PRG", 0x044, REG_LIVE, 0x1ff00800, 0xffffffff},
    {"CRCCR1", 0x050, REG_CONST, 0x001c0000, 0},
    {"CRCSADD1", 0x054, REG_CONST, 0, 0},
    {"CRCEADD1", 0x058, REG_CONST, 0, 0},
    {"CRCDATA", 0x05c, REG_CONST, 0, 0},
    {"ECC_FA1", 0x060, REG_LIVE, 0, 0},
};
static const struct written usart_regs[] = {
    {"CR1", 0x00, REG_LIVE, 0, 0xf400d7fd}, {"CR2", 0x04, REG_LIVE, 0, 0xff803000},
    {"CR3", 0x08, REG_LIVE, 0, 0xfe8038c1}, {"BRR", 0x0c, REG_LIVE, 0, 0xffff},
    {"GTPR", 0x10, REG_HOLD, 0, 0xffff},    {"RTOR", 0x14, REG_LIVE, 0, 0xffffffff},
    {"RQR", 0x18, REG_LIVE, 0, 0x18},       {"ISR", 0x1c, REG_LIVE, 0xc0, 0},
    {"ICR", 0x20, REG_LIVE, 0, 0x2085f},    {"RDR", 0x24, REG_LIVE, 0, 0},
    {"TDR", 0x28, REG_LIVE, 0, 0xff},       {"PRESC", 0x2c, REG_LIVE, 0, 0xf},
};
static const struct written gpio_regs[] = {
    {"MODER", 0x00, REG_LIVE, 0xffffffff, 0xffffffff},
    {"OTYPER", 0x04, REG_HOLD, 0, 0xffff},
    {"OSPEEDR", 0x08, REG_HOLD, 0, 0xffffffff},
    {"PUPDR", 0x0c, REG_LIVE, 0, 0xffffffff},
    {"IDR", 0x10, REG_LIVE, 0, 0},
    {"ODR", 0x14, REG_LIVE, 0, 0xffff},
    {"BSRR", 0x18, REG_LIVE, 0, 0xffffffff},
    {"LCKR", 0x1c, REG_HOLD, 0, 0xffffffff},
    {"AFRL", 0x20, REG_LIVE, 0, 0xffffffff},
    {"AFRH", 0x24, REG_LIVE, 0, 0xffffffff},
};
static const struct written pwr_regs[] = {
    {"CR1", 0x00, REG_LIVE, 0xf000c000, 0xffffffff},
    {"CSR1", 0x04, REG_LIVE, 0x6000, 0},
    {"CR2", 0x08, REG_HOLD, 0, 0x11},
    {"CR3", 0x0c, REG_LIVE, 0x6, 0x0307030f},
    {"CPUCR", 0x10, REG_HOLD, 0, 0x80f},
    {"D3CR", 0x18, REG_LIVE, 0x6000, 0xc000},
};
static const struct written iwdg_regs[] = {
    {"KR", 0x00, REG_LIVE, 0, 0xffff},      {"PR", 0x04, REG_LIVE, 0, 7},
    {"RLR", 0x08, REG_LIVE, 0xfff, 0xfff},  {"SR", 0x0c, REG_LIVE, 0, 0},
    {"WINR", 0x10, REG_LIVE, 0xfff, 0xfff},
};

static void rows(FILE *f, const char *block, uint32_t base, const struct written *w, size_t n)
{
    for (size_t i = 0; i < n; i++)
        row(f, block, w[i].name, base + w[i].off, w[i].reset, w[i].writable, w[i].kind);
}

static void table_rows(FILE *f, const struct soc_block *b)
{
    char name[24];
    for (unsigned i = 0; i < b->reg_count; i++)
        for (unsigned k = 0; k < b->regs[i].count; k++) {
            const struct soc_reg *r = &b->regs[i];
            snprintf(name, sizeof name, k == 0 ? "%s" : "%s+%u", r->name, k);
            row(f, b->name, name, b->base + r->off + 4 * k, r->reset, r->writable, r->kind);
        }
}

/* Of RCC: calibration, interrupt enables, kernel clocks of absent blocks, clocks in sleep. */
static unsigned rcc_kind(uint32_t off, uint32_t writable)
{
    static const uint8_t held[] = {0x04, 0x0c, 0x4c, 0x50, 0x60, 0xa0, 0xa8};
    for (size_t i = 0; i < ARRAY_LEN(held); i++)
        if (off == held[i])
            return REG_HOLD;
    if (off >= 0xfc)
        return REG_HOLD;
    return writable == 0 && off != RCC_RSR ? REG_CONST : REG_LIVE;
}

static void rcc_rows(FILE *f)
{
    uint32_t off, reset, writable;
    const char *name;
    for (unsigned i = 0; (name = h7_rcc_register(i, &off, &reset, &writable)) != NULL; i++)
        row(f, "RCC", name, 0x58024400 + off, reset, writable, rcc_kind(off, writable));
}

void vboard_registers(FILE *f)
{
    char port[] = "GPIOA";
    fprintf(f, "%-8s %-12s %-10s  %-10s  %-10s  %s\n", "BLOCK", "REGISTER", "ADDRESS", "RESET",
            "WRITABLE", "HOW");
    rows(f, "FLASH", H7_FLASH_REGS, flash_regs, ARRAY_LEN(flash_regs));
    rcc_rows(f);
    rows(f, "PWR", 0x58024800, pwr_regs, ARRAY_LEN(pwr_regs));
    rows(f, "IWDG1", 0x58004800, iwdg_regs, ARRAY_LEN(iwdg_regs));
    for (unsigned unit = 1; unit <= USART_UNITS; unit++)
        rows(f, h7_usart_place(unit)->name, h7_usart_place(unit)->base, usart_regs,
             ARRAY_LEN(usart_regs));
    for (; port[4] < 'A' + H7_PORTS; port[4]++)
        rows(f, port, 0x58020000 + 0x400u * (unsigned)(port[4] - 'A'), gpio_regs,
             ARRAY_LEN(gpio_regs));
    for (unsigned i = 0; soc_block(i) != NULL; i++)
        table_rows(f, soc_block(i));
    fprintf(f,
            "FLASH registers of bank 2 and shared ones answer at +0x100; RCC 0xD0..0x11C also at "
            "+0x60.\nAll other registers are absent: --unmodelled decides.\n");
}
