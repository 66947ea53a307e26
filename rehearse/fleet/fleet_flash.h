/* fleet_flash.h - the flash of one device: write-once words of 32 bytes, with power cuts and failures drawn from a seed.
 *
 * An erased sector takes no memory, so that a thousand devices fit into one process. Power can go at any operation (a
 * word programmed, a sector erased); what the word or sector then holds is drawn: old, new, a mixture, unreadable, or
 * erased to the eye. From then on every call returns ERR_IO, until fleet_flash_power_on. */
#ifndef REHEARSE_FLEET_FLEET_FLASH_H
#define REHEARSE_FLEET_FLEET_FLASH_H

#include "core/flash/flash.h"

#define FLEET_WORD    32u
#define FLEET_SECTOR  8192u
#define FLEET_SECTORS 16u

struct fleet_sector;

/* Owns its sectors. */
struct fleet_flash {
    struct flash flash;
    struct fleet_sector *sector[FLEET_SECTORS]; /* NULL: erased */
    uint64_t seed;
    uint32_t cut_ppm;        /* chance that power fails at an operation, in millionths */
    uint32_t fail_from;      /* operations from this offset on fail ... */
    uint64_t fail_behind;    /* ... once so many have come there; UINT64_MAX: never */
    uint64_t ops, ops_there; /* operations so far: all, and those from fail_from on */
    uint32_t cuts, failures;
    uint32_t misuses; /* programs of a word that was not erased, which a chip does not allow */
    bool off;
};

/* An erased device that never fails. */
void fleet_flash_init(struct fleet_flash *f, uint64_t seed);
void fleet_flash_free(struct fleet_flash *f);

void fleet_flash_power_on(struct fleet_flash *f);

/* Put bytes in place as a programmer does at the factory; off is a multiple of the word. The last word is filled up
 * with ones. */
void fleet_flash_place(struct fleet_flash *f, uint32_t off, const uint8_t *src, uint32_t len);

#endif
