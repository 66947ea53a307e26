#include "host/cli/core/plain_text.h"

#include <string.h>

#include "host/cli/core/cli.h"

/* ---- escapes [ECMA-48, 5.4 and 5.6; xterm's OSC ends with BEL, too] ---- */

enum { OUTSIDE, BEGUN, SEQUENCE, STRING };

#define ESC 0x1b
#define BEL 0x07

/* The kind of escape, by its second byte. */
static uint8_t kind_of(unsigned char c)
{
    if (c == '[')
        return SEQUENCE;
    if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
        return STRING;
    return c >= 0x20 && c <= 0x2f ? BEGUN : OUTSIDE;
}

bool escapes_take(struct escapes *e, unsigned char c)
{
    uint8_t was = e->state;
    bool st = e->before == ESC && c == '\\';
    e->before = c;
    if (c == '\n' || c == '\r') {
        e->state = OUTSIDE;
        return false;
    }
    if (c == ESC && was != STRING)
        e->state = BEGUN;
    else if (was == BEGUN)
        e->state = kind_of(c);
    else if (was == SEQUENCE && c >= 0x40 && c <= 0x7e)
        e->state = OUTSIDE;
    else if (was == STRING && (c == BEL || st))
        e->state = OUTSIDE;
    return was != OUTSIDE || e->state != OUTSIDE;
}

/* ---- lines ---- */

enum { UNKNOWN, BYTES, UTF16_LE, UTF16_BE };

void plain_text_init(struct plain_text *t,
                     void (*take)(void *ctx, unsigned long number, const char *line, bool more),
                     void *ctx)
{
    memset(t, 0, sizeof *t - sizeof t->line);
    t->take = take;
    t->ctx = ctx;
    t->number = 1;
}

/* C1 control characters (U+0080 to U+009F) are not printable either. */
static void replace_noise(char *line)
{
    for (unsigned char *s = (unsigned char *)line; *s != '\0';) {
        unsigned n = s[0] == 0xc2 && s[1] < 0xa0 ? 0 : cli_utf8_length(s);
        if (n == 0)
            *s = '?';
        s += n == 0 ? 1 : n;
    }
}

static void flush(struct plain_text *t, bool more)
{
    t->line[t->len] = '\0';
    t->len = 0;
    replace_noise(t->line);
    t->take(t->ctx, t->number, t->line, more);
    t->number += !more;
}

static void put_byte(struct plain_text *t, unsigned char c)
{
    bool escape = escapes_take(&t->escapes, c), ends = c == '\n' || c == '\r';
    bool second = c == '\n' && t->after_cr;
    t->after_cr = c == '\r';
    if (ends && !second)
        flush(t, false);
    if (ends || escape || (c < 0x20 && c != '\t') || c == 0x7f)
        return;
    if (t->len == sizeof t->line - 1)
        flush(t, true);
    t->line[t->len++] = (char)c;
}

static void put_character(struct plain_text *t, uint32_t c)
{
    if (c < 0x80) {
        put_byte(t, (unsigned char)c);
        return;
    }
    unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const unsigned char leads[] = {0, 0xc0, 0xe0, 0xf0};
    put_byte(t, (unsigned char)(leads[more] | c >> (6 * more)));
    while (more-- > 0)
        put_byte(t, (unsigned char)(0x80 | (c >> (6 * more) & 0x3f)));
}

static void put_unit(struct plain_text *t, uint32_t unit)
{
    uint32_t high = t->high;
    t->high = unit >> 10 == 0xd800 >> 10 ? unit : 0;
    if (unit >> 10 == 0xdc00 >> 10)
        put_character(t, high != 0 ? 0x10000 + ((high & 0x3ff) << 10 | (unit & 0x3ff)) : '?');
    else if (t->high == 0)
        put_character(t, unit);
}

static void put_known(struct plain_text *t, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        if (t->form == BYTES) {
            put_byte(t, bytes[i]);
            continue;
        }
        t->unit[t->unit_len++] = bytes[i];
        if (t->unit_len < 2)
            continue;
        t->unit_len = 0;
        put_unit(t, t->form == UTF16_LE ? (uint32_t)t->unit[1] << 8 | t->unit[0]
                                        : (uint32_t)t->unit[0] << 8 | t->unit[1]);
    }
}

/* A reset may leave a NUL or two in a log. UTF-16 text has one in nearly every character, nearly always in the same
 * half. */
static uint8_t form_of(const uint8_t *head, size_t len)
{
    size_t zeros[2] = {0, 0};
    if (len >= 2 && head[0] == 0xff && head[1] == 0xfe)
        return UTF16_LE;
    if (len >= 2 && head[0] == 0xfe && head[1] == 0xff)
        return UTF16_BE;
    for (size_t i = 0; i < len; i++)
        zeros[i % 2] += head[i] == 0;
    if (len < 8 || zeros[0] + zeros[1] < len / 3)
        return BYTES;
    if (zeros[1] > 4 * zeros[0])
        return UTF16_LE;
    return zeros[0] > 4 * zeros[1] ? UTF16_BE : BYTES;
}

static void decide(struct plain_text *t)
{
    size_t skip = 0, len = t->head_len;
    t->form = form_of(t->head, len);
    if (t->form != BYTES && (t->head[0] | t->head[1]) == 0xff)
        skip = 2;
    if (len >= 3 && memcmp(t->head, "\xef\xbb\xbf", 3) == 0)
        skip = 3;
    put_known(t, t->head + skip, len - skip);
}

void plain_text_put(struct plain_text *t, const void *bytes, size_t len)
{
    const uint8_t *at = bytes;
    size_t n = 0;
    while (t->form == UNKNOWN && n < len) {
        t->head[t->head_len++] = at[n++];
        if (t->head_len == sizeof t->head)
            decide(t);
    }
    put_known(t, at + n, len - n);
}

void plain_text_end(struct plain_text *t)
{
    if (t->form == UNKNOWN)
        decide(t);
    if (t->len > 0)
        flush(t, false);
}
