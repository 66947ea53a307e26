/* inbox.h - a queue of requests from a console.
 *
 * The program puts in received bytes as often as it can, also while flash is being erased, and takes out one packet at
 * a time. */
#ifndef CORE_SMP_SERVER_INBOX_H
#define CORE_SMP_SERVER_INBOX_H

#include "core/smp/wire/console.h"

struct smp_inbox {
    struct smp_console_decoder decoder;
    uint8_t *slots; /* count buffers of slot_size bytes, the caller's */
    size_t slot_size;
    unsigned count, first, used;
    unsigned most; /* the highest value of used so far */
    uint32_t lost; /* packets dropped because no buffer was free */
};

/* slots: count * slot_size bytes; slot_size is the buf_size that clients see. work: another slot_size bytes, where a
 * packet is assembled. Packets of up to slot_size - 4 bytes are accepted. */
void smp_inbox_init(struct smp_inbox *i, uint8_t *slots, size_t slot_size, unsigned count,
                    uint8_t *work);

/* If no buffer is free, the packet is dropped, as mcumgr expects. Console text is ignored. */
void smp_inbox_put(struct smp_inbox *i, const void *bytes, size_t len);

/* The oldest packet, or NULL. Valid until smp_inbox_drop. */
const uint8_t *smp_inbox_peek(const struct smp_inbox *i, size_t *len);
void smp_inbox_drop(struct smp_inbox *i);

#endif
