/* dcache.h - the D-cache of the core as far as flash meets it: 16 KB, four ways, lines of 32 bytes, write-through
 * without write-allocate [Cortex-M7 TRM; PM0253, caches].
 *
 * Flash is the one memory that changes behind the core's back, so a line that is older than the cells
 * shows here as stale data, and nowhere else. Offsets are bytes from the start of flash as the program sees it. */
#ifndef VBOARD_SOC_H7_FLASH_DCACHE_H
#define VBOARD_SOC_H7_FLASH_DCACHE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/soc/soc.h"

#define H7_DCACHE_WAYS 4u
#define H7_DCACHE_SETS 128u
#define H7_LINE        32u /* as long as a flash word */

struct h7_dcache {
    bool on; /* set by the owner before an access: SCB_CCR.DC, and the MPU lets it be cached */
    uint16_t
        maybe; /* sectors that the core has read by window: which of their lines it holds is not known */
    uint16_t resident;                            /* lines held */
    uint8_t next_way;                             /* where the next line goes */
    uint32_t tag[H7_DCACHE_SETS][H7_DCACHE_WAYS]; /* offset + 1; 0: no line */
    uint8_t line[H7_DCACHE_SETS][H7_DCACHE_WAYS][H7_LINE];
};

/* The line that covers off, or NULL. */
uint8_t *h7_dcache_find(struct h7_dcache *d, uint32_t off);
/* Take a line in; one that is there already stays as it is. */
void h7_dcache_take(struct h7_dcache *d, uint32_t off, const uint8_t *line);
/* A store goes by: it changes a line that is there. */
void h7_dcache_store(struct h7_dcache *d, uint32_t off, unsigned size, uint32_t value);
void h7_dcache_forget(struct h7_dcache *d, uint32_t off, uint32_t len);
void h7_dcache_forget_all(struct h7_dcache *d);

/* A maintenance register of the SCB, addr 0xE000EF50..0xE000EF78, was written. */
#define H7_CACHE_OPS_FIRST 0xe000ef50u /* ICIALLU */
#define H7_CACHE_OPS_LAST  0xe000ef78u /* BPIALL */
void h7_dcache_maintain(struct h7_dcache *d, const struct soc_flash *part, uint32_t addr,
                        uint32_t value);

#endif
