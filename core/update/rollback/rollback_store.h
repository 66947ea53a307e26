/* rollback_store.h - numbers in flash that only rise and keys that stay shut out, whatever power cuts do.
 *
 * A flash area of two sectors ("pages") of its own. A page holds all records and a seal over them; to
 * add one, the page that does not count is erased and everything is written there, the seal last. So no
 * word is programmed that was not erased in the same power session (core/update/rollback/DESIGN.md, "The store";
 * bytes in core/update/SPEC.md). Knows nothing of images; used by rollback.c. */
#ifndef CORE_UPDATE_ROLLBACK_ROLLBACK_STORE_H
#define CORE_UPDATE_ROLLBACK_ROLLBACK_STORE_H

#include "core/flash/area.h"

#define ROLLBACK_RECORD_SIZE 32u /* bytes of a record, and of the seal */
#define ROLLBACK_NAME_MAX    24u /* bytes of a name that are kept */

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

/* Can this area hold a rollback store? At least two sectors, each with room for two places, and a flash word that
 * divides a place. ERR_INVAL. */
MUST_CHECK enum err rollback_store_check(const struct flash_area *a);

/* Is there a record of this type, index and name? Then r->value is its value, otherwise *found is
 * false. An area that holds nothing whole counts as empty: *damaged (may be NULL) then says whether it is
 * blank or not. ERR_IO and the like only when flash itself fails. */
MUST_CHECK enum err rollback_store_find(const struct flash_area *a, struct rollback_record *r,
                                        bool *found, bool *damaged);

/* Add r, or raise the value of the one with its type, index and name. Nothing is written if that would
 * not raise it. feed, if not NULL, is called after each erase.
 * Power loss: what was there, or that and r. Two stores never undo each other.
 * ERR_NOSPC: a page is full; nothing was changed. ERR_IO: it did not read back, or flash failed; what was
 * there still counts. */
MUST_CHECK enum err rollback_store_raise(const struct flash_area *a,
                                         const struct rollback_record *r, void (*feed)(void));

#endif
