/* grp_stat.c - group 2: the program's counters, by name. */
#include <string.h>

#include "core/smp/server/server.h"
#include "core/smp/server/stat.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

static const struct smp_stat_group *find(const struct smp_server_config *c, struct cbor_span name)
{
    for (unsigned i = 0; i < c->stat_count; i++)
        if (cbor_text_is(name, c->stats[i]->name))
            return c->stats[i];
    return NULL;
}

/* Zephyr's error for a group that is not there is the one for a name, not the one for a group. */
static int show(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"name", CBOR_TEXT}};
    struct cbor_value v[1];
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK)
        return MGMT_ERR_EINVAL;
    const struct smp_stat_group *g = v[0].present ? find(s->config, v[0].s) : NULL;
    if (g == NULL)
        return smp_reply_error(r, STAT_MGMT_ERR_INVALID_STAT_NAME);
    cbor_put_text(&r->cbor, "name", g->name, strlen(g->name));
    cbor_put_key(&r->cbor, "fields");
    cbor_open_map(&r->cbor);
    for (unsigned i = 0; i < g->count; i++) {
        const struct smp_stat *f = &g->fields[i];
        cbor_put_uint(&r->cbor, f->name, f->value != NULL ? *f->value : f->read());
    }
    cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static int list(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    (void)q;
    cbor_put_key(&r->cbor, "stat_list");
    cbor_open_list(&r->cbor);
    for (unsigned i = 0; i < s->config->stat_count; i++)
        cbor_put_text(&r->cbor, NULL, s->config->stats[i]->name, strlen(s->config->stats[i]->name));
    cbor_close_list(&r->cbor);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_STAT_SHOW] = {.read = show},
    [SMP_STAT_LIST] = {.read = list},
};

static const uint8_t v1_rc[] = {
    [STAT_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [STAT_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [STAT_MGMT_ERR_INVALID_GROUP] = MGMT_ERR_ENOENT,
    [STAT_MGMT_ERR_INVALID_STAT_NAME] = MGMT_ERR_ENOENT,
    [STAT_MGMT_ERR_INVALID_STAT_SIZE] = MGMT_ERR_EINVAL,
    [STAT_MGMT_ERR_WALK_ABORTED] = MGMT_ERR_EUNKNOWN,
};

const struct smp_group smp_group_stat = {
    .name = "stat mgmt",
    .id = SMP_GROUP_STAT,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
