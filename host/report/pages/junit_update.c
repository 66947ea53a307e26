/* junit_update.c - the test cases of `rehearse update`: each case of the rehearsal is one. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/report/page.h"
#include "host/report/pages/pages.h"
#include "host/report/pages/update_parts.h"

#define CLASS     "rehearse update"
#define BOOTS_MAX 100u

static void put_story(struct junit *j, const json_t *story)
{
    const json_t *boots = document_list(story, "boots");
    char title[200];
    junit_line(j, "", document_text(story, "why"));
    junit_line(j, "replay", document_text(story, "replay"));
    junit_line(j, "with GDB", document_text(story, "gdb"));
    for (size_t i = 0; i < json_array_size(boots) && i < BOOTS_MAX; i++) {
        const json_t *boot = json_array_get(boots, i);
        snprintf(title, sizeof title, "== %.190s", document_text(boot, "title"));
        junit_line(j, "", title);
        junit_line(j, "", document_text(boot, "console"));
    }
}

/* "dead" in words; of a document with a word of its own that one, too. */
static void put_failure(struct junit *j, const json_t *report, const json_t *c,
                        struct junit_case *out, uint64_t number)
{
    char message[256];
    const struct update_end *end = update_end_of(c);
    snprintf(message, sizeof message, "%.60s: %s", document_text(c, "end"), end->meaning);
    out->message = message;
    junit_open_case(j, out);
    put_story(j, update_story_of(report, number));
    junit_close_case(j);
}

static void put_case(struct junit *j, const json_t *report, const json_t *c, uint64_t number)
{
    char name[256];
    snprintf(name, sizeof name, "%.200s (case %" PRIu64 ")", document_text(c, "cuts"), number);
    struct junit_case out = {CLASS, name, JUNIT_PASSED, NULL, NULL};
    if (update_is_repeated(c)) {
        out.outcome = JUNIT_SKIPPED;
        out.message = "an earlier case failed with the same cuts: it is the same failure";
    } else if (update_end_of(c)->failed) {
        out.outcome = strcmp(update_end_of(c)->look, PAGE_BAD) == 0 ? JUNIT_FAILED : JUNIT_ERROR;
        put_failure(j, report, c, &out, number);
        return;
    }
    junit_add(j, &out);
}

void junit_update(struct junit *j, const json_t *report)
{
    const json_t *cases = document_list(report, "cases");
    junit_suite(j, CLASS);
    if (json_array_size(cases) == 0 && strcmp(document_text(report, "verdict"), "passed") == 0)
        junit_add(j, &(struct junit_case){CLASS, "without a cut", JUNIT_PASSED, NULL, NULL});
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        put_case(j, report, c, update_case_number(c, i));
    }
}
