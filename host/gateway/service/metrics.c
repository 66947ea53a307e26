/* metrics.c - the server: one path, on loopback, by libmicrohttpd. */
#include "host/gateway/service/metrics.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A scraper needs one connection; more only wait to be closed. */
#define CONNECTIONS   8u
#define TIMEOUT_S     10u
#define REQUEST_BYTES 16384u

struct metrics {
    struct MHD_Daemon *daemon;
    char *(*render)(void *ctx);
    void *ctx;
};

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, char *text,
                              enum MHD_ResponseMemoryMode mode, const char *header,
                              const char *value)
{
    struct MHD_Response *r = MHD_create_response_from_buffer(strlen(text), text, mode);
    if (r == NULL) {
        if (mode == MHD_RESPMEM_MUST_FREE)
            free(text);
        return MHD_NO;
    }
    enum MHD_Result ok = MHD_add_response_header(r, header, value);
    if (ok == MHD_YES)
        ok = MHD_queue_response(c, status, r);
    MHD_destroy_response(r);
    return ok;
}

static enum MHD_Result answer_words(struct MHD_Connection *c, unsigned status, const char *words,
                                    const char *header, const char *value)
{
    return answer(c, status, (char *)(uintptr_t)words, MHD_RESPMEM_PERSISTENT, header, value);
}

static enum MHD_Result answer_metrics(const struct metrics *m, struct MHD_Connection *c)
{
    char *text = m->render(m->ctx);
    if (text == NULL)
        return answer_words(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no metrics at the moment\n",
                            MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    return answer(c, MHD_HTTP_OK, text, MHD_RESPMEM_MUST_FREE, MHD_HTTP_HEADER_CONTENT_TYPE,
                  "text/plain; version=0.0.4");
}

static enum MHD_Result on_request(void *ctx, struct MHD_Connection *c, const char *url,
                                  const char *method, const char *version, const char *body,
                                  size_t *body_len, void **request)
{
    static char seen;
    (void)version;
    (void)body;
    if (*request == NULL) { /* the headers are there; the body, if there is one, is not */
        *request = &seen;
        return MHD_YES;
    }
    if (*body_len > 0) { /* is thrown away */
        *body_len = 0;
        return MHD_YES;
    }
    if (strcmp(method, MHD_HTTP_METHOD_GET) != 0)
        return answer_words(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET\n", MHD_HTTP_HEADER_ALLOW,
                            "GET");
    if (strcmp(url, "/metrics") != 0)
        return answer_words(c, MHD_HTTP_NOT_FOUND, "there is only /metrics\n",
                            MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain");
    return answer_metrics(ctx, c);
}

/* Why the daemon did not start, as far as errno tells. */
static enum err start_error(int error)
{
    return error == EADDRINUSE                 ? ERR_BUSY
           : error == EACCES || error == EPERM ? ERR_ACCESS
           : error == ENOMEM                   ? ERR_NOMEM
                                               : ERR_IO;
}

enum err metrics_start(struct metrics **m, unsigned port, char *(*render)(void *ctx), void *ctx)
{
    struct sockaddr_in at = {.sin_family = AF_INET,
                             .sin_port = htons((uint16_t)port),
                             .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    *m = calloc(1, sizeof **m);
    if (*m == NULL)
        return ERR_NOMEM;
    (*m)->render = render;
    (*m)->ctx = ctx;
    errno = 0;
    (*m)->daemon = MHD_start_daemon(
        MHD_USE_INTERNAL_POLLING_THREAD, (uint16_t)port, NULL, NULL, on_request, *m,
        MHD_OPTION_SOCK_ADDR, (struct sockaddr *)&at, MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)REQUEST_BYTES, MHD_OPTION_END);
    if ((*m)->daemon != NULL)
        return ERR_OK;
    enum err e = start_error(errno);
    free(*m);
    *m = NULL;
    return e;
}

unsigned metrics_port(const struct metrics *m)
{
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(m->daemon, MHD_DAEMON_INFO_BIND_PORT);
    return info != NULL ? info->port : 0;
}

void metrics_stop(struct metrics *m)
{
    if (m == NULL)
        return;
    MHD_stop_daemon(m->daemon);
    free(m);
}
