/* config_read.c - bounds of the text, problems, and groups of settings by table. */
#include "host/gateway/config/config_read.h"

#include <string.h>

#include "host/cli/core/cli.h"

#define DEPTH_MAX      8u
#define GROUP_MAX      64u /* settings of one group: libconfig compares each with all others */
#define SETTINGS_MAX   (1u << 20) /* in all: libconfig takes about 100 bytes for each */
#define DIGITS_MAX     9u /* libconfig 1.5 cuts a longer number to 32 bits, without a word */
#define TEXT_MAX       1024u
#define SHOWN_MAX      60
#define FAR_FROM_NAMES 4u /* single-letter edits after which a name is not meant */

/* ---- problems ---- */

void gateway_problem(struct gateway_reader *r, unsigned line, const char *what, const char *next)
{
    if (r->problems < GATEWAY_PROBLEMS_MAX)
        r->problem[r->problems] = (struct gateway_problem){line, what, next};
    r->problems++;
}

const char *gateway_quoted(const char *text)
{
    const char *more = strlen(text) > SHOWN_MAX ? "..." : "";
    return cli_text("'%s%s'", cli_one_line(cli_text("%.*s", SHOWN_MAX, text)), more);
}

/* Which of the error's lines belong together is said by the number of the file's line. */
static const char *numbered(unsigned line, const char *text)
{
    return line > 0 ? cli_text("line %u: %s", line, text) : text;
}

static int print_one(const struct gateway_reader *r)
{
    const struct gateway_problem *p = &r->problem[0];
    const char *name = r->source->name;
    return cli_fail(CLI_BAD_FILE, p->what,
                    p->line > 0 ? cli_text("%s, line %u", name, p->line) : name, p->next);
}

int gateway_problems_print(const struct gateway_reader *r)
{
    const char *evidence = "", *next = "";
    if (r->problems == 0)
        return CLI_DONE;
    if (r->problems == 1)
        return print_one(r);
    for (unsigned i = 0; i < r->problems && i < GATEWAY_PROBLEMS_MAX; i++) {
        const struct gateway_problem *p = &r->problem[i];
        evidence = cli_text("%s%s\n", evidence, numbered(p->line, p->what));
        next = cli_text("%s%s\n", next, numbered(p->line, p->next));
    }
    if (r->problems > GATEWAY_PROBLEMS_MAX)
        evidence = cli_text("%sand %u more", evidence, r->problems - GATEWAY_PROBLEMS_MAX);
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' has %u problems", r->source->name, r->problems),
                    evidence, next);
}

/* ---- bounds of the text ---- */

/* What libconfig's own scanner is in at a character. */
enum place { IN_CODE, IN_TEXT, IN_COMMENT, IN_LINE_COMMENT };

struct scan {
    enum place place;
    unsigned line, depth, settings, digits;
    unsigned text_line;               /* where the last text began */
    unsigned in_group[DEPTH_MAX + 1]; /* settings of each open bracket's inside */
};

static bool refuse(struct gateway_reader *r, const struct scan *s, const char *what,
                   const char *next)
{
    gateway_problem(r, s->line, what, next);
    return false;
}

/* "=" or ":" in a group, "," in a list: one setting more. */
static bool count_setting(struct gateway_reader *r, struct scan *s, char c)
{
    if (c != ',' && ++s->in_group[s->depth] > GROUP_MAX)
        return refuse(r, s, cli_text("a group has more than %u settings", GROUP_MAX),
                      "close the group in front of this line with \"};\"");
    if (++s->settings > SETTINGS_MAX)
        return refuse(r, s, cli_text("there are more than %u settings", SETTINGS_MAX),
                      "give some of the devices to another gateway");
    return true;
}

static bool open_bracket(struct gateway_reader *r, struct scan *s)
{
    if (s->depth == DEPTH_MAX)
        return refuse(r, s, cli_text("more than %u brackets are open", DEPTH_MAX),
                      "close the brackets in front of this line");
    s->in_group[++s->depth] = 0;
    return true;
}

static bool count_digit(struct gateway_reader *r, struct scan *s, char c)
{
    s->digits = c >= '0' && c <= '9' ? s->digits + 1 : 0;
    return s->digits <= DIGITS_MAX ||
           refuse(r, s, cli_text("a number has more than %u digits", DIGITS_MAX),
                  "write a smaller one; no setting takes such a number");
}

/* A character outside of texts and comments. */
static bool take_code(struct gateway_reader *r, struct scan *s, const char *c)
{
    if (!count_digit(r, s, *c))
        return false;
    switch (*c) {
    case '"':
        s->place = IN_TEXT;
        s->text_line = s->line;
        return true;
    case '#':
        s->place = IN_LINE_COMMENT;
        return true;
    case '/':
        if (c[1] == '/' || c[1] == '*')
            s->place = c[1] == '/' ? IN_LINE_COMMENT : IN_COMMENT;
        return true;
    case '{':
    case '(':
    case '[':
        return open_bracket(r, s);
    case '}':
    case ')':
    case ']':
        s->depth -= s->depth > 0;
        return true;
    case '=':
    case ':':
    case ',':
        return count_setting(r, s, *c);
    case '@':
        return refuse(r, s, "a configuration may not include other files",
                      "write the settings here in place of @include");
    }
    return true;
}

/* The character at c; *skip: how many behind it belong to it. False: refused. */
static bool take_char(struct gateway_reader *r, struct scan *s, const char *c, size_t *skip)
{
    enum place before = s->place;
    *skip = 0;
    s->line += *c == '\n';
    if (*c == '\0')
        return refuse(r, s, "the file has a byte 0, so it is not a text",
                      "write the file with a text editor, in UTF-8");
    if (before == IN_CODE && !take_code(r, s, c))
        return false;
    if (before == IN_CODE && s->place == IN_COMMENT)
        *skip = 1;
    if (before == IN_TEXT && *c == '\\' && (c[1] == '"' || c[1] == '\\'))
        *skip = 1;
    else if ((before == IN_TEXT && *c == '"') || (before == IN_LINE_COMMENT && *c == '\n'))
        s->place = IN_CODE;
    if (before == IN_COMMENT && c[0] == '*' && c[1] == '/') {
        s->place = IN_CODE;
        *skip = 1;
    }
    return true;
}

bool gateway_text_is_bounded(struct gateway_reader *r, const char *text, size_t len)
{
    struct scan s = {.place = IN_CODE, .line = 1};
    size_t skip;
    if (len > GATEWAY_CONFIG_MAX)
        return refuse(r, &s, cli_text("the file is larger than %u bytes", GATEWAY_CONFIG_MAX),
                      "give some of the devices to another gateway");
    for (size_t i = 0; i < len; i += 1 + skip)
        if (!take_char(r, &s, text + i, &skip))
            return false;
    s.line = s.text_line;
    return s.place != IN_TEXT ||
           refuse(r, &s, "a text that begins here has no end", "write a double quote behind it");
}

/* ---- groups of settings ---- */

static unsigned line_of(const config_setting_t *s)
{
    return (unsigned)config_setting_source_line(s);
}

unsigned gateway_line_of(const config_setting_t *group, const char *name)
{
    const config_setting_t *s = config_setting_get_member(group, name);
    return line_of(s != NULL ? s : group);
}

static const struct gateway_field *find(const struct gateway_field *fields, size_t count,
                                        const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}

/* NULL: no name of the table is near. */
static const char *nearest(const struct gateway_field *fields, size_t count, const char *name)
{
    unsigned best = strlen(name) < FAR_FROM_NAMES ? (unsigned)strlen(name) : FAR_FROM_NAMES;
    const char *found = NULL;
    for (size_t i = 0; i < count && strlen(name) <= TEXT_MAX; i++) {
        unsigned distance = cli_distance(name, fields[i].name);
        if (distance < best) {
            best = distance;
            found = fields[i].name;
        }
    }
    return found;
}

static const char *all_names(const struct gateway_field *fields, size_t count)
{
    const char *names = fields[0].name;
    for (size_t i = 1; i < count; i++)
        names = cli_text("%s, %s", names, fields[i].name);
    return names;
}

static void unknown(struct gateway_reader *r, const config_setting_t *s, const char *where,
                    const struct gateway_field *fields, size_t count)
{
    const char *name = config_setting_name(s), *near = nearest(fields, count, name);
    gateway_problem(r, line_of(s), cli_text("%s%s is not a setting", where, cli_one_line(name)),
                    near != NULL ? cli_text("did you mean %s?", near)
                                 : cli_text("there are: %s", all_names(fields, count)));
}

static void bad_type(struct gateway_reader *r, const config_setting_t *s, const char *where,
                     const struct gateway_field *f)
{
    static const char *const is_not[] = {"a text in double quotes", "a whole number in decimal",
                                         "true or false",           "a list of texts",
                                         "a group of settings",     "a list"};
    static const char *const form[] = {"\"...\"", "8",      "true", "( \"...\", \"...\" )",
                                       "{ ... }", "( ... )"};
    gateway_problem(r, line_of(s), cli_text("%s%s is not %s", where, f->name, is_not[f->kind]),
                    cli_text("write %s = %s;", f->name, form[f->kind]));
}

/* A text that can be a name or an address; NULL, and a problem is noted. */
static const char *take_text(struct gateway_reader *r, const config_setting_t *s, const char *where,
                             const char *name)
{
    const char *text = config_setting_get_string(s);
    size_t len = text != NULL ? strlen(text) : 0;
    if (len == 0 || len > TEXT_MAX) {
        gateway_problem(r, line_of(s),
                        len == 0 ? cli_text("%s%s is empty", where, name)
                                 : cli_text("%s%s is longer than %u bytes", where, name, TEXT_MAX),
                        len == 0 ? "write a value between the quotes, or delete the setting"
                                 : "write a shorter value");
        return NULL;
    }
    for (const char *c = text; *c != '\0'; c++)
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            gateway_problem(r, line_of(s), cli_text("%s%s has a control character", where, name),
                            "write it on one line, without tabs");
            return NULL;
        }
    return cli_text("%s", text);
}

static void take_number(struct gateway_reader *r, const config_setting_t *s, const char *where,
                        const struct gateway_field *f, uint32_t *to)
{
    /* libconfig cuts what hexadecimal digits say to 32 bits, too. */
    if (!config_setting_is_number(s) || config_setting_type(s) == CONFIG_TYPE_FLOAT ||
        config_setting_get_format(s) == CONFIG_FORMAT_HEX) {
        bad_type(r, s, where, f);
        return;
    }
    long long value = config_setting_get_int64(s);
    if (value < (long long)f->min || value > (long long)f->max)
        gateway_problem(
            r, line_of(s), cli_text("%s%s = %lld is out of range", where, f->name, value),
            cli_text("write a number from %u to %u", (unsigned)f->min, (unsigned)f->max));
    else
        *to = (uint32_t)value;
}

static void take_texts(struct gateway_reader *r, const config_setting_t *s, const char *where,
                       const struct gateway_field *f, struct gateway_texts *to)
{
    unsigned count = (unsigned)config_setting_length(s);
    if (!config_setting_is_list(s) && !config_setting_is_array(s)) {
        bad_type(r, s, where, f);
        return;
    }
    if (count > GATEWAY_KEYS_MAX) {
        gateway_problem(r, line_of(s), cli_text("%s%s has %u entries", where, f->name, count),
                        cli_text("write at most %u", GATEWAY_KEYS_MAX));
        return;
    }
    const char **texts = cli_memory(count * sizeof *texts);
    for (unsigned i = 0; i < count; i++) {
        const config_setting_t *one = config_setting_get_elem(s, i);
        if (config_setting_type(one) != CONFIG_TYPE_STRING) {
            bad_type(r, one, where, f);
            return;
        }
        texts[i] = take_text(r, one, where, f->name);
        if (texts[i] == NULL)
            return;
    }
    *to = (struct gateway_texts){texts, count};
}

static void take_setting(struct gateway_reader *r, const config_setting_t *s, const char *where,
                         const struct gateway_field *f, void *to)
{
    void *at = (char *)to + f->at;
    int type = config_setting_type(s);
    if (f->kind == GATEWAY_NUMBER)
        take_number(r, s, where, f, at);
    else if (f->kind == GATEWAY_TEXTS)
        take_texts(r, s, where, f, at);
    else if (f->kind == GATEWAY_TEXT && type == CONFIG_TYPE_STRING)
        *(const char **)at = take_text(r, s, where, f->name);
    else if (f->kind == GATEWAY_BOOL && type == CONFIG_TYPE_BOOL)
        *(bool *)at = config_setting_get_bool(s) != 0;
    else if (!(f->kind == GATEWAY_GROUP && type == CONFIG_TYPE_GROUP) &&
             !(f->kind == GATEWAY_LIST && type == CONFIG_TYPE_LIST))
        bad_type(r, s, where, f);
}

void gateway_read_group(struct gateway_reader *r, const config_setting_t *group, const char *where,
                        const struct gateway_field *fields, size_t count, void *to)
{
    unsigned length = (unsigned)config_setting_length(group);
    for (unsigned i = 0; i < length; i++) {
        const config_setting_t *s = config_setting_get_elem(group, i);
        const struct gateway_field *f = find(fields, count, config_setting_name(s));
        if (f == NULL)
            unknown(r, s, where, fields, count);
        else
            take_setting(r, s, where, f, to);
    }
}
