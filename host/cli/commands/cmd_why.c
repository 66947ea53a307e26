/* cmd_why.c - slipway why: what a device's log or a flash status word means. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/client/explain.h"

#define LOG_MAX (16u << 20)

/* The last lines of a log, without line ends; points into the file's text. */
#define LINES_MAX 4096u
static const char *lines[LINES_MAX];

static const char *line_of(const void *ctx, unsigned n)
{
    (void)ctx;
    return lines[n];
}

static unsigned split(char *text)
{
    unsigned long count = 0;
    for (char *save, *line = strtok_r(text, "\r\n", &save); line != NULL;
         line = strtok_r(NULL, "\r\n", &save))
        lines[count++ % LINES_MAX] = line;
    if (count <= LINES_MAX)
        return (unsigned)count;
    /* The ring has turned: what is wanted are the last lines in order. */
    static const char *ordered[LINES_MAX];
    for (unsigned i = 0; i < LINES_MAX; i++)
        ordered[i] = lines[(count + i) % LINES_MAX];
    memcpy(lines, ordered, sizeof lines);
    return LINES_MAX;
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

static int run_why(const struct cli_args *a)
{
    struct explanation e;
    uint64_t bank, status;
    struct cli_blob log;
    const char *what = a->arg_count > 0 ? a->arg[0] : "-";
    const char *name = cli_value(a, "part", NULL);
    const struct soc *part = name != NULL ? explain_part(name) : NULL;
    int code = cli_number(a, "bank", 0, 1, 2, &bank);
    if (code == CLI_DONE && name != NULL && part == NULL)
        code = cli_fail(CLI_USAGE, cli_text("--part: '%s' is not known", name), NULL,
                        "--part stm32h753 or stm32h723");
    if (code != CLI_DONE)
        return code;
    if (cli_parse_number(what, &status) && status <= UINT32_MAX) {
        explain_status((uint32_t)status, (unsigned)bank, part, &e);
        return print(&e);
    }
    code = cli_read_file(what, LOG_MAX, &log);
    if (code != CLI_DONE)
        return code;
    const struct log_source source = {line_of, split((char *)log.data), NULL};
    explain_log(&source, NULL, &e);
    if (e.meaning == NULL)
        return cli_fail(
            CLI_REFUSED, "nothing in this log is known to slipway",
            cli_text("%u lines read, %u of them errors or warnings", source.count, e.quoted_count),
            "slipway why 0xSTATUS --bank 1|2 decodes a flash status word");
    return print(&e);
}

static const struct cli_option options[] = {
    {"bank", 0, "1|2", "bank that the status word belongs to", 0},
    {"part", 0, "NAME",
     "the part that it is from, stm32h753 or stm32h723: one bank means other causes", 0},
    {0},
};

const struct cli_command cmd_why = {
    .name = "why",
    .summary = "explain a flash status word or a device's log",
    .arguments = "[STATUS|LOGFILE]",
    .max_args = 1,
    .options = options,
    .details =
        "STATUS is a value of FLASH_SR1 or FLASH_SR2 as the driver logs it. Without an argument\n"
        "the log is read from standard input.",
    .example = "slipway why 0x00040000 --bank 2\nslipway why console.log",
    .run = run_why,
};
