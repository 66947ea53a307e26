/* output.c - errors, lines for people, and JSON. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

struct cli_mode cli_mode;

/* "  TITLE: first line", then the other lines below it, indented alike. */
static void print_part(const char *title, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, "\n");
        fprintf(stderr, "  %s: %.*s\n", title, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

int cli_fail(enum cli_exit code, const char *what, const char *evidence, const char *next)
{
    fflush(stdout);
    fprintf(stderr, "error: %s\n", what);
    print_part("evidence", evidence);
    print_part("next", next);
    if (!cli_mode.json)
        return code;
    struct json j;
    json_begin(&j, stdout);
    json_object(&j, "error");
    json_string(&j, "what", what);
    json_string(&j, "evidence", evidence);
    json_string(&j, "next", next);
    json_number(&j, "exit", code);
    json_finish(&j);
    return code;
}

int cli_usage(const struct cli_args *a, const char *fmt, ...)
{
    char what[400];
    va_list args;
    va_start(args, fmt);
    vsnprintf(what, sizeof what, fmt, args);
    va_end(args);
    return cli_fail(CLI_USAGE, what, NULL, cli_text("slipway %s --help", a->command->name));
}

void cli_say(const char *fmt, ...)
{
    if (cli_mode.quiet || cli_mode.json)
        return;
    va_list args;
    va_start(args, fmt);
    vprintf(fmt, args);
    va_end(args);
    putchar('\n');
    fflush(stdout);
}

void cli_verbose(const char *fmt, ...)
{
    if (!cli_mode.verbose)
        return;
    va_list args;
    va_start(args, fmt);
    vfprintf(stderr, fmt, args);
    va_end(args);
    fputc('\n', stderr);
}

/* ---- JSON ---- */

unsigned cli_utf8_length(const unsigned char *s)
{
    unsigned n = s[0] < 0x80   ? 1
                 : s[0] < 0xc2 ? 0
                 : s[0] < 0xe0 ? 2
                 : s[0] < 0xf0 ? 3
                 : s[0] < 0xf5 ? 4
                               : 0;
    for (unsigned i = 1; i < n; i++)
        if ((s[i] & 0xc0) != 0x80)
            return 0;
    if (n == 3 && ((s[0] == 0xe0 && s[1] < 0xa0) || (s[0] == 0xed && s[1] > 0x9f)))
        return 0;
    if (n == 4 && ((s[0] == 0xf0 && s[1] < 0x90) || (s[0] == 0xf4 && s[1] > 0x8f)))
        return 0;
    return n;
}

static void put_escaped(FILE *f, unsigned char c)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *p = short_forms; *p != '\0'; p += 2)
        if ((unsigned char)p[0] == c) {
            fprintf(f, "\\%c", p[1]);
            return;
        }
    if (c < 0x20 || c == 0x7f)
        fprintf(f, "\\u%04x", c);
    else
        fputc(c, f);
}

static void put_string(FILE *f, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', f);
    while (*s != '\0') {
        unsigned n = cli_utf8_length(s);
        if (n <= 1) {
            if (n == 1)
                put_escaped(f, *s);
            else
                fputs("\\ufffd", f);
            s++;
            continue;
        }
        fwrite(s, 1, n, f);
        s += n;
    }
    fputc('"', f);
}

/* What stands before a value: comma, line, key. */
static void lead(struct json *j, const char *key)
{
    if (j->depth > 0) {
        if (j->filled[j->depth - 1])
            fputc(',', j->out);
        j->filled[j->depth - 1] = true;
        fprintf(j->out, "\n%*s", (int)j->depth * 2, "");
    }
    if (key != NULL) {
        put_string(j->out, key);
        fputs(": ", j->out);
    }
}

static void open_level(struct json *j, const char *key, bool array)
{
    if (j->depth == JSON_DEPTH_MAX)
        abort(); /* our own documents are never that deep */
    lead(j, key);
    fputc(array ? '[' : '{', j->out);
    j->array[j->depth] = array;
    j->filled[j->depth++] = false;
}

void json_begin(struct json *j, FILE *out)
{
    *j = (struct json){.out = out};
    open_level(j, NULL, false);
}

void json_object(struct json *j, const char *key)
{
    open_level(j, key, false);
}

void json_array(struct json *j, const char *key)
{
    open_level(j, key, true);
}

void json_end(struct json *j)
{
    j->depth--;
    if (j->filled[j->depth])
        fprintf(j->out, "\n%*s", (int)j->depth * 2, "");
    fputc(j->array[j->depth] ? ']' : '}', j->out);
}

void json_finish(struct json *j)
{
    while (j->depth > 0)
        json_end(j);
    fputc('\n', j->out);
    fflush(j->out);
}

void json_string(struct json *j, const char *key, const char *value)
{
    lead(j, key);
    if (value != NULL)
        put_string(j->out, value);
    else
        fputs("null", j->out);
}

void json_number(struct json *j, const char *key, uint64_t value)
{
    lead(j, key);
    fprintf(j->out, "%" PRIu64, value);
}

void json_integer(struct json *j, const char *key, int64_t value)
{
    lead(j, key);
    fprintf(j->out, "%" PRId64, value);
}

void json_bool(struct json *j, const char *key, bool value)
{
    lead(j, key);
    fputs(value ? "true" : "false", j->out);
}

void json_hex(struct json *j, const char *key, const void *bytes, size_t len)
{
    const unsigned char *b = bytes;
    lead(j, key);
    fputc('"', j->out);
    for (size_t i = 0; i < len; i++)
        fprintf(j->out, "%02x", b[i]);
    fputc('"', j->out);
}
