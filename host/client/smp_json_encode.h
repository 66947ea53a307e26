/* smp_json_encode.h - what a person types for an SMP command, as CBOR. */
#ifndef HOST_CLIENT_SMP_JSON_ENCODE_H
#define HOST_CLIENT_SMP_JSON_ENCODE_H

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/smp/wire/cbor_write.h"

/* A byte string, which JSON does not have, is {"$bytes": "00ff"}. */
#define SMP_JSON_BYTES "$bytes"

/* The members of a JSON object into the map that is open in w. ERR_FORMAT: it is none that CBOR can say; why (cap bytes)
 * then says where and what. Whether it fits, w knows. */
MUST_CHECK enum err smp_json_encode(const char *json, struct cbor_writer *w, char *why, size_t cap);

#endif
