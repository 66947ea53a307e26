/* transport.h - the interfaces of a transport. A port moves bytes (serial line, pty, TCP, virtual UART); a link moves
 * whole packets (console framing over a port, or datagrams). */
#ifndef CORE_SMP_WIRE_TRANSPORT_H
#define CORE_SMP_WIRE_TRANSPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* Largest packet (header and CBOR) that our client builds or accepts, bytes. */
#define SMP_PACKET_MAX 4096u

struct smp_port {
    /* Writes all len bytes, or fails. ERR_CLOSED: the port is gone. */
    enum err (*write)(struct smp_port *p, const void *data, size_t len);
    /* Reads 1..cap bytes within timeout_ms; *n is their number. ERR_TIMEOUT, ERR_CLOSED. */
    enum err (*read)(struct smp_port *p, void *dst, size_t cap, size_t *n, uint32_t timeout_ms);
    /* From now on baud bits a second, in both directions; what was written must have left. ERR_INVAL: the port does not
     * have this speed, and keeps its own. ERR_IO, ERR_CLOSED. NULL: the port has no speed, or none that can be set. */
    enum err (*set_speed)(struct smp_port *p, uint32_t baud);
};

struct smp_link {
    enum err (*send)(struct smp_link *l, const uint8_t *packet, size_t len);
    /* Receives one packet within timeout_ms. ERR_TIMEOUT, ERR_CLOSED, ERR_NOMEM (packet > cap, dropped). */
    enum err (*recv)(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                     uint32_t timeout_ms);
    size_t overhead;    /* bytes of the peer's buf_size used by framing: 4 on the console, else 0 */
    size_t max_packet;  /* largest packet that the link can carry (datagrams); 0: any */
    bool one_at_a_time; /* a request waits until the one before it is answered */
};

#endif
