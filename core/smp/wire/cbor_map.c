#include "core/smp/wire/cbor_map.h"

#include <string.h>

#include <zcbor_decode.h>

/* ---- skipping a value ---- */

/* Not with zcbor_any_skip: it recurses once per level of nesting, so that a packet of 0x81 bytes decides the depth of
 * our stack, and it narrows 64-bit string lengths to size_t. */

struct head {
    uint8_t major;
    bool indefinite;
    uint64_t value;
};

static bool take_head(struct cbor_span *s, struct head *h)
{
    if (s->len == 0)
        return false;
    uint8_t first = s->ptr[0], extra = first & 31u;
    *h = (struct head){.major = first >> 5, .indefinite = extra == 31, .value = extra};
    size_t n = extra >= 24 && extra <= 27 ? (size_t)1 << (extra - 24) : 0;
    if ((extra > 27 && extra < 31) || s->len < 1 + n)
        return false;
    for (size_t i = 0; i < n; i++)
        h->value = (i == 0 ? 0 : h->value << 8) | s->ptr[1 + i];
    s->ptr += 1 + n;
    s->len -= 1 + n;
    return true;
}

/* Values that are left at one level of nesting. */
struct level {
    bool indefinite;
    uint64_t left;
};

/* Skip the content of a string; for a container set *inner to the number of its values. False if malformed. */
static bool enter(struct cbor_span *s, const struct head *h, struct level *inner, bool *opens)
{
    *opens = true;
    *inner = (struct level){.indefinite = h->indefinite, .left = h->value};
    switch (h->major) {
    case ZCBOR_MAJOR_TYPE_BSTR:
    case ZCBOR_MAJOR_TYPE_TSTR:
        if (h->indefinite)
            return true; /* chunks follow */
        *opens = false;
        if (h->value > s->len)
            return false;
        s->ptr += h->value;
        s->len -= (size_t)h->value;
        return true;
    case ZCBOR_MAJOR_TYPE_LIST:
        return h->indefinite || h->value <= s->len; /* an element is at least one byte */
    case ZCBOR_MAJOR_TYPE_MAP:
        inner->left *= 2;
        return h->indefinite || h->value <= s->len;
    case ZCBOR_MAJOR_TYPE_TAG:
        inner->left = 1;
        return !h->indefinite;
    default: /* integers and simple values; 0xff, the break, is not a value */
        *opens = false;
        return !h->indefinite;
    }
}

static bool at_break(const struct cbor_span *s)
{
    return s->len > 0 && s->ptr[0] == 0xff;
}

/* Move *s past one value. */
static bool skip_value(struct cbor_span *s)
{
    struct level level[CBOR_DEPTH_MAX + 1];
    unsigned depth = 0;
    level[0] = (struct level){.indefinite = false, .left = 1};
    for (;;) {
        struct level *l = &level[depth];
        if (l->indefinite ? at_break(s) : l->left == 0) {
            s->ptr += l->indefinite;
            s->len -= l->indefinite;
            if (depth-- == 0)
                return true;
            continue;
        }
        struct head h;
        struct level inner;
        bool opens;
        l->left--;
        if (!take_head(s, &h) || !enter(s, &h, &inner, &opens))
            return false;
        if (!opens)
            continue;
        if (depth == CBOR_DEPTH_MAX)
            return false;
        level[++depth] = inner;
    }
}

/* ---- maps ---- */

static struct cbor_span rest_of(const zcbor_state_t *z)
{
    return (struct cbor_span){z->payload, (size_t)(z->payload_end - z->payload)};
}

/* Take one value as its encoded bytes. */
static bool take_raw(zcbor_state_t *z, struct cbor_span *raw)
{
    struct cbor_span s = rest_of(z);
    *raw = s;
    if (z->elem_count == 0 || !skip_value(&s))
        return false;
    raw->len = (size_t)(s.ptr - raw->ptr);
    z->payload = s.ptr;
    z->elem_count--;
    return true;
}

static bool take_string(zcbor_state_t *z, enum cbor_type type, struct cbor_span *out)
{
    struct zcbor_string s;
    if (!(type == CBOR_TEXT ? zcbor_tstr_decode(z, &s) : zcbor_bstr_decode(z, &s)))
        return false;
    *out = (struct cbor_span){s.value, s.len};
    return true;
}

/* Decode 64 bits and check the range here: zcbor refuses a small number that is encoded in more bytes than the result
 * has. */
static bool take_uint(zcbor_state_t *z, uint32_t *out)
{
    uint64_t wide;
    if (!zcbor_uint64_decode(z, &wide) || wide > UINT32_MAX)
        return false;
    *out = (uint32_t)wide;
    return true;
}

static bool take_int(zcbor_state_t *z, int32_t *out)
{
    int64_t wide;
    if (!zcbor_int64_decode(z, &wide) || wide < INT32_MIN || wide > INT32_MAX)
        return false;
    *out = (int32_t)wide;
    return true;
}

static bool take_flag(zcbor_state_t *z, bool *out)
{
    uint32_t u;
    if (zcbor_bool_decode(z, out))
        return true;
    if (!take_uint(z, &u) || u > 1)
        return false;
    *out = u == 1;
    return true;
}

static bool take_value(zcbor_state_t *z, enum cbor_type type, struct cbor_value *v)
{
    switch (type) {
    case CBOR_UINT:
        return take_uint(z, &v->u);
    case CBOR_INT:
        return take_int(z, &v->i);
    case CBOR_BOOL:
        return zcbor_bool_decode(z, &v->b);
    case CBOR_FLAG:
        return take_flag(z, &v->b);
    case CBOR_TEXT:
    case CBOR_BYTES:
        return take_string(z, type, &v->s);
    case CBOR_RAW:
        return take_raw(z, &v->s);
    }
    return false;
}

static bool take_pair(zcbor_state_t *z, const struct cbor_key *keys, struct cbor_value *values,
                      unsigned count)
{
    struct zcbor_string name;
    struct cbor_span skipped;
    if (!zcbor_tstr_decode(z, &name))
        return false;
    for (unsigned i = 0; i < count; i++) {
        if (!cbor_text_is((struct cbor_span){name.value, name.len}, keys[i].name))
            continue;
        if (values[i].present)
            return false;
        values[i].present = true;
        return take_value(z, keys[i].type, &values[i]);
    }
    return take_raw(z, &skipped);
}

enum err cbor_map_decode(const void *bytes, size_t len, const struct cbor_key *keys,
                         struct cbor_value *values, unsigned count, size_t *used)
{
    for (unsigned i = 0; i < count; i++)
        values[i] = (struct cbor_value){.present = false};
    if (used != NULL)
        *used = 0;
    if (len == 0)
        return ERR_OK;
    ZCBOR_STATE_D(z, 1, bytes, len, 1, 0);
    if (!zcbor_map_start_decode(z))
        return ERR_FORMAT;
    while (!zcbor_array_at_end(z)) {
        if (!take_pair(z, keys, values, count))
            return ERR_FORMAT;
    }
    if (!zcbor_map_end_decode(z))
        return ERR_FORMAT;
    if (used != NULL)
        *used = (size_t)(z->payload - (const uint8_t *)bytes);
    return ERR_OK;
}

/* ---- lists and texts ---- */

enum err cbor_list_begin(struct cbor_list *l, struct cbor_span value)
{
    struct head h;
    if (!take_head(&value, &h) || h.major != ZCBOR_MAJOR_TYPE_LIST)
        return ERR_FORMAT;
    *l = (struct cbor_list){.rest = value, .indefinite = h.indefinite, .left = h.value};
    return ERR_OK;
}

enum err cbor_list_next(struct cbor_list *l, struct cbor_span *element, bool *more)
{
    *more = !(l->indefinite ? at_break(&l->rest) : l->left == 0);
    if (!*more)
        return ERR_OK;
    *element = l->rest;
    if (!skip_value(&l->rest))
        return ERR_FORMAT;
    element->len = (size_t)(l->rest.ptr - element->ptr);
    l->left--;
    return ERR_OK;
}

enum err cbor_element_uint(struct cbor_span element, uint32_t *u)
{
    struct head h;
    if (!take_head(&element, &h) || h.major != ZCBOR_MAJOR_TYPE_PINT || h.indefinite ||
        h.value > UINT32_MAX)
        return ERR_FORMAT;
    *u = (uint32_t)h.value;
    return ERR_OK;
}

enum err cbor_element_text(struct cbor_span element, struct cbor_span *text)
{
    struct head h;
    if (!take_head(&element, &h) || h.major != ZCBOR_MAJOR_TYPE_TSTR || h.indefinite ||
        h.value > element.len)
        return ERR_FORMAT;
    *text = (struct cbor_span){element.ptr, (size_t)h.value};
    return ERR_OK;
}

enum err cbor_text_copy(char *dst, size_t cap, struct cbor_span text)
{
    if (text.len >= cap || memchr(text.ptr, 0, text.len) != NULL)
        return ERR_NOMEM;
    memcpy(dst, text.ptr, text.len);
    dst[text.len] = '\0';
    return ERR_OK;
}

bool cbor_text_is(struct cbor_span text, const char *literal)
{
    return strlen(literal) == text.len && memcmp(literal, text.ptr, text.len) == 0;
}
