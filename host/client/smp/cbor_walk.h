/* cbor_walk.h - maps whose keys are not known before: statistics, tasks, pools. Lists are walked by core/smp/wire/cbor_map.h. */
#ifndef HOST_CLIENT_SMP_CBOR_WALK_H
#define HOST_CLIENT_SMP_CBOR_WALK_H

#include "core/smp/wire/cbor_map.h"

/* A walk over the pairs of the map at the start of the bytes. ERR_FORMAT: it is no map. */
MUST_CHECK enum err cbor_walk_begin(struct cbor_list *l, struct cbor_span map);
/* The next pair: the key's text, and the value as its encoded bytes; *more is false at the end. ERR_FORMAT: malformed, or
 * a key that is not text. */
MUST_CHECK enum err cbor_walk_next(struct cbor_list *l, struct cbor_span *key,
                                   struct cbor_span *value, bool *more);

/* What one encoded value is. False if it is of another type. */
bool cbor_value_text(struct cbor_span value, struct cbor_span *text);
bool cbor_value_bytes(struct cbor_span value, struct cbor_span *bytes);
bool cbor_value_uint64(struct cbor_span value, uint64_t *u);
bool cbor_value_int64(struct cbor_span value, int64_t *i);
bool cbor_value_is_map(struct cbor_span value);

#endif
