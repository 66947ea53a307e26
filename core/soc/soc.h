/* soc.h - what a part of the chip family is: memories, identification, limits. One const struct soc for each part;
 * driver, start-up, linker script, layout reader, rehearsals and virtual board read it, and `make check` finds its numbers
 * anywhere else. What all parts of a family share (register offsets, rules, sequences) is the family's code; where their
 * blocks stand is core/soc/stm32h7.h. */
#ifndef CORE_SOC_SOC_H
#define CORE_SOC_SOC_H

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
    uint16_t flash[SOC_SCALES][SOC_LATENCIES];
    uint16_t flash_slow_write;           /* above it, WRHIGHFREQ must be 2 */
    uint16_t vco_wide[2], vco_medium[2]; /* of a PLL: from, to */
};

struct soc {
    const char *name; /* "stm32h753": behind "st," in the devicetree's compatible of /soc */
    uint32_t idcode; /* DBGMCU_IDCODE: device in bits 11:0; the virtual board's revision in 31:16 */
    uint32_t size_word;  /* bus address of 16 bits: the flash size in KB */
    uint32_t unique_id;  /* bus address of 96 bits */
    unsigned interrupts; /* lines of the NVIC */
    struct soc_flash flash;
    struct soc_region system_flash; /* ST's loader and the two above: speculation must keep out */
    struct soc_region ram[SOC_RAMS];
    struct soc_clocks clocks;
};

/* The largest of all parts, for what has its size from the compiler. */
#define SOC_FLASH_MAX      0x200000u
#define SOC_SECTORS_MAX    16u
#define SOC_WORD_MAX       32u
#define SOC_INTERRUPTS_MAX 150

/* ---- the parts ---- */

extern const struct soc soc_stm32h753;

/* In firmware: the part that it is built for. The build takes it from the board's devicetree (host/layout/dts2c.c). */
extern const struct soc *const soc_built;

/* ---- library soc_parts: for programs that serve all of them, or speak of peripherals ---- */

/* The part called so, with or without "st," before it; NULL: none of ours. */
const struct soc *soc_find_part(const char *name);

/* A peripheral that the part has. */
struct soc_unit {
    const char *name; /* as the reference manual has it */
    uint32_t base, size;
};

struct soc_units {
    const struct soc_unit *rows; /* by rising address */
    size_t count;
};

extern const struct soc_units soc_stm32h753_units;

/* Those of a part. They are apart from struct soc, so that firmware is not linked with their names. */
const struct soc_units *soc_units_of(const struct soc *s);
/* The one that addr is in, or NULL. */
const struct soc_unit *soc_unit_at(const struct soc_units *units, uint32_t addr);

#endif
