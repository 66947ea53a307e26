/* soc.h - what a part of the chip family is: memories, identification, limits. One const struct soc for each part;
 * driver, start-up, linker script, layout reader, rehearsals and virtual board read it, and `make check` finds its numbers
 * anywhere else. What all parts of a family share (register offsets, rules, sequences) is the family's code; where their
 * blocks stand is core/soc/stm32h7.h. */
#ifndef CORE_SOC_SOC_H
#define CORE_SOC_SOC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct soc_region {
    uint32_t base, size; /* bus address, bytes; size 0: the part has no such memory */
};

/* Banks of one size, side by side. Their register blocks are the family's (FLASH_R_BASE and FLASH_R_BANK). */
struct soc_flash {
    uint32_t base;      /* bus address of bank 1 */
    uint32_t size;      /* bytes, all banks */
    unsigned banks;     /* 1 or 2; with one, an operation holds all code in flash */
    uint32_t bank_size; /* bytes */
    uint32_t sector;    /* bytes, what is erased at once */
    uint32_t word;      /* bytes, what is programmed at once */
    bool tcm_options;   /* OPTSR2: how much of the AXI SRAM is ITCM, ECC of the TCMs */
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

#define SOC_SCALES    4 /* voltage scales, VOS0 to VOS3 */
#define SOC_LATENCIES 5 /* wait states of the flash; the last row counts for more, too */

/* Upper limits, MHz, by voltage scale. */
struct soc_clocks {
    uint16_t cpu[SOC_SCALES];
    uint16_t cpu_with_ecc; /* of the TCMs: without OPTSR2.CPUFREQ_BOOST; 0: no such limit */
    uint16_t flash[SOC_SCALES][SOC_LATENCIES];
    uint16_t flash_slow_write; /* above it, WRHIGHFREQ must be 2; 0: as much as the wait states */
    uint8_t vos[4];            /* the scale that each code of PWR_D3CR.VOS means */
    bool overdrive;            /* VOS0 is VOS1 with SYSCFG_PWRCR.ODEN */
    uint16_t vco_wide[2], vco_medium[2]; /* of a PLL: from, to */
};

struct soc {
    const char *name; /* "stm32h753": behind "st," in the devicetree's compatible of /soc */
    uint32_t idcode; /* DBGMCU_IDCODE: device in bits 11:0; the virtual board's revision in 31:16 */
    uint32_t size_word;  /* bus address of 16 bits: the flash size in KB */
    uint32_t unique_id;  /* bus address of 96 bits */
    unsigned interrupts; /* lines of the NVIC */
    uint32_t cache;      /* bytes of the core's I-cache, and as many of its D-cache */
    struct soc_flash flash;
    struct soc_region system_flash; /* ST's loader and the two above: speculation must keep out */
    struct soc_region ram[SOC_RAMS];
    struct soc_clocks clocks;
};

/* The largest of all parts, for what has its size from the compiler. */
#define SOC_FLASH_MAX      0x200000u
#define SOC_SECTORS_MAX    16u
#define SOC_WORD_MAX       32u
#define SOC_INTERRUPTS_MAX 163

/* ---- the parts ---- */

extern const struct soc soc_stm32h753, soc_stm32h723;

/* In firmware: the part that it is built for. The build takes it from the board's devicetree (host/layout/dts2c.c). */
extern const struct soc *const soc_built;

/* Its mark, which each program carries in its vector table, in the four entries that ARMv7-M reserves (7 to 10): "SOC:" and the
 * name, filled up with NUL. So an ELF file, a signed image and a dump of flash all say which part they are for. Programs that
 * others built have none. */
#define SOC_MARK_AT   28u /* bytes from the start of the vector table */
#define SOC_MARK_SIZE 16u
#define SOC_MARK_TAG  "SOC:"
extern const char soc_mark[SOC_MARK_SIZE];

/* ---- library soc_parts: for programs that serve all of them, or speak of peripherals ---- */

/* All of them; NULL behind the last. */
const struct soc *soc_part(size_t i);

/* The name in the mark of a vector table, of which the first SOC_MARK_AT + SOC_MARK_SIZE bytes are at vectors; it may hold
 * anything. False: there is no mark. */
bool soc_mark_name(const void *vectors, char name[SOC_MARK_SIZE]);

/* The part called so, with or without "st," before it; NULL: none of ours. */
const struct soc *soc_find_part(const char *name);

/* The reference manual and the datasheet that describe it: "RM0433", "DS12117". */
struct soc_papers {
    const char *manual, *datasheet;
};
const struct soc_papers *soc_papers_of(const struct soc *s);

/* A peripheral that the part has. */
struct soc_unit {
    const char *name; /* as the reference manual has it */
    uint32_t base, size;
};

struct soc_units {
    const struct soc_unit *rows; /* by rising address */
    size_t count;
};

extern const struct soc_units soc_stm32h753_units, soc_stm32h723_units;

/* Those of a part. They are apart from struct soc, so that firmware is not linked with their names. */
const struct soc_units *soc_units_of(const struct soc *s);
/* The one that addr is in, or NULL. */
const struct soc_unit *soc_unit_at(const struct soc_units *units, uint32_t addr);

#endif
