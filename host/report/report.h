/* report.h - a rehearsal's result, once for all its forms: the command writes a JSON document, in memory; --json prints it,
 * and --html and --junit are drawn from the same text. So the three cannot disagree, and `slipway report` can draw a kept
 * one later.
 *
 *     struct report r;
 *     int code = report_begin(&r, a, "rehearse flash");  // before the work: a file that cannot be written is refused
 *     if (code != CLI_DONE)
 *         return code;
 *     json_string(&r.json, "part", soc->name);           // the kind's members
 *     return report_end(&r, CLI_DONE);
 *
 * Members are as docs/json.md says. No time of day and no path that the user did not type go into it: the same command
 * gives the same document. */
#ifndef HOST_REPORT_REPORT_H
#define HOST_REPORT_REPORT_H

#include "host/cli/core/cli.h"

/* Rows for the command's table of options. */
#define REPORT_OPTIONS                                                                   \
    {"html", 0, "FILE", "write the report as a page, in one file", 0},                   \
        {"junit", 0, "FILE", "write the report as JUnit XML", 0},                        \
    {                                                                                    \
        "json-file", 0, "FILE", "write the report as JSON, beside the text on stdout", 0 \
    }

/* A document that is being made. */
struct report {
    struct json json; /* open at the outermost object */
    FILE *file;
    char *text;
    size_t len;
    struct report_outputs {
        const char *html, *junit; /* NULL: not asked for */
        const char *json;         /* a file, beside what --json prints */
    } to;
};

/* Writes the head members: "report" (kind), "schema", "program", "command". CLI_DONE, or another code with the error printed:
 * memory is short, or an output file cannot be written. Then nothing is open. */
MUST_CHECK int report_begin(struct report *r, const struct cli_args *a, const char *kind);
/* The same for a program that is no command of slipway; command: its command line. */
MUST_CHECK int report_open(struct report *r, const char *kind, const char *command,
                           const struct report_outputs *to);
/* Is anybody going to see the document? False: neither --json nor one of REPORT_OPTIONS is given. */
bool report_is_wanted(const struct report *r);
/* As cli_fail, and the same texts as the member "error"; the document must be at its outermost object. Returns code. */
int report_fail(struct report *r, enum cli_exit code, const char *what, const char *evidence,
                const char *next);
/* Writes the member "verdict" (passed if code is CLI_DONE), ends the document, and hands it out. Returns code, or if that is
 * CLI_DONE the error of handing it out, which is printed. */
MUST_CHECK int report_end(struct report *r, int code);
/* Instead of report_end: nothing is handed out. For an error that cli_fail has printed, with its own JSON. */
void report_drop(struct report *r);

/* Draw a document's text: html and junit are paths; NULL: not wanted. CLI_DONE, or CLI_BAD_FILE with the error printed. name: what
 * the error calls the document. */
MUST_CHECK int report_draw(const char *name, const char *json, size_t len, const char *html,
                           const char *junit);
/* CLI_DONE, or an error: two are the same file, or one cannot be written. */
MUST_CHECK int report_check_outputs(const struct report_outputs *to);
/* CLI_DONE, or an error: one is a file that the command line names as an input, by an argument or an option. report_begin
 * asks this, too. */
MUST_CHECK int report_spare_inputs(const struct cli_args *a, const struct report_outputs *to);

#endif
