/* In place of rollback.c, for a product without security counters and key retirement. */
#include <stddef.h>

#include "core/update/rollback/rollback.h"

enum err rollback_open(struct rollback_protection *g, struct flash *f,
                       const struct partition_table *table)
{
    (void)f, (void)table;
    *g = (struct rollback_protection){.counters = false};
    return ERR_OK;
}

enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r)
{
    (void)env, (void)s, (void)r;
    return IMAGE_FAULT_NONE;
}

bool update_stored_counter(const struct rollback_protection *g, unsigned image, uint32_t *value)
{
    (void)g, (void)image, (void)value;
    return false;
}

void rollback_remember_counter(const struct update_env *env, enum slot slot,
                               const struct image_report *r)
{
    (void)env, (void)slot, (void)r;
}

void rollback_remember_confirmed(const struct update_env *env, bool only_image)
{
    (void)env, (void)only_image;
}

void rollback_retire_keys(const struct update_env *env, const struct slot_pair *pairs,
                          unsigned count, const struct update_outcome *out)
{
    (void)env, (void)pairs, (void)count, (void)out;
}
