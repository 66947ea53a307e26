#include "host/report/report_draw.h"

#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/page.h"
#include "host/report/report_kinds.h"

/* The kind of a report that can be drawn, or NULL with why. */
static const struct report_kind *judge(const json_t *report, char why[REPORT_WHY_MAX])
{
    const struct report_kind *kind = report_kind_named(document_text(report, "report"));
    const uint64_t schema = document_number(report, "schema");
    if (!json_is_object(report) || document_text(report, "report")[0] == '\0')
        snprintf(why, REPORT_WHY_MAX, "it has no member \"report\"");
    else if (kind == NULL)
        snprintf(why, REPORT_WHY_MAX, "this program has no page for \"report\": \"%.60s\"",
                 document_text(report, "report"));
    else if (schema == 0 || schema > REPORT_SCHEMA)
        snprintf(why, REPORT_WHY_MAX, "its \"schema\" is %llu; this program reads up to %u",
                 (unsigned long long)schema, REPORT_SCHEMA);
    else
        return kind;
    return NULL;
}

static void draw_page(struct markup *m, const struct report_kind *kind, const json_t *report)
{
    page_begin(m, kind->title, report);
    kind->page(m, report);
    page_end(m);
}

/* A rehearsal that stopped on its way has no case that failed: it is one itself. */
static void add_error(struct junit *j, const struct report_kind *kind, const json_t *report)
{
    const json_t *error = json_object_get(report, "error");
    if (strcmp(document_text(report, "verdict"), "passed") == 0 ||
        j->all.failures + j->all.errors > 0)
        return;
    const char *what = document_text(error, "what");
    junit_suite(j, "error");
    junit_add(j, &(struct junit_case){kind->name, document_text(report, "command"), JUNIT_ERROR,
                                      what[0] != '\0' ? what : "failed",
                                      document_text(error, "evidence")});
}

static void draw_junit(struct markup *m, const struct report_kind *kind, const json_t *report)
{
    struct junit j;
    junit_begin(&j, m, document_text(report, "program"));
    kind->junit(&j, report);
    add_error(&j, kind, report);
    junit_end(&j);
}

static bool draw(const json_t *report, struct markup *page, struct markup *junit,
                 char why[REPORT_WHY_MAX])
{
    const struct report_kind *kind = judge(report, why);
    if (kind == NULL)
        return false;
    if (page != NULL)
        draw_page(page, kind, report);
    if (junit != NULL)
        draw_junit(junit, kind, report);
    if ((page == NULL || markup_is_whole(page)) && (junit == NULL || markup_is_whole(junit)))
        return true;
    snprintf(why, REPORT_WHY_MAX, "the page is too large, or memory is short");
    return false;
}

bool report_render(const char *json, size_t len, struct markup *page, struct markup *junit,
                   char why[REPORT_WHY_MAX])
{
    json_error_t error;
    json_t *report = json_loadb(json, len, JSON_REJECT_DUPLICATES, &error);
    if (report == NULL) {
        snprintf(why, REPORT_WHY_MAX, "line %d, column %d: %s", error.line, error.column,
                 error.text);
        return false;
    }
    bool ok = draw(report, page, junit, why);
    json_decref(report);
    return ok;
}
