/* cmd_why.c - slipway why: what a device's log or a flash status word means. */
#include <errno.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/cli/core/plain_text.h"
#include "host/client/explain.h"

/* A log as it is read. */
struct log {
    struct explain_reader r;
    unsigned long bytes;    /* but for NUL */
    unsigned long controls; /* control characters that neither text nor SMP frames contain */
};

/* Called for each line of the log as it is read. */
static void take_line(void *ctx, unsigned long number, const char *line, bool more)
{
    struct explain_reader *r = ctx;
    (void)number, (void)more;
    explain_line(r, line);
}

/* A control character, but for line ends, tabs, escapes, and the marks of SMP's frames. */
static bool is_control(unsigned char c)
{
    return (c < ' ' && strchr("\a\b\t\n\v\f\r\x1b\x04\x06\x14", c) == NULL) || c == 0x7f;
}

static void count_bytes(struct log *log, const char *piece, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        log->bytes += piece[i] != '\0';
        log->controls += piece[i] != '\0' && is_control((unsigned char)piece[i]);
    }
}

static int read_log(const char *path, struct log *log)
{
    static struct plain_text text;
    static char piece[65536];
    bool standard = strcmp(path, "-") == 0;
    FILE *f = standard ? stdin : fopen(path, "rb");
    errno = f != NULL ? 0 : errno;
    *log = (struct log){0};
    explain_begin(&log->r);
    plain_text_init(&text, take_line, &log->r);
    for (size_t n; f != NULL && (n = fread(piece, 1, sizeof piece, f)) > 0;) {
        plain_text_put(&text, piece, n);
        count_bytes(log, piece, n);
    }
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

/* log: NULL for a status word. */
static void print_json(const struct explanation *e, const struct explain_reader *log)
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
    if (log != NULL) {
        json_number(&j, "lines_read", log->lines);
        json_number(&j, "unknown_errors", log->unknown_errors);
        json_number(&j, "unknown_warnings", log->unknown_warnings);
        json_array(&j, "seen");
        for (unsigned i = 0; i < log->seen_count; i++)
            json_string(&j, NULL, log->seen_text[i].text);
        json_end(&j);
    }
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

static int print(const struct explanation *e, const struct explain_reader *log)
{
    if (cli_mode.json) {
        print_json(e, log);
        return CLI_DONE;
    }
    for (unsigned i = 0; i < e->quoted_count; i++)
        print_lines("device|", e->quoted[i]);
    print_lines("meaning:", e->meaning);
    print_lines("cause:", e->cause);
    print_lines("next:", e->next);
    return CLI_DONE;
}

/* ---- a log in which nothing is known ---- */

/* "line 17: ...", one line each. */
static const char *unknown_lines(const struct explain_reader *log)
{
    const struct explain_unknown *u;
    const char *text = NULL;
    for (unsigned i = 0; (u = explain_unknown_line(log, i)) != NULL; i++)
        text = cli_text("%s%sline %lu: %s", text != NULL ? text : "", text != NULL ? "\n" : "",
                        u->number, u->text);
    return text;
}

static int not_known(const struct explain_reader *log)
{
    unsigned long n = log->unknown_errors;
    return cli_fail(CLI_REFUSED,
                    n == 1 ? "slipway does not know the line in this log that speaks of a failure"
                           : cli_text("slipway does not know the %lu lines in this log that speak "
                                      "of a failure",
                                      n),
                    cli_text("%lu lines read\n%s", log->lines, unknown_lines(log)),
                    "the name in front of the text says which module to ask; slipway why 0xSTATUS "
                    "--bank 1|2 decodes a flash status word");
}

/* No error of the log, and yet what its reader may look for. */
static void tell_remarks(const struct explain_reader *log)
{
    static const struct {
        const char *seen, *meaning, *next;
    } remarks[] = {
        {"Swap type: revert", "an image on trial went back: it was not confirmed before a reset",
         "slipway update confirms the image that it has brought in"},
        {"Reset: watchdog", "the watchdog has reset the device: what ran did not feed it in time",
         "look at the lines before that boot"},
    };
    for (unsigned i = 0; i < log->seen_count; i++)
        for (size_t k = 0; k < ARRAY_LEN(remarks); k++)
            if (strcmp(log->seen_text[i].text, remarks[k].seen) == 0) {
                print_lines("meaning:", remarks[k].meaning);
                print_lines("next:", remarks[k].next);
            }
}

static int healthy(const struct explanation *e, const struct explain_reader *log)
{
    if (cli_mode.json) {
        print_json(e, log);
        return CLI_DONE;
    }
    cli_print(stdout, "no error in %lu line%s\n", log->lines, log->lines == 1 ? "" : "s");
    for (unsigned i = 0; i < log->seen_count; i++)
        print_lines("seen:", log->seen_text[i].times == 1
                                 ? log->seen_text[i].text
                                 : cli_text("%s (%lu times)", log->seen_text[i].text,
                                            log->seen_text[i].times));
    if (log->seen_count == 0)
        print_lines("seen:", "nothing of a boot or an update");
    print_lines("warning:", unknown_lines(log));
    tell_remarks(log);
    return CLI_DONE;
}

static int judge(const char *path, const struct log *log, const struct explanation *e)
{
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    if (e->meaning != NULL)
        return print(e, &log->r);
    if (log->r.lines == 0)
        return cli_fail(CLI_REFUSED, cli_text("'%s' is empty", name), "no line was read",
                        "give what the device has printed on its console");
    if (log->controls > log->bytes / 50)
        return cli_fail(
            CLI_BAD_FILE, cli_text("'%s' is not a log", name),
            cli_text("%lu of its %lu bytes are control characters", log->controls, log->bytes),
            "give what the device has printed on its console, read at its baud rate");
    return log->r.unknown_errors > 0 ? not_known(&log->r) : healthy(e, &log->r);
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
    static struct log log;
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
        return print(&e, NULL);
    }
    code = read_log(what, &log);
    if (code != CLI_DONE)
        return code;
    if (part != NULL) {
        log.r.part = part; /* --part overrides what the log names */
        log.r.two_parts = false;
    }
    explain_end(&log.r, NULL, &e);
    return judge(what, &log, &e);
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
        "reads the log from standard input.\n"
        "Exit code 0: explained, or no error in the log; 1: the log is empty, or speaks of a "
        "failure\n"
        "that slipway does not know (the lines are shown); 4: the file is not a log.",
    .example = "slipway why 0x00040000 --bank 2\nslipway why console.log",
    .run = run_why,
};
