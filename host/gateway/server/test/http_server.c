#include "host/gateway/server/test/http_server.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/compiler.h"

#define SEEN_MAX 1000u

struct http_server {
    struct MHD_Daemon *daemon;
    bool tls;
    pthread_mutex_t lock;
    unsigned seen_count, open, most;
    char seen[SEEN_MAX][24];
};

/* A request while its body comes. */
struct upload {
    char body[1000];
    size_t len;
    bool complete;
};

typedef enum MHD_Result (*answer_fn)(struct MHD_Connection *c, const char *rest);

static enum MHD_Result send_response(struct MHD_Connection *c, unsigned status,
                                     struct MHD_Response *r)
{
    enum MHD_Result ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static struct MHD_Response *text_response(const char *text)
{
    return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
                                           MHD_RESPMEM_MUST_COPY);
}

static enum MHD_Result answer_status(struct MHD_Connection *c, const char *rest)
{
    char text[40];
    snprintf(text, sizeof text, "status %s", rest);
    return send_response(c, (unsigned)atoi(rest), text_response(text));
}

static enum MHD_Result answer_bytes(struct MHD_Connection *c, const char *rest)
{
    size_t n = (size_t)atol(rest), from = 0;
    const char *range = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Range");
    char text[80];
    if (range != NULL)
        assert_int_equal(sscanf(range, "bytes=%zu-", &from), 1);
    if (from > 0 && from >= n)
        return send_response(c, 416, text_response(""));
    char *bytes = malloc(n + 1);
    for (size_t i = 0; i < n; i++)
        bytes[i] = (char)(i % 251);
    struct MHD_Response *r =
        MHD_create_response_from_buffer(n - from, bytes + from, MHD_RESPMEM_MUST_COPY);
    free(bytes);
    snprintf(text, sizeof text, "bytes %zu-%zu/%zu", from, n - 1, n);
    if (range != NULL)
        MHD_add_response_header(r, "Content-Range", text);
    return send_response(c, range != NULL ? 206 : 200, r);
}

static enum MHD_Result answer_wrong_range(struct MHD_Connection *c, const char *rest)
{
    struct MHD_Response *r = text_response("0123456789");
    (void)rest;
    MHD_add_response_header(r, "Content-Range", "bytes 0-9/10");
    return send_response(c, 206, r);
}

static ssize_t endless(void *ctx, uint64_t at, char *buf, size_t max)
{
    (void)ctx;
    (void)at;
    memset(buf, 'x', max);
    return (ssize_t)max;
}

static enum MHD_Result answer_endless(struct MHD_Connection *c, const char *rest)
{
    struct MHD_Response *r =
        MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, endless, NULL, NULL);
    return send_response(c, rest[0] == '/' ? (unsigned)atoi(rest + 1) : 200, r);
}

static enum MHD_Result answer_headers(struct MHD_Connection *c, const char *rest)
{
    struct MHD_Response *r = text_response("");
    char value[1000];
    (void)rest;
    memset(value, 'x', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    for (unsigned i = 0; i < 200; i++)
        MHD_add_response_header(r, "X-Long", value);
    return send_response(c, 200, r);
}

static ssize_t half(void *ctx, uint64_t at, char *buf, size_t max)
{
    (void)ctx;
    if (at >= 500)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    memset(buf, 'x', max < 500 ? max : 500);
    return (ssize_t)(max < 500 ? max : 500);
}

static enum MHD_Result answer_close(struct MHD_Connection *c, const char *rest)
{
    (void)rest;
    return send_response(c, 200, MHD_create_response_from_callback(1000, 500, half, NULL, NULL));
}

static ssize_t never(void *ctx, uint64_t at, char *buf, size_t max)
{
    (void)ctx;
    (void)at;
    (void)buf;
    (void)max;
    return 0; /* later */
}

static enum MHD_Result answer_hang(struct MHD_Connection *c, const char *rest)
{
    (void)rest;
    return send_response(c, 200, MHD_create_response_from_callback(1000, 500, never, NULL, NULL));
}

static enum MHD_Result answer_redirect(struct MHD_Connection *c, const char *rest)
{
    struct MHD_Response *r = text_response("elsewhere");
    (void)rest;
    MHD_add_response_header(r, "Location", "/status/200");
    return send_response(c, 302, r);
}

static enum MHD_Result answer_later(struct MHD_Connection *c, const char *rest)
{
    bool date = rest[0] == '-';
    struct MHD_Response *r = text_response("busy");
    MHD_add_response_header(r, "Retry-After", date ? "Mon, 30 Nov 2026 08:00:30 GMT" : "120");
    return send_response(c, date ? 503 : 429, r);
}

static const char *header(struct MHD_Connection *c, const char *name)
{
    const char *value = MHD_lookup_connection_value(c, MHD_HEADER_KIND, name);
    return value != NULL ? value : "-";
}

static enum MHD_Result answer_echo(struct MHD_Connection *c, const char *method,
                                   const struct upload *u)
{
    char text[2000];
    snprintf(text, sizeof text, "%s|%s|%s|%s|%s|%.*s", method, header(c, "Authorization"),
             header(c, "Content-Type"), header(c, "Accept"), header(c, "User-Agent"), (int)u->len,
             u->body);
    return send_response(c, 200, text_response(text));
}

static enum MHD_Result answer(struct MHD_Connection *c, const char *path)
{
    static const struct {
        const char *path;
        answer_fn answer;
    } table[] = {
        {"/status/", answer_status},
        {"/bytes/", answer_bytes},
        {"/wrong-range", answer_wrong_range},
        {"/endless", answer_endless},
        {"/headers", answer_headers},
        {"/close", answer_close},
        {"/hang", answer_hang},
        {"/redirect", answer_redirect},
        {"/later", answer_later},
    };
    for (size_t i = 0; i < ARRAY_LEN(table); i++)
        if (strncmp(path, table[i].path, strlen(table[i].path)) == 0)
            return table[i].answer(c, path + strlen(table[i].path));
    return answer_status(c, "404");
}

static void note(struct http_server *s, const char *path)
{
    pthread_mutex_lock(&s->lock);
    snprintf(s->seen[s->seen_count++ % SEEN_MAX], sizeof s->seen[0], "%s", path);
    s->open++;
    s->most = s->open > s->most ? s->open : s->most;
    pthread_mutex_unlock(&s->lock);
}

static enum MHD_Result handle(void *ctx, struct MHD_Connection *c, const char *path,
                              const char *method, const char *version, const char *data,
                              size_t *len, void **request)
{
    struct upload *u = *request;
    (void)version;
    if (u == NULL) {
        *request = calloc(1, sizeof *u);
        note(ctx, path);
        return *request != NULL ? MHD_YES : MHD_NO;
    }
    if (*len > 0) {
        size_t n = *len < sizeof u->body - u->len ? *len : sizeof u->body - u->len;
        memcpy(u->body + u->len, data, n);
        u->len += n;
        *len = 0;
        return MHD_YES;
    }
    return strcmp(path, "/echo") == 0 ? answer_echo(c, method, u) : answer(c, path);
}

static void completed(void *ctx, struct MHD_Connection *c, void **request,
                      enum MHD_RequestTerminationCode why)
{
    struct http_server *s = ctx;
    (void)c;
    (void)why;
    if (*request == NULL)
        return;
    free(*request);
    pthread_mutex_lock(&s->lock);
    s->open--;
    pthread_mutex_unlock(&s->lock);
}

struct http_server *http_server_start(const char *key, const char *certificate)
{
    struct http_server *s = calloc(1, sizeof *s);
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    assert_non_null(s);
    pthread_mutex_init(&s->lock, NULL);
    s->tls = key != NULL;
    const struct MHD_OptionItem tls[] = {
        {s->tls ? MHD_OPTION_HTTPS_MEM_KEY : MHD_OPTION_END, 0, (void *)(uintptr_t)key},
        {MHD_OPTION_HTTPS_MEM_CERT, 0, (void *)(uintptr_t)certificate},
        {MHD_OPTION_END, 0, NULL}};
    s->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD | (s->tls ? MHD_USE_TLS : 0), 0, NULL, NULL, handle, s,
        MHD_OPTION_SOCK_ADDR, &a, MHD_OPTION_NOTIFY_COMPLETED, completed, s,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)1 << 20, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
    assert_non_null(s->daemon);
    return s;
}

void http_server_stop(struct http_server *s)
{
    MHD_stop_daemon(s->daemon);
    pthread_mutex_destroy(&s->lock);
    free(s);
}

const char *http_server_url(const struct http_server *s, const char *path)
{
    static char url[200];
    unsigned port = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
    snprintf(url, sizeof url, "%s://127.0.0.1:%u%s", s->tls ? "https" : "http", port, path);
    return url;
}

unsigned http_server_seen(struct http_server *s, const char *path)
{
    unsigned n = 0;
    pthread_mutex_lock(&s->lock);
    for (unsigned i = 0; i < s->seen_count && i < SEEN_MAX; i++)
        n += strncmp(s->seen[i], path, strlen(path)) == 0;
    pthread_mutex_unlock(&s->lock);
    return n;
}

unsigned http_server_most(struct http_server *s)
{
    pthread_mutex_lock(&s->lock);
    unsigned n = s->most;
    pthread_mutex_unlock(&s->lock);
    return n;
}
