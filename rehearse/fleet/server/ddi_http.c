#include "rehearse/fleet/server/ddi_http.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/fleet/fleet_draw.h"
#include "rehearse/fleet/server/ddi_control.h"

#define BODY_MAX    (1u << 20) /* bytes of a request: the judge names thousands of controllers */
#define BLOCK       4096u
#define OTHER_HOST  "127.0.0.2"
#define CONNECTIONS 512u
#define IDLE_S      30u

/* A request while it comes in. */
struct incoming {
    char *body;
    size_t len;
    bool too_long;
};

/* A body while it goes out. */
struct outgoing {
    uint8_t *bytes; /* freed with this */
    uint64_t first, len, size;
    enum ddi_fault fault;
};

/* ---- answers ---- */

/* libmicrohttpd asks for the bytes from at on. */
static ssize_t read_block(void *cls, uint64_t at, char *buf, size_t max)
{
    const struct outgoing *o = cls;
    if (o->fault == FAULT_ENDLESS && at >= o->len) {
        memset(buf, ' ', max);
        return (ssize_t)max;
    }
    if (o->fault == FAULT_DROP && at >= o->len / 2)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    if (at >= o->len)
        return MHD_CONTENT_READER_END_OF_STREAM;
    uint64_t end = o->fault == FAULT_DROP ? o->len / 2 : o->len;
    size_t n = end - at < max ? (size_t)(end - at) : max;
    memcpy(buf, o->bytes + o->first + at, n);
    for (size_t i = 0; o->fault == FAULT_CHANGED && i < n; i++)
        if (o->first + at + i >= o->size / 2)
            buf[i] = (char)~buf[i];
    return (ssize_t)n;
}

static void free_outgoing(void *cls)
{
    struct outgoing *o = cls;
    free(o->bytes);
    free(o);
}

static struct MHD_Response *body_of(uint8_t *bytes, const struct ddi_reply *r, enum ddi_fault fault)
{
    struct outgoing *o = fleet_memory(1, sizeof *o);
    *o = (struct outgoing){bytes, r->first, r->len, r->size, fault};
    return MHD_create_response_from_callback(fault == FAULT_ENDLESS ? MHD_SIZE_UNKNOWN : r->len,
                                             BLOCK, read_block, o, free_outgoing);
}

static enum MHD_Result queue(struct MHD_Connection *c, unsigned status, struct MHD_Response *m)
{
    if (m == NULL)
        return MHD_NO;
    enum MHD_Result done = MHD_queue_response(c, status, m);
    MHD_destroy_response(m);
    return done;
}

/* Takes the text. */
static enum MHD_Result send_text(struct MHD_Connection *c, unsigned status, char *text,
                                 enum ddi_fault fault)
{
    struct ddi_reply r = {.len = text != NULL ? strlen(text) : 0};
    r.size = r.len;
    struct MHD_Response *m = body_of((uint8_t *)text, &r, fault);
    MHD_add_response_header(m, "Content-Type", "application/hal+json");
    return queue(c, status, m);
}

static enum MHD_Result send_artifact(struct ddi_http *h, struct MHD_Connection *c,
                                     const struct ddi_reply *r, enum ddi_fault fault)
{
    char range[80];
    uint64_t size = 0;
    uint8_t *bytes = ddi_artifact_bytes(&h->ddi->store, r->artifact, &size);
    struct MHD_Response *m = body_of(bytes, r, fault);
    MHD_add_response_header(m, "Content-Type", "application/octet-stream");
    MHD_add_response_header(m, "Accept-Ranges", "bytes");
    MHD_add_response_header(m, "ETag", r->etag);
    snprintf(range, sizeof range, "bytes %llu-%llu/%llu", (unsigned long long)r->first,
             (unsigned long long)(r->first + r->len - 1), (unsigned long long)r->size);
    if (r->status == 206)
        MHD_add_response_header(m, "Content-Range", range);
    return queue(c, r->status, m);
}

/* ---- a device's request ---- */

static const char *header_of(struct MHD_Connection *c, const char *name)
{
    const char *text = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
    return text != NULL ? text : "";
}

static enum ddi_fault draw_fault(struct ddi_http *h, const char *path, uint64_t *n)
{
    char controller[DDI_NAME_MAX], name[24];
    struct ddi_target t = {0};
    if (!ddi_controller_of(path, controller))
        return FAULT_NONE;
    if (ddi_target_find(&h->ddi->store, controller, &t))
        ddi_target_request(&h->ddi->store, controller);
    *n = t.requests;
    enum ddi_fault f =
        ddi_fault_draw(&h->faults, controller, t.requests, strstr(path, "/artifacts/") != NULL);
    snprintf(name, sizeof name, "fault_%s", ddi_fault_text(f));
    if (f != FAULT_NONE)
        ddi_count(&h->ddi->store, name);
    return f;
}

/* Answers without doing anything; false: this fault is none of those. */
static bool refuse_by_fault(struct ddi_http *h, struct MHD_Connection *c, const char *path,
                            enum ddi_fault fault, enum MHD_Result *done)
{
    unsigned status = fault == FAULT_500 ? 500 : fault == FAULT_429 ? 429 : 307;
    char location[2048];
    if (fault != FAULT_500 && fault != FAULT_429 && fault != FAULT_REDIRECT)
        return false;
    struct MHD_Response *m = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    snprintf(location, sizeof location, "%s%s", h->other_base, path);
    if (fault == FAULT_429)
        MHD_add_response_header(m, "Retry-After", "1");
    if (fault == FAULT_REDIRECT)
        MHD_add_response_header(m, "Location", location);
    *done = queue(c, status, m);
    return true;
}

static enum MHD_Result answer_device(struct ddi_http *h, struct MHD_Connection *c, const char *path,
                                     const char *method, const struct incoming *in)
{
    struct ddi_reply r;
    enum MHD_Result done;
    uint64_t n = 0;
    enum ddi_fault fault = draw_fault(h, path, &n);
    if (refuse_by_fault(h, c, path, fault, &done))
        return done;
    const struct ddi_request q = {.method = method,
                                  .path = path,
                                  .authorization = header_of(c, "Authorization"),
                                  .range = header_of(c, "Range"),
                                  .if_range = header_of(c, "If-Range"),
                                  .body = in->body != NULL ? in->body : "",
                                  .body_len = in->len,
                                  .base = fault == FAULT_ELSEWHERE ? h->other_base : h->base};
    ddi_handle(h->ddi, &q, &r);
    if (r.artifact != 0)
        return send_artifact(h, c, &r, fault);
    if (fault == FAULT_NONSENSE && r.text != NULL) {
        char *good = r.text;
        r.text = ddi_nonsense(&h->faults, n, good);
        free(good);
    }
    return send_text(c, r.status, r.text, fault);
}

/* ---- requests as they come in ---- */

static bool take_body(struct incoming *in, const char *data, size_t *len)
{
    if (*len == 0)
        return false;
    in->too_long |= in->len + *len > BODY_MAX;
    char *more = in->too_long ? NULL : realloc(in->body, in->len + *len);
    if (more != NULL) {
        memcpy(more + in->len, data, *len);
        in->body = more;
        in->len += *len;
    }
    in->too_long |= more == NULL;
    *len = 0;
    return true;
}

/* True once the request is there as a whole. The first call of libmicrohttpd comes before the body. */
static bool is_complete(void **own, const char *data, size_t *len)
{
    if (*own != NULL)
        return !take_body(*own, data, len);
    *own = fleet_memory(1, sizeof(struct incoming));
    return false;
}

static enum MHD_Result on_device(void *cls, struct MHD_Connection *c, const char *path,
                                 const char *method, const char *version, const char *data,
                                 size_t *len, void **own)
{
    (void)version;
    if (!is_complete(own, data, len))
        return MHD_YES;
    const struct incoming *in = *own;
    return in->too_long ? send_text(c, 413, NULL, FAULT_NONE)
                        : answer_device(cls, c, path, method, in);
}

static enum MHD_Result on_judge(void *cls, struct MHD_Connection *c, const char *path,
                                const char *method, const char *version, const char *data,
                                size_t *len, void **own)
{
    struct ddi_http *h = cls;
    unsigned status;
    (void)path;
    (void)method;
    (void)version;
    if (!is_complete(own, data, len))
        return MHD_YES;
    const struct incoming *in = *own;
    if (in->too_long || in->body == NULL)
        return send_text(c, 400, NULL, FAULT_NONE);
    char *text = ddi_control(h->ddi, &h->faults, in->body, in->len, &status);
    return send_text(c, status, text, FAULT_NONE);
}

static enum MHD_Result on_other(void *cls, struct MHD_Connection *c, const char *path,
                                const char *method, const char *version, const char *data,
                                size_t *len, void **own)
{
    struct ddi_http *h = cls;
    (void)path;
    (void)method;
    (void)version;
    if (!is_complete(own, data, len))
        return MHD_YES;
    ddi_count(&h->ddi->store, "followed");
    return send_text(c, 200, strdup("{}"), FAULT_NONE);
}

static void on_done(void *cls, struct MHD_Connection *c, void **own,
                    enum MHD_RequestTerminationCode code)
{
    struct incoming *in = *own;
    (void)cls;
    (void)c;
    (void)code;
    if (in != NULL)
        free(in->body);
    free(in);
    *own = NULL;
}

/* ---- open, run, close ---- */

static struct MHD_Daemon *listen_at(struct ddi_http *h, const char *host, uint16_t *port,
                                    MHD_AccessHandlerCallback handler, const char *certificate,
                                    const char *key)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(*port)};
    inet_pton(AF_INET, host, &a.sin_addr);
    const struct MHD_OptionItem tls[] = {
        {certificate != NULL ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0,
         (void *)(uintptr_t)certificate},
        {MHD_OPTION_HTTPS_MEM_KEY, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_END, 0, NULL}};
    struct MHD_Daemon *d = MHD_start_daemon(
        MHD_USE_EPOLL | (certificate != NULL ? MHD_USE_TLS : 0u), *port, NULL, NULL, handler, h,
        MHD_OPTION_SOCK_ADDR, &a, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u,
        MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, IDLE_S,
        MHD_OPTION_NOTIFY_COMPLETED, on_done, NULL, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    if (d != NULL)
        *port = MHD_get_daemon_info(d, MHD_DAEMON_INFO_BIND_PORT)->port;
    return d;
}

enum err ddi_http_open(struct ddi_http *h, uint16_t *port, uint16_t *judge_port,
                       const char *certificate, const char *key)
{
    const char *scheme = certificate != NULL ? "https" : "http";
    uint16_t other_port = 0;
    h->devices = listen_at(h, "127.0.0.1", port, on_device, certificate, key);
    h->judge = listen_at(h, "127.0.0.1", judge_port, on_judge, NULL, NULL);
    h->other = listen_at(h, OTHER_HOST, &other_port, on_other, certificate, key);
    snprintf(h->base, sizeof h->base, "%s://127.0.0.1:%u", scheme, *port);
    snprintf(h->other_base, sizeof h->other_base, "%s://" OTHER_HOST ":%u", scheme, other_port);
    return h->devices != NULL && h->judge != NULL && h->other != NULL ? ERR_OK : ERR_IO;
}

static int epoll_of(struct MHD_Daemon *d)
{
    return MHD_get_daemon_info(d, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* Milliseconds that poll may wait: as long as the most impatient of the three. */
static int patience(struct MHD_Daemon *const *daemons)
{
    MHD_UNSIGNED_LONG_LONG ms, least = 60000;
    for (unsigned i = 0; i < 3; i++)
        if (MHD_get_timeout(daemons[i], &ms) == MHD_YES && ms < least)
            least = ms;
    return (int)least;
}

void ddi_http_run(struct ddi_http *h, int stop)
{
    struct MHD_Daemon *const daemons[] = {h->devices, h->judge, h->other};
    struct pollfd p[] = {{epoll_of(h->devices), POLLIN, 0},
                         {epoll_of(h->judge), POLLIN, 0},
                         {epoll_of(h->other), POLLIN, 0},
                         {stop, POLLIN, 0}};
    while ((p[3].revents & POLLIN) == 0) {
        poll(p, 4, patience(daemons));
        for (unsigned i = 0; i < 3; i++)
            MHD_run(daemons[i]);
    }
}

void ddi_http_close(struct ddi_http *h)
{
    struct MHD_Daemon *const daemons[] = {h->devices, h->judge, h->other};
    for (unsigned i = 0; i < 3; i++)
        if (daemons[i] != NULL)
            MHD_stop_daemon(daemons[i]);
}
