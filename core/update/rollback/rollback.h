/* rollback.h - what a device remembers about images, beyond their signatures: the lowest security counter
 * that may run, and the keys that are retired. It is kept in the rollback store (core/update/rollback/rollback_store.h), so it
 * only grows.
 *
 * rollback.c for products that chose CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION or CONFIG_BOOT_KEY_RETIREMENT;
 * otherwise rollback_stub.c, which remembers nothing and costs nothing. */
#ifndef CORE_UPDATE_ROLLBACK_ROLLBACK_H
#define CORE_UPDATE_ROLLBACK_ROLLBACK_H

#include "core/update/update.h"

struct rollback_protection {
    struct flash_area area; /* the partition "rollback" */
    bool counters;          /* every image has a security counter, not below the stored one */
    bool keys;              /* an image can retire keys */
};

/* Open its partition, once. *g, the caller's, lives as long as what it is handed to; without counters and keys (the product
 * was configured for neither) nothing is opened. ERR_NOENT: the layout has none; ERR_INVAL: it is below two sectors. */
MUST_CHECK enum err rollback_open(struct rollback_protection *g, struct flash *f,
                                  const struct partition_table *table);

/* For update_env.rollback: g, or NULL if it guards nothing. */
static inline const struct rollback_protection *rollback_in_use(const struct rollback_protection *g)
{
    return g->counters || g->keys ? g : NULL;
}

/* Does env->rollback let a genuine image be run, or be brought in to be run? IMAGE_FAULT_NONE, or why not; the numbers are
 * in the log. s is the image, r what image_verify said of it. A rollback store that cannot be read is
 * IMAGE_FAULT_READ, with r->err. */
enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r);

/* The lowest security counter with which this image may run, 0 if none is stored. False if this build keeps no
 * counters, or if they cannot be read. */
bool update_stored_counter(const struct rollback_protection *g, unsigned image, uint32_t *value);

/* ---- internal to core/update/ ------------------------------------------------------------------------ */

/* The image at the start of slot s, which r is about, is there for good: raise the stored counter to its own. What
 * cannot be stored is logged; the next boot tries again. */
void rollback_remember_counter(const struct update_env *env, enum slot s,
                               const struct image_report *r);

/* As rollback_remember_counter, and (only_image: there is no other) rollback_retire_keys, if the primary's trailer says outright that its image
 * was confirmed, and it is genuine. Asked before a request is judged, so that nothing older comes in between confirmation and
 * the next boot. A trailer that says nothing is left for the end of a boot: a cut may have made it so. */
void rollback_remember_confirmed(const struct update_env *env, bool only_image);

/* Every image of the group is in the primary for good and genuine, as out says: retire the keys that they name, if none
 * of them would be shut out by it. env is for pairs[0]. */
void rollback_retire_keys(const struct update_env *env, const struct slot_pair *pairs,
                          unsigned count, const struct update_outcome *out);

#endif
