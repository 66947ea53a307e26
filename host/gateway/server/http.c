/* http.c - the loop: which requests run, which wait, and which have ended. A request gets a connection only when there is
 * one for it: libcurl's own queue would count the wait against the request's time. */
#include "host/gateway/server/http.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "host/gateway/server/http_transfer.h"

TAILQ_HEAD(transfers, http_transfer);

struct http {
    CURLM *multi;
    struct http_config c; /* its texts are copies */
    struct transfers waiting, running;
    unsigned running_count, waiting_count;
    bool inside;    /* libcurl's loop: nothing can be removed from it */
    bool has_ended; /* a done was called since http_poll began */
};

/* ---- open and close ---- */

static bool copy_config(struct http_config *c)
{
    const char **texts[] = {&c->user_agent, &c->ca_file, &c->proxy};
    bool ok = true;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++)
        ok = http_copy_text(texts[i]) && ok;
    return ok;
}

enum err http_open(struct http **h, const struct http_config *c)
{
    *h = NULL;
    if (c->connections == 0)
        return ERR_INVAL;
    if (c->ca_file != NULL && access(c->ca_file, R_OK) != 0)
        return ERR_NOENT;
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ERR_NOMEM;
    struct http *x = calloc(1, sizeof *x);
    if (x == NULL) {
        curl_global_cleanup();
        return ERR_NOMEM;
    }
    TAILQ_INIT(&x->waiting);
    TAILQ_INIT(&x->running);
    x->c = *c;
    bool copied = copy_config(&x->c);
    x->multi = curl_multi_init();
    if (!copied || x->multi == NULL) {
        http_close(x);
        return ERR_NOMEM;
    }
    curl_multi_setopt(x->multi, CURLMOPT_MAXCONNECTS, (long)c->connections);
    *h = x;
    return ERR_OK;
}

/* Out of the lists, out of libcurl. */
static void take_out(struct http_transfer *t)
{
    struct http *h = t->http;
    if (t->easy == NULL) {
        TAILQ_REMOVE(&h->waiting, t, link);
        h->waiting_count--;
        return;
    }
    curl_multi_remove_handle(h->multi, t->easy);
    TAILQ_REMOVE(&h->running, t, link);
    h->running_count--;
}

static void drop(struct http_transfer *t)
{
    take_out(t);
    http_transfer_free(t);
}

void http_close(struct http *h)
{
    if (h == NULL)
        return;
    while (!TAILQ_EMPTY(&h->running))
        drop(TAILQ_FIRST(&h->running));
    while (!TAILQ_EMPTY(&h->waiting))
        drop(TAILQ_FIRST(&h->waiting));
    curl_multi_cleanup(h->multi);
    curl_global_cleanup();
    free((char *)h->c.user_agent);
    free((char *)h->c.ca_file);
    free((char *)h->c.proxy);
    free(h);
}

/* ---- requests ---- */

static bool has_control(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++)
        if (*c < 0x20 || *c == 0x7f)
            return true;
    return false;
}

static bool is_http(CURLU *u)
{
    char *scheme = NULL, *user = NULL;
    bool ok = curl_url_get(u, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
              (strcmp(scheme, "http") == 0 || strcmp(scheme, "https") == 0) &&
              curl_url_get(u, CURLUPART_USER, &user, 0) == CURLUE_NO_USER;
    curl_free(scheme);
    curl_free(user);
    return ok;
}

/* libcurl refuses control characters in a URL. */
static enum err check_url(const char *url)
{
    CURLU *u = curl_url();
    if (u == NULL)
        return ERR_NOMEM;
    bool ok = curl_url_set(u, CURLUPART_URL, url, 0) == CURLUE_OK && is_http(u);
    curl_url_cleanup(u);
    return ok ? ERR_OK : ERR_INVAL;
}

enum err http_start(struct http *h, const struct http_request *r, struct http_transfer **t)
{
    enum err e = check_url(r->url);
    if (e != ERR_OK)
        return e;
    if (r->authorization != NULL && has_control(r->authorization))
        return ERR_INVAL;
    struct http_transfer *x = http_transfer_new(h, r);
    if (x == NULL)
        return ERR_NOMEM;
    TAILQ_INSERT_TAIL(&h->waiting, x, link);
    h->waiting_count++;
    if (t != NULL)
        *t = x;
    return ERR_OK;
}

void http_cancel(struct http_transfer *t)
{
    if (t->http->inside && t->easy != NULL)
        t->cancelled = true;
    else
        drop(t);
}

unsigned http_pending(const struct http *h)
{
    return h->waiting_count + h->running_count;
}

/* ---- the loop ---- */

/* The end of an empty body is told to the sink, which may cancel, as in libcurl's loop. */
static void end_transfer(struct http_transfer *t, CURLcode rc)
{
    struct http *h = t->http;
    struct http_answer a = {.e = ERR_OK};
    h->inside = true;
    if (!t->cancelled)
        a = http_transfer_end(t, rc, h->c.now());
    h->inside = false;
    take_out(t);
    if (!t->cancelled) {
        h->has_ended = true;
        t->r.done(t->r.ctx, &a);
    }
    http_transfer_free(t);
}

static void start_waiting(struct http *h)
{
    while (h->running_count < h->c.connections && !TAILQ_EMPTY(&h->waiting)) {
        struct http_transfer *t = TAILQ_FIRST(&h->waiting);
        t->e = http_transfer_prepare(t, &h->c);
        if (t->e == ERR_OK && curl_multi_add_handle(h->multi, t->easy) != CURLM_OK)
            t->e = ERR_NOMEM;
        if (t->e != ERR_OK) {
            curl_easy_cleanup(t->easy);
            t->easy = NULL;
            end_transfer(t, CURLE_OUT_OF_MEMORY);
            continue;
        }
        TAILQ_REMOVE(&h->waiting, t, link);
        h->waiting_count--;
        TAILQ_INSERT_TAIL(&h->running, t, link);
        h->running_count++;
    }
}

static void drop_cancelled(struct http *h)
{
    struct http_transfer *next;
    for (struct http_transfer *t = TAILQ_FIRST(&h->running); t != NULL; t = next) {
        next = TAILQ_NEXT(t, link);
        if (t->cancelled)
            drop(t);
    }
}

/* A done may end others, which takes their messages from libcurl's list. */
static void collect(struct http *h)
{
    CURLMsg *m;
    int left;
    while ((m = curl_multi_info_read(h->multi, &left)) != NULL) {
        struct http_transfer *t = NULL;
        if (m->msg != CURLMSG_DONE)
            continue;
        CURLcode rc = m->data.result;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, &t);
        end_transfer(t, rc);
    }
}

static enum err step(struct http *h)
{
    int running;
    start_waiting(h);
    h->inside = true;
    CURLMcode rc = curl_multi_perform(h->multi, &running);
    h->inside = false;
    collect(h);
    drop_cancelled(h);
    return rc == CURLM_OK ? ERR_OK : rc == CURLM_OUT_OF_MEMORY ? ERR_NOMEM : ERR_IO;
}

enum err http_poll(struct http *h, unsigned timeout_ms)
{
    h->has_ended = false;
    enum err e = step(h);
    if (e != ERR_OK || h->has_ended)
        return e;
    int ms = timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms;
    CURLMcode rc = curl_multi_poll(h->multi, NULL, 0, ms, NULL);
    if (rc != CURLM_OK)
        return rc == CURLM_OUT_OF_MEMORY ? ERR_NOMEM : ERR_IO;
    return step(h);
}

void http_wake(struct http *h)
{
    curl_multi_wakeup(h->multi);
}
