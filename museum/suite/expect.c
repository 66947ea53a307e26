/* expect.c - the museum's catalogue: for each bug its sources, and how it must show itself on the model. */
#include "museum/suite/expect.h"

#include <string.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "vboard/soc/h7/flash/flash.h"

#define SR1           0x52002010u
#define SR2           0x52002110u
#define CR1           0x5200200cu
#define CR2           0x5200210cu
#define OPTKEYR_AGAIN 0x52002108u
#define OPTCR         0x52002018u
#define OPTSR_CUR     0x5200201cu
#define DCIMVAC       0xe000ef5cu

#define SIZE         0u /* fields of SYMPTOM_GEOMETRY */
#define ERASE_SECTOR 1u
#define WRITE_WORD   2u

/* The values of this chip's flags. */
#define PGSERR     0x00040000u
#define EOP_PGSERR 0x00050000u
#define DBECCERR   0x04000000u
#define SNECCERR   0x02000000u
#define QW_BSY     0x00000005u

#define GEOMETRY(field, value)                        \
    {                                                 \
        SYMPTOM_GEOMETRY, "geometry", field, value, 0 \
    }
#define FLAG(check, sr, value)            \
    {                                     \
        SYMPTOM_FLAG, check, sr, value, 0 \
    }
#define LEFT(check, reg, value)                \
    {                                          \
        SYMPTOM_REGISTER, check, reg, value, 0 \
    }
#define RESULT(check, value)                             \
    {                                                    \
        SYMPTOM_RESULT, check, ANY, (uint32_t)(value), 0 \
    }
#define STARTS(check, at, kind)               \
    {                                         \
        SYMPTOM_OPERATION, check, at, kind, 0 \
    }
#define CELL(check, at, value)            \
    {                                     \
        SYMPTOM_CELL, check, at, value, 0 \
    }
#define UNREADABLE(check, at)                 \
    {                                         \
        SYMPTOM_UNREADABLE, check, at, ANY, 0 \
    }
#define LINT(check, rule_, at)              \
    {                                       \
        SYMPTOM_LINT, check, at, ANY, rule_ \
    }
#define FAULT(check, at)                 \
    {                                    \
        SYMPTOM_FAULT, check, at, ANY, 0 \
    }
#define SECTOR_ERASE H7_OP_SECTOR_ERASE
#define BANK_ERASE   H7_OP_BANK_ERASE

#define STORE(check, at, pg)            \
    {                                   \
        SYMPTOM_STORE, check, at, pg, 0 \
    }

/* Data for bank 2 while PG is set in CR1: exactly the field report's value, and the word stays blank. */
#define PG_IN_CR1                                                                     \
    STORE("program_sectors", 0x08100000, 1), CELL("program_sectors", 0x100000, 0xff), \
        FLAG(NULL, SR2, PGSERR), STORE(NULL, ANY, 1), LINT(NULL, "M1", ANY), RESULT(NULL, ERR_IO)
/* An erase of sector n of bank 2 that erases sector n of bank 1: no flag, success. */
#define ERASED_IN_BANK_1                                                                         \
    CELL("erase_then_program", 0x000000, 0xff), STARTS("erase_sectors", 0x000000, SECTOR_ERASE), \
        CELL("erase_sectors", 0x100000, 0x69)
/* What follows from that in other checks. */
#define AND_SO_ON STARTS(NULL, ANY, SECTOR_ERASE), CELL(NULL, ANY, ANY), UNREADABLE(NULL, ANY)
/* Every program fails at its first word, in bank 1 as well. */
#define ALL_DROPPED                                                                         \
    FLAG("program_sectors", SR1, PGSERR), FLAG(NULL, SR1, PGSERR), FLAG(NULL, SR2, PGSERR), \
        RESULT(NULL, ERR_IO), CELL("program_sectors", 0x000000, 0xff), CELL(NULL, ANY, 0xff)

const struct exhibit museum_exhibits[] = {
    {"BANK_SPLIT_2M",
     1,
     "zephyr #97593, #90254; the field report",
     2,
     {FLAG("program_sectors", SR2, PGSERR), ERASED_IN_BANK_1, GEOMETRY(SIZE, 0x400000), PG_IN_CR1,
      STARTS("no_erase_outside", 0x100000, SECTOR_ERASE), RESULT("no_erase_outside", ERR_OK),
      AND_SO_ON},
     0},
    {"BANK_MASK_25",
     2,
     "wolfBoot #109, #112",
     2,
     {FLAG("program_sectors", SR2, PGSERR), ERASED_IN_BANK_1, PG_IN_CR1, AND_SO_ON},
     0},
    {"B2_ERASE_UNDERFLOW",
     3,
     "wolfBoot F-5129",
     3,
     {LINT("erase_sectors", "M11", CR2), LEFT("erase_sectors", SR2, QW_BSY),
      CELL("write_protection", 0x100000, 0xff), LINT("error_in_erase", "M7", CR2),
      LINT(NULL, "M11", CR2), LEFT(NULL, SR2, QW_BSY), STARTS(NULL, 0x100000, SECTOR_ERASE),
      CELL(NULL, ANY, ANY), RESULT(NULL, ERR_OK)},
     0},
    {"NO_DSB_BEFORE",
     4,
     "embassy #1014; stm32h7xx-hal #382, #383",
     2,
     {LINT("program_sectors", "M12", 0x08000000), ALL_DROPPED, LINT(NULL, "M12", ANY)},
     0},
    {"NO_DSB_AFTER",
     5,
     "embassy #2539",
     2,
     {LINT("program_sectors", "M1", 0x08000000), ALL_DROPPED, LINT(NULL, "M1", ANY)},
     0},
    {"CLEAR_VIA_SR",
     6,
     "wolfBoot, stlink, embassy, stm32h7xx-hal",
     2,
     {LINT("start", "M9", SR1), LEFT("write_protection", SR1, H7_SR_WRPERR), LINT(NULL, "M9", SR1),
      LEFT("error_in_erase", SR1, H7_SR_OPERR), LEFT("strberr_alone", SR1, H7_SR_STRBERR),
      LEFT("two_errors_at_once", SR1, H7_SR_STRBERR | H7_SR_WRPERR), LEFT(NULL, SR1, DBECCERR)},
     0},
    {"NO_PG",
     7,
     "openocd forks #42, #43",
     2,
     {STORE("program_sectors", 0x08000000, 0), ALL_DROPPED, STORE(NULL, ANY, 0),
      LINT(NULL, "M1", ANY)},
     0},
    {"NO_PRECLEAR",
     8,
     "katapult #78, #187; mbed-os #8263",
     2,
     {RESULT("left_over_flags", ERR_IO), LEFT("unreadable_words", SR1, DBECCERR),
      LEFT("corrected_words", SR1, SNECCERR), LEFT("virgin", SR1, SNECCERR)},
     0},
    {"SIZE_SHADOW",
     9,
     "stlink #1146, #1342",
     2,
     {FLAG("erase_then_program", SR2, EOP_PGSERR), PG_IN_CR1, FLAG(NULL, SR2, EOP_PGSERR),
      CELL(NULL, ANY, 0xff), RESULT("beside_error", ERR_OK)},
     0},
    {"OPT_DOUBLE_KEY",
     10,
     "stlink 42b3a10",
     2,
     {LINT("option_change", "M10", OPTKEYR_AGAIN), FAULT("option_change", OPTKEYR_AGAIN),
      LINT(NULL, "M10", OPTKEYR_AGAIN), FAULT(NULL, OPTKEYR_AGAIN), LEFT(NULL, OPTSR_CUR, ANY)},
     0},
    {"OPT_WRITE_CUR",
     10,
     "stlink 5e958dd",
     2,
     {LINT("option_change", "M10", OPTSR_CUR), LEFT("option_change", OPTSR_CUR, 0x0406aaf0),
      LINT(NULL, "M10", OPTSR_CUR), LEFT(NULL, OPTSR_CUR, ANY)},
     0},
    {"OPT_IN_OPTCR",
     10,
     "zephyr flash_stm32h7x.c write_optb",
     2,
     {LINT("option_change", "M20", OPTCR), LEFT("option_change", OPTSR_CUR, 0x0406aaf0),
      LINT(NULL, "M20", OPTCR), LEFT(NULL, OPTSR_CUR, ANY)},
     0},
    {"ERASE_OTHER_BANK",
     11,
     "mbed-os #10691, #10697",
     2,
     {STARTS("erase_sectors", 0x100000, BANK_ERASE), CELL("erase_sectors", 0x1e0000, 0xff),
      STARTS(NULL, 0x100000, BANK_ERASE), CELL(NULL, ANY, 0xff)},
     0},
    {"IDX_NOT_RESTARTED",
     12,
     "micropython 7ecff515",
     2,
     {STARTS("erase_over_border", 0x000000, SECTOR_ERASE),
      CELL("erase_over_border", 0x100000, 0x69), CELL("erase_over_border", 0x000000, 0xff),
      STARTS(NULL, 0x000000, SECTOR_ERASE), CELL("erase_ranges", 0x100000, 0x69),
      CELL(NULL, ANY, ANY)},
     0},
    {"BANK2_COMPILED_OUT",
     12,
     "micropython a0dae1dd",
     2,
     {FLAG("program_sectors", SR2, PGSERR), LINT("erase_sectors", "M11", CR1), ERASED_IN_BANK_1,
      PG_IN_CR1, LINT(NULL, "M11", CR1), AND_SO_ON},
     0},
    {"TAIL_TRUNC",
     12,
     "micropython d3fe0a06; RT-Thread #4405",
     2,
     {CELL("program_alignments", 0x000000, 0xff), GEOMETRY(WRITE_WORD, 4)},
     0},
    {"ERASE_UNALIGNED",
     12,
     "zephyr flash_stm32h7x.c",
     2,
     {CELL("erase_alignments", 0x000000, 0xff), GEOMETRY(ERASE_SECTOR, 32),
      STARTS("erase_alignments", 0x000000, SECTOR_ERASE), RESULT("erase_alignments", ERR_OK)},
     0},
    {"MIN_WRITE_1",
     12,
     "mynewt #2985, #3035",
     2,
     {CELL("program_alignments", 0x000001, 0x37), GEOMETRY(WRITE_WORD, 1),
      STARTS("program_alignments", 0x000000, H7_OP_PROGRAM)},
     0},
    {"REWRITE_WORD",
     13,
     "wolfBoot #87, #89; zephyr #45568, #51048",
     2,
     {LINT("program_once", "M5", 0x08001020), UNREADABLE("program_once", 0x001020),
      FLAG("program_once", SR1, DBECCERR), CELL("program_once", 0x001021, 0x06),
      RESULT("program_once", ERR_IO), LINT("torn_word_to_program", "M5", 0x08000080),
      RESULT("torn_word_to_program", ERR_IO), CELL("torn_word_to_program", 0x000080, 0x00)},
     0},
    {"NO_SPEC_GUARD",
     14,
     "zephyr #60449, #60765; hubris #1905",
     1,
     {RESULT("speculation", ERR_IO)},
     0},
    {"RAW_BLANK_CHECK",
     15,
     "zephyr #33140; PX4 #27642; ArduPilot #22090",
     2,
     {FAULT("torn_word_to_program", 0x08000080), FAULT("cut_in_erase", 0x08000000),
      FAULT("unreadable_words", 0x08000040), FAULT("cut_in_program", 0x080fffa0),
      LEFT(NULL, SR1, DBECCERR), LEFT(NULL, CR1, 0x30), CELL("cut_in_program", ANY, ANY),
      CELL("cut_in_erase", ANY, ANY), UNREADABLE(NULL, ANY), FAULT("beside_cut", 0x08140000),
      LEFT("beside_cut", CR2, 0x30), LEFT("beside_cut", SR2, DBECCERR),
      CELL("beside_cut", ANY, ANY), CELL("virgin", 0x000000, ANY)},
     0},
    {"NO_DCACHE_INV",
     16,
     "zephyr #99024, #44715; nuttx #7258",
     2,
     {{SYMPTOM_DATA, "no_stale_data", 0x000000, 0x42, 0},
      LINT("no_stale_data", "M14", 0x08000000),
      RESULT("program_over_borders", ERR_NOT_BLANK),
      LINT(NULL, "M14", ANY),
      RESULT(NULL, ERR_NOT_BLANK),
      CELL(NULL, ANY, 0xff),
      {SYMPTOM_DATA, "beside_cut", ANY, ANY, 0}},
     SETUPS_CACHED},
    {"INV_WHILE_OFF",
     16,
     "zephyr #44715; nuttx 4c71075e",
     1,
     {LINT("program_sectors", "M14", DCIMVAC), LINT(NULL, "M14", DCIMVAC)},
     SETUPS_UNCACHED},
    {"SWAP_FLIPS_BLOCK",
     17,
     "ST Community (two reports); micropython",
     2,
     {FLAG("program_sectors", SR1, PGSERR), CELL("erase_sectors", 0x100000, 0xff),
      STORE("program_sectors", 0x08000000, 2), STARTS("erase_sectors", 0x100000, SECTOR_ERASE),
      STORE(NULL, ANY, 2), STORE(NULL, ANY, 1), FLAG(NULL, SR1, PGSERR), FLAG(NULL, SR2, PGSERR),
      LINT(NULL, "M1", ANY), RESULT(NULL, ERR_IO), LEFT(NULL, CR2, 0x34), LEFT(NULL, SR2, QW_BSY),
      AND_SO_ON},
     SETUPS_SWAPPED},
    {"BSY_ONLY",
     18,
     "ChromiumOS EC; stm32h7xx-hal",
     2,
     {LEFT("erase_sectors", SR1, QW_BSY), LINT("erase_ranges", "M7", CR1), LEFT(NULL, SR1, QW_BSY),
      LEFT(NULL, SR2, QW_BSY), RESULT("never_finishes", ERR_OK),
      RESULT("two_errors_at_once", ERR_OK), LINT(NULL, "M7", CR2), RESULT(NULL, ERR_OK),
      CELL(NULL, ANY, ANY), UNREADABLE("beside_cut", 0x140000)},
     0},
    {"STATUS_BEFORE_WAIT",
     18,
     "zephyr #91761",
     2,
     {RESULT("error_in_erase", ERR_OK), CELL("error_in_erase", 0x100000, 0xff),
      CELL("error_in_erase", 0x120000, 0xff), RESULT("two_errors_at_once", ERR_OK)},
     0},
    {"LEAK_LOCK",
     18,
     "nuttx 8659a31c, 1ca95224; zephyr #91761",
     2,
     {LEFT("error_in_word", CR1, 0x32), LEFT("error_in_erase", CR1, 0x734),
      LEFT("two_errors_at_once", CR1, 0x734), LEFT("write_protection", CR1, 0x32),
      LEFT("beside_error", CR2, 0x134)},
     0},
    {"STRB_MASKS_ALL", 19, "zephyr #76740", 1, {RESULT("two_errors_at_once", ERR_OK)}, 0},
    {"ALL_ERRORS_FATAL",
     19,
     "zephyr #114005; ArduPilot #30013",
     2,
     {RESULT("strberr_alone", ERR_IO), RESULT("speculation", ERR_IO),
      CELL("strberr_alone", 0x001020, 0xff)},
     0},
    {0},
};

/* ---- parts with one bank ---- */

bool exhibit_applies(const struct exhibit *e, const struct soc *soc)
{
    static const char *const need_two_banks[] = {
        "BANK_SPLIT_2M",    "BANK_MASK_25",     "B2_ERASE_UNDERFLOW", "SIZE_SHADOW",
        "OPT_DOUBLE_KEY",   "ERASE_OTHER_BANK", "IDX_NOT_RESTARTED",  "BANK2_COMPILED_OUT",
        "SWAP_FLIPS_BLOCK", "STRB_MASKS_ALL"};
    for (size_t i = 0; soc->flash.banks == 1 && i < ARRAY_LEN(need_two_banks); i++)
        if (strcmp(e->name, need_two_banks[i]) == 0)
            return false;
    return true;
}

bool expected_applies(const struct expected *row, const struct soc *soc)
{
    return soc->flash.banks == 2 || row->check == NULL ||
           strncmp(row->check, "beside_", strlen("beside_")) != 0;
}

#define MIDDLE_OF_753 0x100000u
#define SNB           0x700u

/* The suite goes by the middle of the flash, and the sectors around it. */
static uint32_t place_on(uint32_t off, const struct soc_flash *part)
{
    return off != ANY && off >= MIDDLE_OF_753 - 2 * part->sector && off < 2 * MIDDLE_OF_753
               ? off - MIDDLE_OF_753 + part->size / 2
               : off;
}

struct expected expected_on(const struct expected *row, const struct soc *soc)
{
    struct expected e = *row;
    if (soc->flash.banks == 2)
        return e;
    if (e.where == SR2 || e.where == CR2)
        e.where -= SR2 - SR1;
    else if (e.where - soc->flash.base < 2 * MIDDLE_OF_753)
        e.where = soc->flash.base + place_on(e.where - soc->flash.base, &soc->flash);
    else
        e.where = place_on(e.where, &soc->flash);
    if (e.symptom == SYMPTOM_REGISTER && e.where == CR1 &&
        (e.have & SNB) == SNB) /* the sector before the middle */
        e.have = (e.have & ~SNB) | (soc->flash.size / 2 / soc->flash.sector - 1) << 8;
    return e;
}
