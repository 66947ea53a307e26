#include "host/layout/overlay.h"

#include <ctype.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/cli/core/cli.h"

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* False: it is there already. */
static bool add_name(const char **left, const char *name, size_t n)
{
    for (const char *at = *left; *at != '\0'; at += strcspn(at + 1, ",") + 1)
        if (strncmp(at + 2, name, n) == 0 && (at[2 + n] == ',' || at[2 + n] == '\0'))
            return false;
    *left = cli_text("%s, %.*s", *left, (int)n, name);
    return true;
}

/* The header that a line includes, in its < >, or NULL. */
static const char *header_of(const char *line, size_t *n)
{
    const char *p = line + strspn(line, " \t");
    if (*p++ != '#')
        return NULL;
    p += strspn(p, " \t");
    if (strncmp(p, "include", 7) != 0)
        return NULL;
    p += 7;
    p += strspn(p, " \t");
    *n = strcspn(p, ">\n");
    return p[0] == '<' && p[*n] == '>' && *n > 2 && strncmp(p + *n - 2, ".h", 2) == 0 ? p : NULL;
}

const char *overlay_without_headers(const char *text, const char **left)
{
    char *copy = cli_memory(strlen(text));
    strcpy(copy, text);
    for (char *line = copy; *line != '\0';) {
        size_t len = strcspn(line, "\n"), n;
        const char *header = header_of(line, &n);
        if (header != NULL) {
            add_name(left, header + 1, n - 1);
            memset(line, ' ', len);
        }
        line += len + (line[len] == '\n');
    }
    return copy;
}

/* ---- macros ---- */

/* Where a walk through a source stands. */
struct place {
    bool in_string, in_cells;
    unsigned parens;
    char property[32]; /* the last word before an '=' */
};

static bool matters(const char *property)
{
    static const char *const names[] = {"reg",         "ranges",           "#address-cells",
                                        "#size-cells", "erase-block-size", "write-block-size"};
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        if (strcmp(property, names[i]) == 0)
            return true;
    return false;
}

static void note_property(struct place *at, const char *text, const char *equals)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789,._+?#-";
    const char *end = equals;
    while (end > text && isspace((unsigned char)end[-1]))
        end--;
    const char *from = end;
    while (from > text && strchr(letters, from[-1]) != NULL)
        from--;
    size_t n = (size_t)(end - from);
    n = n < sizeof at->property ? n : sizeof at->property - 1;
    memcpy(at->property, from, n);
    at->property[n] = '\0';
}

/* Follows strings, cell lists (whose expressions in parentheses may have < and >), and properties. */
static void step(struct place *at, const char *text, const char *p)
{
    if (*p == '"' && (p == text || p[-1] != '\\'))
        at->in_string = !at->in_string;
    if (at->in_string)
        return;
    if (*p == '=' && !at->in_cells)
        note_property(at, text, p);
    at->parens += at->in_cells && *p == '(';
    at->parens -= at->in_cells && at->parens > 0 && *p == ')';
    if (at->parens == 0 && (*p == '<' || *p == '>'))
        at->in_cells = *p == '<';
}

/* Length of a macro's use at p: its name, and the parentheses behind it. */
static size_t macro_length(const char *p, size_t name)
{
    size_t n = name + strspn(p + name, " \t");
    unsigned depth = 0;
    if (p[n] != '(')
        return name;
    for (; p[n] != '\0'; n++) {
        depth += p[n] == '(';
        depth -= p[n] == ')';
        if (depth == 0)
            return n + 1;
    }
    return name;
}

const char *overlay_without_macros(const char *text, const char **left)
{
    char *copy = cli_memory(strlen(text));
    struct place at = {0};
    strcpy(copy, text);
    for (char *p = copy; *p != '\0';) {
        size_t name = 0;
        while (is_word(p[name]))
            name++;
        if (name == 0) {
            step(&at, copy, p++);
            continue;
        }
        bool other = p > copy && strchr("&/{.,-", p[-1]) != NULL; /* a label, or a part of a path */
        if (at.in_cells && !at.in_string && !other && !isdigit((unsigned char)*p) &&
            !matters(at.property)) {
            size_t n = macro_length(p, name);
            add_name(left, p, name);
            memset(p, ' ', n);
            *p = '0';
            name = n;
        }
        p += name;
    }
    return copy;
}

/* ---- nodes ---- */

const char *overlay_missing_nodes(const char *log, const char **left)
{
    static const char *const words[] = {"Label or path ", "non-existent node or label \""};
    const char *nodes = NULL;
    for (size_t i = 0; i < ARRAY_LEN(words); i++)
        for (const char *at = log; (at = strstr(at, words[i])) != NULL;) {
            size_t n = 0;
            at += strlen(words[i]);
            while (is_word(at[n]))
                n++;
            if (n > 0 && add_name(left, at, n))
                nodes = cli_text("%s/ { %.*s: %.*s { }; };\n", nodes != NULL ? nodes : "", (int)n,
                                 at, (int)n, at);
        }
    return nodes;
}
