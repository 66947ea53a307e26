#include "testing/client/fake_wire.h"

#include <string.h>

#include "core/smp/wire/packet.h"

void fake_wire_init(struct fake_wire *w, enum fake_framing framing,
                    void (*packet)(void *ctx, const uint8_t *packet, size_t len),
                    void (*shell)(const char *text, size_t len), uint64_t (*now_ms)(void))
{
    const struct smp_console_sink sink = {packet, NULL, NULL};
    memset(w, 0, sizeof *w);
    w->framing = framing;
    w->packet = packet;
    w->shell = shell;
    w->now_ms = now_ms;
    smp_console_decoder_init(&w->decoder, w->frame, sizeof w->frame, &sink);
}

static bool is_marker(uint8_t byte)
{
    return byte == 0x06 || byte == 0x04;
}

/* The shell's thread: it echoes, and a line gets a prompt. */
static void take_as_shell(struct fake_wire *w, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        char c = (char)bytes[i];
        w->lost += i + 1 < len && bytes[i] == 0x06 && bytes[i + 1] == 0x09;
        if (c == '\n')
            w->shell("\r\nuart:~$ ", 10);
        else if (c >= ' ' && c < 0x7f)
            w->shell(&c, 1);
    }
}

/* Frames are taken from the beginning; from the first byte that belongs to none on, all of the piece is the shell's. */
static void take_behind_shell(struct fake_wire *w, const uint8_t *bytes, size_t len)
{
    size_t i = 0;
    while (i < len && (w->in_frame || is_marker(bytes[i]))) {
        w->in_frame = bytes[i] != '\n';
        i++;
    }
    smp_console_put(&w->decoder, bytes, i);
    take_as_shell(w, bytes + i, len - i);
}

/* Byte for byte: what is no frame at the start of a line hides all of the line. in_frame: a line has begun. */
static void take_strict(struct fake_wire *w, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (!w->in_frame && bytes[i] != '\n')
            w->raw_len = is_marker(bytes[i]); /* does this line count? */
        w->in_frame = bytes[i] != '\n';
        w->lost += w->raw_len == 0 && bytes[i] == 0x06;
        if (w->raw_len != 0)
            smp_console_put(&w->decoder, bytes + i, 1);
    }
}

#define RAW_EXPIRY_MS 3000u

/* An operation that is none, or a length that cannot be: what there is of a header is dropped, and what follows is taken for
 * one. Only silence leads back. */
static void take_raw(struct fake_wire *w, const uint8_t *bytes, size_t len)
{
    if (w->now_ms != NULL && w->now_ms() - w->taken_ms >= RAW_EXPIRY_MS)
        w->raw_len = 0;
    w->taken_ms = w->now_ms != NULL ? w->now_ms() : 0;
    for (size_t i = 0; i < len; i++) {
        struct smp_header h;
        w->raw[w->raw_len++] = bytes[i];
        if (w->raw_len < SMP_HEADER_SIZE)
            continue;
        smp_header_decode(&h, w->raw);
        size_t size = SMP_HEADER_SIZE + h.len;
        if (size > sizeof w->raw || (h.op != SMP_READ && h.op != SMP_WRITE)) {
            w->raw_len = 0;
        } else if (w->raw_len == size) {
            w->raw_len = 0;
            w->packet(NULL, w->raw, size);
        }
    }
}

void fake_wire_take(struct fake_wire *w, const void *bytes, size_t len)
{
    if (w->framing == FAKE_SHELL_FRAMES)
        take_behind_shell(w, bytes, len);
    else if (w->framing == FAKE_FRAMES_STRICT)
        take_strict(w, bytes, len);
    else if (w->framing == FAKE_RAW_PACKETS)
        take_raw(w, bytes, len);
    else
        smp_console_put(&w->decoder, bytes, len);
}

enum err fake_wire_send(const struct fake_wire *w, const uint8_t *packet, size_t len,
                        smp_line_writer write, void *ctx)
{
    return w->framing == FAKE_RAW_PACKETS ? write(ctx, packet, len)
                                          : smp_console_encode(packet, len, write, ctx);
}
