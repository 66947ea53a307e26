/* ddi_request.h - a request of a device, and its answer, without HTTP's wire: addresses, tokens, DDI's JSON, ranges. */
#ifndef REHEARSE_FLEET_SERVER_DDI_REQUEST_H
#define REHEARSE_FLEET_SERVER_DDI_REQUEST_H

#include "rehearse/fleet/server/ddi_store.h"

/* What does not change while the server runs. */
struct ddi_config {
    const char *tenant;
    const char *gateway_token; /* NULL: none is accepted */
    bool anonymous;            /* no token is needed */
    unsigned sleep_s;          /* of polls, seconds */
};

/* Texts are never NULL; "" if a header is not there. */
struct ddi_request {
    const char *method, *path, *authorization, *range, *if_range;
    const char *body;
    size_t body_len;
    const char *base; /* how links begin: "http://127.0.0.1:8080" */
};

/* text: the caller frees it; NULL: there is none. An artifact: its number, and the bytes that are sent. */
struct ddi_reply {
    unsigned status; /* HTTP's */
    char *text;
    int64_t artifact; /* 0: none */
    uint64_t first, len, size;
    char etag[68];
};

struct ddi {
    struct ddi_store store;
    struct ddi_config config;
};

void ddi_handle(struct ddi *d, const struct ddi_request *q, struct ddi_reply *r);

/* The controller id in a path, or false: the path has none of an allowed form (letters, digits, . _ : -). */
bool ddi_controller_of(const char *path, char controller[DDI_NAME_MAX]);

/* "bytes=A-B", "bytes=A-", "bytes=-N" of size bytes. ERR_FORMAT: something else, which a server ignores; ERR_RANGE: no
 * byte of it is there. */
MUST_CHECK enum err ddi_range_read(const char *text, uint64_t size, uint64_t *first, uint64_t *len);

#endif
