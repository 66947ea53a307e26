/* junit_flash.c - the test cases of `rehearse flash`: each check is one in each setup. */
#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/pages/flash_parts.h"
#include "host/report/pages/pages.h"

#define LINES_MAX 8000

/* The findings of a check in a setup, a line each; cut to what fits. Returns how many. */
static unsigned list(char lines[LINES_MAX], const json_t *findings, const char *check,
                     const char *setup)
{
    char text[FLASH_TEXT];
    unsigned n = 0;
    lines[0] = '\0';
    for (size_t i = 0; i < flash_count(findings, FLASH_FINDINGS_MAX); i++) {
        const json_t *f = json_array_get(findings, i);
        if (strcmp(document_text(f, "check"), check) != 0 || !flash_finding_in(f, setup))
            continue;
        const size_t at = strlen(lines);
        flash_finding_text(text, f);
        snprintf(lines + at, LINES_MAX - at, "%s\n", text);
        n++;
    }
    return n;
}

static void add(struct junit *j, const json_t *report, const json_t *row, const char *setup)
{
    static char lines[LINES_MAX];
    char group[FLASH_TEXT], message[64];
    const char *check = document_text(row, "check"), *outcome = flash_outcome(row, setup);
    snprintf(group, sizeof group, "%s.%s", document_text(report, "driver"), setup);
    struct junit_case c = {group, check, JUNIT_PASSED, NULL, NULL};
    if (strcmp(outcome, "found") == 0) {
        snprintf(message, sizeof message, "findings: %u",
                 list(lines, document_list(report, "findings"), check, setup));
        c = (struct junit_case){group, check, JUNIT_FAILED, message, lines};
    } else if (strcmp(outcome, "passed") != 0) {
        c = (struct junit_case){group, check, JUNIT_SKIPPED, "left out", NULL};
    }
    junit_add(j, &c);
}

void junit_flash(struct junit *j, const json_t *report)
{
    const json_t *table = document_list(report, "table");
    for (size_t s = 0; s < flash_count(document_list(report, "setups"), FLASH_SETUPS_MAX); s++) {
        const char *setup = flash_setup(report, s);
        junit_suite(j, setup);
        for (size_t i = 0; i < flash_count(table, FLASH_CHECKS_MAX); i++)
            add(j, report, json_array_get(table, i), setup);
    }
}
