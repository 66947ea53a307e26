/* cmd_man.c - manual pages from the tables of commands and options: what --help says, as roff. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"

/* Text as roff shows it: no escape, no hyphen that is not typed, no line that is a request. */
static void put(FILE *f, const char *text, size_t len)
{
    char *out = cli_memory(len * 5), *to = out;
    bool start = true;
    for (size_t i = 0; i < len; i++) {
        if (start && (text[i] == '.' || text[i] == '\''))
            to = stpcpy(to, "\\&");
        start = text[i] == '\n';
        if (text[i] == '\\')
            to = stpcpy(to, "\\e");
        else if (text[i] == '-')
            to = stpcpy(to, "\\-");
        else
            *to++ = text[i];
    }
    cli_print(f, "%s", out);
}

static void put_text(FILE *f, const char *text)
{
    put(f, text, strlen(text));
}

/* "slipway-image-list" */
static const char *page_name(const struct cli_command *c)
{
    char *name = cli_memory(strlen("slipway-") + (c != NULL ? strlen(c->name) : 0));
    strcpy(name, "slipway");
    if (c == NULL)
        return name;
    stpcpy(stpcpy(name + strlen(name), "-"), c->name);
    for (char *at = name; *at != '\0'; at++)
        if (*at == ' ')
            *at = '-';
    return name;
}

static void put_head(FILE *f, const struct cli_command *c, const char *summary)
{
    const char *name = page_name(c);
    cli_print(f, ".TH \"");
    put_text(f, name);
    cli_print(f, "\" 1 \"\" \"slipway %s\" \"Slipway\"\n.SH NAME\n", cli_version);
    put_text(f, name);
    cli_print(f, " \\- ");
    put_text(f, summary);
    cli_print(f, "\n.SH SYNOPSIS\n.B slipway %s\n", c != NULL ? c->name : "COMMAND");
    put_text(f, c == NULL              ? "[options] [arguments]"
                : c->arguments[0] != 0 ? cli_text("[options] %s", c->arguments)
                                       : "[options]");
    cli_print(f, "\n");
}

static void put_options(FILE *f, const char *title, const struct cli_option *o)
{
    cli_print(f, ".SH %s\n", title);
    for (; o->name != NULL; o++) {
        cli_print(f, ".TP\n");
        if (o->letter != 0)
            cli_print(f, "\\fB\\-%c\\fR, ", o->letter);
        cli_print(f, "\\fB\\-\\-");
        put_text(f, o->name);
        cli_print(f, "\\fR");
        if (o->value != NULL) {
            cli_print(f, " \\fI");
            put_text(f, o->value);
            cli_print(f, "\\fR");
        }
        cli_print(f, "\n");
        put_text(f, o->help);
        cli_print(f, "%s%s\n", (o->flags & CLI_REQUIRED) != 0 ? " (required)" : "",
                  (o->flags & CLI_REPEATED) != 0 ? " (may be repeated)" : "");
    }
}

/* As it stands, line by line. */
static void put_lines(FILE *f, const char *title, const char *text)
{
    cli_print(f, ".SH %s\n.nf\n", title);
    put_text(f, text);
    cli_print(f, "\n.fi\n");
}

static void put_page(FILE *f, const struct cli_command *c)
{
    put_head(f, c, c->summary);
    if (c->details != NULL)
        put_lines(f, "DESCRIPTION", c->details);
    if (c->options != NULL && c->options->name != NULL)
        put_options(f, "OPTIONS", c->options);
    if (c->device)
        put_options(f, "DEVICE", cli_device_options);
    put_options(f, "OPTIONS OF EVERY COMMAND", cli_global_options);
    put_lines(f, "EXAMPLES", c->example);
    cli_print(f, ".SH SEE ALSO\n\\fBslipway\\fR(1)\n");
}

static void put_program(FILE *f)
{
    put_head(f, NULL, "firmware updates that are proved before they ship");
    put_options(f, "OPTIONS OF EVERY COMMAND", cli_global_options);
    cli_print(f, ".SH COMMANDS\n");
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        cli_print(f, ".TP\n\\fB");
        put_text(f, page_name(*c));
        cli_print(f, "\\fR(1)\n");
        put_text(f, (*c)->summary);
        cli_print(f, "\n");
    }
    put_lines(f, "NOTES", cli_program_notes);
}

/* c NULL: the program's own page. */
static int write_page(const char *folder, const struct cli_command *c)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f == NULL)
        return cli_fail(CLI_BAD_FILE, "there is no memory for a manual page", NULL,
                        "close programs");
    c != NULL ? put_page(f, c) : put_program(f);
    fclose(f);
    int code = cli_write_file(cli_text("%s/%s.1", folder, page_name(c)), text, len, 0644);
    free(text);
    return code;
}

static int run_man(const struct cli_args *a)
{
    const char *folder = cli_value(a, "output", NULL);
    if (folder != NULL) {
        int code = write_page(folder, NULL);
        for (const struct cli_command *const *c = cli_commands; *c != NULL && code == CLI_DONE; c++)
            code = write_page(folder, *c);
        return code;
    }
    if (a->arg_count == 0) {
        put_program(stdout);
        return CLI_DONE;
    }
    const char *name = a->arg_count > 1 ? cli_text("%s %s", a->arg[0], a->arg[1]) : a->arg[0];
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
        if (strcmp((*c)->name, name) == 0) {
            put_page(stdout, *c);
            return CLI_DONE;
        }
    return cli_usage(a, "'%s' is not a command", name);
}

static const struct cli_option options[] = {
    {"output", 'o', "FOLDER", "write all pages into this folder", 0},
    {0},
};

const struct cli_command cmd_man = {
    .name = "man",
    .summary = "print a manual page, of a command or of the program",
    .arguments = "[COMMAND]",
    .max_args = 2,
    .options = options,
    .details = "make install puts the pages where man looks for them: man slipway-update.",
    .example = "slipway man image list | man -l -",
    .run = run_man,
};
