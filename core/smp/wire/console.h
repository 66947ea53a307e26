/* console.h - the SMP console transport: packets as base64 lines between log lines.
 *
 * The length L (2 bytes, big-endian: packet + CRC), the packet and its CRC-16/XMODEM are encoded as lines of base64: 06
 * 09 starts the first line, 04 14 each further line, 0a ends each. Everything else is console text. */
#ifndef CORE_SMP_WIRE_CONSOLE_H
#define CORE_SMP_WIRE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/smp/wire/base64.h"

#define SMP_CONSOLE_LINE_MAX 127u /* markers and line feed included; every server accepts it */
#define SMP_CONSOLE_LINE_RAW 93u  /* bytes before base64 in a full line */
#define SMP_CONSOLE_OVERHEAD 4u   /* L and CRC, which also need room in the peer's buffer */
#define SMP_CONSOLE_TEXT_MAX 200u /* longest text passed to the sink at once */

/* Writes one line; the bytes are not valid after return. */
typedef enum err (*smp_line_writer)(void *ctx, const void *line, size_t len);

/* Write packet as lines. ERR_RANGE: len is 0 or above 65533; otherwise the first error of write, after which nothing
 * more is written. */
MUST_CHECK enum err smp_console_encode(const uint8_t *packet, size_t len, smp_line_writer write,
                                       void *ctx);

/* Bytes that smp_console_encode writes for a packet of len bytes. */
size_t smp_console_encoded_size(size_t len);

struct smp_console_sink {
    /* A packet with the right CRC; not valid after return. Not NULL. */
    void (*packet)(void *ctx, const uint8_t *packet, size_t len);
    /* Console text, without CR LF. A line that is longer than SMP_CONSOLE_TEXT_MAX, or that a frame
     * interrupts, comes in pieces; end_of_line is true for the last. NULL: text is dropped. */
    void (*text)(void *ctx, const char *text, size_t len, bool end_of_line);
    void *ctx;
};

enum smp_console_state {
    SMP_CONSOLE_TEXT,
    SMP_CONSOLE_MARK_FIRST, /* 06 seen */
    SMP_CONSOLE_MARK_NEXT,  /* 04 seen */
    SMP_CONSOLE_FRAME,      /* inside a frame line */
    SMP_CONSOLE_FRAME_CR,   /* inside a frame line, 0d seen: only 0a may follow */
    SMP_CONSOLE_SKIP,       /* inside a frame line of a packet that was given up */
};

/* The receiver, a state machine that takes bytes as they come. */
struct smp_console_decoder {
    struct smp_console_sink sink;
    uint8_t *buf; /* packet and CRC */
    size_t cap;
    enum smp_console_state state;
    bool open;       /* a packet has begun and is neither complete nor given up */
    size_t got;      /* bytes of L, packet and CRC so far */
    uint16_t length; /* L, valid once got >= 2 */
    struct base64_decoder base64;
    uint32_t dropped; /* packets given up: CRC, base64, length */
    size_t text_len;
    char text[SMP_CONSOLE_TEXT_MAX];
};

/* buf: cap bytes, in use as long as the decoder; the largest packet has cap - 2 bytes. */
void smp_console_decoder_init(struct smp_console_decoder *d, uint8_t *buf, size_t cap,
                              const struct smp_console_sink *sink);

/* Decode len bytes. Calls the sink for each packet and text that they complete. */
void smp_console_put(struct smp_console_decoder *d, const void *bytes, size_t len);

/* As smp_console_put, but stops after the first complete packet. Returns the number of bytes used. */
size_t smp_console_put_until_packet(struct smp_console_decoder *d, const void *bytes, size_t len);

/* Pass on text that has no line end yet, such as a prompt. */
void smp_console_flush_text(struct smp_console_decoder *d);

#endif
