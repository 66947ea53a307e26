/* transport.h - how SMP packets travel. A port moves bytes (serial line, pty, TCP, a virtual UART); a
 * link moves whole packets (console framing over a port, or datagrams). */
#ifndef CORE_SMP_WIRE_TRANSPORT_H
#define CORE_SMP_WIRE_TRANSPORT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Largest packet (header and CBOR) that our client builds or accepts, bytes. */
#define SMP_PACKET_MAX 4096u

struct smp_port {
    /* All len bytes, or an error. ERR_CLOSED: the port has gone. */
    enum err (*write)(struct smp_port *p, const void *data, size_t len);
    /* 1..cap bytes within timeout_ms, count in *n. ERR_TIMEOUT, ERR_CLOSED. */
    enum err (*read)(struct smp_port *p, void *dst, size_t cap, size_t *n, uint32_t timeout_ms);
};

struct smp_link {
    enum err (*send)(struct smp_link *l, const uint8_t *packet, size_t len);
    /* One whole packet within timeout_ms. ERR_TIMEOUT, ERR_CLOSED, ERR_NOMEM (packet > cap, dropped). */
    enum err (*recv)(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                     uint32_t timeout_ms);
    size_t overhead; /* bytes of the peer's buf_size that framing uses: 4 on the console, 0 else */
    size_t max_packet; /* largest packet that this kind of link carries (datagrams); 0: any */
};

#endif
