/* options.c - the option parser, from the tables. */
#include <ctype.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "host/cli/core/cli.h"

const struct cli_option cli_global_options[] = {
    {"json", 0, NULL, "print the result as JSON", 0},
    {"quiet", 0, NULL, "print errors only", 0},
    {"verbose", 0, NULL, "print more about each step", 0},
    {"help", 'h', NULL, "show this text", 0},
    {0},
};

const struct cli_option cli_device_options[] = {
    {"port", 0, "DEV[@BAUD]",
     "serial port or pty, or usb:VID:PID[:SERIAL] (slipway ports); 115200 baud unless given", 0},
    {"tcp", 0, "HOST:PORT", "serial stream over TCP", 0},
    {"udp", 0, "HOST[:PORT]", "SMP over UDP (port 1337 unless given)", 0},
    {"baud-max", 0, "BAUD",
     "the fastest speed for an upload over a serial line, where device and line have it (default "
     "1000000; 0: that of --port)",
     0},
    {"raw", 0, NULL, "the line has no console framing (Zephyr's raw UART transport)", 0},
    {"retries", 0, "N", "after silence, ask so often again (default 3)", 0},
    {"timeout", 0, "SECONDS", "time-out of each answer (default 2.5)", 0},
    {0},
};

static const struct cli_option *find_in(const struct cli_option *table, const char *name,
                                        size_t len)
{
    for (; table != NULL && table->name != NULL; table++)
        if (strlen(table->name) == len && strncmp(table->name, name, len) == 0)
            return table;
    return NULL;
}

static const struct cli_option *find_letter_in(const struct cli_option *table, char letter)
{
    for (; table != NULL && table->name != NULL; table++)
        if (table->letter == letter)
            return table;
    return NULL;
}

/* The tables whose options c has; without a command (NULL) those of the options that any may have. */
static unsigned tables_of(const struct cli_command *c, const struct cli_option *tables[3])
{
    unsigned n = 0;
    if (c != NULL && c->options != NULL)
        tables[n++] = c->options;
    if (c == NULL || c->device)
        tables[n++] = cli_device_options;
    tables[n++] = cli_global_options;
    return n;
}

static const struct cli_option *find(const struct cli_command *c, const char *name, size_t len)
{
    const struct cli_option *tables[3], *o = NULL;
    unsigned n = tables_of(c, tables);
    for (unsigned i = 0; i < n && o == NULL; i++)
        o = find_in(tables[i], name, len);
    return o;
}

static const struct cli_option *find_letter(const struct cli_command *c, char letter)
{
    const struct cli_option *tables[3], *o = NULL;
    unsigned n = tables_of(c, tables);
    for (unsigned i = 0; i < n && o == NULL; i++)
        o = find_letter_in(tables[i], letter);
    return o;
}

unsigned cli_distance(const char *a, const char *b)
{
    enum { LONGEST = 64 };
    unsigned row[LONGEST + 1];
    size_t n = strlen(b);
    if (n > LONGEST)
        return LONGEST;
    for (unsigned j = 0; j <= n; j++)
        row[j] = j;
    for (unsigned i = 1; a[i - 1] != '\0'; i++) {
        unsigned diagonal = row[0];
        row[0] = i;
        for (unsigned j = 1; j <= n; j++) {
            unsigned change = diagonal + (a[i - 1] != b[j - 1]);
            unsigned best = row[j] + 1 < row[j - 1] + 1 ? row[j] + 1 : row[j - 1] + 1;
            diagonal = row[j];
            row[j] = change < best ? change : best;
        }
    }
    return row[n];
}

/* The option whose name is nearest to what was typed; NULL: none has half of it. */
static const char *nearest_option(const struct cli_command *c, const char *typed)
{
    const struct cli_option *tables[3];
    unsigned n = tables_of(c, tables), best_distance = 4;
    const char *best = NULL;
    if (strlen(typed) < best_distance)
        best_distance = (unsigned)strlen(typed); /* nothing of it would be left */
    for (unsigned i = 0; i < n; i++)
        for (const struct cli_option *o = tables[i]; o->name != NULL; o++) {
            unsigned d = cli_distance(typed, o->name);
            if (d < best_distance) {
                best = o->name;
                best_distance = d;
            }
        }
    return best;
}

/* shown: as typed, without a value. */
static int unknown_option(const struct cli_command *c, const char *shown)
{
    const char *near = strncmp(shown, "--", 2) == 0 ? nearest_option(c, shown + 2) : NULL;
    const char *help =
        c != NULL ? cli_text("slipway %s --help", c->name) : "slipway COMMAND --help";
    return cli_fail(CLI_USAGE, cli_text("unknown option %s", shown), NULL,
                    near != NULL ? cli_text("did you mean --%s? %s", near, help) : help);
}

int cli_refuse_option(const struct cli_command *c, const char *word)
{
    bool is_long = strncmp(word, "--", 2) == 0;
    const char *name = word + (is_long ? 2 : 1);
    size_t len = is_long ? strcspn(name, "=") : 1;
    const struct cli_option *o = c == NULL ? NULL
                                 : is_long ? find(c, name, len)
                                           : find_letter(c, *name);
    const char *shown = cli_text("%.*s", (int)(name + len - word), word);
    if (o == NULL)
        return unknown_option(c, shown);
    return cli_fail(CLI_USAGE, cli_text("option %s stands in front of its command", shown),
                    "only options of every command and of the device may stand there",
                    cli_text("slipway %s %s ...", c->name, shown));
}

static int record(struct cli_args *a, const struct cli_option *o, const char *value)
{
    if (a->given_count == CLI_ARGS_MAX)
        return cli_usage(a, "more than %d options", CLI_ARGS_MAX);
    a->given[a->given_count].option = o;
    a->given[a->given_count++].value = value;
    return CLI_DONE;
}

/* A parse in progress: argv, and the next word to look at. */
struct words {
    char **argv;
    int argc, next;
};

static int take_value(struct cli_args *a, const struct cli_option *o, const char *shown,
                      const char *attached, struct words *w)
{
    if (attached == NULL && w->next < w->argc)
        attached = w->argv[w->next++];
    if (attached == NULL)
        return cli_usage(a, "option '%s' needs a value: %s", shown, o->value);
    int code = record(a, o, attached);
    if (code != CLI_DONE || (o->flags & CLI_PAIR) == 0)
        return code;
    if (w->next == w->argc)
        return cli_usage(a, "option '%s' needs two values: %s", shown, o->value);
    return record(a, o, w->argv[w->next++]);
}

static int parse_long(struct cli_args *a, const char *word, struct words *w)
{
    const char *name = word + 2, *equals = strchr(name, '=');
    size_t len = equals != NULL ? (size_t)(equals - name) : strlen(name);
    const struct cli_option *o = find(a->command, name, len);
    const char *shown = cli_text("--%.*s", (int)len, name);
    if (o == NULL)
        return unknown_option(a->command, shown);
    if (o->value != NULL)
        return take_value(a, o, shown, equals != NULL ? equals + 1 : NULL, w);
    if (equals != NULL)
        return cli_usage(a, "option '%s' takes no value", shown);
    return record(a, o, NULL);
}

static int parse_letters(struct cli_args *a, const char *word, struct words *w)
{
    for (const char *c = word + 1; *c != '\0'; c++) {
        const struct cli_option *o = find_letter(a->command, *c);
        const char *shown = cli_text("-%c", *c);
        if (o == NULL)
            return unknown_option(a->command, shown);
        if (o->value != NULL)
            return take_value(a, o, shown, c[1] != '\0' ? c + 1 : NULL, w);
        int code = record(a, o, NULL);
        if (code != CLI_DONE)
            return code;
    }
    return CLI_DONE;
}

static int check_counts(const struct cli_args *a)
{
    const struct cli_command *c = a->command;
    if (a->arg_count < c->min_args)
        return cli_usage(a, "missing argument: slipway %s %s", c->name, c->arguments);
    if (a->arg_count > c->max_args)
        return cli_usage(a, "unexpected argument '%s'", a->arg[c->max_args]);
    for (const struct cli_option *o = c->options; o != NULL && o->name != NULL; o++)
        if ((o->flags & CLI_REQUIRED) != 0 && !cli_has(a, o->name))
            return cli_usage(a, "option '--%s %s' is required", o->name, o->value);
    return CLI_DONE;
}

int cli_parse(struct cli_args *a, int argc, char **argv)
{
    struct words w = {argv, argc, 0};
    bool options = true;
    while (w.next < w.argc) {
        const char *word = w.argv[w.next++];
        int code = CLI_DONE;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            code = parse_long(a, word, &w);
        else if (options && word[0] == '-' && word[1] != '\0')
            code = parse_letters(a, word, &w);
        else if (a->arg_count == CLI_ARGS_MAX)
            code = cli_usage(a, "more than %d arguments", CLI_ARGS_MAX);
        else
            a->arg[a->arg_count++] = word;
        if (code != CLI_DONE)
            return code;
    }
    return check_counts(a);
}

bool cli_has(const struct cli_args *a, const char *name)
{
    for (unsigned i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].option->name, name) == 0)
            return true;
    return false;
}

const char *cli_nth_value(const struct cli_args *a, const char *name, unsigned n)
{
    for (unsigned i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].option->name, name) == 0 && n-- == 0)
            return a->given[i].value;
    return NULL;
}

const char *cli_value(const struct cli_args *a, const char *name, const char *fallback)
{
    const char *value = fallback;
    for (unsigned i = 0; i < a->given_count; i++)
        if (strcmp(a->given[i].option->name, name) == 0)
            value = a->given[i].value;
    return value;
}

bool cli_parse_number(const char *text, uint64_t *number)
{
    uint64_t base = 10, v = 0, unit = 1;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        base = 16;
        text += 2;
    }
    if (!isxdigit((unsigned char)*text))
        return false;
    for (; isxdigit((unsigned char)*text); text++) {
        unsigned digit = isdigit((unsigned char)*text)
                             ? (unsigned)(*text - '0')
                             : (unsigned)(tolower((unsigned char)*text) - 'a') + 10;
        if (digit >= base || v > (UINT64_MAX - digit) / base)
            return false;
        v = v * base + digit;
    }
    if (*text == 'K' || *text == 'k')
        unit = 1024;
    else if (*text == 'M')
        unit = 1024 * 1024;
    if ((unit != 1 && *++text != '\0') || *text != '\0' || v > UINT64_MAX / unit)
        return false;
    *number = v * unit;
    return true;
}

int cli_number(const struct cli_args *a, const char *name, uint64_t fallback, uint64_t min,
               uint64_t max, uint64_t *number)
{
    const char *text = cli_value(a, name, NULL);
    *number = fallback;
    if (text == NULL)
        return CLI_DONE;
    if (!cli_parse_number(text, number))
        return cli_usage(a, "--%s: '%s' is not a number", name, text);
    if (*number < min || *number > max)
        return cli_usage(a, "--%s: %s is outside %llu..%llu", name, text, (unsigned long long)min,
                         (unsigned long long)max);
    return CLI_DONE;
}
