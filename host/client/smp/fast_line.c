#include "host/client/smp/fast_line.h"

#include <string.h>

#include "host/client/smp/client_exchange.h"

/* From the fastest down. 64 MHz (HSI of an STM32H7) and 48 MHz (USB adapters) can be divided for all of them to within 1 %. */
static const uint32_t speeds[] = {2000000, 1000000, 921600, 460800, 230400};

/* A pattern goes out and comes back so often, in packets of this size or the server's; each answer may take so long. */
#define PROOFS      4u
#define PATTERN_MAX 1024u
#define PROOF_MS    (LINE_PROOF_MS / 2) /* however busy this computer is */
#define ECHO_ROUND  64u                 /* bytes of a packet beside the pattern, rounded up */

/* To a question that an old server does not answer at all, as some bootloaders do. */
#define QUESTION_MS 1000u

/* At the usual speed the device is asked so often, so long each: longer than it keeps a fast line without requests. */
#define RETURN_MS    250u
#define RETURN_TRIES ((LINE_SILENCE_MS + 1000u) / RETURN_MS)

/* A chunk without an answer is lost after so long: soon the server goes back to its usual speed. */
#define FAST_CHUNK_MS (LINE_SILENCE_MS - 500u)

void fast_line_init(struct fast_line *f, struct smp_client *client,
                    struct smp_console_link *console, uint32_t usual, uint32_t max)
{
    *f = (struct fast_line){
        .client = client, .console = console, .usual = usual, .max = max, .now = usual};
}

bool fast_line_is_possible(const struct fast_line *f)
{
    return f->console->port->set_speed != NULL && !f->console->raw && f->max > f->usual;
}

/* The port's side. What is on the line meanwhile is no frame; a line feed ends it. */
static enum err set_port(struct fast_line *f, uint32_t baud)
{
    struct smp_port *port = f->console->port;
    enum err e = port->set_speed(port, baud);
    if (e != ERR_OK)
        return e;
    f->now = baud;
    f->client->fast_timeout_ms = fast_line_is_on(f) ? FAST_CHUNK_MS : 0;
    f->client->losses = 0;
    return port->write(port, "\n", 1);
}

/* One question with little patience. An answer that says no is one, too. */
static enum err ask_shortly(struct fast_line *f, uint32_t patience_ms, const char *text,
                            char *reply, size_t cap)
{
    struct smp_client *c = f->client;
    const uint32_t timeout_ms = c->timeout_ms;
    const unsigned retries = c->retries;
    c->timeout_ms = patience_ms;
    c->retries = 0;
    enum err e = smp_echo(c, text, reply, cap);
    c->timeout_ms = timeout_ms;
    c->retries = retries;
    return e;
}

/* All printable characters in turn, each time from another one on, so that base64 makes most bit patterns of them. */
static void make_pattern(char *text, size_t len, unsigned from)
{
    for (size_t i = 0; i < len; i++)
        text[i] = (char)(' ' + (from + i * 7) % 95);
    text[len] = '\0';
}

static bool is_proven(struct fast_line *f)
{
    char sent[PATTERN_MAX + 1], reply[PATTERN_MAX + 1];
    size_t room = smp_packet_max(f->client);
    size_t len = room < PATTERN_MAX + ECHO_ROUND ? room - ECHO_ROUND : PATTERN_MAX;
    for (unsigned n = 0; n < PROOFS; n++) {
        make_pattern(sent, len, n * 23);
        if (ask_shortly(f, PROOF_MS, sent, reply, sizeof reply) != ERR_OK ||
            strcmp(sent, reply) != 0)
            return false;
    }
    return true;
}

/* At the usual speed, until the server is there again. */
static enum err await_server(struct fast_line *f)
{
    enum err e = ERR_TIMEOUT;
    char reply[32];
    for (unsigned n = 0; n < RETURN_TRIES && e == ERR_TIMEOUT && !smp_is_stopped(f->client); n++)
        e = ask_shortly(f, RETURN_MS, "slipway", reply, sizeof reply);
    return e == ERR_PEER ? ERR_OK : e;
}

static enum err ask_speed(struct fast_line *f, uint32_t baud)
{
    struct exchange x = exchange_plain(f->client, SMP_WRITE, SMP_GROUP_LINE, SMP_LINE_SPEED);
    struct cbor_writer w;
    x.retries = 0; /* after a lost answer the server is somewhere else */
    x.timeout_ms = fast_line_is_on(f) ? RETURN_MS : QUESTION_MS;
    exchange_begin(f->client, &w);
    cbor_put_uint(&w, "baud", baud);
    return exchange_run(f->client, &w, &x, NULL, NULL, 0);
}

/* The fastest that the server offers; 0: it does not know the command. */
static enum err ask_max(struct fast_line *f, uint32_t *max)
{
    static const struct cbor_key keys[] = {{"max", CBOR_UINT}};
    struct exchange x = exchange_plain(f->client, SMP_READ, SMP_GROUP_LINE, SMP_LINE_SPEED);
    struct cbor_writer w;
    struct cbor_value v[1];
    x.retries = 0;
    x.timeout_ms = QUESTION_MS;
    exchange_begin(f->client, &w);
    enum err e = exchange_run(f->client, &w, &x, keys, v, 1);
    *max = e == ERR_OK && v[0].present ? v[0].u : 0;
    return e == ERR_PEER || e == ERR_FORMAT || e == ERR_TIMEOUT ? ERR_OK : e;
}

enum err fast_line_end(struct fast_line *f)
{
    if (!fast_line_is_on(f))
        return ERR_OK;
    enum err e = ask_speed(f, f->usual);
    if (e == ERR_CLOSED)
        return e;
    e = set_port(f, f->usual);
    return e == ERR_OK ? await_server(f) : e;
}

enum err fast_line_fall_back(struct fast_line *f)
{
    if (!fast_line_is_on(f))
        return ERR_OK;
    f->failed = f->now;
    f->max = f->now - 1;
    return fast_line_end(f);
}

void fast_line_reopened(struct fast_line *f)
{
    f->now = f->usual;
    f->client->fast_timeout_ms = 0;
}

/* Both ends go to this speed, or stay. ERR_INVAL: one of them does not have it. */
static enum err try_speed(struct fast_line *f, uint32_t baud)
{
    enum err e = ask_speed(f, baud);
    if (e == ERR_PEER)
        return ERR_INVAL;
    if (e == ERR_OK)
        e = set_port(f, baud);
    if (e == ERR_OK && is_proven(f))
        return ERR_OK;
    f->now = baud; /* the server at least has gone there */
    return fast_line_fall_back(f);
}

enum err fast_line_begin(struct fast_line *f)
{
    uint32_t max;
    if (fast_line_is_on(f) || !fast_line_is_possible(f))
        return ERR_OK;
    enum err e = ask_max(f, &max);
    for (size_t i = 0; i < ARRAY_LEN(speeds) && e == ERR_OK && !fast_line_is_on(f); i++) {
        if (speeds[i] > max || speeds[i] > f->max || speeds[i] <= f->usual)
            continue;
        e = try_speed(f, speeds[i]);
        e = e == ERR_INVAL ? ERR_OK : e;
    }
    return e;
}
