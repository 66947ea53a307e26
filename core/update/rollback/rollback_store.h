/* rollback_store.h - records in flash whose values only rise, whatever power cuts do: security counters and retired
 * keys.
 *
 * The store is a flash area of two sectors ("pages"). A page holds all records and a seal with their CRC. To add or
 * raise a record, the page that is not current is erased and all records are written there, the seal last. So every
 * word is programmed in the power session that erased it (core/update/rollback/DESIGN.md, "The store"; bytes in
 * core/update/SPEC.md). Knows nothing of images; used by rollback.c. */
#ifndef CORE_UPDATE_ROLLBACK_ROLLBACK_STORE_H
#define CORE_UPDATE_ROLLBACK_ROLLBACK_STORE_H

#include "core/flash/area.h"

#define ROLLBACK_RECORD_SIZE 32u /* bytes of a record, and of the seal */
#define ROLLBACK_NAME_MAX    24u /* bytes of a name that are stored */

enum rollback_record_type {
    ROLLBACK_COUNTER = 1, /* index: image number; value: its lowest security counter */
    ROLLBACK_KEY = 2,     /* name: start of the SHA-256 of a key that is retired */
};

struct rollback_record {
    enum rollback_record_type type;
    uint8_t index;
    uint32_t value;
    uint8_t name[ROLLBACK_NAME_MAX];
};

/* ERR_INVAL unless this area can hold a rollback store: at least two sectors, each with room for the seal and one
 * record, and a flash word that divides ROLLBACK_RECORD_SIZE. */
MUST_CHECK enum err rollback_store_check(const struct flash_area *a);

/* Find the record with r's type, index and name, and set r->value; *found is false if there is none. An area without a
 * whole page counts as empty; *damaged (may be NULL) is true then unless the area is blank. ERR_IO and the like only
 * when flash itself fails. */
MUST_CHECK enum err rollback_store_find(const struct flash_area *a, struct rollback_record *r,
                                        bool *found, bool *damaged);

/* Add r, or raise the value of the record with r's type, index and name. Nothing is written if the stored value is as
 * high. feed, if not NULL, is called after each erase.
 * Power loss: the old records, or the old records and r.
 * ERR_NOSPC: a page is full; nothing was changed. ERR_IO: r did not read back, or flash failed; the old records still
 * count. */
MUST_CHECK enum err rollback_store_raise(const struct flash_area *a,
                                         const struct rollback_record *r, void (*feed)(void));

#endif
