/* smp_json_encode.c - JSON, read by jansson, to CBOR. Apart from the rest: jansson's functions have the names of those that
 * write our JSON (cli.h). */
#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/transport.h"
#include "host/client/json_bytes.h"
#include "host/client/smp_json_encode.h"

struct encoder {
    struct cbor_writer *w;
    const char *wrong; /* NULL: nothing */
};

static void note(struct encoder *e, bool ok)
{
    e->w->failed = e->w->failed || !ok;
}

static void put_bytes(struct encoder *e, const char *key, const json_t *hex)
{
    uint8_t bytes[SMP_PACKET_MAX];
    size_t len;
    if (!json_bytes_decode(hex, bytes, sizeof bytes, &len))
        e->wrong =
            "the value of \"" SMP_JSON_BYTES "\" is not a text of hexadecimal digits that fits a "
            "packet";
    else
        cbor_put_bytes(e->w, key, bytes, len);
}

static void put_value(struct encoder *e, const char *key, const json_t *v, unsigned depth);

static void put_members(struct encoder *e, const json_t *object, unsigned depth)
{
    json_t *o = (json_t *)(uintptr_t)object; /* jansson walks it so; nothing is changed */
    for (void *at = json_object_iter(o); at != NULL; at = json_object_iter_next(o, at))
        put_value(e, json_object_iter_key(at), json_object_iter_value(at), depth);
}

static void put_container(struct encoder *e, const char *key, const json_t *v, unsigned depth)
{
    if (depth == CBOR_DEPTH_MAX) {
        e->wrong = "it is nested too deep";
        return;
    }
    cbor_put_key(e->w, key);
    if (json_is_object(v)) {
        cbor_open_map(e->w);
        put_members(e, v, depth + 1);
        cbor_close_map(e->w);
        return;
    }
    cbor_open_list(e->w);
    for (size_t i = 0; i < json_array_size(v); i++)
        put_value(e, NULL, json_array_get(v, i), depth + 1);
    cbor_close_list(e->w);
}

static void put_value(struct encoder *e, const char *key, const json_t *v, unsigned depth)
{
    switch (json_typeof(v)) {
    case JSON_OBJECT:
        if (json_bytes_of(v) != NULL) {
            put_bytes(e, key, json_bytes_of(v));
            break;
        }
        put_container(e, key, v, depth);
        break;
    case JSON_ARRAY:
        put_container(e, key, v, depth);
        break;
    case JSON_STRING:
        cbor_put_text(e->w, key, json_string_value(v), json_string_length(v));
        break;
    case JSON_INTEGER:
        cbor_put_key(e->w, key);
        note(e, !e->w->failed && zcbor_int64_put(e->w->state, json_integer_value(v)));
        break;
    case JSON_REAL:
        cbor_put_key(e->w, key);
        note(e, !e->w->failed && zcbor_float64_put(e->w->state, json_real_value(v)));
        break;
    case JSON_TRUE:
    case JSON_FALSE:
        cbor_put_bool(e->w, key, json_is_true(v));
        break;
    case JSON_NULL:
        cbor_put_key(e->w, key);
        note(e, !e->w->failed && zcbor_nil_put(e->w->state, NULL));
        break;
    }
}

enum err smp_json_encode(const char *json, struct cbor_writer *w, char *why, size_t cap)
{
    json_error_t error;
    struct encoder e = {.w = w};
    json_t *v = json_loads(json, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (v == NULL) {
        snprintf(why, cap, "column %d: %s", error.column, error.text);
        return ERR_FORMAT;
    }
    if (!json_is_object(v))
        e.wrong = "an SMP command takes an object: {\"key\": value, ...}";
    else
        put_members(&e, v, 1);
    json_decref(v);
    snprintf(why, cap, "%s", e.wrong != NULL ? e.wrong : "");
    return e.wrong == NULL ? ERR_OK : ERR_FORMAT;
}
