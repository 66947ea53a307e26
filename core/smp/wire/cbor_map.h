/* cbor_map.h - a table-driven decoder of CBOR maps, for server and client.
 *
 * A table lists the known keys and their types. Keys may come in any order. Unknown keys are skipped with their values;
 * a known key that comes twice or with the wrong type is an error. No byte is trusted, and there is no recursion. */
#ifndef CORE_SMP_WIRE_CBOR_MAP_H
#define CORE_SMP_WIRE_CBOR_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Deepest nesting inside a value that is skipped or of type CBOR_RAW. */
#define CBOR_DEPTH_MAX 12u

enum cbor_type {
    CBOR_UINT, /* 0 .. 2^32 - 1 */
    CBOR_INT,  /* -2^31 .. 2^31 - 1 */
    CBOR_BOOL,
    CBOR_FLAG, /* as CBOR_BOOL, or 0 and 1 as old servers send it */
    CBOR_TEXT, /* not chunked */
    CBOR_BYTES,
    CBOR_RAW, /* any value, as its encoded bytes */
};

struct cbor_span {
    const uint8_t *ptr; /* into the decoded bytes */
    size_t len;
};

struct cbor_key {
    const char *name;
    enum cbor_type type;
};

struct cbor_value {
    bool present;
    union {
        uint32_t u;
        int32_t i;
        bool b;
        struct cbor_span s; /* CBOR_TEXT, CBOR_BYTES: the content; CBOR_RAW: the whole value */
    };
};

/* Decode the map at the start of len bytes. values[i] belongs to keys[i]; present is false if the key is absent. With
 * len 0 the map counts as empty. *used (may be NULL): bytes of the map.
 * ERR_FORMAT: malformed, wrong type, a key twice, a key that is not text, nesting too deep. */
MUST_CHECK enum err cbor_map_decode(const void *bytes, size_t len, const struct cbor_key *keys,
                                    struct cbor_value *values, unsigned count, size_t *used);

/* A walk over the elements of a list. */
struct cbor_list {
    struct cbor_span rest;
    bool indefinite;
    uint64_t left; /* of a definite list */
};

MUST_CHECK enum err cbor_list_begin(struct cbor_list *l, struct cbor_span value);
/* The next element, as its encoded bytes; *more is false at the end. */
MUST_CHECK enum err cbor_list_next(struct cbor_list *l, struct cbor_span *element, bool *more);

/* The number that an element is; ERR_FORMAT if it is none from 0 to 2^32 - 1. */
MUST_CHECK enum err cbor_element_uint(struct cbor_span element, uint32_t *u);

/* The text that an element is; ERR_FORMAT if it is none, or a chunked one. */
MUST_CHECK enum err cbor_element_text(struct cbor_span element, struct cbor_span *text);

/* Copy a text to dst with a NUL. ERR_NOMEM: it does not fit, or contains a NUL. */
MUST_CHECK enum err cbor_text_copy(char *dst, size_t cap, struct cbor_span text);
bool cbor_text_is(struct cbor_span text, const char *literal);

#endif
