#include "core/smp/wire/console.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/crc.h"

enum { MARK_FIRST_1 = 0x06, MARK_FIRST_2 = 0x09, MARK_NEXT_1 = 0x04, MARK_NEXT_2 = 0x14 };

/* ---- sender ---- */

/* Byte i of L, packet and CRC in a row. */
static uint8_t stream_byte(const uint8_t *packet, size_t len, uint16_t crc, size_t i)
{
    uint8_t edge[2];
    if (i < 2) {
        put_be16(edge, (uint16_t)(len + 2));
        return edge[i];
    }
    if (i < len + 2)
        return packet[i - 2];
    put_be16(edge, crc);
    return edge[i - len - 2];
}

enum err smp_console_encode(const uint8_t *packet, size_t len, smp_line_writer write, void *ctx)
{
    if (len == 0 || len > UINT16_MAX - 2u)
        return ERR_RANGE;
    uint16_t crc = crc16_xmodem(0, packet, len);
    size_t total = len + SMP_CONSOLE_OVERHEAD;
    for (size_t at = 0; at < total;) {
        uint8_t raw[SMP_CONSOLE_LINE_RAW];
        char line[SMP_CONSOLE_LINE_MAX];
        size_t n = 0;
        line[0] = at == 0 ? MARK_FIRST_1 : MARK_NEXT_1;
        line[1] = at == 0 ? MARK_FIRST_2 : MARK_NEXT_2;
        while (n < sizeof raw && at < total)
            raw[n++] = stream_byte(packet, len, crc, at++);
        size_t chars = base64_encode(line + 2, raw, n);
        line[2 + chars] = '\n';
        enum err e = write(ctx, line, chars + 3);
        if (e != ERR_OK)
            return e;
    }
    return ERR_OK;
}

size_t smp_console_encoded_size(size_t len)
{
    size_t raw = len + SMP_CONSOLE_OVERHEAD;
    size_t rest = raw % SMP_CONSOLE_LINE_RAW;
    return raw / SMP_CONSOLE_LINE_RAW * SMP_CONSOLE_LINE_MAX +
           (rest > 0 ? BASE64_LEN(rest) + 3 : 0);
}

/* ---- receiver ---- */

void smp_console_decoder_init(struct smp_console_decoder *d, uint8_t *buf, size_t cap,
                              const struct smp_console_sink *sink)
{
    *d = (struct smp_console_decoder){.sink = *sink, .buf = buf, .cap = cap};
}

static void hand_text(struct smp_console_decoder *d, bool end_of_line)
{
    if (d->sink.text != NULL && (d->text_len > 0 || end_of_line))
        d->sink.text(d->sink.ctx, d->text, d->text_len, end_of_line);
    d->text_len = 0;
}

void smp_console_flush_text(struct smp_console_decoder *d)
{
    hand_text(d, false);
}

static void put_text(struct smp_console_decoder *d, char c)
{
    if (d->text_len == sizeof d->text)
        hand_text(d, false);
    d->text[d->text_len++] = c;
}

static void end_text(struct smp_console_decoder *d)
{
    if (d->text_len > 0 && d->text[d->text_len - 1] == '\r')
        d->text_len--;
    hand_text(d, true);
}

static void give_up(struct smp_console_decoder *d)
{
    d->dropped += d->open;
    d->open = false;
}

/* One decoded byte of the open packet. */
static void put_raw(struct smp_console_decoder *d, uint8_t byte)
{
    if (d->got < 2)
        d->length = (uint16_t)(d->length << 8 | byte);
    else if (d->got - 2 < d->length)
        d->buf[d->got - 2] = byte;
    else
        give_up(d); /* more than L bytes */
    d->got++;
    if (d->got == 2 && (d->length <= 2 || d->length > d->cap))
        give_up(d);
}

static void put_base64(struct smp_console_decoder *d, char c)
{
    uint8_t out[3];
    int n = base64_put(&d->base64, c, out);
    if (n < 0)
        give_up(d);
    for (int i = 0; i < n && d->open; i++)
        put_raw(d, out[i]);
}

/* The end of a frame line. True if it completed a packet with the right CRC, which is in buf. */
static bool end_frame_line(struct smp_console_decoder *d)
{
    d->state = SMP_CONSOLE_TEXT;
    if (!d->open)
        return false;
    if (!base64_whole(&d->base64)) {
        give_up(d);
        return false;
    }
    if (d->got < 2 || d->got - 2 < d->length)
        return false; /* more lines to come */
    if (crc16_xmodem(0, d->buf, d->length) != 0) {
        give_up(d);
        return false;
    }
    d->open = false;
    return true;
}

static void begin_line(struct smp_console_decoder *d, bool first)
{
    hand_text(d, false); /* text in front of the marker */
    d->base64 = (struct base64_decoder){0};
    d->state = SMP_CONSOLE_FRAME;
    if (first) {
        give_up(d);
        d->open = true;
        d->got = 0;
        d->length = 0;
    } else if (!d->open) {
        d->state = SMP_CONSOLE_SKIP;
    }
}

static void in_text(struct smp_console_decoder *d, uint8_t byte)
{
    if (byte == MARK_FIRST_1)
        d->state = SMP_CONSOLE_MARK_FIRST;
    else if (byte == MARK_NEXT_1)
        d->state = SMP_CONSOLE_MARK_NEXT;
    else if (byte == '\n')
        end_text(d);
    else
        put_text(d, (char)byte);
}

static void in_mark(struct smp_console_decoder *d, uint8_t byte)
{
    bool first = d->state == SMP_CONSOLE_MARK_FIRST;
    d->state = SMP_CONSOLE_TEXT;
    if (byte == (first ? MARK_FIRST_2 : MARK_NEXT_2)) {
        begin_line(d, first);
        return;
    }
    put_text(d, first ? MARK_FIRST_1 : MARK_NEXT_1); /* it was text after all */
    in_text(d, byte);
}

/* A byte that is not allowed in a frame line: something else printed into the line. The packet is lost; the byte is
 * console text. */
static void break_line(struct smp_console_decoder *d, uint8_t byte)
{
    give_up(d);
    d->state = SMP_CONSOLE_TEXT;
    in_text(d, byte);
}

static bool is_base64_char(uint8_t c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/' || c == '=';
}

/* A byte of a frame line. True if it completed a packet with the right CRC. */
static bool in_frame(struct smp_console_decoder *d, uint8_t byte)
{
    if (byte == '\n')
        return end_frame_line(d);
    if (d->state == SMP_CONSOLE_FRAME_CR || (byte != '\r' && !is_base64_char(byte)))
        break_line(d, byte);
    else if (byte == '\r')
        d->state = SMP_CONSOLE_FRAME_CR;
    else if (d->open && d->state == SMP_CONSOLE_FRAME)
        put_base64(d, (char)byte);
    return false;
}

static bool put_byte(struct smp_console_decoder *d, uint8_t byte)
{
    switch (d->state) {
    case SMP_CONSOLE_TEXT:
        in_text(d, byte);
        return false;
    case SMP_CONSOLE_MARK_FIRST:
    case SMP_CONSOLE_MARK_NEXT:
        in_mark(d, byte);
        return false;
    case SMP_CONSOLE_FRAME:
    case SMP_CONSOLE_FRAME_CR:
    case SMP_CONSOLE_SKIP:
        return in_frame(d, byte);
    }
    return false;
}

size_t smp_console_put_until_packet(struct smp_console_decoder *d, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) {
        if (put_byte(d, p[i])) {
            d->sink.packet(d->sink.ctx, d->buf, d->length - 2u);
            return i + 1;
        }
    }
    return len;
}

void smp_console_put(struct smp_console_decoder *d, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t at = 0; at < len;)
        at += smp_console_put_until_packet(d, p + at, len - at);
}
