/* One image, and a device that remembers nothing of it: the stand-in for multi_image.c and rollback.c, of which a
 * bootloader keeps nothing. */
#include <stddef.h>

#include "core/update/rollback/rollback.h"
#include "core/update/strategy.h"

enum err update_open_images(struct slot_pair *pairs, unsigned count, struct flash *f,
                            const struct partition_table *table)
{
    (void)count;
    return slot_pair_open(pairs, f, table);
}

enum err update_boot_images(const struct update_env *env, const struct slot_pair *pairs,
                            unsigned count, struct update_outcome *out)
{
    (void)pairs, (void)count;
    return update_boot(env, out);
}

enum err judge_source(const struct update_env *env, enum swap_type type, uint32_t start,
                      struct update_outcome *out, enum image_verdict *v)
{
    return judge_source_anew(env, type, start, out, v);
}

bool comes_alone(void)
{
    return true;
}

const struct update_guard *update_configured_guard(void)
{
    return NULL;
}

enum err update_guard_open(struct flash *f, const struct partition_table *table)
{
    (void)f, (void)table;
    return ERR_OK;
}

enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r)
{
    (void)env, (void)s, (void)r;
    return IMAGE_FAULT_NONE;
}

bool update_stored_counter(unsigned image, uint32_t *value)
{
    (void)image, (void)value;
    return false;
}

bool guard_outgrew(enum image_fault fault)
{
    (void)fault;
    return false;
}
