/* http.h - many HTTP requests at once on one thread, by libcurl's multi interface.
 *
 * Whoever answers may be broken or hostile: bodies, headers and times are bounded, redirects are answers like others and not
 * followed, TLS certificates are always verified, and only http and https exist. An authorization appears in no text that
 * comes out of here. All calls, and all callbacks, are on the thread that calls http_poll; only http_wake may come from
 * another. */
#ifndef HOST_GATEWAY_SERVER_HTTP_H
#define HOST_GATEWAY_SERVER_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

#define HTTP_HEADERS_MAX       65536u /* bytes of an answer's headers */
#define HTTP_RETRY_AFTER_MAX_S 86400u

/* Texts need not outlive http_open. */
struct http_config {
    const char *user_agent; /* "slipway-gateway/1.2.3" */
    const char
        *ca_file; /* PEM: the only authorities that are trusted then. NULL: those of the system */
    const char *proxy;    /* URL. NULL: none, whatever the environment says */
    unsigned connections; /* requests under way at once, at least 1; others wait in their order */
    unsigned connect_ms;  /* 0: libcurl's 300 s */
    unsigned stall_s;     /* less than 100 bytes a second for so long ends a request; 0: never */
    int64_t (*now)(void); /* Unix seconds, for a Retry-After that names a date */
};

struct http;          /* the loop */
struct http_transfer; /* a request that has not ended */

enum http_method { HTTP_GET, HTTP_PUT, HTTP_POST };

/* How a request ended. Texts are valid during the call. */
struct http_answer {
    /* ERR_OK: an answer came, whatever its status. Else there is none that can be used, and why says so:
     *   ERR_NOENT    no such host
     *   ERR_CLOSED   nobody listens, or the connection ended before the answer did
     *   ERR_TIMEOUT
     *   ERR_ACCESS   the certificate is not to be trusted, or ca_file is unusable
     *   ERR_NOSPC    the body or the headers exceed their bound
     *   ERR_FORMAT   what came is not HTTP, or not the range that was asked for
     *   ERR_NOMEM, ERR_IO, and whatever begin and take return */
    enum err e;
    unsigned status;        /* 200, 404, ...; 0: none came */
    const char *body;       /* what was kept in memory, and a NUL; "" if nothing */
    size_t len;             /* without the NUL */
    unsigned retry_after_s; /* how long to stay away, as the server asks; 0: it does not */
    const char *why;        /* in words; "" with ERR_OK */
};

/* All texts are copied. */
struct http_request {
    enum http_method method;
    const char *url;           /* http or https, without a user name */
    const char *authorization; /* "GatewayToken ..."; NULL: none */
    const char *json;          /* body of PUT and POST; NULL: an empty one */
    unsigned timeout_ms;       /* for all of it, once it is under way; 0: none */
    /* The body goes into memory up to answer_max bytes: a longer one is ERR_NOSPC, or with a status of 300 and above
     * cut, as that is for people only. */
    size_t answer_max;
    /* If take is set, the body of a 200 or 206 goes there. begin comes once before the first take, also before an empty body:
     * with 206 the bytes are those from the offset from on, with 200 they are all. max_bytes: of the whole, counted from
     * offset 0; more is ERR_NOSPC. What these return but ERR_OK ends the request. They may call http_start and http_cancel. */
    enum err (*begin)(void *ctx, unsigned status);
    enum err (*take)(void *ctx, const void *data, size_t len);
    uint64_t from; /* > 0: ask for the bytes from there on ("Range") */
    uint64_t max_bytes;
    /* Called once, from http_poll, unless the request is cancelled. The transfer is gone by then. May call http_start and
     * http_cancel (of others). */
    void (*done)(void *ctx, const struct http_answer *a);
    void *ctx;
};

/* ERR_INVAL: no connections; ERR_NOENT: ca_file cannot be read; ERR_NOMEM. */
MUST_CHECK enum err http_open(struct http **h, const struct http_config *c);
/* Ends all requests; done is not called. Not from a callback. h may be NULL. */
void http_close(struct http *h);

/* Queue a request; it begins in http_poll. t may be NULL; *t is valid until done or http_cancel.
 * ERR_INVAL: url is no such URL, or it or authorization has a control character; ERR_NOMEM. */
MUST_CHECK enum err http_start(struct http *h, const struct http_request *r,
                               struct http_transfer **t);
/* The request ends without a done. */
void http_cancel(struct http_transfer *t);

/* Requests that have not ended. */
unsigned http_pending(const struct http *h);

/* Go on with all requests and call done for those that ended. Returns when one did, after http_wake, or after timeout_ms;
 * also earlier. ERR_IO: libcurl's loop is broken; ERR_NOMEM. */
MUST_CHECK enum err http_poll(struct http *h, unsigned timeout_ms);

/* The present http_poll, or else the next, does not wait. From any thread, not from a signal handler. */
void http_wake(struct http *h);

#endif
