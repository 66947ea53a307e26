#include "core/base/log.h"

#include <stdbool.h>
#include <string.h>

static const struct log_backend *backend;

void log_set_backend(const struct log_backend *b)
{
    backend = b;
}

/* The text so far; len also counts characters that did not fit. */
struct out {
    char *dst;
    size_t cap, len;
};

static void put(struct out *o, char c)
{
    if (o->len + 1 < o->cap)
        o->dst[o->len] = c;
    o->len++;
}

struct spec {
    bool left, zero, is_long;
    unsigned width;
};

/* Put text into a field of at least s->width characters. */
static void put_padded(struct out *o, const struct spec *s, const char *text, size_t len)
{
    size_t field = s->width > len ? s->width : len;
    size_t start = s->left ? 0 : field - len;
    for (size_t i = 0; i < field; i++)
        put(o, i - start < len ? text[i - start] : ' ');
}

#define DIGITS_MAX 24u /* of any number; wider zero-padding is cut to it */

/* ten: the digit for ten, 'a' or 'A'; '\0' for decimal. */
static void put_number(struct out *o, const struct spec *s, unsigned long v, bool negative,
                       char ten)
{
    char buf[DIGITS_MAX + 1];
    unsigned base = ten == '\0' ? 10 : 16, digits = s->zero ? s->width : 0;
    if (digits > DIGITS_MAX)
        digits = DIGITS_MAX;
    size_t at = sizeof buf, sign = negative ? 1 : 0;
    size_t end = at - (digits > sign ? digits - sign : 1);
    do {
        unsigned digit = v % base;
        buf[--at] = (char)(digit < 10 ? '0' + digit : ten + digit - 10);
        v /= base;
    } while (v != 0 || at > end);
    if (negative)
        buf[--at] = '-';
    put_padded(o, s, buf + at, sizeof buf - at);
}

static const char *parse_spec(const char *f, struct spec *s)
{
    for (;; f++) {
        if (*f == '-')
            s->left = true;
        else if (*f == '0' && s->width == 0)
            s->zero = true;
        else if (*f >= '0' && *f <= '9')
            s->width = s->width * 10 + (unsigned)(*f - '0');
        else if (*f == 'l' || *f == 'z')
            s->is_long = true;
        else if (*f != 'h')
            return f;
    }
}

/* Format the conversion at f, which points behind its '%'. Returns the place behind the conversion. */
static const char *convert(struct out *o, const char *f, va_list *args)
{
    struct spec s = {0};
    f = parse_spec(f, &s);
    char kind = *f, ten = '\0';
    switch (kind) {
    case '\0':
        return f;
    case 'd':
    case 'i': {
        long v = s.is_long ? va_arg(*args, long) : va_arg(*args, int);
        put_number(o, &s, v < 0 ? 0ul - (unsigned long)v : (unsigned long)v, v < 0, ten);
        break;
    }
    case 'p':
        put(o, '0');
        put(o, 'x');
        s.is_long = true;
        kind = 'x';
        FALLTHROUGH;
    case 'x':
    case 'X':
        ten = (char)(kind - ('x' - 'a'));
        FALLTHROUGH;
    case 'u': {
        unsigned long v = s.is_long ? va_arg(*args, unsigned long) : va_arg(*args, unsigned);
        put_number(o, &s, v, false, ten);
        break;
    }
    case 's': {
        const char *text = va_arg(*args, const char *);
        if (text == NULL)
            text = "(null)";
        put_padded(o, &s, text, strlen(text));
        break;
    }
    case 'c':
        kind = (char)va_arg(*args, int);
        FALLTHROUGH;
    default:
        put(o, kind);
    }
    return f + 1;
}

size_t fmt_vprint(char *dst, size_t cap, const char *fmt, va_list args)
{
    struct out o = {.dst = dst, .cap = cap, .len = 0};
    va_list rest;
    va_copy(rest, args);
    while (*fmt != '\0') {
        if (*fmt == '%')
            fmt = convert(&o, fmt + 1, &rest);
        else
            put(&o, *fmt++);
    }
    va_end(rest);
    dst[o.len < cap ? o.len : cap - 1] = '\0';
    return o.len;
}

size_t fmt_print(char *dst, size_t cap, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    size_t n = fmt_vprint(dst, cap, fmt, args);
    va_end(args);
    return n;
}

/* "[hh:mm:ss.mmm,uuu] <lvl> "; returns its length. */
static size_t stamp(char *dst, size_t cap, enum log_level level)
{
    static const char tags[][4] = {"", "err", "wrn", "inf", "dbg"};
    uint64_t now = backend->now_us != NULL ? backend->now_us() : 0;
    unsigned us = (unsigned)(now % 1000000u);
    unsigned long s = (unsigned long)(now / 1000000u);
    return fmt_print(dst, cap, "[%02u:%02u:%02u.%03u,%03u] <%s> ", (unsigned)(s / 3600),
                     (unsigned)(s / 60 % 60), (unsigned)(s % 60), us / 1000, us % 1000,
                     tags[level]);
}

void log_write(enum log_level level, const char *format, ...)
{
    char line[LOG_LINE_MAX];
    if (backend == NULL || level > backend->level)
        return;
    size_t room = sizeof line - 2; /* for CR LF */
    size_t len = stamp(line, room, level);
    va_list args;
    va_start(args, format);
    len += fmt_vprint(line + len, room - len, format, args);
    va_end(args);
    if (len >= room) {
        len = room - 1;
        line[len - 1] = '~';
    }
    line[len] = '\r';
    line[len + 1] = '\n';
    backend->write(line, len + 2);
}
