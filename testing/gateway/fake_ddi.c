#include "testing/gateway/fake_ddi.h"

#include <bearssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/clock.h"
#include "host/gateway/server/http.h"

struct fake_ddi fake_ddi;

struct http_transfer {
    struct http_transfer *next;
    struct http_request r;
    char *url, *json;
};
struct http {
    struct http_transfer *first;
};

void fake_ddi_new(void)
{
    fake_ddi = (struct fake_ddi){.download = "forced", .update = "forced", .window = "available"};
}

void fake_ddi_assign(const char *action, const char *file_name, const uint8_t *file, size_t len)
{
    fake_ddi.action = action;
    fake_ddi.file_name = file_name;
    fake_ddi.file = file;
    fake_ddi.file_len = len;
    fake_ddi.is_closed = fake_ddi.is_success = false;
}

/* ---- the server ---- */

static void hash_text(char *hex, const br_hash_class *kind, size_t len)
{
    br_hash_compat_context c;
    unsigned char digest[32];
    kind->init(&c.vtable);
    kind->update(&c.vtable, fake_ddi.file, fake_ddi.file_len);
    kind->out(&c.vtable, digest);
    for (size_t i = 0; i < len; i++)
        sprintf(hex + 2 * i, "%02x", digest[i]);
}

static void answer_poll(char *body, size_t cap)
{
    static const char link[] = "%s\"%s\":{\"href\":\"" FAKE_DDI_URL "/D/controller/v1/d/%s%s\"}";
    const bool offers = fake_ddi.action != NULL && fake_ddi.cancel == NULL &&
                        (!fake_ddi.is_closed || fake_ddi.offers_closed);
    size_t n = (size_t)snprintf(body, cap,
                                "{\"config\":{\"polling\":{\"sleep\":\"00:00:10\"}},\"_links\":{");
    const char *comma = "";
    fake_ddi.polls++;
    if (fake_ddi.wants_config) {
        n += (size_t)snprintf(body + n, cap - n, link, comma, "configData", "configData", "");
        comma = ",";
    }
    if (fake_ddi.cancel != NULL && fake_ddi.cancel_answer == FAKE_CANCEL_OPEN) {
        n += (size_t)snprintf(body + n, cap - n, link, comma, "cancelAction", "cancelAction/",
                              fake_ddi.cancel);
        comma = ",";
    }
    if (offers || fake_ddi.cancel_answer == FAKE_CANCEL_REJECTED)
        n += (size_t)snprintf(body + n, cap - n, link, comma, "deploymentBase", "deploymentBase/",
                              fake_ddi.action);
    snprintf(body + n, cap - n, "}}");
}

static void answer_deployment(char *body, size_t cap)
{
    char sha256[65], sha1[41];
    fake_ddi.deployments++;
    if (fake_ddi.nonsense != NULL) {
        snprintf(body, cap, "%s", fake_ddi.nonsense);
        if (!fake_ddi.nonsense_stays)
            fake_ddi.nonsense = NULL;
        return;
    }
    hash_text(sha256, &br_sha256_vtable, br_sha256_SIZE);
    hash_text(sha1, &br_sha1_vtable, br_sha1_SIZE);
    snprintf(
        body, cap,
        "{\"id\":\"%s\",\"deployment\":{\"download\":\"%s\",\"update\":\"%s\","
        "\"maintenanceWindow\":\"%s\",\"chunks\":[{\"part\":\"os\",\"version\":\"2.0.0\","
        "\"name\":\"app\",\"artifacts\":[{\"filename\":\"%s\",\"hashes\":{\"sha1\":\"%s\"%s%s%s},"
        "\"size\":%zu,\"_links\":{\"download-http\":{\"href\":\"" FAKE_DDI_URL
        "/D/files/1\"}}}]}]}}",
        fake_ddi.action, fake_ddi.download, fake_ddi.update, fake_ddi.window, fake_ddi.file_name,
        sha1, fake_ddi.has_no_sha256 ? "" : ",\"sha256\":\"", fake_ddi.has_no_sha256 ? "" : sha256,
        fake_ddi.has_no_sha256 ? "" : "\"", fake_ddi.file_len + fake_ddi.size_lie);
}

static void take_feedback(const struct http_transfer *t, bool of_cancel)
{
    const size_t len = strlen(fake_ddi.told);
    snprintf(fake_ddi.told + len, sizeof fake_ddi.told - len, "%s\n", t->json);
    const bool closes = strstr(t->json, "\"closed\"") != NULL;
    if (of_cancel) {
        fake_ddi.cancel_answer = closes ? FAKE_CANCEL_ACCEPTED : FAKE_CANCEL_REJECTED;
        fake_ddi.is_closed |= closes;
    } else if (closes) {
        fake_ddi.ends++;
        fake_ddi.is_closed = true;
        fake_ddi.is_success = strstr(t->json, "\"success\"") != NULL;
    }
}

static struct http_answer send_file(const struct http_transfer *t)
{
    const struct http_request *r = &t->r;
    const size_t end = fake_ddi.breaks_off_at > 0 ? fake_ddi.breaks_off_at : fake_ddi.file_len;
    fake_ddi.downloads++;
    fake_ddi.from = r->from;
    enum err e = r->begin(r->ctx, r->from > 0 ? 206 : 200);
    for (size_t at = (size_t)r->from; e == ERR_OK && at < end; at++) {
        const uint8_t byte = (uint8_t)(fake_ddi.file[at] ^ (fake_ddi.wrong_bytes && at == 100));
        e = r->take(r->ctx, &byte, 1);
    }
    if (e == ERR_OK && end < fake_ddi.file_len)
        e = ERR_CLOSED;
    fake_ddi.breaks_off_at = 0;
    return (struct http_answer){
        .e = e, .status = e == ERR_OK ? 200 : 0, .body = "", .why = "broken off"};
}

static struct http_answer answer(const struct http_transfer *t, char *body, size_t cap)
{
    struct http_answer a = {.e = ERR_OK, .status = 200, .body = body, .why = ""};
    body[0] = '\0';
    if (fake_ddi.failures > 0) {
        fake_ddi.failures--;
        a.status = fake_ddi.status;
        a.retry_after_s = fake_ddi.retry_after_s;
        return a;
    }
    if (fake_ddi.refuses != NULL && strstr(t->url, fake_ddi.refuses) != NULL) {
        a.status = fake_ddi.refuses_by != 0 ? fake_ddi.refuses_by : 403;
        return a;
    }
    if (strstr(t->url, "/files/") != NULL)
        return send_file(t);
    if (t->r.method == HTTP_PUT) {
        snprintf(fake_ddi.config, sizeof fake_ddi.config, "%s", t->json);
        fake_ddi.wants_config = false;
    } else if (t->r.method == HTTP_POST) {
        take_feedback(t, strstr(t->url, "/cancelAction/") != NULL);
    } else if (strstr(t->url, "/cancelAction/") != NULL) {
        snprintf(body, cap, "{\"id\":\"%s\",\"cancelAction\":{\"stopId\":\"%s\"}}", fake_ddi.cancel,
                 fake_ddi.action);
    } else if (strstr(t->url, "/deploymentBase/") != NULL) {
        answer_deployment(body, cap);
    } else if (fake_ddi.nonsense_polls) {
        snprintf(body, cap, "<html>");
    } else {
        answer_poll(body, cap);
    }
    a.len = strlen(body);
    return a;
}

/* ---- http.h ---- */

enum err http_open(struct http **h, const struct http_config *c)
{
    (void)c;
    *h = calloc(1, sizeof **h);
    return *h != NULL ? ERR_OK : ERR_NOMEM;
}

static void drop(struct http_transfer *t)
{
    free(t->url);
    free(t->json);
    free(t);
}

void http_close(struct http *h)
{
    while (h != NULL && h->first != NULL) {
        struct http_transfer *t = h->first;
        h->first = t->next;
        drop(t);
    }
    free(h);
}

enum err http_start(struct http *h, const struct http_request *r, struct http_transfer **t)
{
    struct http_transfer *new = calloc(1, sizeof *new), **at = &h->first;
    if (new == NULL)
        return ERR_NOMEM;
    new->r = *r;
    new->url = strdup(r->url);
    new->json = strdup(r->json != NULL ? r->json : "");
    snprintf(fake_ddi.authorization, sizeof fake_ddi.authorization, "%s",
             r->authorization != NULL ? r->authorization : "");
    while (*at != NULL)
        at = &(*at)->next;
    *at = new;
    if (t != NULL)
        *t = new;
    return ERR_OK;
}

enum err http_poll(struct http *h, unsigned timeout_ms)
{
    static char body[4096];
    struct http_transfer *t = h->first;
    clock_sleep_ms(timeout_ms);
    if (t == NULL)
        return ERR_OK;
    h->first = t->next;
    fake_ddi.requests++;
    fake_ddi.last_ms = clock_ms();
    const struct http_answer a = answer(t, body, sizeof body);
    t->r.done(t->r.ctx, &a);
    drop(t);
    return ERR_OK;
}

void http_wake(struct http *h)
{
    (void)h;
}
