/* The console decoder and the raw one under any bytes, in any pieces: each packet that the first lets through must encode to
 * lines that give it back, and text and packets together never exceed what came in. What comes raw is text, a packet, or
 * at the end given up; but for carriage returns and line feeds, which are no text, nothing of it is lost. */
#include <stdlib.h>
#include <string.h>

#include "core/smp/wire/console.h"
#include "host/client/smp/raw_decoder.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t text_bytes, packet_bytes;
static uint8_t again[2048];
static struct smp_console_decoder check;
static unsigned checked;

static void on_checked(void *ctx, const uint8_t *packet, size_t len)
{
    const uint8_t *want = ctx;
    checked += memcmp(packet, want, len) == 0;
}

static enum err feed_check(void *ctx, const void *line, size_t len)
{
    (void)ctx;
    smp_console_put(&check, line, len);
    return ERR_OK;
}

static void on_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx;
    static uint8_t copy[2048];
    memcpy(copy, packet, len);
    struct smp_console_sink sink = {.packet = on_checked, .ctx = copy};
    smp_console_decoder_init(&check, again, sizeof again, &sink);
    checked = 0;
    packet_bytes += len;
    if (smp_console_encode(copy, len, feed_check, NULL) != ERR_OK || checked != 1)
        abort();
}

static void on_text(void *ctx, const char *text, size_t len, bool end_of_line)
{
    (void)ctx, (void)text, (void)end_of_line;
    text_bytes += len;
}

static void on_raw_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)ctx, (void)packet;
    packet_bytes += len;
}

static void put_raw(struct raw_decoder *d, const uint8_t *data, size_t len)
{
    for (size_t at = 0; at < len;)
        at += raw_put_until_packet(d, data + at, len - at);
}

static void run_raw(const uint8_t *data, size_t size, size_t half)
{
    static struct raw_decoder d;
    uint8_t *buf = malloc(600);
    struct smp_console_sink sink = {.packet = on_raw_packet, .text = on_text};
    if (buf == NULL)
        return;
    raw_decoder_init(&d, buf, 600, &sink);
    text_bytes = packet_bytes = 0;
    put_raw(&d, data, half);
    put_raw(&d, data + half, size - half);
    raw_give_up(&d);
    size_t line_ends = 0, seen = text_bytes + packet_bytes;
    for (size_t i = 0; i < size; i++)
        line_ends += data[i] == '\r' || data[i] == '\n';
    if (seen > size || seen + line_ends < size)
        abort();
    free(buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct smp_console_decoder d;
    uint8_t *buf = malloc(600); /* its own block, so that a write past it is seen */
    struct smp_console_sink sink = {.packet = on_packet, .text = on_text};
    if (buf == NULL)
        return 0;
    smp_console_decoder_init(&d, buf, 600, &sink);
    text_bytes = packet_bytes = 0;
    size_t half = size > 0 ? data[0] % size : 0;
    smp_console_put(&d, data, half);
    smp_console_put(&d, data + half, size - half);
    smp_console_flush_text(&d);
    if (text_bytes + packet_bytes > size)
        abort();
    free(buf);
    run_raw(data, size, half);
    return 0;
}
