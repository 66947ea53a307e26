/* upload_record.h - what an upload leaves in flash about itself, so that it survives a reset.
 *
 * It stands in the sector in front of the uploaded image (the first of the secondary slot), which
 * nothing else uses until the swap erases it. The bytes are fixed in core/smp/SPEC.md. */
#ifndef CORE_SMP_SERVER_UPLOAD_RECORD_H
#define CORE_SMP_SERVER_UPLOAD_RECORD_H

#include "core/crypto/hash.h"
#include "core/flash/area.h"

#define UPLOAD_RECORD_SIZE 64u

struct upload_record {
    uint32_t len;     /* of the file */
    uint32_t sha_len; /* 0..32: as much of the file's SHA-256 as the client sent */
    uint8_t sha[SHA256_SIZE];
};

void upload_record_encode(const struct upload_record *r, uint8_t bytes[UPLOAD_RECORD_SIZE]);

/* Do the first room bytes of area a offer place for a record and its marks? */
bool upload_record_fits(const struct flash_area *a, uint32_t room);

/* Is there a record of exactly this file, named by a whole SHA-256? Then *marked is how many bytes
 * of the file are known to be in flash, and *next where the next mark goes. A word that cannot be
 * read counts as not written. */
bool upload_record_find(const struct flash_area *a, uint32_t room,
                        const struct upload_record *wanted, uint32_t *marked, uint32_t *next);

/* Write a mark at offset *next: the first marked bytes of the file are in flash. Moves *next.
 * ERR_NOSPC when room is used up; else as area_program. A mark that is not written costs only a
 * longer way back after a reset. */
MUST_CHECK enum err upload_record_mark(const struct flash_area *a, uint32_t room, uint32_t marked,
                                       uint32_t *next);

/* Offset of the first mark. */
uint32_t upload_record_first_mark(const struct flash_area *a);

#endif
