/* upload_record.h - a record in flash of an upload, so that it can be resumed after a reset.
 *
 * With swap using offset it lies in the first sector of the secondary slot, below the uploaded image; that sector is
 * unused until the swap erases it. Bytes: core/smp/SPEC.md. */
#ifndef CORE_SMP_SERVER_UPLOAD_RECORD_H
#define CORE_SMP_SERVER_UPLOAD_RECORD_H

#include "core/crypto/hash.h"
#include "core/flash/area.h"

#define UPLOAD_RECORD_SIZE 64u

struct upload_record {
    uint32_t len;     /* of the file */
    uint32_t sha_len; /* 0..32: bytes of the file's SHA-256 that the client sent */
    uint8_t sha[SHA256_SIZE];
};

void upload_record_encode(const struct upload_record *r, uint8_t bytes[UPLOAD_RECORD_SIZE]);

/* True if a record and its marks fit into the first room bytes of area a. */
bool upload_record_fits(const struct flash_area *a, uint32_t room);

/* True if there is a record, of whatever file, without the mark of its end, or if the record cannot be read. A blank front
 * is not open, though a cut behind its erase leaves the same. */
bool upload_record_is_open(const struct flash_area *a, uint32_t room);

/* True if there is a record of this file, with a complete SHA-256. *marked: bytes of the file that are known to be in
 * flash; *next: offset of the next mark. A word that cannot be read counts as not written. */
bool upload_record_find(const struct flash_area *a, uint32_t room,
                        const struct upload_record *wanted, uint32_t *marked, uint32_t *next);

/* Write a mark at offset *next, and advance *next: the first marked bytes of the file are in flash. ERR_NOSPC: room is
 * used up; other errors as area_program. Without a mark, an upload that is resumed after a reset only starts
 * earlier. */
MUST_CHECK enum err upload_record_mark(const struct flash_area *a, uint32_t room, uint32_t marked,
                                       uint32_t *next);

/* Offset of the first mark. */
uint32_t upload_record_first_mark(const struct flash_area *a);

#endif
