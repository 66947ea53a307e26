#include "host/client/smp/console_link.h"

#include <string.h>

#include "core/base/compiler.h"

/* Without a clock: reads of the port per recv, so that nothing loops for ever. */
#define READS_MAX 10000u

/* The pause behind a line feed: a prompt takes 2 ms at 115200 baud, 20 at 9600. */
#define RESIDUE_MS 50u

/* After so long a server of raw packets forgets half a packet: Zephyr's and MCUboot's after 3 s. */
#define RAW_EXPIRY_MS 3200u

/* A raw packet that stops for so long has lost its end. */
#define RAW_GAP_MS 500u

static struct smp_console_link *of_link(struct smp_link *l)
{
    return CONTAINER_OF(l, struct smp_console_link, link);
}

static enum err write_line(void *ctx, const void *line, size_t len)
{
    struct smp_port *port = ctx;
    return port->write(port, line, len);
}

static void take_packet(void *ctx, const uint8_t *packet, size_t len)
{
    (void)packet; /* it stays in buf until the next byte is decoded */
    struct smp_console_link *l = ctx;
    l->ready = len;
    l->unanswered = false;
}

static void take_text(void *ctx, const char *text, size_t len, bool end_of_line)
{
    struct smp_console_link *l = ctx;
    if (l->text != NULL)
        l->text(l->text_ctx, text, len, end_of_line);
}

static void reset_decoder(struct smp_console_link *l)
{
    struct smp_console_sink sink = {.packet = take_packet, .text = take_text, .ctx = l};
    smp_console_decoder_init(&l->decoder, l->buf, sizeof l->buf, &sink);
    raw_decoder_init(&l->raw_decoder, l->buf, SMP_PACKET_MAX, &sink);
    l->ready = 0;
    l->held = false;
}

static size_t decode(struct smp_console_link *l, const uint8_t *bytes, size_t len)
{
    return l->raw ? raw_put_until_packet(&l->raw_decoder, bytes, len)
                  : smp_console_put_until_packet(&l->decoder, bytes, len);
}

static void flush(struct smp_console_link *l)
{
    smp_console_flush_text(&l->decoder);
    raw_give_up(&l->raw_decoder);
}

/* Nothing more comes for now. Half a line is shown; half a raw packet may only be slow. */
static void flush_after_silence(struct smp_console_link *l)
{
    smp_console_flush_text(&l->decoder);
    if (l->now_ms == NULL || l->now_ms() - l->received_ms >= RAW_GAP_MS)
        raw_give_up(&l->raw_decoder);
}

/* Milliseconds left of a time-out that began at start. */
static uint32_t time_left(const struct smp_console_link *l, uint64_t start, uint32_t timeout_ms)
{
    if (l->now_ms == NULL)
        return timeout_ms;
    uint64_t gone = l->now_ms() - start;
    return gone < timeout_ms ? (uint32_t)(timeout_ms - gone) : 0;
}

/* Decode what is there, then read, until a packet is ready. */
static enum err wait_packet(struct smp_console_link *l, uint32_t timeout_ms)
{
    uint64_t start = l->now_ms != NULL ? l->now_ms() : 0;
    l->ready = 0;
    for (unsigned reads = 0; reads < READS_MAX || l->now_ms != NULL; reads++) {
        l->chunk_at += decode(l, l->chunk + l->chunk_at, l->chunk_len - l->chunk_at);
        if (l->ready > 0)
            return ERR_OK;
        if (l->interrupt != NULL && *l->interrupt)
            return ERR_TIMEOUT;
        uint32_t left = time_left(l, start, timeout_ms);
        if (left == 0)
            return ERR_TIMEOUT;
        l->chunk_at = l->chunk_len = 0;
        size_t n = 0;
        enum err e = l->port->read(l->port, l->chunk, sizeof l->chunk, &n, left);
        if (e != ERR_OK)
            return e;
        l->chunk_len = n;
        l->received += n;
        l->received_ms = l->now_ms != NULL ? l->now_ms() : 0;
    }
    return ERR_TIMEOUT;
}

/* Send nothing for so long. A packet that comes is kept for the next recv, and ends it. */
static enum err keep_quiet(struct smp_console_link *l, uint32_t ms)
{
    enum err e = wait_packet(l, ms);
    l->held = e == ERR_OK;
    return e == ERR_TIMEOUT ? ERR_OK : e;
}

/* A line feed ends what raw packets have left of a line, so that the next frame begins one. Nothing else needs it: a frame
 * that is lost to somebody's half a line ends that line itself. In front of each first frame it did harm: Zephyr's shell
 * takes a frame only where a piece of input begins with it. So a pause follows, in which the shell prints its prompt. */
static enum err end_residue(struct smp_console_link *l)
{
    enum err e = l->port->write(l->port, "\n", 1);
    return e == ERR_OK ? keep_quiet(l, RESIDUE_MS) : e;
}

/* A server that waits for the rest of a packet would take the next one for it, into flash if it is a chunk. */
static enum err await_expiry(struct smp_console_link *l)
{
    uint32_t left = time_left(l, l->sent_ms, RAW_EXPIRY_MS);
    return left > 0 ? keep_quiet(l, left) : ERR_OK;
}

static enum err link_send(struct smp_link *link, const uint8_t *packet, size_t len)
{
    struct smp_console_link *l = of_link(link);
    bool changed = l->sent && l->sent_raw != l->raw;
    enum err e = ERR_OK;
    if (l->raw && (changed || l->unanswered))
        e = await_expiry(l);
    else if (changed)
        e = end_residue(l);
    if (e != ERR_OK)
        return e;
    l->sent = l->unanswered = true;
    l->sent_raw = l->raw;
    l->sent_ms = l->now_ms != NULL ? l->now_ms() : 0;
    return l->raw ? l->port->write(l->port, packet, len)
                  : smp_console_encode(packet, len, write_line, l->port);
}

static enum err link_recv(struct smp_link *link, uint8_t *packet, size_t cap, size_t *len,
                          uint32_t timeout_ms)
{
    struct smp_console_link *l = of_link(link);
    enum err e = l->held ? ERR_OK : wait_packet(l, timeout_ms);
    l->held = false;
    if (e == ERR_TIMEOUT)
        flush_after_silence(l);
    if (e != ERR_OK)
        return e;
    if (l->ready > cap)
        return ERR_NOMEM;
    memcpy(packet, l->buf, l->ready);
    *len = l->ready;
    return ERR_OK;
}

void smp_console_link_init(struct smp_console_link *l, struct smp_port *port,
                           void (*text)(void *ctx, const char *text, size_t len, bool end_of_line),
                           void *ctx)
{
    memset(l, 0, sizeof *l);
    l->link =
        (struct smp_link){.send = link_send, .recv = link_recv, .overhead = SMP_CONSOLE_OVERHEAD};
    l->port = port;
    l->text = text;
    l->text_ctx = ctx;
    reset_decoder(l);
}

void smp_console_link_reopened(struct smp_console_link *l, struct smp_port *port)
{
    flush(l);
    reset_decoder(l);
    l->port = port;
    l->chunk_at = l->chunk_len = 0;
}

void smp_console_link_set_raw(struct smp_console_link *l, bool raw)
{
    flush(l);
    reset_decoder(l);
    l->raw = raw;
    l->link.one_at_a_time = raw; /* half a packet is told from the next one by silence alone */
    l->link.overhead = raw ? 0 : SMP_CONSOLE_OVERHEAD;
}

enum err smp_console_link_listen(struct smp_console_link *l, uint32_t timeout_ms)
{
    uint64_t start = l->now_ms != NULL ? l->now_ms() : 0;
    enum err e;
    const bool *interrupt = l->interrupt;
    l->interrupt = NULL;
    do {
        uint32_t left = time_left(l, start, timeout_ms);
        e = left > 0 ? wait_packet(l, left) : ERR_TIMEOUT;
    } while (e == ERR_OK);
    l->interrupt = interrupt;
    flush(l);
    return e == ERR_TIMEOUT ? ERR_OK : e;
}
