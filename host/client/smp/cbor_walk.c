#include "host/client/smp/cbor_walk.h"

#include <zcbor_decode.h>

#define INDEFINITE 31u

bool cbor_value_is_map(struct cbor_span value)
{
    return value.len > 0 && ZCBOR_MAJOR_TYPE(value.ptr[0]) == ZCBOR_MAJOR_TYPE_MAP;
}

/* A map is walked as the list of its keys and values. */
enum err cbor_walk_begin(struct cbor_list *l, struct cbor_span map)
{
    if (!cbor_value_is_map(map))
        return ERR_FORMAT;
    const unsigned extra = ZCBOR_ADDITIONAL(map.ptr[0]);
    const size_t n = extra >= 24 && extra <= 27 ? (size_t)1 << (extra - 24) : 0;
    uint64_t pairs = n > 0 ? 0 : extra;
    if ((extra > 27 && extra < INDEFINITE) || map.len < 1 + n)
        return ERR_FORMAT;
    for (size_t i = 0; i < n; i++)
        pairs = pairs << 8 | map.ptr[1 + i];
    *l = (struct cbor_list){.rest = {map.ptr + 1 + n, map.len - 1 - n},
                            .indefinite = extra == INDEFINITE,
                            .left = 2 * pairs};
    return l->indefinite || pairs <= map.len ? ERR_OK : ERR_FORMAT;
}

enum err cbor_walk_next(struct cbor_list *l, struct cbor_span *key, struct cbor_span *value,
                        bool *more)
{
    struct cbor_span element;
    bool has_value;
    enum err e = cbor_list_next(l, &element, more);
    if (e != ERR_OK || !*more)
        return e;
    if (!cbor_value_text(element, key))
        return ERR_FORMAT;
    e = cbor_list_next(l, value, &has_value);
    return e == ERR_OK && !has_value ? ERR_FORMAT : e;
}

bool cbor_value_text(struct cbor_span value, struct cbor_span *text)
{
    struct zcbor_string s;
    ZCBOR_STATE_D(z, 1, value.ptr, value.len, 1, 0);
    if (!zcbor_tstr_decode(z, &s))
        return false;
    *text = (struct cbor_span){s.value, s.len};
    return true;
}

bool cbor_value_bytes(struct cbor_span value, struct cbor_span *bytes)
{
    struct zcbor_string s;
    ZCBOR_STATE_D(z, 1, value.ptr, value.len, 1, 0);
    if (!zcbor_bstr_decode(z, &s))
        return false;
    *bytes = (struct cbor_span){s.value, s.len};
    return true;
}

bool cbor_value_uint64(struct cbor_span value, uint64_t *u)
{
    ZCBOR_STATE_D(z, 1, value.ptr, value.len, 1, 0);
    return zcbor_uint64_decode(z, u);
}

bool cbor_value_int64(struct cbor_span value, int64_t *i)
{
    ZCBOR_STATE_D(z, 1, value.ptr, value.len, 1, 0);
    return zcbor_int64_decode(z, i);
}
