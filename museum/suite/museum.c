/* museum.c - every exhibit before the conformance suite; a table of how each showed itself.
 *
 *     museum                 all; exits 1 if one was not caught as expected, or the clean driver is not clean
 *     museum --table FILE    the same; and every row of the table must stand in FILE as it is printed
 *     museum --findings BUG  everything that the suite has to say about one (stm32h7: the clean driver)
 *
 * --part NAME: on the model of another part. Exhibits that it cannot have are named and left out.
 * --html FILE, --junit FILE, --json FILE: the result as a report, too; --command TEXT is what it says it was made by. */
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/rehearsal/flash_json.h"
#include "host/report/report.h"
#include "museum/suite/museum_json.h"
#include "rehearse/driver/flash_drivers.h"

/* The command line; NULL: not given. */
struct options {
    const char *part, *table, *findings, *command;
    struct report_outputs to;
};

static struct conformance_report report;
static const struct soc *soc; /* of the model */

/* What is missing and what is too much. */
static void print_differences(const struct judgement *j)
{
    char text[JUDGEMENT_TEXT];
    for (unsigned i = 0; i < EXPECTED_MAX; i++) {
        if (!j->missing[i])
            continue;
        judgement_row(j, i, text);
        printf("    missing: row %u: %s\n", i, text);
    }
    for (unsigned n = 0; n < CONFORMANCE_FINDINGS; n++)
        if (j->unforeseen[n])
            printf("    unforeseen: %s\n", conformance_text(&report.finding[n], text));
}

/* The row as printed, with its line feed. */
#define ROW_MAX 1024
static void row_text(const struct judgement *j, char *row)
{
    char showed[JUDGEMENT_TEXT];
    const struct exhibit *e = j->exhibit;
    judgement_showed(j, showed);
    snprintf(row, ROW_MAX, "| %2u | %-18s | %-43s | %s | %s |\n", e->entry, e->name, e->source,
             showed, j->caught ? "yes" : "NO");
}

static char document[65536];
static bool read_document(const char *path)
{
    FILE *f = fopen(path, "r");
    if (f == NULL)
        return false;
    size_t n = fread(document, 1, sizeof document - 1, f);
    document[n] = '\0';
    return fclose(f) == 0 && n > 0;
}

static const struct conformance_driver *driver_named(const char *name)
{
    const struct conformance_driver *d = flash_drivers;
    while (d->name != NULL && strcmp(d->name, name) != 0)
        d++;
    return d->name != NULL ? d : NULL;
}

static int print_findings(const char *name)
{
    char text[CONFORMANCE_TEXT];
    const struct conformance_driver *d = driver_named(name);
    if (d == NULL) {
        fprintf(stderr, "museum: there is no exhibit %s\n", name);
        return 2;
    }
    conformance_run(d, soc, &report);
    for (unsigned i = 0; i < report.count && i < CONFORMANCE_FINDINGS; i++)
        printf("%s\n", conformance_text(&report.finding[i], text));
    printf("%s: %u findings in %u checks, %u calls\n", name, report.count, report.checks,
           report.calls);
    return report.count != 0;
}

struct result {
    unsigned total, caught, good; /* exhibits; good: caught, and the document's table says how */
};

static void show(struct result *all, const struct exhibit *e, struct json *json)
{
    char row[ROW_MAX];
    struct judgement j;
    const struct conformance_driver *d = driver_named(e->name);
    report = (struct conformance_report){0};
    if (d != NULL)
        conformance_run(d, soc, &report);
    judge(&j, e, soc, &report);
    print_differences(&j);
    museum_json_exhibit(json, &j);
    row_text(&j, row);
    fputs(row, stdout);
    fflush(stdout);
    const bool documented = document[0] == '\0' || strstr(document, row) != NULL;
    if (!documented)
        printf("    the table in the document has another row for it, or none\n");
    all->total++;
    all->caught += j.caught;
    all->good += j.caught && documented;
}

/* The exhibits that this part cannot have, in a line, and what the suite leaves out. */
static void name_those_left_out(struct json *json)
{
    char text[CONFORMANCE_TEXT];
    unsigned left = 0;
    json_array(json, "left_out");
    for (const struct exhibit *e = museum_exhibits; e->name != NULL; e++) {
        if (exhibit_applies(e, soc))
            continue;
        printf("%s%s", left++ == 0 ? "left out because they need two banks: " : ", ", e->name);
        json_string(json, NULL, e->name);
    }
    json_end(json);
    if (left > 0)
        printf("\n");
    if (conformance_left_out(&report, text) != NULL)
        printf("%s\n", text);
}

static void show_clean(struct json *json)
{
    char text[CONFORMANCE_TEXT];
    conformance_run(&flash_drivers[0], soc, &report);
    for (unsigned i = 0; i < report.count && i < CONFORMANCE_FINDINGS; i++)
        printf("    clean driver: %s\n", conformance_text(&report.finding[i], text));
    json_object(json, "clean");
    flash_json_report(json, flash_drivers[0].name, soc->name, &report);
    json_end(json);
}

/* All of it. The verdict is the last line: scripts read it. */
static int run(struct report *r)
{
    struct result all = {0};
    json_string(&r->json, "part", soc->name);
    json_array(&r->json, "exhibits");
    printf("| no | bug | source | how it showed itself (in which check) | caught |\n"
           "| -- | --- | --- | --- | --- |\n");
    for (const struct exhibit *e = museum_exhibits; e->name != NULL; e++)
        if (exhibit_applies(e, soc))
            show(&all, e, &r->json);
    json_end(&r->json);
    show_clean(&r->json);
    name_those_left_out(&r->json);
    const bool passed = all.caught == all.total && report.count == 0;
    int code = report_end(r, passed ? CLI_DONE : CLI_REFUSED);
    printf("%u/%u caught, clean driver: %u findings\n", all.good, all.total, report.count);
    return code == CLI_DONE && all.good != all.total ? CLI_REFUSED : code;
}

static int run_all(const struct options *o)
{
    struct report r;
    const char *command = o->command != NULL ? o->command
                          : o->part != NULL  ? cli_text("museum --part %s", o->part)
                                             : "museum";
    int code = report_open(&r, "museum", command, &o->to);
    return code == CLI_DONE ? run(&r) : code;
}

/* False: the command line makes no sense. */
static bool take_options(int argc, char **argv, struct options *o)
{
    const struct {
        const char *name, **value;
    } known[] = {{"--part", &o->part},       {"--table", &o->table},  {"--findings", &o->findings},
                 {"--command", &o->command}, {"--html", &o->to.html}, {"--junit", &o->to.junit},
                 {"--json", &o->to.json}};
    for (int i = 1; i < argc; i += 2) {
        size_t n = 0;
        while (n < ARRAY_LEN(known) && strcmp(known[n].name, argv[i]) != 0)
            n++;
        if (n == ARRAY_LEN(known) || i + 1 == argc)
            return false;
        *known[n].value = argv[i + 1];
    }
    const bool reports = o->to.html != NULL || o->to.junit != NULL || o->to.json != NULL;
    return o->findings == NULL || (o->table == NULL && !reports);
}

int main(int argc, char **argv)
{
    struct options o = {0};
    bool known = take_options(argc, argv, &o);
    soc = o.part != NULL ? soc_find_part(o.part) : &soc_stm32h753;
    if (!known || soc == NULL || (o.table != NULL && !read_document(o.table))) {
        fprintf(stderr,
                "usage: museum [--part NAME] [--table FILE | --findings BUG]\n"
                "              [--html FILE] [--junit FILE] [--json FILE] [--command TEXT]\n");
        return 2;
    }
    int code = o.findings != NULL ? print_findings(o.findings) : run_all(&o);
    cli_release();
    return code;
}
