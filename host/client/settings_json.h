/* settings_json.h - names and values of settings in JSON: {"NAME": "text", "NAME": {"$bytes": "00ff"}}. */
#ifndef HOST_CLIENT_SETTINGS_JSON_H
#define HOST_CLIENT_SETTINGS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Gets a name (UTF-8, not empty, without NUL) and len bytes, which are valid during the call. False: no more. */
typedef bool (*settings_json_each)(void *ctx, const char *name, const uint8_t *value, size_t len);

/* All members are checked before the first call of each; then they come in the file's order. False: it is not such an
 * object, a value is neither a text nor bytes, or exceeds SMP_PACKET_MAX bytes; then why (cap bytes) says where and what. */
bool settings_json_read(const char *text, size_t len, settings_json_each each, void *ctx, char *why,
                        size_t cap);

#endif
