#include "core/smp/wire/packet.h"

#include "core/base/bytes.h"

void smp_header_encode(const struct smp_header *h, uint8_t bytes[SMP_HEADER_SIZE])
{
    bytes[0] = (uint8_t)((h->version & 3u) << 3 | (h->op & 7u));
    bytes[1] = 0;
    put_be16(bytes + 2, h->len);
    put_be16(bytes + 4, h->group);
    bytes[6] = h->seq;
    bytes[7] = h->id;
}

void smp_header_decode(struct smp_header *h, const uint8_t bytes[SMP_HEADER_SIZE])
{
    h->version = bytes[0] >> 3 & 3u;
    h->op = bytes[0] & 7u;
    h->len = get_be16(bytes + 2);
    h->group = get_be16(bytes + 4);
    h->seq = bytes[6];
    h->id = bytes[7];
}
