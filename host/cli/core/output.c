/* output.c - errors, lines for people, and JSON. */
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/progress.h"

struct cli_mode cli_mode;

static _Thread_local const struct cli_sink *sink;

void cli_set_sink(const struct cli_sink *s)
{
    sink = s;
}

/* ---- text ---- */

/* Does the character act on a terminal: move the cursor, ring, hide or reorder text? These are control characters,
 * C1, and Unicode marks that change direction, join, or have no width. */
static bool acts_on_terminal(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } marks[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},      {0x61c, 0x61c},
                 {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},  {0x2060, 0x206f},
                 {0xfeff, 0xfeff}, {0xfff9, 0xfffb}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < ARRAY_LEN(marks); i++)
        if (c >= marks[i].from && c <= marks[i].to)
            return true;
    return false;
}

/* The n bytes at s, which cli_utf8_length has measured. */
static uint32_t code_point(const unsigned char *s, unsigned n)
{
    static const unsigned char lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t c = s[0] & lead_bits[n];
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (s[i] & 0x3f);
    return c;
}

unsigned cli_show(const unsigned char *s, bool keep, char out[CLI_SHOWN_MAX])
{
    unsigned n = cli_utf8_length(s);
    uint32_t c = n > 0 ? code_point(s, n) : 0;
    if (n == 0)
        snprintf(out, CLI_SHOWN_MAX, "\\x%02x", s[0]);
    else if (!acts_on_terminal(c) || (keep && (c == '\n' || c == '\t')))
        snprintf(out, CLI_SHOWN_MAX, "%.*s", (int)n, (const char *)s);
    else if (c == '\n')
        strcpy(out, "\\n");
    else if (c < 0x100)
        snprintf(out, CLI_SHOWN_MAX, "\\x%02x", (unsigned)c);
    else
        snprintf(out, CLI_SHOWN_MAX, "\\u%04x", (unsigned)c);
    return n > 0 ? n : 1;
}

static void print_text(FILE *f, const char *text)
{
    char one[CLI_SHOWN_MAX];
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0';) {
        s += cli_show(s, true, one);
        fputs(one, f);
    }
}

const char *cli_one_line(const char *text)
{
    char *out = cli_memory(strlen(text) * 10), *to = out;
    char one[CLI_SHOWN_MAX];
    for (const unsigned char *s = (const unsigned char *)text; *s != '\0'; to += strlen(one)) {
        s += cli_show(s, false, one);
        strcpy(to, one);
    }
    return out;
}

static void print_args(FILE *f, const char *fmt, va_list args)
{
    char small[512], *text = small;
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(small, sizeof small, fmt, args);
    if (len >= (int)sizeof small) {
        text = cli_memory((size_t)len);
        vsnprintf(text, (size_t)len + 1, fmt, again);
    }
    va_end(again);
    print_text(f, text);
}

void cli_print(FILE *f, const char *fmt, ...)
{
    va_list args;
    if (sink != NULL)
        return;
    va_start(args, fmt);
    print_args(f, fmt, args);
    va_end(args);
}

/* ---- lines ---- */

/* "  TITLE: first line", then the other lines below it, indented alike. */
static void print_part(const char *title, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, "\n");
        cli_print(stderr, "  %s: %.*s\n", title, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

int cli_fail(enum cli_exit code, const char *what, const char *evidence, const char *next)
{
    if (sink != NULL) {
        sink->fail(sink->ctx, code, what, evidence, next);
        return code;
    }
    fflush(stdout);
    progress_make_room();
    cli_print(stderr, "error: %s\n", cli_one_line(what));
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

void cli_warn(const char *what, const char *evidence, const char *next)
{
    if (sink != NULL) {
        sink->say(sink->ctx, cli_text("warning: %s%s%s", what, evidence != NULL ? ": " : "",
                                      evidence != NULL ? evidence : ""));
        return;
    }
    fflush(stdout);
    progress_make_room();
    cli_print(stderr, "warning: %s\n", cli_one_line(what));
    print_part("evidence", evidence);
    print_part("next", next);
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

static void say_to_sink(const char *fmt, va_list args)
{
    char line[512];
    vsnprintf(line, sizeof line, fmt, args);
    sink->say(sink->ctx, line);
}

void cli_say(const char *fmt, ...)
{
    va_list args;
    if (sink == NULL && (cli_mode.quiet || cli_mode.json))
        return;
    progress_make_room();
    va_start(args, fmt);
    if (sink != NULL)
        say_to_sink(fmt, args);
    else
        print_args(stdout, fmt, args);
    va_end(args);
    if (sink != NULL)
        return;
    putchar('\n');
    fflush(stdout);
}

void cli_verbose(const char *fmt, ...)
{
    if (!cli_mode.verbose || sink != NULL)
        return;
    va_list args;
    va_start(args, fmt);
    print_args(stderr, fmt, args);
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

/* JSON is also read on terminals: escape what acts on one, beyond what JSON requires. */
static void put_escaped(FILE *f, uint32_t c, const unsigned char *s, unsigned n)
{
    static const char short_forms[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *p = short_forms; *p != '\0'; p += 2)
        if ((unsigned char)p[0] == c) {
            fprintf(f, "\\%c", p[1]);
            return;
        }
    if (!acts_on_terminal(c))
        fwrite(s, 1, n, f);
    else if (c < 0x10000)
        fprintf(f, "\\u%04x", (unsigned)c);
    else
        fprintf(f, "\\u%04x\\u%04x", (unsigned)(0xd800 + ((c - 0x10000) >> 10)),
                (unsigned)(0xdc00 + (c & 0x3ff)));
}

static void put_string(FILE *f, const char *text)
{
    const unsigned char *s = (const unsigned char *)text;
    fputc('"', f);
    while (*s != '\0') {
        unsigned n = cli_utf8_length(s);
        if (n == 0)
            fputs("\\ufffd", f);
        else
            put_escaped(f, code_point(s, n), s, n);
        s += n > 0 ? n : 1;
    }
    fputc('"', f);
}

/* Write what precedes a value: comma, new line, key. */
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
        abort(); /* no document of ours is that deep */
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

void json_real(struct json *j, const char *key, double value)
{
    lead(j, key);
    if (isfinite(value))
        fprintf(j->out, "%.17g", value);
    else
        fputs("null", j->out);
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
