/* raw_decoder.h - SMP answers back to back on a serial line, as Zephyr's raw UART transport and MCUboot's raw recovery
 * send them: no markers, no CRC. The header's length says where a packet ends, and what cannot be a header is text. */
#ifndef HOST_CLIENT_SMP_RAW_DECODER_H
#define HOST_CLIENT_SMP_RAW_DECODER_H

#include "core/smp/wire/console.h"

struct raw_decoder {
    struct smp_console_sink sink;
    uint8_t *buf;
    size_t cap, got; /* bytes of a packet that has begun */
};

/* buf: cap bytes, kept while the decoder is used: the largest packet. The sink is that of the console: text comes in pieces
 * of one byte. */
void raw_decoder_init(struct raw_decoder *d, uint8_t *buf, size_t cap,
                      const struct smp_console_sink *sink);

/* Take bytes up to the end of the first whole packet. Returns how many. */
size_t raw_put_until_packet(struct raw_decoder *d, const void *bytes, size_t len);

/* No more will come of the packet that has begun: it was text, or is lost. */
void raw_give_up(struct raw_decoder *d);

#endif
