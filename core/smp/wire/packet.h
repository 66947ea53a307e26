/* packet.h - the 8-byte header of an SMP packet. */
#ifndef CORE_SMP_WIRE_PACKET_H
#define CORE_SMP_WIRE_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SMP_HEADER_SIZE 8u

enum smp_op { SMP_READ = 0, SMP_READ_RSP = 1, SMP_WRITE = 2, SMP_WRITE_RSP = 3 };

struct smp_header {
    uint8_t version; /* 0 = SMP v1, 1 = SMP v2; 2 and 3 are reserved */
    uint8_t op;      /* enum smp_op; 4..7 are reserved */
    uint16_t len;    /* bytes of CBOR after the header */
    uint16_t group;
    uint8_t seq;
    uint8_t id;
};

void smp_header_encode(const struct smp_header *h, uint8_t bytes[SMP_HEADER_SIZE]);

/* Reserved bits and flags are ignored, as Zephyr's server does. */
void smp_header_decode(struct smp_header *h, const uint8_t bytes[SMP_HEADER_SIZE]);

#endif
