#include "testing/rig_markup.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/cli/core/cli.h"

#define DEPTH_MAX      64u
#define ATTRIBUTES_MAX 32u

struct name {
    const char *at;
    size_t len;
};

struct scan {
    const char *begin, *at;
    struct name open[DEPTH_MAX];
    unsigned depth, roots;
    char *why;
};

static bool fail(const struct scan *s, const char *what)
{
    snprintf(s->why, RIG_MARKUP_WHY_MAX, "%s at byte %zu: %.80s", what, (size_t)(s->at - s->begin),
             s->at);
    return false;
}

static bool is_same(struct name a, struct name b)
{
    return a.len == b.len && memcmp(a.at, b.at, a.len) == 0;
}

static bool skip(struct scan *s, const char *word)
{
    if (strncmp(s->at, word, strlen(word)) != 0)
        return false;
    s->at += strlen(word);
    return true;
}

static bool skip_behind(struct scan *s, const char *word)
{
    const char *end = strstr(s->at, word);
    if (end == NULL)
        return fail(s, "no end");
    s->at = end + strlen(word);
    return true;
}

static struct name take_name(struct scan *s)
{
    struct name n = {s->at, 0};
    while (isalnum((unsigned char)*s->at) ||
           (n.len > 0 && strchr("-:", *s->at) && *s->at != '\0')) {
        s->at++;
        n.len++;
    }
    return n;
}

static bool take_entity(struct scan *s)
{
    static const char *const known[] = {"&amp;", "&lt;",  "&gt;", "&quot;",
                                        "&#39;", "&#10;", "&#9;"};
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (skip(s, known[i]))
            return true;
    return fail(s, "an unknown entity");
}

/* A character of a text or value, which is no markup. */
static bool take_character(struct scan *s)
{
    char shown[CLI_SHOWN_MAX];
    const unsigned char *c = (const unsigned char *)s->at;
    const unsigned n = cli_utf8_length(c);
    if (*c == '&')
        return take_entity(s);
    if (n == 0)
        return fail(s, "no UTF-8");
    if (*c >= 0x20 && *c < 0x7f) { /* nearly all; the rest of this function takes its time */
        s->at++;
        return true;
    }
    cli_show(c, true, shown);
    if (strlen(shown) != n)
        return fail(s, "a character that acts on a terminal");
    if (c[0] == 0xef && c[1] == 0xbf && c[2] >= 0xbe)
        return fail(s, "U+FFFE or U+FFFF");
    s->at += n;
    return true;
}

static bool take_attributes(struct scan *s)
{
    struct name seen[ATTRIBUTES_MAX];
    for (unsigned count = 0; skip(s, " "); count++) {
        if (count == ATTRIBUTES_MAX)
            return fail(s, "too many attributes");
        seen[count] = take_name(s);
        for (unsigned i = 0; i < count; i++)
            if (is_same(seen[i], seen[count]))
                return fail(s, "an attribute twice");
        if (seen[count].len == 0 || !skip(s, "=\""))
            return fail(s, "no attribute");
        while (*s->at != '"')
            if (*s->at == '\0' || *s->at == '<' || *s->at == '\n' || !take_character(s))
                return fail(s, "a bad value");
        s->at++;
    }
    return true;
}

static bool take_start(struct scan *s)
{
    const struct name n = take_name(s);
    if (n.len == 0 || s->depth == DEPTH_MAX)
        return fail(s, "no name, or too deep");
    s->roots += s->depth == 0;
    if (!take_attributes(s))
        return false;
    if (skip(s, "/>"))
        return true;
    s->open[s->depth++] = n;
    return skip(s, ">") || fail(s, "the tag does not end");
}

static bool take_end(struct scan *s)
{
    const struct name n = take_name(s);
    if (s->depth == 0 || !is_same(n, s->open[s->depth - 1]))
        return fail(s, "an end tag of another element");
    s->depth--;
    return skip(s, ">") || fail(s, "the tag does not end");
}

static bool take_one(struct scan *s)
{
    if (skip(s, "<![CDATA["))
        return skip_behind(s, "]]>");
    if (skip(s, "<?xml ") || skip(s, "<!DOCTYPE "))
        return s->roots == 0 ? skip_behind(s, ">") : fail(s, "a declaration inside");
    if (skip(s, "</"))
        return take_end(s);
    if (skip(s, "<"))
        return take_start(s);
    if (*s->at == '>')
        return fail(s, "a bare >");
    if (s->depth == 0 && *s->at != '\n')
        return fail(s, "text outside");
    return take_character(s);
}

bool rig_markup_is_well_formed(const char *text, char why[RIG_MARKUP_WHY_MAX])
{
    struct scan s = {.begin = text, .at = text, .why = why};
    why[0] = '\0';
    while (*s.at != '\0')
        if (!take_one(&s))
            return false;
    return (s.depth == 0 && s.roots == 1) || fail(&s, "not one whole element");
}

size_t rig_markup_count(const char *text, const char *wanted)
{
    size_t count = 0;
    for (const char *at = strstr(text, wanted); at != NULL; at = strstr(at + 1, wanted))
        count++;
    return count;
}
