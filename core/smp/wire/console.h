/* console.h - SMP packets on a serial line that people read too: base64 lines among log lines.
 *
 * A packet travels as L (2 bytes, big-endian: packet + CRC), packet, CRC-16/XMODEM of the packet,
 * cut into lines of base64: 06 09 starts the first, 04 14 each later one, 0a ends each. Whatever is
 * not such a line is console text. */
#ifndef CORE_SMP_WIRE_CONSOLE_H
#define CORE_SMP_WIRE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/smp/wire/base64.h"

#define SMP_CONSOLE_LINE_MAX 127u /* markers and line feed included: what every server takes */
#define SMP_CONSOLE_LINE_RAW 93u  /* bytes before base64 in a full line */
#define SMP_CONSOLE_OVERHEAD 4u   /* L and CRC, taken from the peer's buffer */
#define SMP_CONSOLE_TEXT_MAX 200u /* longest piece of text handed on at once */

/* Takes one whole line; the bytes are not kept. */
typedef enum err (*smp_line_writer)(void *ctx, const void *line, size_t len);

/* Write packet as lines, back to back. ERR_RANGE if len is 0 or above 65533; else the first
 * error of write, after which nothing more is written. */
MUST_CHECK enum err smp_console_encode(const uint8_t *packet, size_t len, smp_line_writer write,
                                       void *ctx);

/* Bytes that smp_console_encode writes for a packet of len bytes. */
size_t smp_console_encoded_size(size_t len);

struct smp_console_sink {
    /* One packet whose CRC was right; not kept after return. May not be NULL. */
    void (*packet)(void *ctx, const uint8_t *packet, size_t len);
    /* Console text, without CR LF. A line longer than SMP_CONSOLE_TEXT_MAX, or one that a frame
     * begins in, comes in pieces; end_of_line is true with the last. NULL: text is dropped. */
    void (*text)(void *ctx, const char *text, size_t len, bool end_of_line);
    void *ctx;
};

enum smp_console_state {
    SMP_CONSOLE_TEXT,
    SMP_CONSOLE_MARK_FIRST, /* 06 seen */
    SMP_CONSOLE_MARK_NEXT,  /* 04 seen */
    SMP_CONSOLE_FRAME,      /* inside a frame line */
    SMP_CONSOLE_FRAME_CR,   /* inside a frame line, 0d seen: only 0a may follow */
    SMP_CONSOLE_SKIP,       /* a frame line that belongs to no open packet */
};

/* The receiver: a machine that takes bytes as they come. */
struct smp_console_decoder {
    struct smp_console_sink sink;
    uint8_t *buf; /* packet and CRC */
    size_t cap;
    enum smp_console_state state;
    bool open;       /* a packet has begun and is neither whole nor spoilt */
    size_t got;      /* bytes of L, packet and CRC so far */
    uint16_t length; /* L, once two bytes are in */
    struct base64_decoder base64;
    uint32_t dropped; /* packets given up: CRC, base64, length */
    size_t text_len;
    char text[SMP_CONSOLE_TEXT_MAX];
};

/* buf: cap bytes, kept while the decoder is used; the largest packet it can take is cap - 2. */
void smp_console_decoder_init(struct smp_console_decoder *d, uint8_t *buf, size_t cap,
                              const struct smp_console_sink *sink);

/* Any bytes, any number. Calls the sink for what they complete. */
void smp_console_put(struct smp_console_decoder *d, const void *bytes, size_t len);

/* As smp_console_put, but stops behind the first whole packet. Returns the bytes taken. */
size_t smp_console_put_until_packet(struct smp_console_decoder *d, const void *bytes, size_t len);

/* Hand on text that has no line end yet (a prompt), as a piece. */
void smp_console_flush_text(struct smp_console_decoder *d);

#endif
