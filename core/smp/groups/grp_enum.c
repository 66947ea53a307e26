/* grp_enum.c - group 10: which groups there are, so that a client need not try them. */
#include <string.h>

#include "core/smp/server/server.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

static int count(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_uint(&r->cbor, "count", s->config->group_count);
    return MGMT_ERR_EOK;
}

static int list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_key(&r->cbor, "groups");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < s->config->group_count; i++)
        cbor_put_uint(&r->cbor, NULL, s->config->groups[i]->id);
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static int single(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"index", CBOR_UINT}};
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    uint32_t index = v[0].present ? v[0].u : 0;
    if (index >= s->config->group_count)
        return smp_reply_error(r, ENUM_MGMT_ERR_INDEX_TOO_LARGE);
    cbor_put_uint(&r->cbor, "group", s->config->groups[index]->id);
    if (index + 1 == s->config->group_count)
        cbor_put_bool(&r->cbor, "end", true);
    return MGMT_ERR_EOK;
}

/* Is the group in this list of numbers? Without a list each is. ERR_FORMAT if it is no such list. */
static enum err is_wanted(const struct cbor_value *groups, uint32_t id, bool *wanted)
{
    struct cbor_list l;
    struct cbor_span element;
    bool more = true;
    *wanted = !groups->present;
    enum err e = groups->present ? cbor_list_begin(&l, groups->s) : ERR_OK;
    while (groups->present && e == ERR_OK && more) {
        uint32_t u = 0;
        e = cbor_list_next(&l, &element, &more);
        if (e == ERR_OK && more)
            e = cbor_element_uint(element, &u);
        *wanted |= more && u == id;
    }
    return e;
}

static void put_details(struct cbor_writer *w, const struct smp_group *g)
{
    cbor_open_map(w);
    cbor_put_uint(w, "group", g->id);
    if (g->name != NULL)
        cbor_put_text(w, "name", g->name, strlen(g->name));
    cbor_put_uint(w, "handlers", g->command_count);
    cbor_close_map(w);
}

/* Of the groups that are named, or of all. One that is not here is left out, as in Zephyr. */
static int details(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"groups", CBOR_RAW}};
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    cbor_put_key(&r->cbor, "groups");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < s->config->group_count; i++) {
        const struct smp_group *g = s->config->groups[i];
        bool wanted;
        if (is_wanted(v, g->id, &wanted) != ERR_OK)
            return MGMT_ERR_EINVAL;
        if (wanted)
            put_details(&r->cbor, g);
    }
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_ENUM_COUNT] = {.read = count},
    [SMP_ENUM_LIST] = {.read = list},
    [SMP_ENUM_SINGLE] = {.read = single},
    [SMP_ENUM_DETAILS] = {.read = details},
};

static const uint8_t v1_rc[] = {
    [ENUM_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [ENUM_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [ENUM_MGMT_ERR_TOO_MANY_GROUP_ENTRIES] = MGMT_ERR_EINVAL,
    [ENUM_MGMT_ERR_INSUFFICIENT_HEAP_FOR_ENTRIES] = MGMT_ERR_EUNKNOWN,
    [ENUM_MGMT_ERR_INDEX_TOO_LARGE] = MGMT_ERR_EINVAL,
};

const struct smp_group smp_group_enum = {
    .name = "enum mgmt",
    .id = SMP_GROUP_ENUM,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
