/* client_enum.c - the client half: group enum, and what stands for it on servers without one. */
#include <string.h>

#include "host/client/smp/client_exchange.h"
#include "host/client/smp/client_groups.h"

/* Mynewt's, too. Without a probe: no command of the group is known that changes nothing. */
static const struct known {
    uint16_t id;
    const char *name;
    bool has_probe, probe_writes;
    uint8_t probe;
} known[] = {
    {SMP_GROUP_OS, "os", true, true, SMP_OS_ECHO},
    {SMP_GROUP_IMAGE, "image", true, false, SMP_IMAGE_STATE},
    {SMP_GROUP_STAT, "stat", true, false, 1 /* list */},
    {SMP_GROUP_SETTINGS, "settings", true, false, SMP_SETTINGS_VALUE /* without a name */},
    {4, "log", true, false, 5 /* names of logs */},
    {5, "crash", false, false, 0},
    {6, "split", false, false, 0},
    {7, "run", true, false, 1 /* list */},
    {SMP_GROUP_FS, "fs", true, false, 1 /* status, without a name */},
    {SMP_GROUP_SHELL, "shell", true, true, 0 /* an empty command line */},
    {SMP_GROUP_ENUM, "enum", false, false, 0},
    {11, "transport", false, false, 0},
    {SMP_GROUP_ZEPHYR_BASIC, "zephyr basic", false, false, 0},
    {SMP_GROUP_LINE, "slipway line", false, false, 0},
};

const char *smp_group_name(uint32_t id)
{
    for (unsigned i = 0; i < ARRAY_LEN(known); i++)
        if (known[i].id == id)
            return known[i].name;
    return NULL;
}

static enum err add(struct smp_group_list *list, uint32_t id)
{
    if (list->count == ARRAY_LEN(list->group))
        return ERR_FORMAT;
    list->group[list->count++] = (struct smp_group_info){.id = id};
    return ERR_OK;
}

/* ---- details ---- */

static enum err decode_details(struct smp_group_info *g, struct cbor_span entry)
{
    static const struct cbor_key keys[] = {
        {"group", CBOR_UINT}, {"name", CBOR_TEXT}, {"handlers", CBOR_UINT}};
    struct cbor_value v[3];
    if (cbor_map_decode(entry.ptr, entry.len, keys, v, 3, NULL) != ERR_OK || !v[0].present)
        return ERR_FORMAT;
    *g = (struct smp_group_info){
        .id = v[0].u, .has_handlers = v[2].present, .handlers = v[2].present ? v[2].u : 0};
    if (!v[1].present)
        return ERR_OK;
    if (v[1].s.len >= sizeof g->name)
        v[1].s.len = sizeof g->name - 1;
    return exchange_text(g->name, sizeof g->name, v[1].s) == ERR_OK ? ERR_OK : ERR_FORMAT;
}

/* Of the group that *one names, into *one; or, with one NULL, of all, which are added. */
static enum err ask_details(struct smp_client *c, struct smp_group_list *list,
                            struct smp_group_info *one)
{
    static const struct cbor_key keys[] = {{"groups", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_ENUM, SMP_ENUM_DETAILS);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span entry;
    bool more;
    exchange_begin(c, &w);
    if (one != NULL) {
        cbor_put_key(&w, "groups");
        cbor_open_list(&w);
        cbor_put_uint(&w, NULL, one->id);
        cbor_close_list(&w);
    }
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_list_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_list_next(&l, &entry, &more)) == ERR_OK && more) {
        struct smp_group_info g;
        e = decode_details(&g, entry);
        if (e == ERR_OK && one != NULL && g.id == one->id)
            *one = g;
        if (e == ERR_OK && one == NULL && (e = add(list, g.id)) == ERR_OK)
            list->group[list->count - 1] = g;
    }
    return e;
}

/* ---- without details ---- */

static enum err ask_list(struct smp_client *c, struct smp_group_list *list)
{
    static const struct cbor_key keys[] = {{"groups", CBOR_RAW}};
    struct exchange x = exchange_plain(c, SMP_READ, SMP_GROUP_ENUM, SMP_ENUM_LIST);
    struct cbor_writer w;
    struct cbor_value v[1];
    struct cbor_list l;
    struct cbor_span entry;
    uint32_t id;
    bool more;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, keys, v, 1);
    if (e == ERR_OK)
        e = v[0].present ? cbor_list_begin(&l, v[0].s) : ERR_FORMAT;
    while (e == ERR_OK && (e = cbor_list_next(&l, &entry, &more)) == ERR_OK && more) {
        e = cbor_element_uint(entry, &id);
        if (e == ERR_OK)
            e = add(list, id);
    }
    return e;
}

static bool is_unsupported(const struct smp_client *c)
{
    return c->error.group == -1 && c->error.rc == MGMT_ERR_ENOTSUP;
}

/* All details may exceed the server's buffer where those of one group do not. */
static enum err ask_each(struct smp_client *c, struct smp_group_list *list)
{
    for (unsigned i = 0; i < list->count; i++) {
        enum err e = ask_details(c, list, &list->group[i]);
        if (e == ERR_PEER && is_unsupported(c))
            return ERR_OK; /* built without details */
        if (e != ERR_OK && e != ERR_PEER)
            return e;
    }
    return ERR_OK;
}

/* Any answer but "not supported" comes from the group. */
static enum err probe(struct smp_client *c, const struct known *k, bool *there)
{
    struct exchange x = exchange_plain(c, k->probe_writes ? SMP_WRITE : SMP_READ, k->id, k->probe);
    struct cbor_writer w;
    exchange_begin(c, &w);
    enum err e = exchange_run(c, &w, &x, NULL, NULL, 0);
    *there = e == ERR_OK || (e == ERR_PEER && !is_unsupported(c));
    return e == ERR_PEER ? ERR_OK : e;
}

static enum err probe_all(struct smp_client *c, struct smp_group_list *list)
{
    list->is_probed = true;
    for (unsigned i = 0; i < ARRAY_LEN(known); i++) {
        bool there = false;
        enum err e = known[i].has_probe ? probe(c, &known[i], &there) : ERR_OK;
        if (e == ERR_OK && there)
            e = add(list, known[i].id);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

enum err smp_group_list(struct smp_client *c, struct smp_group_list *list)
{
    list->count = 0;
    list->is_probed = false;
    enum err e = ask_details(c, list, NULL);
    if (e != ERR_PEER)
        return e;
    list->count = 0;
    e = ask_list(c, list);
    if (e == ERR_OK)
        return ask_each(c, list);
    return e == ERR_PEER && is_unsupported(c) ? probe_all(c, list) : e;
}
