/* help.c - the help of the program, of a group of commands and of a command, from their tables. */
#include <string.h>

#include "host/cli/core/cli.h"

#define WIDTH 100u /* columns that the text of an option takes, at most */
#define LEFT  33u  /* where it begins */

/* Text from column LEFT on, where the cursor is, its further lines as well. */
static void print_wrapped(FILE *f, const char *text)
{
    while (strlen(text) > WIDTH - LEFT) {
        size_t len = WIDTH - LEFT;
        while (len > 0 && text[len] != ' ')
            len--;
        if (len == 0)
            len = strcspn(text, " ");
        cli_print(f, "%.*s", (int)len, text);
        text += len + (text[len] == ' ');
        if (*text == '\0')
            break;
        cli_print(f, "\n%*s", (int)LEFT, "");
    }
    cli_print(f, "%s\n", text);
}

static void print_options(FILE *f, const char *title, const struct cli_option *o)
{
    cli_print(f, "\n%s:\n", title);
    for (; o->name != NULL; o++) {
        char left[64];
        snprintf(left, sizeof left, "  %c%c%c --%s%s%s", o->letter != 0 ? '-' : ' ',
                 o->letter != 0 ? o->letter : ' ', o->letter != 0 ? ',' : ' ', o->name,
                 o->value != NULL ? " " : "", o->value != NULL ? o->value : "");
        if (strlen(left) >= LEFT)
            cli_print(f, "%s\n%*s", left, (int)LEFT, "");
        else
            cli_print(f, "%-*s", (int)LEFT, left);
        print_wrapped(f, cli_text("%s%s%s", o->help,
                                  (o->flags & CLI_REQUIRED) != 0 ? " (required)" : "",
                                  (o->flags & CLI_REPEATED) != 0 ? " (may be repeated)" : ""));
    }
}

static void print_examples(FILE *f, const char *text)
{
    cli_print(f, "\n%s:\n", strstr(text, "\nslipway ") != NULL ? "Examples" : "Example");
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        cli_print(f, "  %.*s\n", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

/* The commands whose names begin with group and a space; NULL: all. */
static void print_commands(FILE *f, const char *group)
{
    size_t len = group != NULL ? strlen(group) : 0;
    cli_print(f, "Commands:\n");
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
        if (group == NULL || (strncmp((*c)->name, group, len) == 0 && (*c)->name[len] == ' '))
            cli_print(f, "  %-18s %s\n", (*c)->name, (*c)->summary);
}

const char cli_program_notes[] =
    "A device is named by --port, --tcp or --udp, or by SLIPWAY_DEVICE\n"
    "(/dev/ttyACM0@115200, tcp:HOST:PORT, udp:HOST:1337).\n"
    "Exit codes: 0 done, 1 refused by the device or by the check, 2 usage,\n"
    "3 no connection or time-out, 4 bad input file, 130 stopped by Ctrl-C (143: by\n"
    "SIGTERM; board run: 0).";

void cli_print_program_help(FILE *f)
{
    cli_print(f, "slipway: firmware updates that are proved before they ship.\n\n"
                 "Usage: slipway COMMAND [options] [arguments]\n\n");
    print_commands(f, NULL);
    print_options(f, "Options of every command", cli_global_options);
    cli_print(f, "\n%s\n", cli_program_notes);
    print_examples(f, "slipway update --port /dev/ttyACM0 smp_server.signed.bin");
    cli_print(f, "\nslipway COMMAND --help shows its options and an example.\n");
}

void cli_print_group_help(FILE *f, const char *group)
{
    cli_print(f, "Usage: slipway %s COMMAND ...\n\n", group);
    print_commands(f, group);
    cli_print(f, "\nslipway %s COMMAND --help shows its options and an example.\n", group);
}

void cli_print_help(FILE *f, const struct cli_command *c)
{
    cli_print(f, "Usage: slipway %s [options]%s%s\n\n%s\n", c->name, c->arguments[0] ? " " : "",
              c->arguments, c->summary);
    if (c->details != NULL)
        cli_print(f, "\n%s\n", c->details);
    if (c->options != NULL && c->options->name != NULL)
        print_options(f, "Options", c->options);
    if (c->device)
        print_options(f, "Device (or SLIPWAY_DEVICE)", cli_device_options);
    print_options(f, "Options of every command", cli_global_options);
    print_examples(f, c->example);
}
