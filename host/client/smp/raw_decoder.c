#include "host/client/smp/raw_decoder.h"

#include <string.h>

#include "core/smp/wire/packet.h"

void raw_decoder_init(struct raw_decoder *d, uint8_t *buf, size_t cap,
                      const struct smp_console_sink *sink)
{
    *d = (struct raw_decoder){.sink = *sink, .buf = buf, .cap = cap};
}

static void hand_text(struct raw_decoder *d, uint8_t byte)
{
    char c = (char)byte;
    bool ends = c == '\n';
    if (d->sink.text != NULL && c != '\r')
        d->sink.text(d->sink.ctx, &c, ends ? 0 : 1, ends);
}

static size_t packet_size(const struct raw_decoder *d)
{
    struct smp_header h;
    smp_header_decode(&h, d->buf);
    return SMP_HEADER_SIZE + h.len;
}

/* May what is there be the beginning of an answer? Its flags are a NUL, which no text has. */
static bool is_plausible(const struct raw_decoder *d)
{
    uint8_t first = d->buf[0] & (uint8_t)~0x08u; /* without the version, which is 0 or 1 */
    if (first != SMP_READ_RSP && first != SMP_WRITE_RSP)
        return false;
    if (d->got > 1 && d->buf[1] != 0)
        return false;
    return d->got < SMP_HEADER_SIZE || packet_size(d) <= d->cap;
}

static void drop_first(struct raw_decoder *d)
{
    hand_text(d, d->buf[0]);
    d->got--;
    memmove(d->buf, d->buf + 1, d->got);
}

size_t raw_put_until_packet(struct raw_decoder *d, const void *bytes, size_t len)
{
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len; i++) {
        d->buf[d->got++] = p[i];
        while (d->got > 0 && !is_plausible(d))
            drop_first(d);
        if (d->got < SMP_HEADER_SIZE || d->got < packet_size(d))
            continue;
        size_t size = d->got;
        d->got = 0;
        d->sink.packet(d->sink.ctx, d->buf, size);
        return i + 1;
    }
    return len;
}

void raw_give_up(struct raw_decoder *d)
{
    for (size_t i = 0; i < d->got; i++)
        hand_text(d, d->buf[i]);
    d->got = 0;
}
