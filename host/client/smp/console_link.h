/* console_link.h - the client's link over a serial line, any port: console framing, or raw packets. Text that is not ours
 * goes to a callback and is never dropped. */
#ifndef HOST_CLIENT_SMP_CONSOLE_LINK_H
#define HOST_CLIENT_SMP_CONSOLE_LINK_H

#include "core/smp/wire/console.h"
#include "core/smp/wire/transport.h"
#include "host/client/smp/raw_decoder.h"

struct smp_console_link {
    struct smp_link link; /* first: what the client sees */
    struct smp_port *port;
    /* Milliseconds of a clock that only rises. NULL: a time-out is judged per read of the port, so
     * a peer that talks without end can hold recv up. */
    uint64_t (*now_ms)(void);
    const bool *interrupt; /* recv ends with ERR_TIMEOUT once it is set, as by text; NULL: never */
    void (*text)(void *ctx, const char *text, size_t len, bool end_of_line);
    void *text_ctx;
    bool raw; /* packets without framing; set by smp_console_link_set_raw */
    struct smp_console_decoder decoder;
    struct raw_decoder raw_decoder;
    /* Of the last packet that was sent, whether over this port or one before it. */
    bool sent, sent_raw, unanswered;
    uint64_t sent_ms;
    unsigned long received; /* bytes, of whatever kind, since the beginning */
    uint64_t received_ms;   /* when the last of them came */
    size_t ready;           /* bytes of the packet in buf, 0 if none */
    bool held;              /* it came before anybody asked for it */
    uint8_t chunk[512];
    size_t chunk_len, chunk_at; /* read from the port, not yet decoded */
    uint8_t buf[SMP_PACKET_MAX + 2];
};

/* text as in struct smp_console_sink; may be NULL, ctx is its argument. The structure must not move afterwards.
 * A port that was lost and is open again: set l->port and call smp_console_link_reopened. */
void smp_console_link_init(struct smp_console_link *l, struct smp_port *port,
                           void (*text)(void *ctx, const char *text, size_t len, bool end_of_line),
                           void *ctx);

/* Forget half lines of the old connection. */
void smp_console_link_reopened(struct smp_console_link *l, struct smp_port *port);

/* From now on packets without framing, or in it again. What has begun to come in is text. */
void smp_console_link_set_raw(struct smp_console_link *l, bool raw);

/* Read for timeout_ms and hand on text; packets that arrive are late answers and are dropped.
 * ERR_OK when the time is over, ERR_CLOSED. */
MUST_CHECK enum err smp_console_link_listen(struct smp_console_link *l, uint32_t timeout_ms);

#endif
