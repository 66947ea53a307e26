/* command_line.c - a parsed command line as text that a shell reads. */
#include <string.h>

#include "host/cli/core/cli.h"

const char *cli_quoted(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "@%+=:,./_-";
    if (*word != '\0' && word[strspn(word, plain)] == '\0')
        return word;
    char *text = cli_memory(4 * strlen(word) + 2), *to = text;
    *to++ = '\'';
    for (; *word != '\0'; word++) {
        const char *one = *word == '\'' ? "'\\''" : (char[]){*word, '\0'};
        to = stpcpy(to, one);
    }
    *to = '\'';
    return text;
}

static bool is_named(const char *const *names, const char *name)
{
    while (*names != NULL && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* The second value of a pair is given as another option of the same name. */
static const char *options_text(const struct cli_args *a, const char *const *leave_out)
{
    const char *text = "";
    for (unsigned i = 0; i < a->given_count; i++) {
        const struct cli_option *o = a->given[i].option;
        if (is_named(leave_out, o->name))
            continue;
        text = cli_text("%s --%s", text, o->name);
        if (a->given[i].value != NULL)
            text = cli_text("%s %s", text, cli_quoted(a->given[i].value));
        if ((o->flags & CLI_PAIR) != 0 && i + 1 < a->given_count)
            text = cli_text("%s %s", text, cli_quoted(a->given[++i].value));
    }
    return text;
}

const char *cli_command_line(const struct cli_args *a, const char *const *leave_out)
{
    const char *words = "";
    bool dashes = false;
    for (unsigned i = 0; i < a->arg_count; i++) {
        words = cli_text("%s %s", words, cli_quoted(a->arg[i]));
        dashes |= a->arg[i][0] == '-' && a->arg[i][1] != '\0';
    }
    const char *options = options_text(a, leave_out);
    return dashes ? cli_text("slipway %s%s --%s", a->command->name, options, words)
                  : cli_text("slipway %s%s%s", a->command->name, words, options);
}
