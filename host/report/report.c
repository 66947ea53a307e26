#include "host/report/report.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "host/report/report_draw.h"

/* ---- the files ---- */

/* Refuse before an hour of work what could not be written after it. */
static int try_output(const char *path)
{
    struct cli_output o;
    if (path == NULL || cli_is_stream(path))
        return CLI_DONE;
    cli_output_begin(&o, path, 0644);
    cli_output_put(&o, "", 0);
    const int error = o.error;
    cli_output_abandon(&o);
    if (error == 0)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("cannot write '%s'", path), strerror(error),
                    "check the folder, its permissions and the free space");
}

static bool are_one_file(const char *a, const char *b)
{
    struct stat x, y;
    return stat(a, &x) == 0 && stat(b, &y) == 0 && S_ISREG(x.st_mode) && x.st_dev == y.st_dev &&
           x.st_ino == y.st_ino;
}

static int try_pair(const char *a, const char *b)
{
    if (a == NULL || b == NULL || (strcmp(a, b) != 0 && !are_one_file(a, b)))
        return CLI_DONE;
    return cli_fail(CLI_USAGE, "two forms of the report name the same file", a,
                    "give each its own name");
}

int report_check_outputs(const struct report_outputs *to)
{
    const char *const paths[] = {to->html, to->junit, to->json};
    int code = CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(paths) && code == CLI_DONE; i++)
        code = try_pair(paths[i], paths[(i + 1) % ARRAY_LEN(paths)]);
    for (size_t i = 0; i < ARRAY_LEN(paths) && code == CLI_DONE; i++)
        code = try_output(paths[i]);
    return code;
}

/* Refuse an output that the command reads. */
static int spare_input(const char *input, const struct report_outputs *to)
{
    const char *const paths[] = {to->html, to->junit, to->json};
    for (size_t i = 0; i < ARRAY_LEN(paths); i++)
        if (paths[i] != NULL && input != NULL && are_one_file(input, paths[i]))
            return cli_fail(CLI_USAGE, cli_text("the report would replace '%s'", input),
                            "the command reads this file", "give the report a name of its own");
    return CLI_DONE;
}

static bool is_output(const struct cli_option *option)
{
    return strcmp(option->name, "html") == 0 || strcmp(option->name, "junit") == 0 ||
           strcmp(option->name, "json-file") == 0;
}

int report_spare_inputs(const struct cli_args *a, const struct report_outputs *to)
{
    int code = CLI_DONE;
    for (unsigned i = 0; i < a->arg_count && code == CLI_DONE; i++)
        code = spare_input(a->arg[i], to);
    for (unsigned i = 0; i < a->given_count && code == CLI_DONE; i++)
        if (!is_output(a->given[i].option))
            code = spare_input(a->given[i].value, to);
    return code;
}

/* ---- a document that is being made ---- */

int report_begin(struct report *r, const struct cli_args *a, const char *kind)
{
    static const char *const leave_out[] = {"html",  "junit",   "json-file", "json",
                                            "quiet", "verbose", NULL};
    const struct report_outputs to = {.html = cli_value(a, "html", NULL),
                                      .junit = cli_value(a, "junit", NULL),
                                      .json = cli_value(a, "json-file", NULL)};
    int code = report_spare_inputs(a, &to);
    return code == CLI_DONE ? report_open(r, kind, cli_command_line(a, leave_out), &to) : code;
}

int report_open(struct report *r, const char *kind, const char *command,
                const struct report_outputs *to)
{
    *r = (struct report){.to = *to};
    int code = report_check_outputs(to);
    if (code != CLI_DONE)
        return code;
    r->file = open_memstream(&r->text, &r->len);
    if (r->file == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    json_begin(&r->json, r->file);
    json_string(&r->json, "report", kind);
    json_number(&r->json, "schema", REPORT_SCHEMA);
    json_string(&r->json, "program", cli_text("slipway %s", cli_version));
    json_string(&r->json, "command", command);
    return CLI_DONE;
}

bool report_is_wanted(const struct report *r)
{
    return cli_mode.json || r->to.html != NULL || r->to.junit != NULL || r->to.json != NULL;
}

int report_fail(struct report *r, enum cli_exit code, const char *what, const char *evidence,
                const char *next)
{
    json_object(&r->json, "error");
    json_string(&r->json, "what", what);
    json_string(&r->json, "evidence", evidence);
    json_string(&r->json, "next", next);
    json_number(&r->json, "exit", code);
    json_end(&r->json);
    const bool as_json = cli_mode.json;
    cli_mode.json = false; /* the document has it */
    cli_fail(code, what, evidence, next);
    cli_mode.json = as_json;
    return code;
}

void report_drop(struct report *r)
{
    if (r->file != NULL)
        fclose(r->file);
    free(r->text);
    r->file = NULL;
    r->text = NULL;
}

static int write_json(const struct report *r)
{
    if (r->to.json == NULL)
        return CLI_DONE;
    int code = cli_write_file(r->to.json, r->text, r->len, 0644);
    if (code == CLI_DONE)
        cli_say("report   %s", r->to.json);
    return code;
}

static int hand_out(const struct report *r)
{
    if (cli_mode.json)
        fwrite(r->text, 1, r->len, stdout);
    int code = write_json(r);
    if (code != CLI_DONE || (r->to.html == NULL && r->to.junit == NULL))
        return code;
    return report_draw("the report", r->text, r->len, r->to.html, r->to.junit);
}

int report_end(struct report *r, int code)
{
    json_string(&r->json, "verdict", code == CLI_DONE ? "passed" : "failed");
    json_finish(&r->json);
    const bool whole = !ferror(r->file) && fflush(r->file) == 0;
    int handed = whole ? hand_out(r) : cli_fail(CLI_REFUSED, "out of memory", NULL, "free -m");
    report_drop(r);
    return code != CLI_DONE ? code : handed;
}

/* ---- drawing ---- */

static int write_drawn(const char *path, const struct markup *m)
{
    if (path == NULL)
        return CLI_DONE;
    int code = cli_write_file(path, m->text, m->len, 0644);
    if (code == CLI_DONE)
        cli_say("report   %s", path);
    return code;
}

int report_draw(const char *name, const char *json, size_t len, const char *html, const char *junit)
{
    char why[REPORT_WHY_MAX];
    struct markup page, xml;
    markup_init(&page);
    markup_init(&xml);
    int code = CLI_DONE;
    if (!report_render(json, len, html != NULL ? &page : NULL, junit != NULL ? &xml : NULL, why))
        code = cli_fail(CLI_BAD_FILE, cli_text("cannot draw %s", name), why,
                        "the --json output of `slipway rehearse ...` is what can be drawn; a newer "
                        "report needs the slipway that made it");
    if (code == CLI_DONE)
        code = write_drawn(html, &page);
    if (code == CLI_DONE)
        code = write_drawn(junit, &xml);
    markup_free(&page);
    markup_free(&xml);
    return code;
}
