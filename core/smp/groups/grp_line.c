/* grp_line.c - our own group: the speed of the serial line. core/smp/SPEC.md, "Line speed". */
#include "core/smp/server/line_speed.h"
#include "core/smp/server/server.h"
#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/errors.h"

static int read_speed(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    const struct line_speed *l = s->config->line;
    (void)q;
    if (l == NULL || l->max <= l->usual)
        return MGMT_ERR_ENOTSUP;
    cbor_put_uint(&r->cbor, "baud", l->now);
    cbor_put_uint(&r->cbor, "usual", l->usual);
    cbor_put_uint(&r->cbor, "max", l->max);
    return MGMT_ERR_EOK;
}

static int write_speed(struct smp_server *s, const struct smp_request *q, struct smp_reply *r)
{
    static const struct cbor_key keys[] = {{"baud", CBOR_UINT}};
    struct cbor_value v[1];
    if (s->config->line == NULL)
        return MGMT_ERR_ENOTSUP;
    if (cbor_map_decode(q->body, q->body_len, keys, v, 1, NULL) != ERR_OK || !v[0].present)
        return MGMT_ERR_EINVAL;
    if (!line_speed_ask(s->config->line, v[0].u))
        return smp_reply_error(r, LINE_MGMT_ERR_NO_SUCH_SPEED);
    cbor_put_uint(&r->cbor, "baud", v[0].u);
    return MGMT_ERR_EOK;
}

static const struct smp_command commands[] = {
    [SMP_LINE_SPEED] = {.read = read_speed, .write = write_speed},
};

static const uint8_t v1_rc[] = {
    [LINE_MGMT_ERR_OK] = MGMT_ERR_EOK,
    [LINE_MGMT_ERR_UNKNOWN] = MGMT_ERR_EUNKNOWN,
    [LINE_MGMT_ERR_NO_SUCH_SPEED] = MGMT_ERR_EINVAL,
};

const struct smp_group smp_group_line = {
    .name = "line mgmt",
    .id = SMP_GROUP_LINE,
    .command_count = ARRAY_LEN(commands),
    .v1_count = ARRAY_LEN(v1_rc),
    .commands = commands,
    .v1_rc = v1_rc,
};
