/* page_flash.c - the page of `rehearse flash`: the table of checks, and what was found, with the accesses before it. */
#include "host/report/document.h"
#include "host/report/page.h"
#include "host/report/pages/flash_parts.h"
#include "host/report/pages/pages.h"

/* Open without a click. */
#define FINDINGS_OPEN 3u

static void put_first(struct markup *m, const json_t *report)
{
    char text[FLASH_TEXT];
    const json_t *findings = document_list(report, "findings");
    if (json_array_size(findings) == 0)
        return;
    flash_finding_text(text, json_array_get(findings, 0));
    markup_element(m, "dt", "first finding");
    markup_open(m, "dd");
    markup_open(m, "a");
    markup_attr(m, "href", "#%s-0", document_text(report, "driver"));
    markup_text(m, text);
    markup_close(m);
    markup_close(m);
}

static void put_figures(struct markup *m, const json_t *report)
{
    const unsigned long long found = document_number(report, "finding_count");
    page_tiles_begin(m);
    page_tile(m, found == 0 ? PAGE_GOOD : PAGE_BAD, "findings", "%llu", found);
    page_tile(m, PAGE_OTHER, "checks run", "%llu",
              (unsigned long long)document_number(report, "checks"));
    page_tile(m, PAGE_OTHER, "calls of the driver", "%llu",
              (unsigned long long)document_number(report, "calls"));
    page_tiles_end(m);
    page_facts_begin(m);
    page_fact(m, "driver", document_text(report, "driver"));
    page_fact(m, "part", document_text(report, "part"));
    page_fact(m, "program", document_text(report, "program"));
    put_first(m, report);
    page_facts_end(m);
    if (document_text(report, "left_out")[0] != '\0')
        page_say(m, "%s", document_text(report, "left_out"));
}

static void put_findings(struct markup *m, const json_t *report)
{
    const unsigned long long all = document_number(report, "finding_count");
    const size_t shown = flash_count(document_list(report, "findings"), FLASH_FINDINGS_MAX);
    if (shown == 0)
        return;
    page_section(m, "findings", "What was found");
    page_say(m, "The driver's last accesses before each finding, oldest first.");
    for (size_t i = 0; i < shown; i++)
        flash_finding(m, report, i, document_list(report, "table"), i < FINDINGS_OPEN);
    if (all > shown)
        page_say(m, "And %llu more, which the report does not have.", all - shown);
}

void page_flash(struct markup *m, const json_t *report)
{
    put_figures(m, report);
    page_section(m, "checks", "Checks, in each setup");
    flash_table(m, report);
    put_findings(m, report);
}
