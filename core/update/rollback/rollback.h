/* rollback.h - what a device remembers about images, beyond their signatures: the lowest security counter
 * that may run, and the keys that are retired. It is kept in the ratchet (core/update/rollback/counter_store.h), so it
 * only grows.
 *
 * rollback.c for products that chose CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION or CONFIG_BOOT_KEY_RETIREMENT;
 * otherwise rollback_stub.c, which remembers nothing and costs nothing. */
#ifndef CORE_UPDATE_ROLLBACK_ROLLBACK_H
#define CORE_UPDATE_ROLLBACK_ROLLBACK_H

#include "core/update/update.h"

struct update_guard {
    struct flash_area area; /* the partition "ratchet" */
    bool counters;          /* every image has a security counter, not below the stored one */
    bool keys;              /* an image can retire keys */
};

/* Open its partition, once. *g, the caller's, lives as long as what it is handed to; without counters and keys (the product
 * was configured for neither) nothing is opened. ERR_NOENT: the layout has none; ERR_INVAL: it is below two sectors. */
MUST_CHECK enum err update_guard_open(struct update_guard *g, struct flash *f,
                                      const struct partition_table *table);

/* For update_env.guard: g, or NULL if it guards nothing. */
static inline const struct update_guard *update_guard_of(const struct update_guard *g)
{
    return g->counters || g->keys ? g : NULL;
}

/* Does env->guard let a genuine image be run, or be brought in to be run? IMAGE_FAULT_NONE, or why not; the numbers are
 * in the log. s is the image, r what image_verify said of it. A ratchet that cannot be read is
 * IMAGE_FAULT_READ, with r->err. */
enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r);

/* The lowest security counter with which this image may run, 0 if none is stored. False if this build keeps no
 * counters, or if they cannot be read. */
bool update_stored_counter(const struct update_guard *g, unsigned image, uint32_t *value);

/* ---- internal to core/update/ ------------------------------------------------------------------------ */

/* The image at the start of slot s, which r is about, is there for good: raise the stored counter to its own. What
 * cannot be stored is logged; the next boot tries again. */
void guard_remember(const struct update_env *env, enum slot s, const struct image_report *r);

/* As guard_remember, and (alone: there is no other image) guard_retire, if the primary's trailer says outright that its image
 * was confirmed, and it is genuine. Asked before a request is judged, so that nothing older comes in between confirmation and
 * the next boot. A trailer that says nothing is left for the end of a boot: a cut may have made it so. */
void guard_remember_confirmed(const struct update_env *env, bool alone);

/* Every image of the group is in the primary for good and genuine, as out says: retire the keys that they name, if none
 * of them would be shut out by it. env is for pairs[0]. */
void guard_retire(const struct update_env *env, const struct slot_pair *pairs, unsigned count,
                  const struct update_outcome *out);

#endif
