/* http_transfer.h - one request of http.c: what goes out and what comes. */
#ifndef HOST_GATEWAY_SERVER_HTTP_TRANSFER_H
#define HOST_GATEWAY_SERVER_HTTP_TRANSFER_H

#include <curl/curl.h>
#include <sys/queue.h>

#include "host/gateway/server/http.h"

struct http_transfer {
    TAILQ_ENTRY(http_transfer) link;
    struct http *http;
    bool cancelled;        /* in a callback of libcurl, where it cannot be removed yet */
    struct http_request r; /* its texts are copies */
    CURL *easy;            /* NULL: it waits */
    struct curl_slist *headers;
    /* What has come. */
    char *body; /* NULL: nothing */
    size_t len, cap;
    size_t header_bytes;
    uint64_t taken; /* bytes that the sink has */
    bool begun;     /* the sink knows the status */
    bool cut;       /* the rest of an error's text is not wanted */
    enum err e;     /* our own reason to end it */
    char why[CURL_ERROR_SIZE];
    char errors[CURL_ERROR_SIZE]; /* libcurl's words */
};

/* *text becomes a copy; NULL stays. False: no memory, and *text is NULL. */
bool http_copy_text(const char **text);

/* A waiting one, with copies of r's texts. NULL: no memory. */
struct http_transfer *http_transfer_new(struct http *h, const struct http_request *r);
/* Its easy handle is in no multi handle any more. */
void http_transfer_free(struct http_transfer *t);

/* Make its easy handle. ca_file and proxy as in http_config. */
MUST_CHECK enum err http_transfer_prepare(struct http_transfer *t, const struct http_config *c);

/* What became of it, when libcurl has ended it with rc; now as in http_config. Texts live as long as t. */
struct http_answer http_transfer_end(struct http_transfer *t, CURLcode rc, int64_t now);

/* Seconds of a Retry-After: "120", or an HTTP date. 0: it is neither, or past; at most HTTP_RETRY_AFTER_MAX_S. */
unsigned http_retry_after(const char *value, int64_t now);

#endif
