/* cmd_why.c - slipway why: what a device's log or a flash status word means. */
#include <errno.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/core/plain_text.h"
#include "host/client/explain.h"

/* Called for each line of the log as it is read. */
static void take_line(void *ctx, unsigned long number, const char *line, bool more)
{
    struct explain_reader *r = ctx;
    (void)number, (void)more;
    explain_line(r, line);
}

static int read_log(const char *path, struct explain_reader *r)
{
    static struct plain_text text;
    static char piece[65536];
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    errno = f != NULL ? 0 : errno;
    explain_begin(r);
    plain_text_init(&text, take_line, r);
    for (size_t n; f != NULL && (n = fread(piece, 1, sizeof piece, f)) > 0;)
        plain_text_put(&text, piece, n);
    bool bad = f == NULL || ferror(f) != 0;
    int error = errno;
    if (f != NULL && !standard)
        fclose(f);
    if (bad)
        return cli_fail(CLI_BAD_FILE,
                        cli_text("cannot read '%s'", standard ? "standard input" : path),
                        strerror(error), "check the file's name and permissions");
    plain_text_end(&text);
    return CLI_DONE;
}

static void print_json(const struct explanation *e)
{
    struct json j;
    json_begin(&j, stdout);
    json_array(&j, "lines");
    for (unsigned i = 0; i < e->quoted_count; i++)
        json_string(&j, NULL, e->quoted[i]);
    json_end(&j);
    json_string(&j, "meaning", e->meaning);
    json_string(&j, "cause", e->cause);
    json_string(&j, "next", e->next);
    json_finish(&j);
}

static void print_lines(const char *title, const char *text)
{
    while (text != NULL && *text != '\0') {
        size_t len = strcspn(text, "\n");
        cli_print(stdout, "%-8s %.*s\n", title, (int)len, text);
        text += len + (text[len] == '\n');
    }
}

static int print(const struct explanation *e)
{
    if (cli_mode.json) {
        print_json(e);
        return CLI_DONE;
    }
    for (unsigned i = 0; i < e->quoted_count; i++)
        print_lines("device|", e->quoted[i]);
    print_lines("meaning:", e->meaning);
    print_lines("cause:", e->cause);
    print_lines("next:", e->next);
    return CLI_DONE;
}

/* A number, or eight hexadecimal digits as a debugger shows a register. */
static bool parse_status(const char *text, uint64_t *status)
{
    bool bare = strlen(text) == 8 && strspn(text, "0123456789abcdefABCDEF") == 8;
    return cli_parse_number(bare ? cli_text("0x%s", text) : text, status) && *status <= UINT32_MAX;
}

static int run_why(const struct cli_args *a)
{
    struct explanation e;
    uint64_t bank, status;
    static struct explain_reader log;
    const char *what = a->arg_count > 0 ? a->arg[0] : "-";
    const char *name = cli_value(a, "part", NULL);
    const struct soc *part = name != NULL ? explain_part(name) : NULL;
    int code = cli_number(a, "bank", 0, 1, 2, &bank);
    if (code == CLI_DONE && name != NULL && part == NULL)
        code = cli_fail(CLI_USAGE, cli_text("--part: '%s' is not known", name), NULL,
                        "--part stm32h753 or stm32h723");
    if (code != CLI_DONE)
        return code;
    if (parse_status(what, &status)) {
        explain_status((uint32_t)status, (unsigned)bank, part, &e);
        return print(&e);
    }
    code = read_log(what, &log);
    if (code != CLI_DONE)
        return code;
    if (part != NULL) {
        log.part = part; /* --part overrides what the log names */
        log.two_parts = false;
    }
    explain_end(&log, NULL, &e);
    if (e.meaning == NULL)
        return cli_fail(
            CLI_REFUSED, "slipway knows no message in this log",
            cli_text("%lu lines read, %lu of them errors or warnings", log.lines, log.errors),
            "slipway why 0xSTATUS --bank 1|2 decodes a flash status word");
    return print(&e);
}

static const struct cli_option options[] = {
    {"bank", 0, "1|2", "the flash bank that the status word belongs to", 0},
    {"part", 0, "NAME",
     "the chip, stm32h753 or stm32h723: one with a single bank has other likely causes", 0},
    {0},
};

const struct cli_command cmd_why = {
    .name = "why",
    .summary = "explain a flash status word or a device's log",
    .arguments = "[STATUS|LOGFILE]",
    .max_args = 1,
    .options = options,
    .details =
        "STATUS is a value of FLASH_SR1 or FLASH_SR2, as the driver logs it or as eight "
        "hexadecimal\n"
        "digits. LOGFILE may be a log of Zephyr or MCUboot (with time stamps, colours or "
        "minimal),\n"
        "of Mbed or of st-flash, of any length, in UTF-8 or UTF-16. Without an argument, slipway\n"
        "reads the log from standard input.",
    .example = "slipway why 0x00040000 --bank 2\nslipway why console.log",
    .run = run_why,
};
