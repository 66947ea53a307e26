/* json_bytes.h - byte strings in JSON, which has none: {"$bytes": "00ff"}. For files that use jansson. */
#ifndef HOST_CLIENT_JSON_BYTES_H
#define HOST_CLIENT_JSON_BYTES_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What stands behind "$bytes", or NULL if v is anything else. */
const json_t *json_bytes_of(const json_t *v);
/* The bytes; false: it is not a text of hexadecimal digits in pairs, or they exceed cap. */
bool json_bytes_decode(const json_t *hex, uint8_t *bytes, size_t cap, size_t *len);

#endif
