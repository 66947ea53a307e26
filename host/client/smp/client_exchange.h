/* client_exchange.h - inside the client half only: one request, its answer, its error. */
#ifndef HOST_CLIENT_SMP_CLIENT_EXCHANGE_H
#define HOST_CLIENT_SMP_CLIENT_EXCHANGE_H

#include "core/smp/wire/cbor_map.h"
#include "core/smp/wire/cbor_write.h"
#include "core/smp/wire/errors.h"
#include "core/smp/wire/packet.h"
#include "host/client/smp/client.h"

/* How long a chunk may take, a sector's erase under it included; the first of an upload may take longer. */
#define CHUNK_TIMEOUT_MS 8000u

/* Start a request's body in c->tx: an open map in *w. */
void exchange_begin(struct smp_client *c, struct cbor_writer *w);

struct exchange {
    uint8_t op;
    uint16_t group;
    uint8_t id;
    uint32_t timeout_ms;
    unsigned retries; /* of a request that may be repeated; 0 for others */
    const char *what; /* is waited for: "the answer" */
    /* Not 0: an echo finds out whether it was lost, after the time that answers take here, at least this long. Again and
     * again, at a size that none was answered: ERR_NOSPC. */
    uint32_t probe_ms;
    /* Several requests of this kind are under way: so many, the last with the sequence number c->seq. 0 is 1. */
    unsigned under_way;
    /* When the one before was answered, by c->now_ms: answers come at that interval. */
    uint64_t since_ms;
};

/* Close the map, send, take the answer that matches; keys and values as in cbor_map_decode. values point into
 * c->rx. ERR_PEER with c->error set; ERR_FORMAT; ERR_NOMEM if the request does not fit; the link's error. */
MUST_CHECK enum err exchange_run(struct smp_client *c, struct cbor_writer *w,
                                 const struct exchange *x, const struct cbor_key *keys,
                                 struct cbor_value *values, unsigned count);

/* The parts of exchange_run, for several requests under way. Send one, as the last; wait for the answer to any of them,
 * an earlier one's included: *which is its request, 0 for the oldest. ERR_TIMEOUT also when an answered echo shows that
 * what is under way is lost. Then decode what is in c->rx. */
MUST_CHECK enum err exchange_send(struct smp_client *c, struct cbor_writer *w,
                                  const struct exchange *x);
MUST_CHECK enum err exchange_await(struct smp_client *c, const struct exchange *x, unsigned *which);
MUST_CHECK enum err exchange_decode(struct smp_client *c, const struct cbor_key *keys,
                                    struct cbor_value *values, unsigned count);

/* Learn the server's buffer size once; a server that does not tell gets small packets. */
MUST_CHECK enum err exchange_learn_size(struct smp_client *c);
/* Halve the packet size from now on, after ERR_NOSPC. False: it is at its minimum. */
MUST_CHECK bool exchange_halve(struct smp_client *c);

/* The command of most calls: ordinary time-out, repeated on silence. */
struct exchange exchange_plain(const struct smp_client *c, uint8_t op, uint16_t group, uint8_t id);

/* Copy a name or version from an answer, as one line whatever the device sent. Control characters become '?';
 * ERR_NOMEM as cbor_text_copy. */
MUST_CHECK enum err exchange_text(char *dst, size_t cap, struct cbor_span text);

#endif
