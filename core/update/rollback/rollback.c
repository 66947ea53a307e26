/* Downgrade prevention by security counter, and key retirement. When a counter is compared and when it rises, and why:
 * core/update/rollback/DESIGN.md. */
#include "core/update/rollback/rollback.h"

#include <string.h>

#include "core/base/log.h"
#include "core/base/product.h"
#include "core/update/rollback/rollback_store.h"
#include "core/update/strategy.h"

#define LOG_MODULE "mcuboot"

enum err rollback_open(struct rollback_protection *g, struct flash *f,
                       const struct partition_table *table)
{
    *g = (struct rollback_protection){.counters = product.security_counters,
                                      .keys = product.key_retirement};
    if (rollback_in_use(g) == NULL)
        return ERR_OK;
    enum err e = area_open(&g->area, f, table, "rollback");
    if (!e)
        e = rollback_store_check(&g->area);
    if (e)
        LOG_ERR("No rollback partition of two sectors or more: %d", e);
    return e;
}

static enum err find(const struct rollback_protection *g, struct rollback_record *r, bool *found)
{
    bool damaged;
    enum err e = rollback_store_find(&g->area, r, found, &damaged);
    if (!e && damaged)
        LOG_ERR("The rollback partition is damaged, and counts as empty");
    return e;
}

/* ---- security counter ---------------------------------------------------------------------------- */

static enum image_fault admit_counter(const struct update_env *env, const struct image_source *s,
                                      struct image_report *r)
{
    struct rollback_record stored = {.type = ROLLBACK_COUNTER, .index = env->pair->image};
    uint32_t value;
    bool found;
    enum image_fault fault = image_security_counter(s, &r->header, &value);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    r->err = find(env->rollback, &stored, &found);
    if (r->err != ERR_OK)
        return IMAGE_FAULT_READ;
    if (!found || value >= stored.value)
        return IMAGE_FAULT_NONE;
    LOG_ERR("Image %u has security counter %u, this device asks for %u or more",
            (unsigned)env->pair->image, (unsigned)value, (unsigned)stored.value);
    return IMAGE_FAULT_COUNTER_LOW;
}

bool update_stored_counter(const struct rollback_protection *g, unsigned image, uint32_t *value)
{
    struct rollback_record stored = {.type = ROLLBACK_COUNTER, .index = (uint8_t)image};
    bool found;
    if (!g->counters || find(g, &stored, &found) != ERR_OK)
        return false;
    *value = found ? stored.value : 0;
    return true;
}

void rollback_remember_counter(const struct update_env *env, enum slot slot,
                               const struct image_report *r)
{
    struct rollback_record wanted = {.type = ROLLBACK_COUNTER, .index = env->pair->image};
    struct slot_view view;
    struct image_source s = slot_source_at(env->pair, slot, 0, &view);
    if (!env->rollback || !env->rollback->counters ||
        image_security_counter(&s, &r->header, &wanted.value) != IMAGE_FAULT_NONE ||
        wanted.value == 0)
        return;
    enum err e = rollback_store_raise(&env->rollback->area, &wanted, env->feed);
    if (e)
        LOG_ERR("Security counter %u of image %u not stored: %d", (unsigned)wanted.value,
                (unsigned)env->pair->image, e);
}

/* ---- keys ---------------------------------------------------------------------------------------- */

/* The record's name is the start of the key's hash. */
static void set_key_record(struct rollback_record *r, const uint8_t hash[SHA256_SIZE])
{
    *r = (struct rollback_record){.type = ROLLBACK_KEY, .value = 1};
    memcpy(r->name, hash, ROLLBACK_NAME_MAX);
}

static void key_record_of(const struct image_key *key, struct rollback_record *r)
{
    uint8_t hash[SHA256_SIZE];
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, key->spki, key->spki_len);
    sha256_final(&h, hash);
    set_key_record(r, hash);
}

static enum image_fault admit_key(const struct update_env *env, struct image_report *r)
{
    struct rollback_record key;
    bool found;
    if (r->key_index < 0)
        return IMAGE_FAULT_NONE;
    key_record_of(&env->keys[r->key_index], &key);
    r->err = find(env->rollback, &key, &found);
    if (r->err != ERR_OK)
        return IMAGE_FAULT_READ;
    return found ? IMAGE_FAULT_KEY_RETIRED : IMAGE_FAULT_NONE;
}

/* The index in env->keys of the key with this name, or key_count. */
static unsigned find_key(const struct update_env *env, const struct rollback_record *wanted)
{
    unsigned i;
    for (i = 0; i < env->key_count; i++) {
        struct rollback_record r;
        key_record_of(&env->keys[i], &r);
        if (memcmp(r.name, wanted->name, sizeof r.name) == 0)
            break;
    }
    return i;
}

/* Is one of the running images signed with this key? */
static bool key_is_in_use(unsigned key, const struct update_outcome *out, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (out[i].primary.key_index == (int)key)
            return true;
    return false;
}

/* Retire key, at the request of an image that is signed with key number by. */
static void retire(const struct update_env *env, const struct rollback_record *key, int by,
                   const struct update_outcome *out, unsigned count)
{
    struct rollback_record known = *key;
    bool found;
    unsigned which = find_key(env, key);
    if (which == env->key_count || find(env->rollback, &known, &found) != ERR_OK || found)
        return;
    if ((int)which >= by) {
        LOG_ERR("Key %u is not retired: key %u may retire only those before it", which,
                (unsigned)by);
        return;
    }
    if (key_is_in_use(which, out, count)) {
        LOG_WRN("Key %u is not retired yet: another image is signed with it", which);
        return;
    }
    enum err e = rollback_store_raise(&env->rollback->area, key, env->feed);
    if (e)
        LOG_ERR("Key %u not retired: %d", which, e);
    else
        LOG_WRN("Key %u is retired: what it signed does not run here any more", which);
}

static void retire_named_by(const struct update_env *env, const struct slot_pair *p,
                            const struct update_outcome *by, const struct update_outcome *out,
                            unsigned count)
{
    struct slot_view view;
    struct image_source s = slot_source_at(p, by->slot, 0, &view);
    struct image_tlvs t;
    uint8_t hash[SHA256_SIZE];
    bool more = image_tlvs_begin(&t, &s, &by->primary.header, s.size) == IMAGE_FAULT_NONE;
    while (more && image_retired_key_next(&t, hash, &more) == IMAGE_FAULT_NONE && more) {
        struct rollback_record key;
        set_key_record(&key, hash);
        retire(env, &key, by->primary.key_index, out, count);
    }
}

void rollback_retire_keys(const struct update_env *env, const struct slot_pair *pairs,
                          unsigned count, const struct update_outcome *out)
{
    if (!env->rollback || !env->rollback->keys)
        return;
    for (unsigned i = 0; i < count; i++)
        if (out[i].primary.key_index >= 0)
            retire_named_by(env, &pairs[i], &out[i], out, count);
}

/* ---- both ----------------------------------------------------------------------------------------- */

/* image_ok alone is not enough: a permanent swap writes it at its start, while the old image is still there. */
static bool trailer_is_confirmed(const struct trailer_state *pri)
{
    return pri->magic == TRAILER_MAGIC_GOOD && pri->copy_done == TRAILER_FLAG_SET &&
           pri->image_ok == TRAILER_FLAG_SET;
}

void rollback_remember_confirmed(const struct update_env *env, bool only_image)
{
    struct trailer_state pri;
    struct update_outcome now = {.slot = SLOT_PRIMARY};
    if (!env->rollback || trailer_read(env->pair, SLOT_PRIMARY, &pri) != ERR_OK ||
        !trailer_is_confirmed(&pri) ||
        judge(env, SLOT_PRIMARY, 0, update_max_image_size(env->pair), &now.primary) !=
            IMAGE_GENUINE)
        return;
    rollback_remember_counter(env, SLOT_PRIMARY, &now.primary);
    if (only_image)
        rollback_retire_keys(env, env->pair, 1, &now);
}

enum image_fault update_admit(const struct update_env *env, const struct image_source *s,
                              struct image_report *r)
{
    enum image_fault fault = IMAGE_FAULT_NONE;
    if (env->rollback && env->rollback->keys)
        fault = admit_key(env, r);
    if (fault == IMAGE_FAULT_NONE && env->rollback && env->rollback->counters)
        fault = admit_counter(env, s, r);
    return fault;
}
