/* completion.c - what may stand where a command line is being typed, from the tables of commands and options. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/client/link/port_list.h"

/* A command line as the shell has it: words[count - 1] is being typed. */
struct typed {
    const char *const *words;
    int count;
    FILE *out;
};

/* Print the word if it goes on from what is typed. help may be NULL. */
static void offer(const struct typed *t, const char *before, const char *prefix, const char *word,
                  const char *help)
{
    if (strncmp(word, prefix, strlen(prefix)) == 0)
        cli_print(t->out, "%s%s\t%s\n", before, cli_one_line(word),
                  help != NULL ? cli_one_line(help) : "");
}

/* ---- the command ---- */

static const struct cli_option *find_option(const struct cli_command *c, const char *name,
                                            size_t len)
{
    const struct cli_option *tables[] = {c != NULL ? c->options : NULL,
                                         c == NULL || c->device ? cli_device_options : NULL,
                                         cli_global_options};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct cli_option *o = tables[i]; o != NULL && o->name != NULL; o++)
            if (strlen(o->name) == len && strncmp(o->name, name, len) == 0)
                return o;
    return NULL;
}

static const struct cli_option *find_letter(const struct cli_command *c, char letter)
{
    for (const struct cli_option *o = c != NULL ? c->options : NULL; o != NULL && o->name != NULL;
         o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

/* The option whose value comes next, when word does not bring it: --name, -H. */
static const struct cli_option *wants_value(const struct cli_command *c, const char *word)
{
    const struct cli_option *o = NULL;
    if (strncmp(word, "--", 2) == 0)
        o = find_option(c, word + 2, strlen(word + 2));
    else if (word[0] == '-' && word[1] != '\0' && word[2] == '\0')
        o = find_letter(c, word[1]);
    return o != NULL && o->value != NULL ? o : NULL;
}

/* Where the command's name begins; options may stand before it. count - 1: not yet. */
static int skip_leading(const struct typed *t)
{
    int at = 0;
    while (at < t->count - 1 && t->words[at][0] == '-')
        at += wants_value(NULL, t->words[at]) != NULL ? 2 : 1;
    if (at < t->count - 1 && strcmp(t->words[at], "help") == 0)
        at++;
    return at < t->count ? at : t->count;
}

/* The command that words[at...] name, before the word that is typed; *behind: the first word after its name. */
static const struct cli_command *find_command(const struct typed *t, int at, int *behind)
{
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        const char *name = (*c)->name, *blank = strchr(name, ' ');
        size_t first = blank != NULL ? (size_t)(blank - name) : strlen(name);
        *behind = at + (blank != NULL ? 2 : 1);
        if (*behind < t->count && strlen(t->words[at]) == first &&
            strncmp(name, t->words[at], first) == 0 &&
            (blank == NULL || strcmp(blank + 1, t->words[at + 1]) == 0))
            return *c;
    }
    return NULL;
}

/* Names of commands: the first words, or behind the name of a group the second ones. */
static void offer_commands(const struct typed *t, int at)
{
    const char *prefix = t->words[t->count - 1], *last = "";
    const char *group = at + 1 < t->count ? t->words[at] : NULL;
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        const char *name = (*c)->name, *blank = strchr(name, ' ');
        size_t first = blank != NULL ? (size_t)(blank - name) : strlen(name);
        if (group != NULL) {
            if (blank != NULL && strlen(group) == first && strncmp(name, group, first) == 0)
                offer(t, "", prefix, blank + 1, (*c)->summary);
            continue;
        }
        const char *word = cli_text("%.*s", (int)first, name);
        if (strcmp(word, last) != 0) /* a group's commands stand together */
            offer(t, "", prefix, word, blank != NULL ? "..." : (*c)->summary);
        last = word;
    }
}

/* ---- values ---- */

/* Words like "bash|zsh|fish" or "1|2" that a table names as the choice. */
static void offer_choice(const struct typed *t, const char *before, const char *prefix,
                         const char *choice, size_t len)
{
    if (memchr(choice, '|', len) == NULL ||
        strspn(choice, "abcdefghijklmnopqrstuvwxyz0123456789-|") < len)
        return;
    while (len > 0) {
        const char *bar = memchr(choice, '|', len);
        size_t n = bar != NULL ? (size_t)(bar - choice) : len;
        offer(t, before, prefix, cli_text("%.*s", (int)n, choice), NULL);
        choice += bar != NULL ? n + 1 : n;
        len -= bar != NULL ? n + 1 : n;
    }
}

static void offer_ports(const struct typed *t, const char *before, const char *prefix)
{
    static struct port_list l;
    if (port_list_read(&l) != ERR_OK)
        return;
    for (unsigned i = 0; i < l.count; i++)
        offer(t, before, prefix, l.port[i].path,
              l.port[i].product[0] != '\0' ? l.port[i].product : l.port[i].description);
}

static void offer_value(const struct typed *t, const struct cli_option *o, const char *before,
                        const char *prefix)
{
    if (strcmp(o->name, "port") == 0)
        offer_ports(t, before, prefix);
    else
        offer_choice(t, before, prefix, o->value, strlen(o->value));
}

/* The n-th positional argument (from 0), if the usage line says what it may be. */
static void offer_argument(const struct typed *t, const struct cli_command *c, unsigned n)
{
    const char *word = c->arguments;
    for (; n > 0 && *word != '\0'; n--) {
        word += strcspn(word, " ");
        word += strspn(word, " ");
    }
    word += *word == '[';
    offer_choice(t, "", t->words[t->count - 1], word, strcspn(word, " ]"));
}

static bool is_given(const struct typed *t, int from, const struct cli_option *o)
{
    size_t len = strlen(o->name);
    for (int i = from; i < t->count - 1; i++) {
        const char *w = t->words[i];
        if (strncmp(w, "--", 2) == 0 && strncmp(w + 2, o->name, len) == 0 &&
            (w[2 + len] == '\0' || w[2 + len] == '='))
            return true;
    }
    return false;
}

static void offer_options(const struct typed *t, const struct cli_command *c, int from)
{
    const struct cli_option *tables[] = {c != NULL ? c->options : NULL,
                                         c == NULL || c->device ? cli_device_options : NULL,
                                         cli_global_options};
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct cli_option *o = tables[i]; o != NULL && o->name != NULL; o++)
            if ((o->flags & CLI_REPEATED) != 0 || !is_given(t, from, o))
                offer(t, "", t->words[t->count - 1], cli_text("--%s", o->name), o->help);
}

/* ---- the word that is typed ---- */

/* Behind the command's name (c NULL: before it), from word number from on. */
static void offer_word(const struct typed *t, const struct cli_command *c, int from)
{
    const char *word = t->words[t->count - 1], *equals = strchr(word, '=');
    unsigned arguments = 0;
    for (int i = from; i < t->count - 1; i++) {
        const struct cli_option *o = wants_value(c, t->words[i]);
        if (strcmp(t->words[i], "--") == 0)
            return; /* what follows is not ours to know */
        if (o != NULL && i + 1 == t->count - 1) {
            offer_value(t, o, "", word);
            return;
        }
        arguments += o == NULL && t->words[i][0] != '-';
        i += o != NULL;
    }
    if (strncmp(word, "--", 2) == 0 && equals != NULL) {
        const struct cli_option *o = find_option(c, word + 2, (size_t)(equals - word) - 2);
        if (o != NULL && o->value != NULL)
            offer_value(t, o, cli_text("%.*s", (int)(equals + 1 - word), word), equals + 1);
    } else if (word[0] == '-') {
        offer_options(t, c, from);
    } else if (c != NULL) {
        offer_argument(t, c, arguments);
    }
}

void cli_complete(FILE *out, const char *const *words, int count)
{
    const struct typed t = {words, count, out};
    int behind;
    if (count == 0)
        return;
    int at = skip_leading(&t);
    const struct cli_command *c = at < count - 1 ? find_command(&t, at, &behind) : NULL;
    if (c != NULL) {
        offer_word(&t, c, behind);
        if (at == count - 2 && words[count - 1][0] != '-')
            offer_commands(&t, at); /* stat NAME, but stat list, too */
    } else if (at >= count || words[count - 1][0] == '-' ||
               (at == count - 1 && at > 0 && wants_value(NULL, words[at - 1])))
        offer_word(&t, NULL, 0);
    else if (at == count - 1 || at == count - 2)
        offer_commands(&t, at);
}
