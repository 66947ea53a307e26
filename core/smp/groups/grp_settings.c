/* grp_settings.c - group 3: values that a client reads and writes. As in Zephyr a write is in RAM until "save" puts all
 * that were written into flash, together; a delete is in flash at once. */
#include "core/smp/groups/settings.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

#define LOG_MODULE "mcumgr_settings_grp"

/* ---- what is written and not saved ---- */

#define ENTRY_HEAD 3u /* length of the name, of the value */

static uint32_t entry_size(const uint8_t *entry)
{
    return ENTRY_HEAD + entry[0] + get_le16(entry + 1);
}

static uint8_t *find_entry(const struct smp_settings *g, struct cbor_span name)
{
    for (uint32_t at = 0; at < g->used; at += entry_size(g->stage + at)) {
        uint8_t *entry = g->stage + at;
        if (entry[0] == name.len && memcmp(entry + ENTRY_HEAD, name.ptr, name.len) == 0)
            return entry;
    }
    return NULL;
}

static void drop_entry(struct smp_settings *g, uint8_t *entry)
{
    if (entry == NULL)
        return;
    uint32_t size = entry_size(entry), at = (uint32_t)(entry - g->stage);
    memmove(entry, entry + size, g->used - at - size);
    g->used -= size;
}

static unsigned count_entries(const struct smp_settings *g)
{
    unsigned count = 0;
    for (uint32_t at = 0; at < g->used; at += entry_size(g->stage + at))
        count++;
    return count;
}

/* ERR_NOMEM: no room; what was there under this name is there. */
static enum err put_entry(struct smp_settings *g, struct cbor_span name, struct cbor_span value)
{
    uint8_t *old = find_entry(g, name);
    uint32_t free = g->stage_size - g->used + (old != NULL ? entry_size(old) : 0);
    uint32_t size = ENTRY_HEAD + (uint32_t)name.len + (uint32_t)value.len;
    if (size > free || (old == NULL && count_entries(g) == SETTINGS_TOGETHER_MAX))
        return ERR_NOMEM;
    drop_entry(g, old);
    uint8_t *entry = g->stage + g->used;
    entry[0] = (uint8_t)name.len;
    put_le16(entry + 1, (uint16_t)value.len);
    memcpy(entry + ENTRY_HEAD, name.ptr, name.len);
    memcpy(entry + ENTRY_HEAD + name.len, value.ptr, value.len);
    g->used += size;
    return ERR_OK;
}

/* ---- requests ---- */

enum { NAME, VAL, MAX_SIZE, KEYS };
static const struct cbor_key keys[KEYS] = {[NAME] = {"name", CBOR_TEXT},
                                           [VAL] = {"val", CBOR_BYTES},
                                           [MAX_SIZE] = {"max_size", CBOR_UINT}};

/* One line without control characters, as a name is printed in logs. */
static bool is_name(struct cbor_span name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] < 0x20 || name.ptr[i] == 0x7f)
            return false;
    return name.len > 0;
}

/* MGMT_ERR_EOK: go on. *too_long: answer with the group's error. */
static int decode(const struct smp_server *s, const struct smp_request *q,
                  struct cbor_value v[KEYS], bool needs_name, bool *too_long)
{
    const struct smp_settings *g = s->config->settings;
    *too_long = false;
    if (g == NULL)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, KEYS, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    if (!v[NAME].present)
        return needs_name ? MGMT_ERR_EINVAL : MGMT_ERR_EOK;
    if (!is_name(v[NAME].s))
        return MGMT_ERR_EINVAL;
    *too_long = v[NAME].s.len > g->store->config->name_max;
    return MGMT_ERR_EOK;
}

/* What an error of the store is for a client, and a line in the log for a person. */
static int answer_error(struct smp_reply *r, const char *what, enum err e)
{
    switch (e) {
    case ERR_OK:
        return MGMT_ERR_EOK;
    case ERR_NOENT:
        return smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_NOT_FOUND);
    case ERR_NOSPC:
        LOG_ERR("%s: no space", what);
        return MGMT_ERR_ENOMEM;
    case ERR_BUSY:
        LOG_WRN("%s: no space until the update is over (an upload, a request or a trial is open)",
                what);
        return MGMT_ERR_EBUSY;
    case ERR_STATE:
        LOG_ERR("%s: the storage holds something else; \"erase storage\" begins anew", what);
        return MGMT_ERR_EBADSTATE;
    default:
        LOG_ERR("%s: flash failed (err %d)", what, (int)e);
        return smp_reply_error(r, SETTINGS_MGMT_ERR_UNKNOWN);
    }
}

static void commit(const struct smp_settings *g)
{
    if (g->commit != NULL)
        g->commit(g->ctx);
}

static int read_value(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct cbor_value v[KEYS];
    bool too_long;
    int rc = decode(s, q, v, true, &too_long);
    if (rc != MGMT_ERR_EOK || too_long)
        return rc != MGMT_ERR_EOK ? rc : smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    const struct smp_settings *g = s->config->settings;
    uint8_t stored[SMP_SETTINGS_VALUE_MAX];
    const uint8_t *entry = find_entry(g, v[NAME].s), *value = stored;
    size_t len = 0;
    uint32_t max =
        v[MAX_SIZE].present && v[MAX_SIZE].u < sizeof stored ? v[MAX_SIZE].u : sizeof stored;
    if (entry != NULL) {
        len = get_le16(entry + 1);
        value = entry + ENTRY_HEAD + entry[0];
    } else {
        enum err e = settings_get(g->store, (const char *)v[NAME].s.ptr, v[NAME].s.len, stored,
                                  sizeof stored, &len);
        if (e != ERR_OK)
            return answer_error(r, "read", e);
    }
    cbor_put_bytes(&r->cbor, "val", value, len < max ? len : max);
    if (len > max)
        cbor_put_uint(&r->cbor, "max_size", max);
    return MGMT_ERR_EOK;
}

static int write_value(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct cbor_value v[KEYS];
    bool too_long;
    int rc = decode(s, q, v, true, &too_long);
    if (rc != MGMT_ERR_EOK || too_long)
        return rc != MGMT_ERR_EOK ? rc : smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    struct smp_settings *g = s->config->settings;
    if (!v[VAL].present || v[VAL].s.len > g->store->config->value_max)
        return MGMT_ERR_EINVAL;
    return put_entry(g, v[NAME].s, v[VAL].s) == ERR_OK ? MGMT_ERR_EOK : MGMT_ERR_ENOMEM;
}

static int delete_value(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct cbor_value v[KEYS];
    bool too_long;
    size_t len;
    int rc = decode(s, q, v, true, &too_long);
    if (rc != MGMT_ERR_EOK || too_long)
        return rc != MGMT_ERR_EOK ? rc : smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    struct smp_settings *g = s->config->settings;
    const struct setting item = {.name = (const char *)v[NAME].s.ptr, .name_len = v[NAME].s.len};
    uint8_t *entry = find_entry(g, v[NAME].s), none[1];
    enum err e = settings_get(g->store, item.name, item.name_len, none, 0, &len);
    if (e == ERR_NOENT && entry != NULL) {
        drop_entry(g, entry);
        return MGMT_ERR_EOK;
    }
    if (e == ERR_OK || e == ERR_UNREADABLE)
        e = settings_set(g->store, &item, 1);
    if (e != ERR_OK)
        return answer_error(r, "delete", e);
    drop_entry(g, entry);
    commit(g);
    return MGMT_ERR_EOK;
}

static int commit_values(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q, (void)r;
    if (s->config->settings == NULL)
        return MGMT_ERR_ENOTSUP;
    commit(s->config->settings);
    return MGMT_ERR_EOK;
}

/* What was written and not saved is forgotten; the store itself is read at each request. */
static int load_values(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q, (void)r;
    if (s->config->settings == NULL)
        return MGMT_ERR_ENOTSUP;
    s->config->settings->used = 0;
    commit(s->config->settings);
    return MGMT_ERR_EOK;
}

static struct setting item_of(const uint8_t *entry)
{
    return (struct setting){.name = (const char *)entry + ENTRY_HEAD,
                            .name_len = entry[0],
                            .value = entry + ENTRY_HEAD + entry[0],
                            .len = get_le16(entry + 1)};
}

/* All that was written, or, as newer servers take it, one name. Repeated, it finds nothing to do. */
static int save_values(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    struct cbor_value v[KEYS];
    struct setting items[SETTINGS_TOGETHER_MAX];
    unsigned count = 0;
    bool too_long;
    int rc = decode(s, q, v, false, &too_long);
    if (rc != MGMT_ERR_EOK || too_long)
        return rc != MGMT_ERR_EOK ? rc : smp_reply_error(r, SETTINGS_MGMT_ERR_KEY_TOO_LONG);
    struct smp_settings *g = s->config->settings;
    uint8_t *only = v[NAME].present ? find_entry(g, v[NAME].s) : NULL;
    for (uint32_t at = 0; at < g->used; at += entry_size(g->stage + at))
        if (!v[NAME].present || g->stage + at == only)
            items[count++] = item_of(g->stage + at);
    enum err e = count > 0 ? settings_set(g->store, items, count) : ERR_OK;
    if (e != ERR_OK)
        return answer_error(r, "save", e);
    if (v[NAME].present)
        drop_entry(g, only);
    else
        g->used = 0;
    commit(g);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_SETTINGS_VALUE] = {.read = read_value, .write = write_value},
    [SMP_SETTINGS_DELETE] = {.write = delete_value},
    [SMP_SETTINGS_COMMIT] = {.write = commit_values},
    [SMP_SETTINGS_LOAD_SAVE] = {.read = load_values, .write = save_values},
};

static const uint8_t v1_rc[] = {
    [SETTINGS_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [SETTINGS_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [SETTINGS_MGMT_ERR_KEY_TOO_LONG] = MGMT_ERR_EINVAL,
    [SETTINGS_MGMT_ERR_KEY_NOT_FOUND] = MGMT_ERR_ENOENT,
    [SETTINGS_MGMT_ERR_READ_NOT_SUPPORTED] = MGMT_ERR_ENOENT,
};

const struct smp_group smp_group_settings = {
    .name = "settings mgmt",
    .id = SMP_GROUP_SETTINGS,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
