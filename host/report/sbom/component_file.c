/* component_file.c - a line at a time, in place. */
#include "host/report/sbom/component_file.h"

#include <stdio.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/report/sbom/licence.h"

static const char *const field_names[COMPONENT_FIELDS] = {
    [COMPONENT_NAME] = "Name",         [COMPONENT_VERSION] = "Version",
    [COMPONENT_LICENSE] = "License",   [COMPONENT_LICENSE_TEXT] = "License-Text",
    [COMPONENT_SUPPLIER] = "Supplier", [COMPONENT_HOMEPAGE] = "Homepage",
    [COMPONENT_PURL] = "Purl",         [COMPONENT_SOURCE_FILE] = "Source-File",
    [COMPONENT_COMMENT] = "Comment",
};

struct reader {
    struct component_list *list;
    struct component *now; /* of this paragraph; NULL: no paragraph has begun */
    struct component said; /* in this paragraph */
    struct component_values
        *several;     /* a line that begins with a space adds to it; NULL: none may come */
    const char **one; /* the same of a text */
    unsigned one_lines;
    unsigned line, first; /* numbers, from 1; first: of the paragraph */
    char *why;
    size_t cap;
};

static bool wrong(const struct reader *r, const char *what, const char *value)
{
    snprintf(r->why, r->cap, "line %u: %s%s%s", r->line, what, *value != '\0' ? ": " : "", value);
    return false;
}

void component_list_init(struct component_list *l)
{
    memset(l, 0, sizeof *l);
    l->component[0].product = true;
    l->count = 1;
}

static char *trimmed(char *text)
{
    size_t len;
    text += strspn(text, " \t");
    len = strlen(text);
    while (len > 0 && strchr(" \t\r", text[len - 1]) != NULL)
        text[--len] = '\0';
    return text;
}

static bool add_value(const struct reader *r, struct component_values *v, const char *value)
{
    if (v->count == COMPONENT_VALUES_MAX)
        return wrong(r, "a field has more than 256 lines", "");
    v->line[v->count++] = value;
    return true;
}

static bool is_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

static bool take_several(struct reader *r, const char *value)
{
    if (*value == '\0')
        return true; /* the values come in the next lines */
    if (r->several == &r->said.sha256 && !is_sha256(value))
        return wrong(r, "Source-SHA256 is not 64 hexadecimal digits (0-9, a-f)", value);
    return add_value(r, r->several, value);
}

static bool take_role(struct reader *r, const char *value)
{
    if (strcmp(value, "product") != 0)
        return wrong(r, "Role is 'product' or is left out, not", value);
    r->said.product = true;
    return true;
}

/* Of printable ASCII, and begun as such URLs are. */
static bool is_url(enum component_field f, const char *value)
{
    if (f == COMPONENT_PURL && strncmp(value, "pkg:", 4) != 0)
        return false;
    if (f == COMPONENT_HOMEPAGE && strncmp(value, "http://", 7) != 0 &&
        strncmp(value, "https://", 8) != 0)
        return false;
    for (; *value != '\0'; value++)
        if (*value <= ' ' || *value > '~' || strchr("<>\"{}|\\^`", *value) != NULL)
            return false;
    return true;
}

static bool take_text(struct reader *r, enum component_field f, const char *value)
{
    if (r->said.text[f] != NULL)
        return wrong(r, "a field comes twice in a paragraph", field_names[f]);
    if (*value == '\0')
        return wrong(r, "a field is empty", field_names[f]);
    if (strlen(value) > COMPONENT_TEXT_MAX)
        return wrong(r, "a line is longer than 1000 bytes", field_names[f]);
    if (f == COMPONENT_LICENSE && !licence_is_expression(value))
        return wrong(r, "License is not an SPDX expression, such as MIT OR Apache-2.0", value);
    if ((f == COMPONENT_PURL || f == COMPONENT_HOMEPAGE) && !is_url(f, value))
        return wrong(r, f == COMPONENT_PURL ? "Purl is not a package URL" : "Homepage is not a URL",
                     value);
    r->said.text[f] = value;
    r->one = f == COMPONENT_LICENSE_TEXT || f == COMPONENT_COMMENT ? &r->said.text[f] : NULL;
    r->one_lines = 1;
    return true;
}

static bool take_field(struct reader *r, char *line)
{
    char *colon = strchr(line, ':');
    if (colon == NULL)
        return wrong(r, "it is not 'Field: value'", line);
    *colon = '\0';
    const char *name = line, *value = trimmed(colon + 1);
    r->several = strcmp(name, "Files") == 0           ? &r->said.files
                 : strcmp(name, "Source-SHA256") == 0 ? &r->said.sha256
                                                      : NULL;
    r->one = NULL;
    if (r->several != NULL)
        return take_several(r, value);
    if (strcmp(name, "Role") == 0)
        return take_role(r, value);
    for (unsigned f = 0; f < COMPONENT_FIELDS; f++)
        if (strcmp(name, field_names[f]) == 0)
            return take_text(r, (enum component_field)f, value);
    return wrong(r, "no field has this name", name);
}

/* A line that begins with a space. */
static bool take_more(struct reader *r, char *line)
{
    const char *value = trimmed(line);
    if (r->several != NULL)
        return take_several(r, value);
    if (r->one == NULL)
        return wrong(r, "it continues no field that may have several lines", value);
    if (r->one_lines++ == COMPONENT_VALUES_MAX)
        return wrong(r, "a field has more than 256 lines", "");
    *r->one = cli_text("%s\n%s", *r->one, strcmp(value, ".") == 0 ? "" : value);
    return true;
}

static bool join(const struct reader *r, struct component_values *to,
                 const struct component_values *from)
{
    for (unsigned i = 0; i < from->count; i++)
        if (!add_value(r, to, from->line[i]))
            return false;
    return true;
}

/* The paragraph is complete. */
static bool end_paragraph(struct reader *r)
{
    struct component_list *l = r->list;
    struct component *to = &l->component[0];
    if (r->first == 0)
        return true;
    if (!r->said.product) {
        if (r->said.text[COMPONENT_NAME] == NULL)
            return wrong(r, "the paragraph has no Name (or Role: product)", "");
        if (l->count > COMPONENTS_MAX)
            return wrong(r, "there are more than 256 components", "");
        to = &l->component[l->count++];
    }
    for (unsigned f = 0; f < COMPONENT_FIELDS; f++)
        if (to->text[f] == NULL)
            to->text[f] = r->said.text[f];
    if (r->said.sha256.count > 0 && to->text[COMPONENT_PURL] == NULL &&
        to->text[COMPONENT_HOMEPAGE] == NULL)
        return wrong(r, "Source-SHA256 needs a Purl or a Homepage: where it can be had", "");
    r->first = 0;
    return join(r, &to->files, &r->said.files) && join(r, &to->sha256, &r->said.sha256);
}

static bool read_line(struct reader *r, char *line)
{
    if (line[0] == '#')
        return true;
    if (line[strspn(line, " \t\r")] == '\0')
        return end_paragraph(r);
    if (r->first == 0) {
        r->first = r->line;
        r->said = (struct component){0};
        r->several = NULL;
        r->one = NULL;
    }
    return line[0] == ' ' || line[0] == '\t' ? take_more(r, line) : take_field(r, line);
}

bool component_list_add(struct component_list *l, char *text, size_t len, char *why, size_t cap)
{
    struct reader *r = cli_memory(sizeof *r);
    *r = (struct reader){.list = l, .why = why, .cap = cap};
    if (memchr(text, '\0', len) != NULL)
        return wrong(r, "the file holds a NUL, so it is not a text", "");
    for (char *line = text, *next; line != NULL; line = next) {
        r->line++;
        next = strchr(line, '\n');
        if (next != NULL)
            *next++ = '\0';
        if (!read_line(r, line))
            return false;
    }
    return end_paragraph(r);
}

/* * fits any text. Iterative: a pattern with many of them costs the product of both lengths at most. */
static bool fits(const char *pattern, const char *text)
{
    const char *star = NULL, *resume = NULL;
    while (*text != '\0') {
        if (*pattern == '*') {
            star = ++pattern;
            resume = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star != NULL) {
            pattern = star;
            text = ++resume;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool component_fits(const struct component *c, const char *path)
{
    const char *slash = strrchr(path, '/'), *base = slash != NULL ? slash + 1 : path;
    for (unsigned i = 0; i < c->files.count; i++) {
        const char *pattern = c->files.line[i];
        if (fits(pattern, strchr(pattern, '/') != NULL ? path : base))
            return true;
    }
    return false;
}

const struct component *component_of(const struct component_list *l, const char *path)
{
    /* The product's patterns are the widest: a part of it that has a paragraph of its own comes before it. */
    for (unsigned i = 1; i <= l->count; i++) {
        const struct component *c = &l->component[i % l->count];
        if (component_fits(c, path))
            return c;
    }
    return NULL;
}
