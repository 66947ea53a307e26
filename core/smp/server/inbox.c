#include "core/smp/server/inbox.h"

#include <string.h>

#include "core/base/bytes.h"

static uint8_t *slot(const struct smp_inbox *i, unsigned n)
{
    return i->slots + (i->first + n) % i->count * i->slot_size;
}

static void take_packet(void *ctx, const uint8_t *packet, size_t len)
{
    struct smp_inbox *i = ctx;
    if (i->used == i->count) {
        i->lost++;
        return;
    }
    uint8_t *s = slot(i, i->used++);
    i->most = i->used > i->most ? i->used : i->most;
    put_be16(s, (uint16_t)len);
    memcpy(s + 2, packet, len);
}

void smp_inbox_init(struct smp_inbox *i, uint8_t *slots, size_t slot_size, unsigned count,
                    uint8_t *work)
{
    *i = (struct smp_inbox){.slots = slots, .slot_size = slot_size, .count = count};
    struct smp_console_sink sink = {.packet = take_packet, .ctx = i};
    /* The length L counts the packet and its CRC, at most slot_size - 2; L itself takes the other two bytes. */
    smp_console_decoder_init(&i->decoder, work, slot_size - 2, &sink);
}

void smp_inbox_put(struct smp_inbox *i, const void *bytes, size_t len)
{
    smp_console_put(&i->decoder, bytes, len);
}

const uint8_t *smp_inbox_peek(const struct smp_inbox *i, size_t *len)
{
    if (i->used == 0)
        return NULL;
    const uint8_t *s = slot(i, 0);
    *len = get_be16(s);
    return s + 2;
}

void smp_inbox_drop(struct smp_inbox *i)
{
    if (i->used == 0)
        return;
    i->first = (i->first + 1) % i->count;
    i->used--;
}
