/* museum.c - every exhibit before the conformance suite; a table of how each showed itself.
 *
 *     museum                 all; exits 1 if one was not caught as expected, or the clean driver is not clean
 *     museum --table FILE    the same; and every row of the table must stand in FILE as it is printed
 *     museum --findings BUG  everything that the suite has to say about one (stm32h7: the clean driver)
 *
 * --part NAME in front of these: on the model of another part. Exhibits that it cannot have are named and left out. */
#include <stdio.h>
#include <string.h>

#include "core/base/bytes.h"
#include "museum/suite/expect.h"
#include "rehearse/driver/flash_drivers.h"

static struct conformance_report report;
static const struct soc *soc = &soc_stm32h753; /* of the model */

static bool matches(const struct expected *of_753, const struct conformance_finding *f)
{
    const struct expected on = expected_on(of_753, soc), *row = &on;
    return row->symptom == f->symptom &&
           (row->check == NULL || strcmp(row->check, f->check) == 0) &&
           (row->where == ANY || row->where == f->where) &&
           (row->have == ANY || row->have == f->have) &&
           (row->rule == NULL || strcmp(row->rule, f->rule) == 0);
}

static const struct conformance_finding *found(const struct expected *row)
{
    for (unsigned i = 0; i < report.count; i++)
        if (matches(row, &report.finding[i]))
            return &report.finding[i];
    return NULL;
}

static bool foreseen(const struct exhibit *e, const struct conformance_finding *f)
{
    bool changes_setups = strcmp(f->check, "option_swap") == 0;
    if (e->setups != 0 && (f->setups & ~e->setups) != 0 && !changes_setups)
        return false;
    for (unsigned i = 0; i < EXPECTED_MAX && e->rows[i].symptom != SYMPTOM_NONE; i++)
        if (matches(&e->rows[i], f))
            return true;
    return false;
}

/* Prints what is missing and what is too much. */
static bool caught(const struct exhibit *e)
{
    char text[CONFORMANCE_TEXT];
    bool good = e->rows[0].symptom != SYMPTOM_NONE && report.count <= CONFORMANCE_FINDINGS;
    for (unsigned i = 0; i < EXPECTED_MAX && e->rows[i].symptom != SYMPTOM_NONE; i++) {
        if (!expected_applies(&e->rows[i], soc) || found(&e->rows[i]) != NULL)
            continue;
        const struct expected on = expected_on(&e->rows[i], soc), *r = &on;
        const struct conformance_finding f = {
            .symptom = r->symptom, .where = r->where, .have = r->have};
        printf("    missing: row %u: %s: %s\n", i, r->check != NULL ? r->check : "any check",
               conformance_symptom_text(&f, text));
        good = false;
    }
    for (unsigned i = 0; i < report.count && i < CONFORMANCE_FINDINGS; i++) {
        if (foreseen(e, &report.finding[i]))
            continue;
        printf("    unforeseen: %s\n", conformance_text(&report.finding[i], text));
        good = false;
    }
    return good;
}

/* The row as printed, with its line feed. */
#define ROW_MAX 1024
static void row_text(const struct exhibit *e, bool good, char *row)
{
    char text[CONFORMANCE_TEXT], all[ROW_MAX / 2] = "";
    for (unsigned i = 0; i < e->shown; i++) {
        const struct conformance_finding *f = found(&e->rows[i]);
        size_t at = strlen(all);
        if (f != NULL)
            snprintf(all + at, sizeof all - at, "%s%s (%s)", at == 0 ? "" : "; ",
                     conformance_symptom_text(f, text), f->check);
    }
    snprintf(row, ROW_MAX, "| %2u | %-18s | %-43s | %s | %s |\n", e->entry, e->name, e->source,
             all[0] != '\0' ? all : "-", good ? "yes" : "NO");
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

/* One exhibit: true if it was caught, and the table of the document (if there is one) says how. */
static bool show(const struct exhibit *e)
{
    char row[ROW_MAX];
    const struct conformance_driver *d = driver_named(e->name);
    report.count = 0;
    if (d != NULL)
        conformance_run(d, soc, &report);
    bool good = d != NULL && caught(e);
    row_text(e, good, row);
    fputs(row, stdout);
    fflush(stdout);
    if (document[0] == '\0' || strstr(document, row) != NULL)
        return good;
    printf("    the table in the document has another row for it, or none\n");
    return false;
}

/* Takes --part NAME off; false: there is no such part. */
static bool take_part(int *argc, char ***argv)
{
    if (*argc < 3 || strcmp((*argv)[1], "--part") != 0)
        return true;
    soc = soc_find_part((*argv)[2]);
    *argc -= 2;
    *argv += 2;
    return soc != NULL;
}

/* The exhibits that this part cannot have, in a line, and what the suite leaves out. */
static void name_those_left_out(void)
{
    char text[CONFORMANCE_TEXT];
    unsigned left = 0;
    for (const struct exhibit *e = museum_exhibits; e->name != NULL; e++)
        if (!exhibit_applies(e, soc))
            printf("%s%s", left++ == 0 ? "left out because they need two banks: " : ", ", e->name);
    if (left > 0)
        printf("\n");
    if (conformance_left_out(&report, text) != NULL)
        printf("%s\n", text);
}

int main(int argc, char **argv)
{
    unsigned total = 0, good = 0;
    char text[CONFORMANCE_TEXT];
    bool known = take_part(&argc, &argv);
    if (known && argc == 3 && strcmp(argv[1], "--findings") == 0)
        return print_findings(argv[2]);
    bool compare = argc == 3 && strcmp(argv[1], "--table") == 0;
    if (!known || (argc != 1 && !compare) || (compare && !read_document(argv[2]))) {
        fprintf(stderr, "usage: museum [--part NAME] [--table FILE | --findings BUG]\n");
        return 2;
    }
    printf("| no | bug | source | how it showed itself (in which check) | caught |\n"
           "| -- | --- | --- | --- | --- |\n");
    for (const struct exhibit *e = museum_exhibits; e->name != NULL; e++) {
        if (!exhibit_applies(e, soc))
            continue;
        total++;
        good += show(e);
    }
    conformance_run(&flash_drivers[0], soc, &report);
    for (unsigned i = 0; i < report.count && i < CONFORMANCE_FINDINGS; i++)
        printf("    clean driver: %s\n", conformance_text(&report.finding[i], text));
    name_those_left_out();
    printf("%u/%u caught, clean driver: %u findings\n", good, total, report.count);
    return good != total || report.count != 0;
}
