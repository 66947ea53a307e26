/* Bodies of packets: read from the left, written at the end of what waits to be sent. */
#include <stdarg.h>
#include <string.h>

#include "vboard/debug/gdb_inside.h"

/* ---- reading a body ---- */

bool gdb_take(struct gdb_text *t, char c)
{
    if (t->at == t->end || *t->at != c)
        return false;
    t->at++;
    return true;
}

bool gdb_take_word(struct gdb_text *t, const char *w)
{
    size_t n = strlen(w);
    if ((size_t)(t->end - t->at) < n || memcmp(t->at, w, n) != 0)
        return false;
    t->at += n;
    return true;
}

int gdb_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool gdb_take_hex(struct gdb_text *t, uint32_t *value)
{
    unsigned n = 0;
    *value = 0;
    for (; t->at != t->end && gdb_digit(*t->at) >= 0; n++) {
        if (*value >> 28 != 0)
            return false;
        *value = *value << 4 | (uint32_t)gdb_digit(*t->at++);
    }
    return n != 0;
}

bool gdb_take_bytes(struct gdb_text *t, uint8_t *dst, size_t n)
{
    if ((size_t)(t->end - t->at) / 2 < n)
        return false;
    for (size_t i = 0; i < n; i++, t->at += 2) {
        int high = gdb_digit(t->at[0]), low = gdb_digit(t->at[1]);
        if (high < 0 || low < 0)
            return false;
        dst[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

/* ---- writing an answer ---- */

void gdb_put(struct gdb *g, const char *bytes, size_t len)
{
    if (len > sizeof g->out - g->out_len)
        return;
    memcpy(g->out + g->out_len, bytes, len);
    g->out_len += len;
}

void gdb_begin(struct gdb *g)
{
    g->answer_at = g->out_len;
    gdb_put(g, "$", 1);
}

static size_t room_in_answer(const struct gdb *g)
{
    size_t used = g->out_len - g->answer_at, left = sizeof g->out - g->out_len;
    size_t room = used < GDB_PACKET ? GDB_PACKET - used : 0;
    return left < room + 4 ? 0 : room;
}

void gdb_add(struct gdb *g, const char *fmt, ...)
{
    char text[256];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n > 0 && (size_t)n < sizeof text && (size_t)n <= room_in_answer(g))
        gdb_put(g, text, (size_t)n);
}

void gdb_add_hex(struct gdb *g, const void *bytes, size_t len)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *p = bytes;
    for (size_t i = 0; i < len && room_in_answer(g) >= 2; i++) {
        const char pair[2] = {digits[p[i] >> 4], digits[p[i] & 15]};
        gdb_put(g, pair, 2);
    }
}

void gdb_end(struct gdb *g)
{
    char sum[4];
    uint8_t total = 0;
    for (size_t i = g->answer_at + 1; i < g->out_len; i++)
        total = (uint8_t)(total + (uint8_t)g->out[i]);
    snprintf(sum, sizeof sum, "#%02x", total);
    gdb_put(g, sum, 3);
    g->last_len = g->out_len - g->answer_at;
    memcpy(g->last, g->out + g->answer_at, g->last_len);
}

void gdb_answer(struct gdb *g, const char *text)
{
    gdb_begin(g);
    gdb_add(g, "%s", text);
    gdb_end(g);
}

void gdb_print(struct gdb *g, const char *fmt, ...)
{
    char text[400];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    if (n <= 0 || sizeof g->out - g->out_len < 2 * sizeof text + 8)
        return;
    gdb_begin(g);
    gdb_add(g, "O");
    gdb_add_hex(g, text, strlen(text));
    gdb_end(g);
}
