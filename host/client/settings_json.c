#include "host/client/settings_json.h"

#include <stdio.h>
#include <string.h>

#include "core/smp/wire/transport.h"
#include "host/client/json_bytes.h"
#include "host/client/smp_json_encode.h"

static bool decode(const json_t *v, uint8_t bytes[SMP_PACKET_MAX], size_t *len)
{
    const json_t *hex = json_bytes_of(v);
    if (hex != NULL)
        return json_bytes_decode(hex, bytes, SMP_PACKET_MAX, len);
    *len = json_string_length(v);
    if (!json_is_string(v) || *len > SMP_PACKET_MAX)
        return false;
    memcpy(bytes, json_string_value(v), *len);
    return true;
}

static bool check(json_t *object, char *why, size_t cap)
{
    uint8_t bytes[SMP_PACKET_MAX];
    size_t len;
    if (!json_is_object(object))
        snprintf(why, cap, "it is no object: {\"NAME\": \"VALUE\", ...}");
    for (void *at = json_object_iter(object); at != NULL; at = json_object_iter_next(object, at)) {
        const char *name = json_object_iter_key(at);
        if (name[0] != '\0' && decode(json_object_iter_value(at), bytes, &len))
            continue;
        snprintf(why, cap,
                 name[0] == '\0' ? "a name is empty"
                                 : "the value of %.60s is neither a text nor {\"" SMP_JSON_BYTES
                                   "\": \"00ff\"}, or too long for a packet",
                 name);
        return false;
    }
    return json_is_object(object);
}

bool settings_json_read(const char *text, size_t len, settings_json_each each, void *ctx, char *why,
                        size_t cap)
{
    json_error_t error;
    uint8_t bytes[SMP_PACKET_MAX];
    json_t *root = json_loadb(text, len, JSON_REJECT_DUPLICATES, &error);
    bool ok = root != NULL && check(root, why, cap), more = ok;
    if (root == NULL)
        snprintf(why, cap, "line %d, column %d: %s", error.line, error.column, error.text);
    for (void *at = more ? json_object_iter(root) : NULL; more && at != NULL;
         at = json_object_iter_next(root, at)) {
        size_t n = 0;
        more = decode(json_object_iter_value(at), bytes, &n) &&
               each(ctx, json_object_iter_key(at), bytes, n);
    }
    json_decref(root);
    return ok;
}
