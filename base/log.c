#include "base/log.h"

#include <stdbool.h>
#include <string.h>

static const struct log_backend *backend;

void log_set_backend(const struct log_backend *b)
{
    backend = b;
}

/* A text under construction: counts what does not fit. */
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
    bool left, zero, negative;
    unsigned width;
};

static void put_padded(struct out *o, const struct spec *s, const char *text, size_t len)
{
    size_t shown = len + (s->negative ? 1 : 0);
    size_t pad = s->width > shown ? s->width - shown : 0;
    if (s->negative && s->zero)
        put(o, '-');
    for (size_t i = 0; !s->left && i < pad; i++)
        put(o, s->zero ? '0' : ' ');
    if (s->negative && !s->zero)
        put(o, '-');
    for (size_t i = 0; i < len; i++)
        put(o, text[i]);
    for (size_t i = 0; s->left && i < pad; i++)
        put(o, ' ');
}

static void put_number(struct out *o, const struct spec *s, unsigned long v, unsigned base,
                       const char *digits)
{
    char buf[24];
    size_t at = sizeof buf;
    do {
        buf[--at] = digits[v % base];
        v /= base;
    } while (v != 0);
    put_padded(o, s, buf + at, sizeof buf - at);
}

static unsigned long next_unsigned(va_list *args, int longs)
{
    return longs > 0 ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int);
}

static void put_signed(struct out *o, struct spec *s, long v)
{
    s->negative = v < 0;
    unsigned long magnitude = v < 0 ? 0ul - (unsigned long)v : (unsigned long)v;
    put_number(o, s, magnitude, 10, "0123456789");
}

/* Formats the conversion at *f (just behind its '%') and returns the place behind it. */
static const char *convert(struct out *o, const char *f, va_list *args)
{
    struct spec s = {0};
    int longs = 0;
    for (; *f == '-' || *f == '0'; f++) {
        s.left |= *f == '-';
        s.zero |= *f == '0';
    }
    for (; *f >= '0' && *f <= '9'; f++)
        s.width = s.width * 10 + (unsigned)(*f - '0');
    for (; *f == 'l' || *f == 'z' || *f == 'h'; f++)
        longs += *f != 'h';
    switch (*f) {
    case 'd':
    case 'i':
        put_signed(o, &s, longs > 0 ? va_arg(*args, long) : va_arg(*args, int));
        break;
    case 'u':
        put_number(o, &s, next_unsigned(args, longs), 10, "0123456789");
        break;
    case 'x':
        put_number(o, &s, next_unsigned(args, longs), 16, "0123456789abcdef");
        break;
    case 'X':
        put_number(o, &s, next_unsigned(args, longs), 16, "0123456789ABCDEF");
        break;
    case 'p':
        put(o, '0');
        put(o, 'x');
        put_number(o, &s, (unsigned long)(uintptr_t)va_arg(*args, void *), 16, "0123456789abcdef");
        break;
    case 'c':
        put(o, (char)va_arg(*args, int));
        break;
    case 's': {
        const char *text = va_arg(*args, const char *);
        if (text == NULL)
            text = "(null)";
        s.zero = false;
        put_padded(o, &s, text, strlen(text));
        break;
    }
    case '\0':
        return f;
    default:
        put(o, *f);
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

/* "[hh:mm:ss.mmm,uuu] <lvl> module: "; returns its length. */
static size_t stamp(char *dst, size_t cap, enum log_level level, const char *module)
{
    static const char *const tags[] = {"", "err", "wrn", "inf", "dbg"};
    uint64_t now = backend->now_us != NULL ? backend->now_us() : 0;
    unsigned us = (unsigned)(now % 1000000u);
    unsigned long s = (unsigned long)(now / 1000000u);
    return fmt_print(dst, cap, "[%02u:%02u:%02u.%03u,%03u] <%s> %s: ", (unsigned)(s / 3600),
                     (unsigned)(s / 60 % 60), (unsigned)(s % 60), us / 1000, us % 1000, tags[level],
                     module);
}

void log_write(enum log_level level, const char *module, const char *fmt, ...)
{
    if (backend == NULL || level > backend->level)
        return;
    char line[LOG_LINE_MAX];
    size_t room = sizeof line - 2; /* for CR LF */
    size_t len = stamp(line, room, level, module);
    if (len < room) {
        va_list args;
        va_start(args, fmt);
        len += fmt_vprint(line + len, room - len, fmt, args);
        va_end(args);
    }
    if (len >= room) {
        len = room - 1;
        line[len - 1] = '~';
    }
    line[len] = '\r';
    line[len + 1] = '\n';
    backend->write(line, len + 2);
}
