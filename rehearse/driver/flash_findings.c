/* flash_findings.c - findings in words. */
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "rehearse/driver/flash_conformance.h"
#include "vboard/soc/h7/flash/flash.h"

struct name {
    uint32_t value;
    const char *text;
};

static const struct name sr_bits[] = {
    {H7_SR_BSY, "BSY"},
    {H7_SR_WBNE, "WBNE"},
    {H7_SR_QW, "QW"},
    {H7_SR_EOP, "EOP"},
    {H7_SR_WRPERR, "WRPERR"},
    {H7_SR_PGSERR, "PGSERR"},
    {H7_SR_STRBERR, "STRBERR"},
    {H7_SR_INCERR, "INCERR"},
    {H7_SR_OPERR, "OPERR"},
    {H7_SR_RDPERR, "RDPERR"},
    {H7_SR_RDSERR, "RDSERR"},
    {H7_SR_SNECCERR, "SNECCERR"},
    {H7_SR_DBECCERR, "DBECCERR"},
    {0, NULL},
};

static const struct name cr_bits[] = {
    {H7_CR_LOCK, "LOCK"}, {H7_CR_PG, "PG"},       {H7_CR_SER, "SER"},
    {H7_CR_BER, "BER"},   {H7_CR_START, "START"}, {0, NULL},
};

static const struct {
    uint32_t addr;
    const char *name;
    const struct name *bits;
} registers[] = {
    {FLASH_R_BASE + 0x04, "KEYR1", NULL},
    {FLASH_R_BASE + FLASH_R_BANK + 0x04, "KEYR2", NULL},
    {FLASH_R_BASE + 0x0c, "CR1", cr_bits},
    {FLASH_R_BASE + FLASH_R_BANK + 0x0c, "CR2", cr_bits},
    {FLASH_R_BASE + 0x10, "SR1", sr_bits},
    {FLASH_R_BASE + FLASH_R_BANK + 0x10, "SR2", sr_bits},
    {FLASH_R_BASE + 0x14, "CCR1", sr_bits},
    {FLASH_R_BASE + FLASH_R_BANK + 0x14, "CCR2", sr_bits},
    {FLASH_R_BASE + 0x08, "OPTKEYR", NULL},
    {FLASH_R_BASE + FLASH_R_BANK + 0x08, "OPTKEYR at 0x108", NULL},
    {FLASH_R_BASE + 0x18, "OPTCR", NULL},
    {FLASH_R_BASE + 0x1c, "OPTSR_CUR", NULL},
    {FLASH_R_BASE + 0x20, "OPTSR_PRG", NULL},
    {FLASH_R_BASE + 0x24, "OPTCCR", NULL},
    {0xe000ed14, "SCB_CCR", NULL},
    {0xe000ed80, "CCSIDR", NULL},
    {0xe000ed84, "CSSELR", NULL},
    {0xe000ef5c, "DCIMVAC", NULL},
    {0xe000ef70, "DCCIMVAC", NULL},
};

static const struct name *bits_of(uint32_t addr)
{
    for (unsigned i = 0; i < ARRAY_LEN(registers); i++)
        if (registers[i].addr == addr)
            return registers[i].bits;
    return NULL;
}

/* "SR2", or the address. */
static const char *register_text(uint32_t addr, char *text, size_t cap)
{
    for (unsigned i = 0; i < ARRAY_LEN(registers); i++)
        if (registers[i].addr == addr)
            return registers[i].name;
    snprintf(text, cap, "0x%08x", (unsigned)addr);
    return text;
}

static void add_bits(char *text, size_t cap, uint32_t addr, uint32_t value)
{
    for (const struct name *b = bits_of(addr); b != NULL && b->text != NULL; b++) {
        size_t at = strlen(text);
        if ((value & b->value) == b->value)
            snprintf(text + at, cap - at, " %s", b->text);
    }
}

const char *conformance_access_text(const struct conformance_access *a, char *text)
{
    char address[16];
    snprintf(text, CONFORMANCE_TEXT, "%s",
             a->kind == ACCESS_BARRIER ? "DSB"
             : a->flash                ? "flash"
                                       : register_text(a->address, address, sizeof address));
    return text;
}

/* A driver clears all flags in one write: their names would hide the other accesses. */
const char *conformance_access_bits(const struct conformance_access *a, char *text)
{
    const struct name *bits = bits_of(a->address);
    text[0] = '\0';
    if (a->flash || !a->has_value || bits == NULL)
        return text;
    if (bits == sr_bits && (a->value & H7_SR_CLEARABLE) == H7_SR_CLEARABLE) {
        snprintf(text, CONFORMANCE_TEXT, "all flags");
        return text;
    }
    add_bits(text, CONFORMANCE_TEXT, a->address, a->value);
    size_t at = strlen(text);
    if (bits == cr_bits && (a->value & H7_CR_SER) != 0)
        snprintf(text + at, CONFORMANCE_TEXT - at, " SNB=%u",
                 (unsigned)(a->value & H7_CR_SNB) / (H7_CR_SNB & -H7_CR_SNB));
    memmove(text, text + (text[0] == ' '), strlen(text) + (text[0] != ' '));
    return text;
}

static const char *result_text(uint32_t value)
{
    if (value == CONFORMANCE_ANY_ERROR)
        return "an error";
    return value == 0 ? "success" : err_text((enum err)(int32_t)value);
}

static const char *kind_text(uint32_t kind)
{
    static const char *const names[] = {"nothing", "a program", "a sector erase", "a bank erase",
                                        "a change of option bytes"};
    return kind < ARRAY_LEN(names) ? names[kind] : "?";
}

const char *conformance_symptom_text(const struct conformance_finding *f, char *text)
{
    static const char *const fields[] = {"size", "sector", "word", "erased"};
    const size_t cap = CONFORMANCE_TEXT;
    char name[16];
    const char *reg = register_text(f->where, name, sizeof name);
    unsigned where = f->where, want = f->want, have = f->have;
    text[0] = '\0';
    switch (f->symptom) {
    case SYMPTOM_NONE:
        break;
    case SYMPTOM_GEOMETRY:
        snprintf(text, cap, "%s=%u, is %u", fields[where & 3], have, want);
        break;
    case SYMPTOM_RESULT:
        snprintf(text, cap, "returned %s (%d), not %s", result_text(have), (int)have,
                 result_text(want));
        break;
    case SYMPTOM_STORE:
        snprintf(text, cap, "data for 0x%08x with CR1.PG=%u CR2.PG=%u", where, have & 1, have >> 1);
        break;
    case SYMPTOM_FLAG:
        snprintf(text, cap, "%s=0x%08x", reg, have);
        add_bits(text, cap, where, have);
        break;
    case SYMPTOM_REGISTER:
        snprintf(text, cap, "left %s=0x%08x", reg, have);
        add_bits(text, cap, where, have);
        break;
    case SYMPTOM_OPERATION:
        snprintf(text, cap, "started %s at 0x%06x", kind_text(have), where);
        break;
    case SYMPTOM_CELL:
        snprintf(text, cap, "cell 0x%06x=0x%02x, not 0x%02x", where, have, want);
        break;
    case SYMPTOM_UNREADABLE:
        snprintf(text, cap, "word 0x%06x unreadable", where);
        break;
    case SYMPTOM_DATA:
        snprintf(text, cap, "read 0x%02x at 0x%06x, not 0x%02x", have, where, want);
        break;
    case SYMPTOM_LINT:
        snprintf(text, cap, "lint %s at %s", f->rule, reg);
        break;
    case SYMPTOM_FAULT:
        snprintf(text, cap, "bus fault at %s", reg);
        break;
    case SYMPTOM_HANG:
        snprintf(text, cap, "hangs polling %s=0x%08x", reg, have);
        break;
    }
    return text;
}

const char *conformance_setup_text(enum conformance_setup setup)
{
    static const char *const names[SETUP_COUNT] = {"normal", "swapped", "cached", "swapped+cached"};
    return setup < SETUP_COUNT ? names[setup] : "?";
}

const char *conformance_outcome_text(enum conformance_outcome outcome)
{
    static const char *const names[OUTCOME_COUNT] = {"left out", "passed", "found"};
    return outcome < OUTCOME_COUNT ? names[outcome] : "?";
}

const char *conformance_text(const struct conformance_finding *f, char *text)
{
    char symptom[CONFORMANCE_TEXT];
    char setups[64] = "";
    for (unsigned w = 0; w < SETUP_COUNT; w++) {
        size_t at = strlen(setups);
        if ((f->setups >> w & 1) != 0 && f->setups != SETUPS_ALL)
            snprintf(setups + at, sizeof setups - at, "%s%s", at == 0 ? " [" : ", ",
                     conformance_setup_text((enum conformance_setup)w));
    }
    snprintf(text, CONFORMANCE_TEXT, "%s: %s 0x%06x+0x%x: %s%s%s", f->check, f->action,
             (unsigned)f->off, (unsigned)f->len, conformance_symptom_text(f, symptom), setups,
             setups[0] != '\0' ? "]" : "");
    return text;
}
