/* junit_closure.c - the test cases of `rehearse closure`: each row is one. A row that a limit ended proves nothing, and fails
 * with that as its reason. */
#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/pages/closure_parts.h"
#include "host/report/pages/pages.h"

#define LINES_MAX 8000u
#define PATHS_MAX 20u

/* The path of a row, NULL if there is none. */
static const json_t *path_of(const json_t *report, const char *row)
{
    const json_t *paths = document_list(report, "paths");
    for (size_t i = 0; i < json_array_size(paths) && i < PATHS_MAX; i++)
        if (strcmp(document_text(json_array_get(paths, i), "row"), row) == 0)
            return json_array_get(paths, i);
    return NULL;
}

/* What each session came to, a line each, and the command that prints it all; cut to what fits. */
static const char *path_text(char lines[LINES_MAX], const json_t *path)
{
    const json_t *steps = document_list(path, "steps");
    size_t len = 0;
    if (path == NULL)
        return NULL;
    for (size_t i = 0; i < json_array_size(steps) && len + 1 < LINES_MAX; i++) {
        const json_t *step = json_array_get(steps, i);
        if (closure_is_outcome(step))
            snprintf(lines + len, LINES_MAX - len, "%s\n", document_text(step, "text"));
        len += strlen(lines + len);
    }
    snprintf(lines + len, LINES_MAX - len, "%s\n", document_text(path, "replay"));
    return lines;
}

/* reason: "" for a row that is good. */
static void add(struct junit *j, const char *group, const char *name, const char *reason,
                const json_t *path)
{
    static char lines[LINES_MAX];
    struct junit_case c = {group, name, JUNIT_PASSED, NULL, NULL};
    lines[0] = '\0';
    if (reason[0] != '\0')
        c = (struct junit_case){group, name, JUNIT_FAILED, reason, path_text(lines, path)};
    junit_add(j, &c);
}

static void add_row(struct junit *j, const json_t *row, const json_t *report)
{
    const char *name = document_text(row, "row");
    char reason[CLOSURE_SENTENCE];
    closure_reason(reason, row);
    add(j, document_text(row, "strategy"), name, reason, path_of(report, name));
}

void junit_closure(struct junit *j, const json_t *report)
{
    const json_t *rows = document_list(report, "rows"), *paths = document_list(report, "paths");
    junit_suite(j, "rehearse closure");
    for (size_t i = 0; i < json_array_size(rows); i++)
        add_row(j, json_array_get(rows, i), report);
    /* A replay has no rows, and its path is the case. */
    for (size_t i = 0; json_array_size(rows) == 0 && i < json_array_size(paths); i++) {
        const json_t *path = json_array_get(paths, i);
        add(j, "replay", document_text(path, "replay"), document_text(path, "fault"), path);
    }
}
