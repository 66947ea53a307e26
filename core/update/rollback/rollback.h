/* rollback.h - rollback protection beyond signatures: the lowest security counter that may run, and the retired keys.
 * Both are kept in the rollback store (core/update/rollback/rollback_store.h): counters only rise, keys stay retired.
 *
 * rollback.c is linked with CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION or CONFIG_BOOT_KEY_RETIREMENT, otherwise
 * rollback_stub.c, which stores nothing. */
#ifndef CORE_UPDATE_ROLLBACK_ROLLBACK_H
#define CORE_UPDATE_ROLLBACK_ROLLBACK_H

#include "core/update/update.h"

struct rollback_protection {
    struct flash_area area; /* the partition "rollback" */
    bool counters;          /* every image has a security counter, not below the stored one */
    bool keys;              /* an image can retire keys */
};

/* Open the partition, once. Caller-owned; *g must live as long as the update_env that points to it. If the product was
 * configured for neither counters nor key retirement, nothing is opened. ERR_NOENT: the layout has no such partition;
 * ERR_INVAL: it is smaller than two sectors. */
MUST_CHECK enum err rollback_open(struct rollback_protection *g, struct flash *f,
                                  const struct partition_table *table);

/* For update_env.rollback: g, or NULL if the product has neither counters nor key retirement. */
static inline const struct rollback_protection *rollback_in_use(const struct rollback_protection *g)
{
    return g->counters || g->keys ? g : NULL;
}

/* Do counter and key of a genuine image let it run, or be swapped in? IMAGE_FAULT_NONE, or why not; the log has the
 * numbers. s is the image, r the report of image_verify. IMAGE_FAULT_READ: the rollback store cannot be read; r->err
 * says why. */
enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r);

/* The lowest security counter with which this image may run, 0 if none is stored. False if this build keeps no
 * counters, or if they cannot be read. */
bool update_stored_counter(const struct rollback_protection *g, unsigned image, uint32_t *value);

/* ---- internal to core/update/ ------------------------------------------------------------------------ */

/* Raise the stored counter to that of the confirmed image at the start of slot s, whose report is r. If that fails, it
 * is logged, and the next boot tries again. */
void rollback_remember_counter(const struct update_env *env, enum slot s,
                               const struct image_report *r);

/* rollback_remember_counter and (if there is only one image) rollback_retire_keys, if the primary is genuine and its
 * trailer says that it was swapped in and confirmed. Called before a request is judged, so that no older image can be
 * swapped in between the confirmation and the next boot. An empty trailer is no proof here, since a power cut may have
 * emptied it; such an image counts at the end of the boot. */
void rollback_remember_confirmed(const struct update_env *env, bool only_image);

/* For each image, retire the keys that it names. A key is skipped if one of the images is signed with it, or if it does not
 * stand before the naming image's own key in the list of trusted keys. All images must be confirmed and genuine, as out
 * says. env is that of pairs[0]: keys and store are the same for all. */
void rollback_retire_keys(const struct update_env *env, const struct slot_pair *pairs,
                          unsigned count, const struct update_outcome *out);

#endif
