#include "host/report/markup.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

#define FIRST_CAP 4096u

void markup_init(struct markup *m)
{
    *m = (struct markup){.text = NULL};
}

void markup_free(struct markup *m)
{
    free(m->text);
    markup_init(m);
}

bool markup_is_whole(const struct markup *m)
{
    return !m->failed && m->depth == 0 && m->text != NULL;
}

/* ---- bytes ---- */

/* Make room for more bytes and a NUL. */
static bool make_room(struct markup *m, size_t more)
{
    if (m->failed || more > MARKUP_MAX - m->len) {
        m->failed = true;
        return false;
    }
    if (m->len + more < m->cap)
        return true;
    size_t cap = m->cap == 0 ? FIRST_CAP : m->cap;
    while (cap <= m->len + more)
        cap *= 2;
    char *text = realloc(m->text, cap);
    if (text == NULL) {
        m->failed = true;
        return false;
    }
    m->text = text;
    m->cap = cap;
    return true;
}

static void put(struct markup *m, const char *bytes, size_t len)
{
    if (!make_room(m, len))
        return;
    memcpy(m->text + m->len, bytes, len);
    m->len += len;
    m->text[m->len] = '\0';
}

static void put_text(struct markup *m, const char *text)
{
    put(m, text, strlen(text));
}

/* ---- escaping ---- */

/* U+FFFE and U+FFFF, which XML 1.0 forbids [2.2, Char]. */
static bool is_forbidden(const unsigned char *s)
{
    return s[0] == 0xef && s[1] == 0xbf && s[2] >= 0xbe;
}

/* Where a text stands: between tags; as an attribute's value; as one of one line. */
enum place { BETWEEN_TAGS, ATTRIBUTE, ATTRIBUTE_LINE };

/* NULL: the character stands for itself, or is shown as cli_show does. A line break in an attribute would be read as a blank
 * [XML 1.0, 3.3.3]. */
static const char *entity(unsigned char c, enum place place)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return place != BETWEEN_TAGS ? "&quot;" : NULL;
    case '\'':
        return place != BETWEEN_TAGS ? "&#39;" : NULL;
    case '\n':
        return place == ATTRIBUTE ? "&#10;" : NULL;
    case '\t':
        return place == ATTRIBUTE ? "&#9;" : NULL;
    default:
        return NULL;
    }
}

/* One character that is more than printable ASCII. Returns how many bytes of s it takes. */
static unsigned put_character(struct markup *m, const unsigned char *s, enum place place)
{
    char shown[CLI_SHOWN_MAX];
    unsigned n = cli_utf8_length(s);
    if (n == 0) {
        put_text(m, "\xef\xbf\xbd");
        return 1;
    }
    if (is_forbidden(s)) {
        put_text(m, s[2] == 0xbe ? "\\ufffe" : "\\uffff");
        return n;
    }
    cli_show(s, place != ATTRIBUTE_LINE, shown);
    put_text(m, shown);
    return n;
}

static void put_escaped(struct markup *m, const char *text, enum place place)
{
    const unsigned char *s = (const unsigned char *)text;
    while (*s != '\0' && !m->failed) {
        size_t plain = 0;
        while (s[plain] >= 0x20 && s[plain] < 0x7f && entity(s[plain], place) == NULL)
            plain++;
        put(m, (const char *)s, plain);
        s += plain;
        const char *known = entity(*s, place);
        if (known != NULL) {
            put_text(m, known);
            s++;
        } else if (*s != '\0') {
            s += put_character(m, s, place);
        }
    }
}

/* Format, and escape what came out. */
static void put_args(struct markup *m, const char *fmt, va_list args, enum place place)
{
    char small[256], *text = small;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, fmt, args);
    if (len >= (int)sizeof small) {
        text = malloc((size_t)len + 1);
        if (text != NULL)
            vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    m->failed |= len < 0 || text == NULL;
    if (!m->failed)
        put_escaped(m, text, place);
    if (text != small)
        free(text);
}

/* ---- elements ---- */

static void end_tag(struct markup *m)
{
    if (m->in_tag)
        put_text(m, ">");
    m->in_tag = false;
}

void markup_open(struct markup *m, const char *name)
{
    end_tag(m);
    if (m->depth == MARKUP_DEPTH_MAX)
        abort(); /* no page of ours is that deep */
    m->open[m->depth++] = name;
    put_text(m, "<");
    put_text(m, name);
    m->in_tag = true;
}

void markup_attr(struct markup *m, const char *name, const char *fmt, ...)
{
    va_list args;
    put_text(m, " ");
    put_text(m, name);
    put_text(m, "=\"");
    va_start(args, fmt);
    put_args(m, fmt, args, ATTRIBUTE);
    va_end(args);
    put_text(m, "\"");
}

void markup_attr_line(struct markup *m, const char *name, const char *value)
{
    put_text(m, " ");
    put_text(m, name);
    put_text(m, "=\"");
    put_escaped(m, value, ATTRIBUTE_LINE);
    put_text(m, "\"");
}

/* HTML allows the short form only for these, and in SVG. */
static bool may_be_short(const char *name)
{
    static const char *const names[] = {"meta",    "br",    "hr",   "col",    "rect",
                                        "line",    "path",  "use",  "circle", "polyline",
                                        "polygon", "input", "link", "stop"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

void markup_close(struct markup *m)
{
    const char *name = m->open[--m->depth];
    if (m->in_tag && may_be_short(name)) {
        put_text(m, "/>");
        m->in_tag = false;
        return;
    }
    end_tag(m);
    put_text(m, "</");
    put_text(m, name);
    put_text(m, ">");
}

void markup_text(struct markup *m, const char *text)
{
    end_tag(m);
    if (text != NULL)
        put_escaped(m, text, BETWEEN_TAGS);
}

void markup_text_args(struct markup *m, const char *fmt, va_list args)
{
    end_tag(m);
    put_args(m, fmt, args, BETWEEN_TAGS);
}

void markup_textf(struct markup *m, const char *fmt, ...)
{
    va_list args;
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
}

void markup_element(struct markup *m, const char *name, const char *text)
{
    markup_classed(m, name, NULL, text);
}

void markup_classed(struct markup *m, const char *name, const char *class_name, const char *text)
{
    markup_open(m, name);
    if (class_name != NULL)
        markup_attr(m, "class", "%s", class_name);
    markup_text(m, text);
    markup_close(m);
}

void markup_raw(struct markup *m, const char *text)
{
    end_tag(m);
    put_text(m, text);
}

void markup_append(struct markup *m, const struct markup *other)
{
    end_tag(m);
    m->failed |= other->failed;
    put(m, other->text != NULL ? other->text : "", other->len);
}
