/* cmd_report.c - slipway report: a rehearsal's JSON, kept, as a page or as JUnit XML. */
#include "host/cli/commands/commands.h"
#include "host/report/report.h"
#include "host/report/report_draw.h"

static int run(const struct cli_args *a)
{
    struct cli_blob file;
    const char *html = cli_value(a, "html", NULL), *junit = cli_value(a, "junit", NULL);
    if (html == NULL && junit == NULL)
        return cli_usage(a, "there is nothing to write: give --html FILE, --junit FILE, or both");
    const struct report_outputs to = {.html = html, .junit = junit};
    int code = report_spare_inputs(a, &to);
    if (code == CLI_DONE)
        code = report_check_outputs(&to);
    if (code == CLI_DONE)
        code = cli_read_file(a->arg[0], REPORT_BYTES_MAX, &file);
    if (code != CLI_DONE)
        return code;
    return report_draw(cli_text("'%s'", a->arg[0]), (const char *)file.data, file.len, html, junit);
}

static const struct cli_option options[] = {
    {"html", 0, "FILE", "write it as a page, in one file", 0},
    {"junit", 0, "FILE", "write it as JUnit XML", 0},
    {0},
};

const struct cli_command cmd_report = {
    .name = "report",
    .summary = "draw the JSON of a rehearsal as a page, or as JUnit XML",
    .arguments = "FILE.json",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details = "FILE.json is what `slipway rehearse ... --json` printed; - reads standard input.\n"
               "The page is one file, which needs no network.",
    .example = "slipway rehearse update bootloader.elf a.bin b.bin --json >update.json\n"
               "slipway report update.json --html update.html --junit update.xml",
    .run = run,
};
