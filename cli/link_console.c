#include "cli/link_console.h"

#include <string.h>

#include "cli/progress.h"

static void take_packet(void *ctx, const uint8_t *packet, size_t len)
{
    struct link_console *c = ctx;
    c->complete = true;
    c->got = len;
    if (len <= c->cap)
        memcpy(c->dst, packet, len);
}

static void take_text(void *ctx, const char *text, size_t len, bool end_of_line)
{
    struct link_console *c = ctx;
    device_log_text(c->log, text, len);
    if (end_of_line)
        device_log_flush(c->log);
}

static enum err write_line(void *ctx, const void *line, size_t len)
{
    struct smp_port *port = ctx;
    return port->write(port, line, len);
}

static enum err send_packet(struct smp_link *l, const uint8_t *packet, size_t len)
{
    struct link_console *c = CONTAINER_OF(l, struct link_console, link);
    return smp_console_encode(packet, len, write_line, c->port);
}

/* Decode what is in the buffer, as far as the first packet. */
static void decode(struct link_console *c)
{
    c->at += smp_console_put_until_packet(&c->decoder, c->in + c->at, c->end - c->at);
}

static enum err fill(struct link_console *c, uint32_t timeout_ms)
{
    size_t n = 0;
    enum err e = c->port->read(c->port, c->in, sizeof c->in, &n, timeout_ms);
    c->at = 0;
    c->end = e == ERR_OK ? n : 0;
    return e;
}

static enum err recv_packet(struct smp_link *l, uint8_t *packet, size_t cap, size_t *len,
                            uint32_t timeout_ms)
{
    struct link_console *c = CONTAINER_OF(l, struct link_console, link);
    uint64_t end = clock_ms() + timeout_ms;
    c->dst = packet;
    c->cap = cap;
    c->complete = false;
    for (;;) {
        while (c->at < c->end && !c->complete)
            decode(c);
        if (c->complete)
            break;
        uint64_t now = clock_ms();
        enum err e = fill(c, now < end ? (uint32_t)(end - now) : 0);
        if (e == ERR_TIMEOUT && clock_ms() < end)
            continue;
        if (e != ERR_OK)
            return e;
    }
    if (c->got > cap)
        return ERR_NOMEM;
    *len = c->got;
    return ERR_OK;
}

static void reset_decoder(struct link_console *c)
{
    const struct smp_console_sink sink = {take_packet, take_text, c};
    smp_console_decoder_init(&c->decoder, c->frame, sizeof c->frame, &sink);
    c->at = c->end = 0;
}

void link_console_init(struct link_console *c, struct smp_port *port, struct device_log *log)
{
    *c = (struct link_console){.port = port, .log = log};
    c->link = (struct smp_link){send_packet, recv_packet, SMP_CONSOLE_OVERHEAD};
    reset_decoder(c);
}

enum err link_console_sync(struct link_console *c)
{
    reset_decoder(c);
    return c->port->write(c->port, "\n", 1);
}

void link_console_drain(struct link_console *c, uint32_t timeout_ms, uint32_t quiet_ms)
{
    uint64_t end = clock_ms() + timeout_ms;
    c->cap = 0; /* no packet is wanted */
    while (clock_ms() < end && fill(c, quiet_ms) == ERR_OK)
        while (c->at < c->end)
            decode(c);
    smp_console_flush_text(&c->decoder);
    device_log_flush(c->log);
}
