/* smp_json.h - any SMP command, with what it takes and what it answers as JSON. Byte strings as in
 * smp_json_encode.h, in both directions. */
#ifndef HOST_CLIENT_SMP_JSON_H
#define HOST_CLIENT_SMP_JSON_H

#include "core/smp/wire/cbor_map.h"
#include "host/cli/core/cli.h"
#include "host/client/smp/client.h"

struct smp_json_request {
    bool write; /* else a read */
    uint16_t group;
    uint8_t id;
    const char *json; /* an object */
};

/* Ask. A read is repeated on silence, a write only if retries says so. *answer: the whole map, in c->rx. Errors as those of
 * client.h, and ERR_FORMAT as smp_json_encode. */
MUST_CHECK enum err smp_json_ask(struct smp_client *c, const struct smp_json_request *q,
                                 unsigned retries, struct cbor_span *answer);

/* The members of a map into the object that is open in j. ERR_FORMAT: it is none, or has what JSON cannot say (a list as a
 * key, a text in chunks, more than CBOR_DEPTH_MAX levels); then half of it is written. */
MUST_CHECK enum err smp_json_print(struct json *j, struct cbor_span map);

#endif
