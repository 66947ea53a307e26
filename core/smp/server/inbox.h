/* inbox.h - requests from a console, in the order of their arrival, until the server has time.
 *
 * The program puts in whatever bytes have come, as often as it can (also while flash is being
 * erased), and takes out whole packets one at a time. */
#ifndef CORE_SMP_SERVER_INBOX_H
#define CORE_SMP_SERVER_INBOX_H

#include "core/smp/wire/console.h"

struct smp_inbox {
    struct smp_console_decoder decoder;
    uint8_t *slots; /* count buffers of slot_size bytes, the caller's */
    size_t slot_size;
    unsigned count, first, used;
    uint32_t lost; /* packets that found no free buffer */
};

/* slots: count * slot_size bytes; slot_size is the buf_size told to clients. work: another slot_size
 * bytes, where a packet is put together. Packets of up to slot_size - 4 bytes are taken; each
 * buffer holds its length (2 bytes) and the packet. */
void smp_inbox_init(struct smp_inbox *i, uint8_t *slots, size_t slot_size, unsigned count,
                    uint8_t *work);

/* A packet too many is dropped, as the protocol wants it. Text is not kept. */
void smp_inbox_put(struct smp_inbox *i, const void *bytes, size_t len);

/* The oldest packet, or NULL. Valid until smp_inbox_drop. */
const uint8_t *smp_inbox_peek(const struct smp_inbox *i, size_t *len);
void smp_inbox_drop(struct smp_inbox *i);

#endif
