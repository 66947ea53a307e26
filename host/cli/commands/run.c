/* run.c - from the command line to the command: finding it by name, help, and what comes before it. */
#include <signal.h>
#include <string.h>

#include "host/cli/core/cli.h"

static bool two_words(const char *name)
{
    return strchr(name, ' ') != NULL;
}

/* Number of arguments (1 or 2) that spell the command's name, 0 if they do not. */
static int name_length(const char *name, int argc, char **argv)
{
    if (!two_words(name))
        return strcmp(name, argv[0]) == 0 ? 1 : 0;
    size_t first = (size_t)(strchr(name, ' ') - name);
    if (argc < 2 || strlen(argv[0]) != first || strncmp(name, argv[0], first) != 0)
        return 0;
    return strcmp(name + first + 1, argv[1]) == 0 ? 2 : 0;
}

static bool is_group(const char *word)
{
    size_t len = strlen(word);
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
        if (strncmp((*c)->name, word, len) == 0 && (*c)->name[len] == ' ')
            return true;
    return false;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0;
}

/* The closest command name to what was typed, or NULL if none is near. Names of two words are compared with two
 * words. */
static const char *nearest_command(const char *one, const char *two)
{
    const char *best = NULL;
    unsigned best_distance = 4;
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        const char *typed = two_words((*c)->name) ? two : one;
        unsigned d = typed != NULL ? cli_distance(typed, (*c)->name) : best_distance;
        if (d < best_distance) {
            best = (*c)->name;
            best_distance = d;
        }
    }
    return best;
}

static int unknown_command(int argc, char **argv)
{
    const char *two = argc > 1 ? cli_text("%s %s", argv[0], argv[1]) : NULL;
    const char *near = nearest_command(argv[0], two);
    return cli_fail(CLI_USAGE,
                    cli_text("unknown command '%s'", is_group(argv[0]) && two ? two : argv[0]),
                    near != NULL ? cli_text("the nearest is '%s'", near) : NULL,
                    near != NULL ? cli_text("slipway %s --help", near) : "slipway --help");
}

static bool asks_for_help(int argc, char **argv)
{
    for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_command(const struct cli_command *c, int argc, char **argv, bool help)
{
    static struct cli_args a;
    if (help || asks_for_help(argc, argv)) {
        cli_print_help(stdout, c);
        return CLI_DONE;
    }
    memset(&a, 0, sizeof a);
    a.command = c;
    int code = cli_parse(&a, argc, argv);
    if (code != CLI_DONE)
        return code;
    cli_mode.json = cli_has(&a, "json");
    cli_mode.quiet = cli_has(&a, "quiet");
    cli_mode.verbose = cli_has(&a, "verbose");
    return c->run(&a);
}

static int program_help(void)
{
    cli_print_program_help(stdout);
    return CLI_DONE;
}

/* Number of words (1 or 2) of the option that stands before the command, 0 if argv[0] is none that may. */
static int leading_option(int argc, char **argv)
{
    static const struct cli_option *const tables[] = {cli_global_options, cli_device_options};
    if (strncmp(argv[0], "--", 2) != 0)
        return 0;
    size_t len = strcspn(argv[0] + 2, "=");
    for (size_t i = 0; i < ARRAY_LEN(tables); i++)
        for (const struct cli_option *o = tables[i]; o->name != NULL; o++)
            if (strlen(o->name) == len && strncmp(o->name, argv[0] + 2, len) == 0)
                return o->value != NULL && argv[0][2 + len] == '\0' && argc > 1 ? 2 : 1;
    return 0;
}

static bool is_option(const char *word)
{
    return word[0] == '-' && word[1] != '\0';
}

/* How many words at argv are options that may stand before the command, with their values. */
static int leading_options(int argc, char **argv)
{
    int count = 0;
    for (int words = 1; words > 0 && count < argc; count += words)
        words = is_help(argv[count]) ? 0 : leading_option(argc - count, argv + count);
    return count;
}

/* argv[at] is an option, and none that may stand before the command: the error has that command's words. */
static int refuse_leading(int argc, char **argv, int at)
{
    for (int i = 0; i < argc; i++)
        for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
            if (name_length((*c)->name, argc - i, argv + i) > 0)
                return cli_refuse_option(*c, argv[at]);
    return cli_refuse_option(NULL, argv[at]);
}

/* From "OPTIONS WORD" to "WORD OPTIONS", with a word behind the options; what is asked for help needs no options. False:
 * that word, *at, is an option that may not stand there. */
static bool move_behind(int *argc, char **argv, int *at)
{
    int count = leading_options(*argc, argv);
    char *word = argv[count];
    bool is_last = is_help(word) || strcmp(word, "--version") == 0;
    *at = count;
    if (is_option(word) && !is_last)
        return false;
    if (is_last) {
        memmove(argv, argv + count, (size_t)(*argc - count) * sizeof *argv);
        *argc -= count;
    } else {
        memmove(argv + 1, argv, (size_t)count * sizeof *argv);
        argv[0] = word;
    }
    return true;
}

static bool is_command(const char *word)
{
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++)
        if (strcmp((*c)->name, word) == 0)
            return true;
    return false;
}

/* Options may also stand before the command (slipway --port DEV image list), and between the words of its name: move
 * them behind it. CLI_DONE, or CLI_USAGE with the error printed. */
static int move_leading_options(int *argc, char **argv)
{
    int at;
    if (leading_options(*argc, argv) == *argc)
        return cli_fail(CLI_USAGE, "no command is given", "there are only options",
                        "slipway --help lists the commands");
    if (!move_behind(argc, argv, &at))
        return refuse_leading(*argc, argv, at);
    int rest = *argc - 1;
    if (!is_group(argv[0]) || rest == 0 || !is_option(argv[1]))
        return CLI_DONE;
    const int options = leading_options(rest, argv + 1);
    const char *second = options < rest ? argv[1 + options] : "";
    if (is_command(argv[0]) && (strcmp(second, "--") == 0 || strcmp(second, "help") == 0))
        return CLI_DONE; /* slipway shell --port DEV -- ls, shell --port DEV help: no names */
    if (options == rest) {
        *argc = 1; /* a group without a command: its help */
        return CLI_DONE;
    }
    if (!move_behind(&rest, argv + 1, &at))
        return refuse_leading(*argc, argv, at + 1);
    *argc = rest + 1;
    return CLI_DONE;
}

static int dispatch(int argc, char **argv)
{
    if (argc == 0) {
        cli_print_program_help(stderr);
        return CLI_USAGE;
    }
    int code = move_leading_options(&argc, argv);
    if (code != CLI_DONE)
        return code;
    if (strcmp(argv[0], "--version") == 0) {
        cli_print(stdout, "slipway %s\n", cli_version);
        return CLI_DONE;
    }
    bool help = is_help(argv[0]);
    if (help) { /* slipway help image list */
        argc--;
        argv++;
        if (leading_options(argc, argv) == argc)
            return program_help();
        code = move_leading_options(&argc, argv);
        if (code != CLI_DONE)
            return code;
    }
    for (const struct cli_command *const *c = cli_commands; *c != NULL; c++) {
        int words = name_length((*c)->name, argc, argv);
        if (words > 0)
            return run_command(*c, argc - words, argv + words, help);
    }
    help |= argc > 1 && is_help(argv[1]);
    if (is_group(argv[0]) && (argc == 1 || help)) {
        cli_print_group_help(help ? stdout : stderr, argv[0]);
        return help ? CLI_DONE : CLI_USAGE;
    }
    return unknown_command(argc, argv);
}

int cli_run(int argc, char **argv)
{
    cli_mode = (struct cli_mode){0};
    signal(SIGPIPE,
           SIG_IGN); /* a reader that closes the pipe causes a write error, not a silent end */
    int code = argc > 0 ? dispatch(argc - 1, argv + 1) : CLI_USAGE;
    if (fflush(stdout) != 0 && code == CLI_DONE)
        code = CLI_BAD_FILE;
    cli_release();
    return code;
}
