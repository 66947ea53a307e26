#include "host/client/smp_json.h"

#include <string.h>

#include <zcbor_decode.h>

#include "core/smp/wire/packet.h"
#include "host/client/smp/client_exchange.h"
#include "host/client/smp_json_encode.h"

/* ---- asking ---- */

enum err smp_json_ask(struct smp_client *c, const struct smp_json_request *q, unsigned retries,
                      struct cbor_span *answer)
{
    struct exchange x = exchange_plain(c, q->write ? SMP_WRITE : SMP_READ, q->group, q->id);
    struct cbor_writer w;
    char why[200];
    x.retries = retries;
    exchange_begin(c, &w);
    enum err e = smp_json_encode(q->json, &w, why, sizeof why);
    if (e == ERR_OK)
        e = exchange_run(c, &w, &x, NULL, NULL, 0);
    *answer =
        (struct cbor_span){c->rx + SMP_HEADER_SIZE, e == ERR_OK ? c->rx_len - SMP_HEADER_SIZE : 0};
    return e;
}

/* ---- CBOR to JSON ---- */

/* A NUL would end it: shown as what is no text. */
static const char *text_of(struct zcbor_string s)
{
    char *text = cli_memory(s.len);
    memcpy(text, s.value, s.len);
    for (size_t i = 0; i < s.len; i++)
        if (text[i] == '\0')
            text[i] = '\xff';
    return text;
}

static bool print_value(struct json *j, const char *key, zcbor_state_t *z, unsigned depth);

/* JSON's keys are texts: a number becomes one. */
static const char *take_key(zcbor_state_t *z)
{
    struct zcbor_string s;
    int64_t number;
    if (z->payload < z->payload_end && ZCBOR_MAJOR_TYPE(*z->payload) == ZCBOR_MAJOR_TYPE_TSTR)
        return zcbor_tstr_decode(z, &s) ? text_of(s) : NULL;
    return zcbor_int64_decode(z, &number) ? cli_text("%lld", (long long)number) : NULL;
}

static bool print_members(struct json *j, zcbor_state_t *z, unsigned depth)
{
    if (!zcbor_map_start_decode(z))
        return false;
    while (!zcbor_array_at_end(z)) {
        const char *key = take_key(z);
        if (key == NULL || !print_value(j, key, z, depth))
            return false;
    }
    return zcbor_map_end_decode(z);
}

static bool print_list(struct json *j, zcbor_state_t *z, unsigned depth)
{
    if (!zcbor_list_start_decode(z))
        return false;
    while (!zcbor_array_at_end(z))
        if (!print_value(j, NULL, z, depth))
            return false;
    return zcbor_list_end_decode(z);
}

static bool print_container(struct json *j, const char *key, zcbor_state_t *z, unsigned depth)
{
    bool map = ZCBOR_MAJOR_TYPE(*z->payload) == ZCBOR_MAJOR_TYPE_MAP;
    if (depth == CBOR_DEPTH_MAX)
        return false;
    map ? json_object(j, key) : json_array(j, key);
    bool ok = map ? print_members(j, z, depth + 1) : print_list(j, z, depth + 1);
    json_end(j);
    return ok;
}

static bool print_bytes(struct json *j, const char *key, zcbor_state_t *z)
{
    struct zcbor_string s;
    if (!zcbor_bstr_decode(z, &s))
        return false;
    json_object(j, key);
    json_hex(j, SMP_JSON_BYTES, s.value, s.len);
    json_end(j);
    return true;
}

static bool print_simple(struct json *j, const char *key, zcbor_state_t *z)
{
    unsigned what = ZCBOR_ADDITIONAL(*z->payload);
    double real;
    bool truth;
    if (what == 22 || what == 23) { /* null, undefined */
        json_string(j, key, NULL);
        return what == 22 ? zcbor_nil_expect(z, NULL) : zcbor_undefined_expect(z, NULL);
    }
    if (what >= 25 && what <= 27) {
        if (!zcbor_float_decode(z, &real))
            return false;
        json_real(j, key, real);
        return true;
    }
    if (!zcbor_bool_decode(z, &truth))
        return false;
    json_bool(j, key, truth);
    return true;
}

static bool print_number(struct json *j, const char *key, zcbor_state_t *z)
{
    uint64_t u;
    int64_t i;
    if (ZCBOR_MAJOR_TYPE(*z->payload) == ZCBOR_MAJOR_TYPE_PINT) {
        if (!zcbor_uint64_decode(z, &u))
            return false;
        json_number(j, key, u);
        return true;
    }
    if (!zcbor_int64_decode(z, &i))
        return false;
    json_integer(j, key, i);
    return true;
}

static bool print_value(struct json *j, const char *key, zcbor_state_t *z, unsigned depth)
{
    struct zcbor_string s;
    uint32_t tag;
    if (z->payload >= z->payload_end)
        return false;
    switch (ZCBOR_MAJOR_TYPE(*z->payload)) {
    case ZCBOR_MAJOR_TYPE_PINT:
    case ZCBOR_MAJOR_TYPE_NINT:
        return print_number(j, key, z);
    case ZCBOR_MAJOR_TYPE_BSTR:
        return print_bytes(j, key, z);
    case ZCBOR_MAJOR_TYPE_TSTR:
        if (!zcbor_tstr_decode(z, &s))
            return false;
        json_string(j, key, text_of(s));
        return true;
    case ZCBOR_MAJOR_TYPE_LIST:
    case ZCBOR_MAJOR_TYPE_MAP:
        return print_container(j, key, z, depth);
    case ZCBOR_MAJOR_TYPE_TAG: /* says what the value behind it means */
        return depth < CBOR_DEPTH_MAX && zcbor_tag_decode(z, &tag) &&
               print_value(j, key, z, depth + 1);
    case ZCBOR_MAJOR_TYPE_SIMPLE:
        return print_simple(j, key, z);
    }
    return false;
}

enum err smp_json_print(struct json *j, struct cbor_span map)
{
    if (map.len == 0)
        return ERR_OK;
    ZCBOR_STATE_D(z, CBOR_DEPTH_MAX + 1, map.ptr, map.len, 1, 0);
    return print_members(j, z, 1) ? ERR_OK : ERR_FORMAT;
}
