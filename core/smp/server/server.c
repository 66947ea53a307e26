#include "core/smp/server/server.h"

#include "core/smp/server/upload.h"
#include "core/smp/wire/errors.h"

void smp_server_init(struct smp_server *s, const struct smp_server_config *config)
{
    *s = (struct smp_server){.config = config};
}

static void put_rc(struct smp_reply *r, uint32_t rc)
{
    cbor_put_uint(&r->cbor, "rc", rc);
}

int smp_reply_error(struct smp_reply *r, uint32_t group_rc)
{
    const struct smp_group *g = r->group;
    r->refused = true;
    if (r->request->header.version == 0) {
        put_rc(r, group_rc < g->v1_count ? g->v1_rc[group_rc] : MGMT_ERR_EUNKNOWN);
        return MGMT_ERR_EOK;
    }
    cbor_put_key(&r->cbor, "err");
    cbor_open_map(&r->cbor);
    cbor_put_uint(&r->cbor, "group", g->id);
    put_rc(r, group_rc);
    cbor_close_map(&r->cbor);
    return MGMT_ERR_EOK;
}

static smp_handler find_handler(const struct smp_server_config *c, const struct smp_header *h,
                                const struct smp_group **group)
{
    if (h->op != SMP_READ && h->op != SMP_WRITE)
        return NULL;
    for (unsigned i = 0; i < c->group_count; i++) {
        const struct smp_group *g = c->groups[i];
        if (g->id != h->group)
            continue;
        *group = g;
        if (h->id >= g->command_count)
            return NULL;
        const struct smp_command *command = &g->commands[h->id];
        return h->op == SMP_READ ? command->read : command->write;
    }
    return NULL;
}

/* Run the command of q. Returns an enum mgmt_err; with MGMT_ERR_EOK the open map in r is the response. */
static int dispatch(struct smp_server *s, bool guarded, const struct smp_request *q,
                    struct smp_reply *r)
{
    if (q->header.version > 1)
        return MGMT_ERR_UNSUPPORTED_TOO_NEW;
    if (q->header.len > q->body_len)
        return MGMT_ERR_ECORRUPT;
    const struct smp_server_config *c = s->config;
    smp_handler handler = find_handler(c, &q->header, &r->group);
    if (handler == NULL)
        return MGMT_ERR_ENOTSUP;
    const int denied =
        guarded && c->access != NULL ? c->access(c->ctx, r->group, &q->header) : MGMT_ERR_EOK;
    if (denied == MGMT_ERR_EOK)
        return handler(s, q, r);
    s->counts.denied++;
    return denied;
}

static size_t finish(const struct smp_request *q, struct smp_reply *r, uint8_t *response)
{
    cbor_close_map(&r->cbor);
    size_t len = cbor_write_size(&r->cbor);
    struct smp_header h = q->header;
    h.version = h.version > 0;
    h.op = h.op == SMP_READ ? SMP_READ_RSP : SMP_WRITE_RSP;
    h.len = (uint16_t)len;
    smp_header_encode(&h, response);
    return len > 0 ? len + SMP_HEADER_SIZE : 0;
}

static void begin(struct smp_reply *r, const struct smp_request *q, uint8_t *response, size_t cap)
{
    *r = (struct smp_reply){.request = q};
    cbor_write_begin(&r->cbor, response + SMP_HEADER_SIZE, cap - SMP_HEADER_SIZE);
    cbor_open_map(&r->cbor);
}

static size_t refuse(const struct smp_request *q, int rc, uint8_t *response, size_t cap)
{
    struct smp_reply r;
    begin(&r, q, response, cap);
    put_rc(&r, (uint32_t)rc);
    return finish(q, &r, response);
}

/* guarded is a constant in each program, so that the bootloader has nothing of access and counts. */
static size_t handle(struct smp_server *s, bool guarded, const uint8_t *request, size_t len,
                     uint8_t *response, size_t cap, size_t *resp_len)
{
    *resp_len = 0;
    if (len < SMP_HEADER_SIZE)
        return 0;
    struct smp_request q = {.body = request + SMP_HEADER_SIZE, .body_len = len - SMP_HEADER_SIZE};
    smp_header_decode(&q.header, request);
    struct smp_reply r;
    begin(&r, &q, response, cap);
    s->counts.requests += guarded;
    int rc = dispatch(s, guarded, &q, &r);
    if (rc == MGMT_ERR_EOK) {
        *resp_len = finish(&q, &r, response);
        s->counts.errors += guarded && *resp_len > 0 && r.refused;
        if (*resp_len > 0)
            return SMP_HEADER_SIZE + q.header.len;
        rc = MGMT_ERR_EMSGSIZE;
    }
    s->counts.errors += guarded;
    *resp_len = refuse(&q, rc, response, cap);
    return 0; /* a request that failed ends the packet */
}

size_t smp_server_handle_unguarded(struct smp_server *s, const uint8_t *request, size_t len,
                                   uint8_t *response, size_t cap, size_t *resp_len)
{
    return handle(s, false, request, len, response, cap, resp_len);
}

void smp_server_receive(struct smp_server *s, const uint8_t *packet, size_t len, uint8_t *response,
                        size_t cap, void (*send)(void *ctx, const uint8_t *packet, size_t len),
                        void *ctx)
{
    for (size_t at = 0, used = 1; used > 0 && at < len; at += used) {
        size_t n;
        used = handle(s, true, packet + at, len - at, response, cap, &n);
        if (n > 0)
            send(ctx, response, n);
    }
}

void smp_server_poll(struct smp_server *s)
{
    upload_poll(s);
}
