/* page_closure.c - the page of `rehearse closure`: the way to each violation, and the rows. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/document.h"
#include "host/report/page.h"
#include "host/report/pages/closure_parts.h"
#include "host/report/pages/closure_picture.h"
#include "host/report/pages/pages.h"

/* Drawn of a document that may have any number. */
#define PATHS_MAX 20u
#define ROWS_MAX  2000u
#define STEPS_MAX 4000u

#define GROUPED_MAX 32u

/* 1234567 as "1,234,567". */
static const char *grouped(char text[GROUPED_MAX], uint64_t n)
{
    char plain[24];
    const int len = snprintf(plain, sizeof plain, "%" PRIu64, n);
    char *to = text;
    for (int i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            *to++ = ',';
        *to++ = plain[i];
    }
    *to = '\0';
    return text;
}

/* ---- figures ------------------------------------------------------------------------------------- */

static void put_figures(struct markup *m, const json_t *report, const json_t *rows)
{
    char text[GROUPED_MAX];
    const uint64_t violations = document_number(report, "violations");
    const uint64_t bounded = document_number(report, "bounded");
    page_tiles_begin(m);
    page_tile(m, violations == 0 ? PAGE_GOOD : PAGE_BAD, "violations", "%s",
              grouped(text, violations));
    page_tile(m, bounded == 0 ? PAGE_GOOD : PAGE_BAD, "rows not finished", "%s",
              grouped(text, bounded));
    page_tile(m, PAGE_OTHER, "rows", "%zu", json_array_size(rows));
    page_tile(m, PAGE_OTHER, "flash states", "%s",
              grouped(text, document_number(report, "states")));
    page_tile(m, PAGE_OTHER, "power cuts", "%s", grouped(text, document_number(report, "edges")));
    page_tiles_end(m);
}

static void put_facts(struct markup *m, const json_t *report)
{
    char text[GROUPED_MAX];
    const json_t *recovery = json_object_get(report, "recovery");
    page_facts_begin(m);
    page_fact(m, "program", document_text(report, "program"));
    if (document_number(recovery, "boots") > 0) {
        page_factf(m, "longest recovery", "boots: %" PRIu64 " (%s)",
                   document_number(recovery, "boots"), document_text(recovery, "boots_row"));
        page_factf(m, "", "flash operations: %s (%s)",
                   grouped(text, document_number(recovery, "operations")),
                   document_text(recovery, "operations_row"));
    }
    page_facts_end(m);
}

/* ---- a path -------------------------------------------------------------------------------------- */

/* The path in words. */
static void put_sessions(struct markup *m, const json_t *path)
{
    const json_t *steps = document_list(path, "steps"), *operation = NULL;
    char text[CLOSURE_SENTENCE];
    markup_open(m, "ul");
    markup_attr(m, "class", "sessions");
    for (size_t i = 0; i < json_array_size(steps) && i < STEPS_MAX; i++) {
        const json_t *step = json_array_get(steps, i);
        const char *kind = document_text(step, "kind");
        if (closure_is_outcome(step)) {
            closure_sentence(text, path, operation, step);
            markup_classed(m, "li", kind, text);
        } else if (strcmp(kind, "log") != 0) {
            operation = strcmp(kind, "boot") == 0 ? NULL : step;
        }
    }
    markup_close(m);
}

/* Everything that was printed, folded. */
static void put_console(struct markup *m, const json_t *path)
{
    const json_t *steps = document_list(path, "steps");
    markup_open(m, "details");
    markup_element(m, "summary", "What the bootloader said, and each flash operation");
    markup_open(m, "pre");
    markup_attr(m, "class", "console");
    for (size_t i = 0; i < json_array_size(steps) && i < STEPS_MAX; i++)
        markup_textf(m, "%.400s\n", document_text(json_array_get(steps, i), "text"));
    markup_close(m);
    if (document_number(path, "steps_left") > 0)
        page_say(m, "And %" PRIu64 " operations and lines more, which the report does not have.",
                 document_number(path, "steps_left"));
    markup_close(m);
}

static void put_path(struct markup *m, const json_t *path)
{
    const char *fault = document_text(path, "fault");
    markup_open(m, "article");
    markup_open(m, "h3");
    markup_classed(m, "b", fault[0] != '\0' ? PAGE_BAD : PAGE_GOOD,
                   fault[0] != '\0' ? fault : "no violation");
    markup_close(m);
    page_facts_begin(m);
    page_fact(m, "row", document_text(path, "row"));
    page_fact(m, "scene", document_text(path, "scene"));
    page_facts_end(m);
    if (document_text(path, "unknown")[0] != '\0')
        page_say(m, "The way to it is not known: %s.", document_text(path, "unknown"));
    put_sessions(m, path);
    closure_picture(m, path);
    put_console(m, path);
    page_command(m, "replay", document_text(path, "replay"));
    markup_close(m);
}

static void put_paths(struct markup *m, const json_t *report)
{
    const json_t *paths = document_list(report, "paths");
    const size_t count = json_array_size(paths);
    if (count == 0)
        return;
    const bool is_replay = json_array_size(document_list(report, "rows")) == 0;
    page_section(m, "paths", is_replay ? "Replay" : "The shortest way to each violation");
    page_say(m,
             "%sThe device is a small model; image A ran first, and each next letter is a newer "
             "image. make closure-replay TEXT='...' carries a replay over to the bootloader's ELF.",
             is_replay ? "" : "The fewest power cuts that lead there. ");
    closure_picture_legend(m);
    for (size_t i = 0; i < count && i < PATHS_MAX; i++)
        put_path(m, json_array_get(paths, i));
    const uint64_t left =
        document_number(report, "paths_left") + (count > PATHS_MAX ? count - PATHS_MAX : 0);
    if (left > 0)
        page_say(m, "%" PRIu64 " more rows are violated, and their ways are not drawn.", left);
}

/* ---- rows ---------------------------------------------------------------------------------------- */

/* A number with a bar of that share of the cell. */
static void put_bar(struct markup *m, uint64_t n, double share)
{
    char text[GROUPED_MAX];
    markup_open(m, "td");
    markup_attr(m, "class", "n bar");
    markup_attr(m, "style", "background-size: %.0f%% 1.4em",
                share > 0 && share <= 1 ? share * 100 : 0);
    markup_text(m, grouped(text, n));
    markup_close(m);
}

static double log_share(uint64_t n, uint64_t most)
{
    return most > 0 ? log1p((double)n) / log1p((double)most) : 0;
}

static double share(uint64_t n, uint64_t most)
{
    return most > 0 ? (double)n / (double)most : 0;
}

static uint64_t most_of(const json_t *rows, const char *key)
{
    uint64_t most = 0;
    for (size_t i = 0; i < json_array_size(rows); i++) {
        const uint64_t n = document_number(json_array_get(rows, i), key);
        most = n > most ? n : most;
    }
    return most;
}

struct maxima {
    uint64_t states, edges, boots, operations;
};

static void put_row(struct markup *m, const json_t *row, const struct maxima *most)
{
    const struct closure_outcome *o = closure_outcome(row);
    char reason[CLOSURE_SENTENCE];
    const uint64_t states = document_number(row, "states"), edges = document_number(row, "edges");
    const uint64_t boots = document_number(row, "boots");
    const uint64_t operations = document_number(row, "operations");
    page_row(m);
    markup_attr(m, "data-end", "%s", o->word);
    page_outcome(m, o->look, o->word);
    markup_classed(m, "td", "mono", document_text(row, "row"));
    put_bar(m, states, log_share(states, most->states));
    put_bar(m, edges, log_share(edges, most->edges));
    put_bar(m, boots, share(boots, most->boots));
    put_bar(m, operations, share(operations, most->operations));
    closure_reason(reason, row);
    page_cell(m, reason);
    page_row_end(m);
}

static void put_filter(struct markup *m, const json_t *rows)
{
    struct page_end_kind kinds[CLOSURE_OUTCOMES];
    for (unsigned i = 0; i < CLOSURE_OUTCOMES; i++)
        kinds[i] = (struct page_end_kind){closure_outcomes[i].word, closure_outcomes[i].look, 0};
    for (size_t i = 0; i < json_array_size(rows); i++)
        kinds[closure_outcome(json_array_get(rows, i)) - closure_outcomes].count++;
    page_filter(m, kinds, CLOSURE_OUTCOMES);
}

static void put_rows(struct markup *m, const json_t *rows)
{
    static const char *const heads[] = {"outcome", "row",         "#states", "#power cuts",
                                        "#boots",  "#operations", "why",     NULL};
    const struct maxima most = {most_of(rows, "states"), most_of(rows, "edges"),
                                most_of(rows, "boots"), most_of(rows, "operations")};
    if (json_array_size(rows) == 0)
        return;
    page_section(m, "rows", "Rows");
    page_say(m,
             "A row is a strategy, a geometry (word x sector x sectors of a slot) and what is done "
             "to the device. Boots and operations are the longest recovery: undisturbed, until "
             "the device rests. The bars of states and power cuts are logarithmic.");
    put_filter(m, rows);
    page_table_begin(m, heads);
    for (size_t i = 0; i < json_array_size(rows) && i < ROWS_MAX; i++)
        put_row(m, json_array_get(rows, i), &most);
    page_table_end(m);
    if (json_array_size(rows) > ROWS_MAX)
        page_say(m, "And %zu rows more.", json_array_size(rows) - ROWS_MAX);
}

void page_closure(struct markup *m, const json_t *report)
{
    const json_t *rows = document_list(report, "rows");
    if (json_array_size(rows) > 0) {
        page_say(m,
                 "From the first state of each row: every flash state that any number of power "
                 "cuts can leave. In each of them the bootloader must start a genuine image that "
                 "the rules allow, and come to rest with the intended one.");
        put_figures(m, report, rows);
    }
    put_facts(m, report);
    put_paths(m, report);
    put_rows(m, rows);
}
