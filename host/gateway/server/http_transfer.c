/* http_transfer.c - the options of a request, and the bounds of what comes. */
#include "host/gateway/server/http_transfer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STALL_BYTES_PER_S 100L

/* ---- texts ---- */

bool http_copy_text(const char **text)
{
    if (*text == NULL)
        return true;
    *text = strdup(*text);
    return *text != NULL;
}

struct http_transfer *http_transfer_new(struct http *h, const struct http_request *r)
{
    struct http_transfer *t = calloc(1, sizeof *t);
    if (t == NULL)
        return NULL;
    t->http = h;
    t->r = *r;
    bool url = http_copy_text(&t->r.url), authorization = http_copy_text(&t->r.authorization);
    if (http_copy_text(&t->r.json) && url && authorization)
        return t;
    http_transfer_free(t);
    return NULL;
}

void http_transfer_free(struct http_transfer *t)
{
    curl_easy_cleanup(t->easy);
    curl_slist_free_all(t->headers);
    free((char *)t->r.url);
    free((char *)t->r.authorization);
    free((char *)t->r.json);
    free(t->body);
    free(t);
}

/* ---- what comes ---- */

/* Ends the transfer: libcurl stops at a callback that takes less than all. */
static size_t fail(struct http_transfer *t, enum err e, const char *why)
{
    t->e = e;
    snprintf(t->why, sizeof t->why, "%s", why);
    return 0;
}

static size_t take_header(char *line, size_t size, size_t n, void *ctx)
{
    struct http_transfer *t = ctx;
    (void)line;
    t->header_bytes += size * n;
    if (t->cancelled || t->header_bytes > HTTP_HEADERS_MAX)
        return fail(t, ERR_NOSPC, "the answer's headers are too long");
    return size * n;
}

/* A header's value; NULL: the answer has none. */
static const char *header_of(const struct http_transfer *t, const char *name)
{
    struct curl_header *h;
    return curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &h) == CURLHE_OK ? h->value : NULL;
}

static unsigned status_of(const struct http_transfer *t)
{
    long status = 0;
    if (t->easy != NULL)
        curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    return status < 0 ? 0 : (unsigned)status;
}

/* "bytes 100-199/200" begins where we asked. */
static bool is_our_range(const struct http_transfer *t)
{
    char want[40];
    const char *range = header_of(t, "Content-Range");
    snprintf(want, sizeof want, "bytes %" PRIu64 "-", t->r.from);
    return t->r.from > 0 && range != NULL && strncmp(range, want, strlen(want)) == 0;
}

static bool is_for_sink(const struct http_transfer *t, unsigned status)
{
    return t->r.take != NULL && (status == 200 || status == 206);
}

/* Before the first byte of a sink. Leaves the reason in t. */
static void begin(struct http_transfer *t, unsigned status)
{
    curl_off_t announced = -1;
    curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &announced);
    if (t->begun)
        return;
    t->begun = true;
    if (status == 206 && !is_our_range(t)) {
        fail(t, ERR_FORMAT, "the server sent another range of bytes than the one asked for");
        return;
    }
    t->taken = status == 206 ? t->r.from : 0;
    if (t->taken > t->r.max_bytes ||
        (announced > 0 && (uint64_t)announced > t->r.max_bytes - t->taken)) {
        fail(t, ERR_NOSPC, "the file is longer than announced");
        return;
    }
    enum err e = t->r.begin != NULL ? t->r.begin(t->r.ctx, status) : ERR_OK;
    if (e != ERR_OK)
        fail(t, e, "the file could not be stored");
}

static size_t sink(struct http_transfer *t, unsigned status, const char *data, size_t len)
{
    begin(t, status);
    if (t->e != ERR_OK)
        return 0;
    if (len > t->r.max_bytes - t->taken)
        return fail(t, ERR_NOSPC, "the file is longer than announced");
    enum err e = t->r.take(t->r.ctx, data, len);
    if (e != ERR_OK)
        return fail(t, e, "the file could not be stored");
    t->taken += len;
    return len;
}

/* Room for len bytes more and a NUL. */
static bool make_room(struct http_transfer *t, size_t len)
{
    size_t want = t->len + len + 1;
    if (want <= t->cap)
        return true;
    want = want > 2 * t->cap ? want : 2 * t->cap;
    char *body = realloc(t->body, want);
    if (body == NULL)
        return false;
    t->body = body;
    t->cap = want;
    return true;
}

static size_t keep(struct http_transfer *t, unsigned status, const char *data, size_t len)
{
    size_t room = t->r.answer_max - t->len;
    bool all = len <= room;
    if (!all && status < 300)
        return fail(t, ERR_NOSPC, "the answer is longer than it may be");
    if (!make_room(t, all ? len : room))
        return fail(t, ERR_NOMEM, "the answer does not fit into memory");
    memcpy(t->body + t->len, data, all ? len : room);
    t->len += all ? len : room;
    t->body[t->len] = '\0';
    t->cut = !all;
    return all ? len : 0;
}

static size_t take_body(char *data, size_t size, size_t n, void *ctx)
{
    struct http_transfer *t = ctx;
    unsigned status = status_of(t);
    if (t->cancelled)
        return 0;
    return is_for_sink(t, status) ? sink(t, status, data, size * n)
                                  : keep(t, status, data, size * n);
}

/* ---- what goes out ---- */

static bool add_header(struct http_transfer *t, const char *name, const char *value)
{
    size_t cap = strlen(name) + strlen(value) + 3;
    char *line = malloc(cap);
    if (line == NULL)
        return false;
    snprintf(line, cap, "%s: %s", name, value);
    struct curl_slist *longer = curl_slist_append(t->headers, line);
    free(line);
    if (longer == NULL)
        return false;
    t->headers = longer;
    return true;
}

static bool set_headers(struct http_transfer *t)
{
    return (t->r.authorization == NULL || add_header(t, "Authorization", t->r.authorization)) &&
           (t->r.take != NULL || add_header(t, "Accept", "application/json")) &&
           (t->r.method == HTTP_GET || add_header(t, "Content-Type", "application/json")) &&
           curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK;
}

static bool set_request(struct http_transfer *t)
{
    static const char *const methods[] = {
        [HTTP_GET] = "GET", [HTTP_PUT] = "PUT", [HTTP_POST] = "POST"};
    const char *json = t->r.json != NULL ? t->r.json : "";
    char range[40];
    snprintf(range, sizeof range, "%" PRIu64 "-", t->r.from);
    return curl_easy_setopt(t->easy, CURLOPT_URL, t->r.url) == CURLE_OK &&
           (t->r.method == HTTP_GET ||
            curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, json) == CURLE_OK) &&
           curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, methods[t->r.method]) == CURLE_OK &&
           (t->r.from == 0 || curl_easy_setopt(t->easy, CURLOPT_RANGE, range) == CURLE_OK);
}

/* An own authority replaces the system's file and its folder. */
static bool set_trust(CURL *easy, const struct http_config *c)
{
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    return curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, c->proxy != NULL ? c->proxy : "") == CURLE_OK &&
           (c->ca_file == NULL || (curl_easy_setopt(easy, CURLOPT_CAINFO, c->ca_file) == CURLE_OK &&
                                   curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK));
}

/* HTTP/1.1: what every DDI server speaks, and all that the tests here speak. */
static bool set_limits(struct http_transfer *t, const struct http_config *c)
{
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)c->connect_ms);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, STALL_BYTES_PER_S);
    curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, (long)c->stall_s);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)t->r.timeout_ms);
    return c->user_agent == NULL ||
           curl_easy_setopt(easy, CURLOPT_USERAGENT, c->user_agent) == CURLE_OK;
}

static void set_callbacks(struct http_transfer *t)
{
    curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->errors);
    curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
    curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
    curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
}

enum err http_transfer_prepare(struct http_transfer *t, const struct http_config *c)
{
    t->easy = curl_easy_init();
    if (t->easy == NULL)
        return ERR_NOMEM;
    set_callbacks(t);
    return set_request(t) && set_headers(t) && set_limits(t, c) && set_trust(t->easy, c)
               ? ERR_OK
               : ERR_NOMEM;
}

/* ---- the end ---- */

static enum err err_of(CURLcode rc)
{
    static const struct {
        CURLcode rc;
        enum err e;
    } table[] = {
        {CURLE_OK, ERR_OK},
        {CURLE_COULDNT_RESOLVE_HOST, ERR_NOENT},
        {CURLE_COULDNT_RESOLVE_PROXY, ERR_NOENT},
        {CURLE_COULDNT_CONNECT, ERR_CLOSED},
        {CURLE_GOT_NOTHING, ERR_CLOSED},
        {CURLE_PARTIAL_FILE, ERR_CLOSED},
        {CURLE_SEND_ERROR, ERR_CLOSED},
        {CURLE_RECV_ERROR, ERR_CLOSED},
        {CURLE_OPERATION_TIMEDOUT, ERR_TIMEOUT},
        {CURLE_PEER_FAILED_VERIFICATION, ERR_ACCESS},
        {CURLE_SSL_ISSUER_ERROR, ERR_ACCESS},
        {CURLE_SSL_CACERT_BADFILE, ERR_ACCESS},
        {CURLE_SSL_CONNECT_ERROR, ERR_CLOSED},
        {CURLE_OUT_OF_MEMORY, ERR_NOMEM},
        {CURLE_WEIRD_SERVER_REPLY, ERR_FORMAT},
        {CURLE_UNSUPPORTED_PROTOCOL, ERR_FORMAT}, /* HTTP/0.9, and versions to come */
        {CURLE_BAD_CONTENT_ENCODING, ERR_FORMAT},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (table[i].rc == rc)
            return table[i].e;
    return ERR_IO;
}

unsigned http_retry_after(const char *value, int64_t now)
{
    char *end;
    int64_t s = 0;
    if (value == NULL)
        return 0;
    if (value[0] >= '0' && value[0] <= '9') {
        s = strtoll(value, &end, 10);
        s = *end == '\0' ? s : 0;
    } else {
        time_t date = curl_getdate(value, NULL);
        s = date > now ? date - now : 0;
    }
    return s > HTTP_RETRY_AFTER_MAX_S ? HTTP_RETRY_AFTER_MAX_S : (unsigned)s;
}

/* Our own reason wins over libcurl's, which then only says that a callback failed. */
static void settle(struct http_transfer *t, CURLcode rc)
{
    if (t->e != ERR_OK || t->cut || rc == CURLE_OK)
        return;
    t->e = err_of(rc);
    snprintf(t->why, sizeof t->why, "%s",
             t->errors[0] != '\0' ? t->errors : curl_easy_strerror(rc));
}

struct http_answer http_transfer_end(struct http_transfer *t, CURLcode rc, int64_t now)
{
    unsigned status = status_of(t);
    settle(t, rc);
    if (t->e == ERR_OK && is_for_sink(t, status))
        begin(t, status); /* of an empty body */
    if (t->e != ERR_OK && t->why[0] == '\0')
        snprintf(t->why, sizeof t->why, "%s", err_text(t->e));
    return (struct http_answer){
        .e = t->e,
        .status = status,
        .body = t->body != NULL ? t->body : "",
        .len = t->len,
        .retry_after_s = t->easy != NULL ? http_retry_after(header_of(t, "Retry-After"), now) : 0,
        .why = t->why,
    };
}
