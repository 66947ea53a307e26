/* metrics_text.c - Prometheus' text format, version 0.0.4: lines of NAME{LABEL="VALUE",...} NUMBER. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/gateway/service/metrics.h"

#define TEXT_MAX (16u << 20)

void metrics_begin(struct metrics_text *t)
{
    *t = (struct metrics_text){.text = NULL};
}

/* Room for more bytes and a NUL. */
static bool make_room(struct metrics_text *t, size_t more)
{
    size_t cap = t->cap > 0 ? t->cap : 4096;
    if (t->failed || t->len + more >= TEXT_MAX)
        return !(t->failed = true);
    while (cap <= t->len + more)
        cap *= 2;
    if (cap == t->cap)
        return true;
    char *text = realloc(t->text, cap);
    if (text == NULL)
        return !(t->failed = true);
    t->text = text;
    t->cap = cap;
    return true;
}

static void put(struct metrics_text *t, const char *bytes, size_t len)
{
    if (!make_room(t, len))
        return;
    memcpy(t->text + t->len, bytes, len);
    t->len += len;
    t->text[t->len] = '\0';
}

static void put_text(struct metrics_text *t, const char *text)
{
    put(t, text, strlen(text));
}

/* Escaped as the format wants it; quotes only matter in a label's value. */
static void put_escaped(struct metrics_text *t, const char *text, bool quotes)
{
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        unsigned n = cli_utf8_length(s);
        if (*s == '\n')
            put_text(t, "\\n");
        else if (*s == '\\' || (quotes && *s == '"'))
            put(t, (const char[]){'\\', (char)*s}, 2);
        else if (n == 0)
            put_text(t, "\xef\xbf\xbd"); /* U+FFFD */
        else
            put(t, (const char *)s, n);
        s += n > 0 ? n : 1;
    }
}

/* A name may stand in front of labels; ours are constants, so a wrong one is a mistake that a test finds. */
static void put_name(struct metrics_text *t, const char *name)
{
    bool ok = isalpha((unsigned char)name[0]) || name[0] == '_';
    for (const char *c = name; *c != '\0'; c++)
        ok = ok && (isalnum((unsigned char)*c) || *c == '_');
    t->failed |= !ok;
    put_text(t, name);
}

static void put_head(struct metrics_text *t, const struct metric *what)
{
    put_text(t, "# HELP ");
    put_name(t, what->name);
    put_text(t, " ");
    put_escaped(t, what->help, false);
    put_text(t, "\n# TYPE ");
    put_text(t, what->name);
    put_text(t, " ");
    put_text(t, what->type);
    put_text(t, "\n");
}

static void put_number(struct metrics_text *t, double value)
{
    char number[40];
    if (isnan(value))
        put_text(t, "NaN");
    else if (isinf(value))
        put_text(t, value > 0 ? "+Inf" : "-Inf");
    else {
        snprintf(number, sizeof number, "%.17g", value);
        put_text(t, number);
    }
}

void metrics_value(struct metrics_text *t, const struct metric *what,
                   const struct metric_label *labels, size_t count, double value)
{
    if (what != t->last)
        put_head(t, what);
    t->last = what;
    put_text(t, what->name);
    for (size_t i = 0; i < count; i++) {
        put_text(t, i == 0 ? "{" : ",");
        put_name(t, labels[i].name);
        put_text(t, "=\"");
        put_escaped(t, labels[i].value, true);
        put_text(t, "\"");
    }
    put_text(t, count > 0 ? "} " : " ");
    put_number(t, value);
    put_text(t, "\n");
}

char *metrics_finish(struct metrics_text *t)
{
    char *text = NULL;
    put(t, "", 0); /* an empty text is one, too */
    if (t->failed)
        free(t->text);
    else
        text = t->text;
    metrics_begin(t);
    return text;
}
