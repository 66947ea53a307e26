/* soc.h - the facts about a part: memories, identification, limits. Each part has one const struct soc; driver, startup
 * code, linker script, layout reader, rehearsals and virtual board read it, and `make check` refuses its numbers
 * anywhere else. Register offsets and sequences, which all parts share, are in the family's code; the addresses of the
 * register blocks are in core/soc/stm32h7.h. */
#ifndef CORE_SOC_SOC_H
#define CORE_SOC_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct soc_region {
    uint32_t base, size; /* bus address, bytes; size 0: the part has no such memory */
};

/* Banks of equal size, one after the other. Their register blocks are at FLASH_R_BASE and FLASH_R_BANK. */
struct soc_flash {
    uint32_t base;      /* bus address of bank 1 */
    uint32_t size;      /* bytes, all banks */
    unsigned banks;     /* 1 or 2; with one bank, an operation stalls all code in flash */
    uint32_t bank_size; /* bytes */
    uint32_t sector;    /* erase unit, bytes */
    uint32_t word;      /* program unit, bytes */
    bool tcm_options;   /* the part has OPTSR2: AXI SRAM shared with ITCM, ECC of the TCMs */
};

enum soc_ram {
    SOC_ITCM,
    SOC_DTCM,
    SOC_AXI_SRAM,
    SOC_SRAM1,
    SOC_SRAM2,
    SOC_SRAM3,
    SOC_SRAM4,
    SOC_BACKUP_SRAM,
    SOC_RAMS
};

#define SOC_SCALES 4 /* voltage scales, VOS0 to VOS3 */
#define SOC_LATENCIES \
    5 /* wait states of the flash; the last entry also counts for more wait states */

/* Upper limits, MHz, by voltage scale. */
struct soc_clocks {
    uint16_t cpu[SOC_SCALES];
    uint16_t
        cpu_with_ecc; /* with ECC of the TCMs, so without OPTSR2.CPUFREQ_BOOST; 0: no such limit */
    uint16_t flash[SOC_SCALES][SOC_LATENCIES];
    uint16_t
        flash_slow_write; /* above it, WRHIGHFREQ must be 2; 0: it must equal the wait states */
    uint8_t vos[4];       /* the voltage scale for each code of PWR_D3CR.VOS */
    bool overdrive;       /* VOS0 is VOS1 with SYSCFG_PWRCR.ODEN */
    uint16_t vco_wide[2], vco_medium[2]; /* range of a PLL's VCO: from, to */
};

struct soc {
    const char *name; /* "stm32h753"; the devicetree's compatible of /soc is "st," and this */
    uint32_t idcode; /* DBGMCU_IDCODE: device in bits 11:0; the virtual board's revision in 31:16 */
    uint32_t size_word;  /* bus address of 16 bits: the flash size in KB */
    uint32_t unique_id;  /* bus address of 96 bits */
    unsigned interrupts; /* lines of the NVIC */
    uint32_t cache;      /* bytes of the core's I-cache, and as many of its D-cache */
    bool hash; /* the part has the HASH unit; of those that go by its name, some may lack it */
    struct soc_flash flash;
    struct soc_region system_flash; /* loader, size word, unique ID: speculation must keep out */
    struct soc_region ram[SOC_RAMS];
    struct soc_clocks clocks;
};

/* Maxima over all parts, for arrays. */
#define SOC_FLASH_MAX      0x200000u
#define SOC_SECTORS_MAX    16u
#define SOC_WORD_MAX       32u
#define SOC_INTERRUPTS_MAX 163
/* VTOR takes multiples of the vector table's size, rounded up to a power of two: so of the 166 or 179 vectors of each of them
 * [PM0253 r5, 4.4.4]. Behind its header an image has its table. */
#define SOC_VECTOR_ALIGN 0x400u

/* ---- the parts ---- */

extern const struct soc soc_stm32h753, soc_stm32h723;

/* In firmware: the part that it was built for, from the board's devicetree (host/layout/dts2c.c). */
extern const struct soc *const soc_built;

/* The mark of the part, in the four entries of each program's vector table that ARMv7-M reserves (7 to 10): "SOC:" and
 * the name, padded with NUL. So an ELF file, a signed image and a flash dump all state their part. Programs that
 * Slipway did not build have no mark. */
#define SOC_MARK_AT   28u /* bytes from the start of the vector table */
#define SOC_MARK_SIZE 16u
#define SOC_MARK_TAG  "SOC:"
extern const char soc_mark[SOC_MARK_SIZE];

/* ---- library soc_parts: for programs that know all parts, or the names of peripherals ---- */

/* Part number i, from 0; NULL: there are no more. */
const struct soc *soc_part(size_t i);

/* Copy the part's name from the mark of the vector table at vectors, of which SOC_MARK_AT + SOC_MARK_SIZE bytes must be
 * readable; they are not trusted. False: there is no mark. */
bool soc_mark_name(const void *vectors, char name[SOC_MARK_SIZE]);

/* The part of this name, with or without "st,"; NULL: unknown. */
const struct soc *soc_find_part(const char *name);
/* The part that a board is named for: "st,stm32h753zi-nucleo" begins with "st," and a part's name, and no digit
 * follows. NULL: none. */
const struct soc *soc_find_part_of_board(const char *board);

/* Reference manual and datasheet of a part: "RM0433", "DS12117". */
struct soc_papers {
    const char *manual, *datasheet;
};
const struct soc_papers *soc_papers_of(const struct soc *s);

/* A peripheral that the part has. */
struct soc_unit {
    const char *name; /* as in the reference manual */
    uint32_t base, size;
};

struct soc_units {
    const struct soc_unit *rows; /* by rising address */
    size_t count;
};

extern const struct soc_units soc_stm32h753_units, soc_stm32h723_units;

/* The peripherals of a part. They are not in struct soc, so that firmware does not link their names. */
const struct soc_units *soc_units_of(const struct soc *s);
/* The peripheral that contains addr, or NULL. */
const struct soc_unit *soc_unit_at(const struct soc_units *units, uint32_t addr);

#endif
