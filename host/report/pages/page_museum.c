/* page_museum.c - the page of `make museum`: each historic bug, how it showed itself, and the driver without them. */
#include <string.h>

#include "host/report/document.h"
#include "host/report/page.h"
#include "host/report/pages/flash_parts.h"
#include "host/report/pages/pages.h"

#define CAUGHT     "caught"
#define NOT_CAUGHT "not caught"

static const char *end_of(const json_t *exhibit)
{
    return document_flag(exhibit, "caught") ? CAUGHT : NOT_CAUGHT;
}

static size_t count_caught(const json_t *exhibits)
{
    size_t caught = 0;
    for (size_t i = 0; i < flash_count(exhibits, FLASH_EXHIBITS_MAX); i++)
        caught += document_flag(json_array_get(exhibits, i), "caught");
    return caught;
}

static void put_figures(struct markup *m, const json_t *report)
{
    const json_t *exhibits = document_list(report, "exhibits");
    const json_t *left_out = document_list(report, "left_out");
    const size_t all = flash_count(exhibits, FLASH_EXHIBITS_MAX), caught = count_caught(exhibits);
    const unsigned long long found =
        document_number(json_object_get(report, "clean"), "finding_count");
    page_tiles_begin(m);
    page_tile(m, caught == all ? PAGE_GOOD : PAGE_BAD, "bugs caught", "%zu of %zu", caught, all);
    page_tile(m, found == 0 ? PAGE_GOOD : PAGE_BAD, "findings in the clean driver", "%llu", found);
    page_tiles_end(m);
    page_facts_begin(m);
    page_fact(m, "part", document_text(report, "part"));
    page_fact(m, "program", document_text(report, "program"));
    if (json_array_size(left_out) > 0)
        page_factf(m, "left out", "%zu bugs that need two banks", json_array_size(left_out));
    page_facts_end(m);
}

static void put_row(struct markup *m, const json_t *exhibit)
{
    const char *name = document_text(exhibit, "name");
    page_row(m);
    markup_attr(m, "data-end", "%s", end_of(exhibit));
    page_number(m, "%llu", (unsigned long long)document_number(exhibit, "entry"));
    markup_open(m, "td");
    markup_open(m, "a");
    markup_attr(m, "href", "#%s", name);
    markup_element(m, "code", name);
    markup_close(m);
    markup_close(m);
    page_outcome(m, document_flag(exhibit, "caught") ? PAGE_GOOD : PAGE_BAD, end_of(exhibit));
    markup_classed(m, "td", "long", document_text(exhibit, "showed"));
    page_cell(m, document_text(exhibit, "source"));
    page_row_end(m);
}

static void put_table(struct markup *m, const json_t *exhibits)
{
    static const char *const heads[] = {
        "#entry", "bug", "outcome", "how it showed itself", "where it was shipped", NULL};
    const size_t all = flash_count(exhibits, FLASH_EXHIBITS_MAX), caught = count_caught(exhibits);
    const struct page_end_kind kinds[] = {{NOT_CAUGHT, PAGE_BAD, all - caught},
                                          {CAUGHT, PAGE_GOOD, caught}};
    page_section(m, "exhibits", "Historic bugs, each in the driver");
    page_filter(m, kinds, 2);
    page_table_begin(m, heads);
    for (size_t i = 0; i < all; i++)
        put_row(m, json_array_get(exhibits, i));
    page_table_end(m);
}

static void put_list(struct markup *m, const char *title, const json_t *texts)
{
    if (json_array_size(texts) == 0)
        return;
    markup_element(m, "h3", title);
    markup_open(m, "ul");
    for (size_t i = 0; i < flash_count(texts, FLASH_FINDINGS_MAX); i++)
        markup_element(m, "li", json_string_value(json_array_get(texts, i)));
    markup_close(m);
}

/* Those that show the bug best; the others are counted, by check. */
static bool is_in_full(const json_t *finding)
{
    return document_list(finding, "trace") != NULL;
}

static bool is_other(const json_t *finding, const char *check)
{
    return !is_in_full(finding) && strcmp(document_text(finding, "check"), check) == 0;
}

/* The check of finding i with its count, at the first of them. */
static void put_check(struct markup *m, const json_t *findings, size_t i, bool first)
{
    const char *check = document_text(json_array_get(findings, i), "check");
    size_t count = 0;
    for (size_t n = 0; n < flash_count(findings, FLASH_FINDINGS_MAX); n++) {
        const bool same = is_other(json_array_get(findings, n), check);
        if (same && n < i)
            return;
        count += same;
    }
    markup_text(m, first ? "" : ", ");
    markup_element(m, "code", check);
    markup_textf(m, " %zu", count);
}

static void put_others(struct markup *m, const json_t *findings)
{
    bool first = true;
    for (size_t i = 0; i < flash_count(findings, FLASH_FINDINGS_MAX); i++) {
        if (is_in_full(json_array_get(findings, i)))
            continue;
        if (first)
            markup_element(m, "dt", "more findings, in");
        if (first)
            markup_open(m, "dd");
        put_check(m, findings, i, first);
        first = false;
    }
    if (!first)
        markup_close(m);
}

static void put_findings(struct markup *m, const json_t *exhibit, const json_t *table)
{
    const json_t *findings = document_list(exhibit, "findings");
    for (size_t i = 0; i < flash_count(findings, FLASH_FINDINGS_MAX); i++)
        if (is_in_full(json_array_get(findings, i)))
            flash_finding(m, exhibit, i, table, true);
}

static void put_exhibit(struct markup *m, const json_t *exhibit, const json_t *table)
{
    const bool caught = document_flag(exhibit, "caught");
    const char *name = document_text(exhibit, "name");
    page_fold_begin(m, &(struct page_fold){name, end_of(exhibit), name, !caught});
    page_facts_begin(m);
    page_fact(m, "shipped", document_text(exhibit, "source"));
    page_fact(m, "showed itself", document_text(exhibit, "showed"));
    page_factf(m, "findings", "%llu in %llu checks",
               (unsigned long long)document_number(exhibit, "finding_count"),
               (unsigned long long)document_number(exhibit, "checks"));
    put_others(m, document_list(exhibit, "findings"));
    page_facts_end(m);
    put_list(m, "Expected, and not found", document_list(exhibit, "missing"));
    put_list(m, "Found, and not expected", document_list(exhibit, "unexpected"));
    put_findings(m, exhibit, table);
    page_fold_end(m);
}

static void put_clean(struct markup *m, const json_t *clean)
{
    const json_t *findings = document_list(clean, "findings");
    page_section(m, "clean", "The driver without these bugs");
    for (size_t i = 0; i < flash_count(findings, FLASH_FINDINGS_MAX); i++)
        flash_finding(m, clean, i, document_list(clean, "table"), true);
    flash_table(m, clean);
}

void page_museum(struct markup *m, const json_t *report)
{
    const json_t *exhibits = document_list(report, "exhibits");
    const json_t *clean = json_object_get(report, "clean");
    put_figures(m, report);
    put_table(m, exhibits);
    page_section(m, "shown", "What the suite saw of each");
    for (size_t i = 0; i < flash_count(exhibits, FLASH_EXHIBITS_MAX); i++)
        put_exhibit(m, json_array_get(exhibits, i), document_list(clean, "table"));
    put_clean(m, clean);
}
