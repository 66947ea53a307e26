/* The registers that the board has, from its tables, and their list. */
#include <string.h>

#include "core/base/compiler.h"
#include "vboard/board/inside.h"

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
    {"CR1", 0x00c, REG_LIVE, 0x31, 0x1fef87ff},
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
    {"CRCCR1", 0x050, REG_LIVE, 0x001c0000, 0x00730707},
    {"CRCSADD1", 0x054, REG_LIVE, 0, 0x000ffffc},
    {"CRCEADD1", 0x058, REG_LIVE, 0, 0x000ffffc},
    {"CRCDATA", 0x05c, REG_LIVE, 0, 0},
    {"ECC_FA1", 0x060, REG_LIVE, 0, 0},
};
/* Of parts that share RAM between AXI SRAM and ITCM. */
static const struct written tcm_regs[] = {
    {"OPTSR2_CUR", 0x070, REG_LIVE, 0, 0},
    {"OPTSR2_PRG", 0x074, REG_LIVE, 0, 4},
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

/* ---- one after the other ---- */

struct each {
    each_register *fn;
    void *ctx;
    const struct soc *soc;
    const struct soc_units *units;
};

#define OPTCR_MER      0x10u
#define OPTSR_SWAP_OPT 0x80000000u

/* What one bank leaves of the writable bits of a FLASH register. */
static uint32_t writable_of(const struct each *e, const char *block, const struct written *w)
{
    if (e->soc->flash.banks > 1 || strcmp(block, "FLASH") != 0)
        return w->writable;
    return strcmp(w->name, "OPTCR") == 0       ? w->writable & ~OPTCR_MER
           : strcmp(w->name, "OPTSR_PRG") == 0 ? w->writable & ~OPTSR_SWAP_OPT
                                               : w->writable;
}

static void code_rows(const struct each *e, const char *block, uint32_t base,
                      const struct written *w, size_t n)
{
    for (size_t i = 0; i < n && board_has(e->soc, e->units, base); i++)
        e->fn(e->ctx, &(struct reg_line){.block = block,
                                         .base = base,
                                         .shape = w,
                                         .name = w[i].name,
                                         .off = w[i].off,
                                         .count = 1,
                                         .kind = w[i].kind,
                                         .reset = w[i].reset,
                                         .writable = writable_of(e, block, &w[i])});
}

/* IDC: its reset value names the part. */
static bool is_idcode(const struct soc_block *b, const struct soc_reg *r)
{
    return b->base == DBGMCU_BASE && r->off == 0;
}

static void table_rows(const struct each *e, const struct soc_block *b)
{
    for (unsigned i = 0; i < b->reg_count; i++) {
        const struct soc_reg *r = &b->regs[i];
        if (!board_has(e->soc, e->units, b->base + r->off))
            continue;
        e->fn(e->ctx, &(struct reg_line){.block = b->name,
                                         .base = b->base,
                                         .shape = b->regs,
                                         .name = r->name,
                                         .off = r->off,
                                         .count = r->count,
                                         .kind = r->kind,
                                         .reset = is_idcode(b, r) ? e->soc->idcode : r->reset,
                                         .writable = r->writable});
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

static void rcc_rows(const struct each *e)
{
    struct reg_line l = {.block = "RCC", .base = RCC_BASE, .shape = "RCC", .count = 1};
    for (unsigned i = 0; (l.name = h7_rcc_register(i, &l.off, &l.reset, &l.writable)) != NULL;
         i++) {
        l.kind = rcc_kind(l.off, l.writable);
        e->fn(e->ctx, &l);
    }
}

void registers_each(const struct soc *soc, each_register *fn, void *ctx)
{
    static const char ports[H7_PORTS][6] = {"GPIOA", "GPIOB", "GPIOC", "GPIOD", "GPIOE", "GPIOF",
                                            "GPIOG", "GPIOH", "GPIOI", "GPIOJ", "GPIOK"};
    const struct each e = {fn, ctx, soc, soc_units_of(soc)};
    code_rows(&e, "FLASH", FLASH_R_BASE, flash_regs, ARRAY_LEN(flash_regs));
    if (soc->flash.tcm_options)
        code_rows(&e, "FLASH", FLASH_R_BASE, tcm_regs, ARRAY_LEN(tcm_regs));
    rcc_rows(&e);
    code_rows(&e, "PWR", PWR_BASE, pwr_regs, ARRAY_LEN(pwr_regs));
    code_rows(&e, "IWDG1", IWDG1_BASE, iwdg_regs, ARRAY_LEN(iwdg_regs));
    for (unsigned unit = 1; unit <= USART_UNITS; unit++)
        code_rows(&e, h7_usart_place(unit)->name, h7_usart_place(unit)->base, usart_regs,
                  ARRAY_LEN(usart_regs));
    for (unsigned i = 0; i < H7_PORTS; i++)
        code_rows(&e, ports[i], GPIOA_BASE + 0x400u * i, gpio_regs, ARRAY_LEN(gpio_regs));
    for (unsigned i = 0; soc_block(i) != NULL; i++)
        table_rows(&e, soc_block(i));
}

/* ---- the name of one, for messages ---- */

struct wanted {
    uint32_t addr;
    char *dst;
    size_t cap;
};

static void name_if_wanted(void *ctx, const struct reg_line *l)
{
    const struct wanted *w = ctx;
    uint32_t off = w->addr - l->base - l->off;
    if (off >= 4 * l->count)
        return;
    snprintf(w->dst, w->cap, off == 0 ? "%s_%s" : "%s_%s+%u", l->block, l->name,
             (unsigned)(off / 4));
}

/* Bank 2 has the registers of bank 1, 0x100 further on, under names that end in 2. */
static void rename_to_bank_2(char *name)
{
    char *last = name + strlen(name) - 1;
    if (*last == '1')
        *last = '2';
}

bool board_register_name(const struct soc *soc, uint32_t addr, char *dst, size_t cap)
{
    bool bank_2 = soc->flash.banks > 1 && addr - FLASH_R_BASE - FLASH_R_BANK < FLASH_R_BANK;
    struct wanted w = {(addr & ~3u) - (bank_2 ? 0x100 : 0), dst, cap};
    dst[0] = '\0';
    registers_each(soc, name_if_wanted, &w);
    if (bank_2 && dst[0] != '\0')
        rename_to_bank_2(dst);
    return dst[0] != '\0';
}

/* ---- the list ---- */

static void print_line(void *ctx, const struct reg_line *l)
{
    static const char *const kinds[] = {
        [REG_LIVE] = "modelled", [REG_HOLD] = "holds its value", [REG_CONST] = "reads as reset"};
    char name[24];
    for (unsigned k = 0; k < l->count; k++) {
        snprintf(name, sizeof name, k == 0 ? "%s" : "%s+%u", l->name, k);
        fprintf(ctx, "%-8s %-12s 0x%08x  0x%08x  0x%08x  %s\n", l->block, name,
                (unsigned)(l->base + l->off + 4 * k), (unsigned)l->reset, (unsigned)l->writable,
                kinds[l->kind]);
    }
}

void vboard_registers(FILE *f, const char *board)
{
    const struct soc *soc = vboard_board_soc(board);
    if (soc == NULL)
        return;
    fprintf(f, "%-8s %-12s %-10s  %-10s  %-10s  %s\n", "BLOCK", "REGISTER", "ADDRESS", "RESET",
            "WRITABLE", "HOW");
    registers_each(soc, print_line, f);
    if (soc->flash.banks > 1)
        fprintf(f, "FLASH registers of bank 2 and shared ones answer at +0x100; ");
    fprintf(f, "RCC 0xD0..0x11C also at "
               "+0x60.\nAll other registers are absent: --unmodelled decides.\n");
}
