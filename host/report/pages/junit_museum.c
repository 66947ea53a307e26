/* junit_museum.c - the test cases of `make museum`: each exhibit is one, passed if it was caught as expected; and the driver
 * without bugs. */
#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/pages/flash_parts.h"
#include "host/report/pages/pages.h"

#define LINES_MAX 8000

/* Adds a line for each text, as far as they fit. */
static void add_lines(char lines[LINES_MAX], const char *what, const json_t *texts)
{
    for (size_t i = 0; i < flash_count(texts, FLASH_FINDINGS_MAX); i++) {
        const char *text = json_string_value(json_array_get(texts, i));
        const size_t at = strlen(lines);
        snprintf(lines + at, LINES_MAX - at, "%s: %s\n", what, text != NULL ? text : "");
    }
}

static void add_exhibit(struct junit *j, const json_t *exhibit)
{
    static char lines[LINES_MAX];
    const bool caught = document_flag(exhibit, "caught");
    lines[0] = '\0';
    add_lines(lines, "missing", document_list(exhibit, "missing"));
    add_lines(lines, "unexpected", document_list(exhibit, "unexpected"));
    junit_add(j, &(struct junit_case){"museum", document_text(exhibit, "name"),
                                      caught ? JUNIT_PASSED : JUNIT_FAILED,
                                      "not caught as expected", lines});
}

static void add_clean(struct junit *j, const json_t *clean)
{
    static char lines[LINES_MAX];
    char text[FLASH_TEXT], message[64];
    const json_t *findings = document_list(clean, "findings");
    const unsigned long long found = document_number(clean, "finding_count");
    lines[0] = '\0';
    for (size_t i = 0; i < flash_count(findings, FLASH_FINDINGS_MAX); i++) {
        const size_t at = strlen(lines);
        flash_finding_text(text, json_array_get(findings, i));
        snprintf(lines + at, LINES_MAX - at, "%s\n", text);
    }
    snprintf(message, sizeof message, "findings: %llu", found);
    junit_add(j, &(struct junit_case){"museum", "the driver without bugs",
                                      found == 0 ? JUNIT_PASSED : JUNIT_FAILED, message, lines});
}

void junit_museum(struct junit *j, const json_t *report)
{
    const json_t *exhibits = document_list(report, "exhibits");
    junit_suite(j, "museum");
    for (size_t i = 0; i < flash_count(exhibits, FLASH_EXHIBITS_MAX); i++)
        add_exhibit(j, json_array_get(exhibits, i));
    if (json_is_object(json_object_get(report, "clean")))
        add_clean(j, json_object_get(report, "clean"));
}
