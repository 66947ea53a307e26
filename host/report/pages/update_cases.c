/* update_cases.c - the table of all cases. A document may have a million of them, so rows are lean. */
#include <inttypes.h>

#include "host/report/page.h"
#include "host/report/pages/update_parts.h"

#define BLOCK 200u /* rows of a table of its own, which a browser draws when it is scrolled to */

static const char *const heads[] = {
    "#case", "cuts", "first cut in", "end", "then ran", "#operations after", NULL};

/* "new, old, old"; a boot that started no image is a dash. */
static void put_ran(struct markup *m, const json_t *ran)
{
    markup_open(m, "td");
    for (size_t i = 0; i < json_array_size(ran) && i < 16; i++) {
        const char *image = json_string_value(json_array_get(ran, i));
        markup_text(m, i == 0 ? "" : ", ");
        markup_text(m, image != NULL ? image : "\xe2\x80\x93");
    }
    markup_close(m);
}

/* It leads to the case's story, if there is one. */
static void put_number(struct markup *m, const json_t *report, const json_t *c, uint64_t number)
{
    if (!update_end_of(c)->failed || update_story_of(report, number) == NULL) {
        page_number(m, "%" PRIu64, number);
        return;
    }
    markup_open(m, "td");
    markup_attr(m, "class", "n");
    markup_open(m, "a");
    markup_attr(m, "href", "#s%" PRIu64, number);
    markup_textf(m, "%" PRIu64, number);
    markup_close(m);
    markup_close(m);
}

static void put_row(struct markup *m, const json_t *report, const json_t *c, uint64_t number)
{
    char place[UPDATE_PLACE_MAX];
    const struct update_end *end = update_end_of(c);
    markup_open(m, "tr");
    markup_attr(m, "id", "c%" PRIu64, number);
    markup_attr(m, "data-end", "%s", end->word);
    put_number(m, report, c, number);
    page_cell(m, document_text(c, "cuts"));
    update_place_text(report, document_number(c, "offset"), place);
    markup_open(m, "td");
    if (document_text(c, "kind")[0] != '\0')
        markup_textf(m, "%s of %s", document_text(c, "kind"), place);
    markup_close(m);
    page_outcome(m, end->look, document_text(c, "end"));
    put_ran(m, document_list(c, "ran"));
    page_number(m, "%" PRIu64, document_number(c, "operations"));
    markup_close(m);
    markup_raw(m, "\n");
}

static void end_block(struct markup *m)
{
    page_table_end(m);
    markup_close(m);
}

static void begin_block(struct markup *m, bool another)
{
    if (another)
        end_block(m);
    markup_open(m, "div");
    markup_attr(m, "class", "block");
    page_table_begin(m, heads);
}

static void put_rows(struct markup *m, const json_t *report, const struct update_rows *rows)
{
    const json_t *cases = document_list(report, "cases");
    size_t drawn = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (!rows->taken[i])
            continue;
        if (drawn % BLOCK == 0)
            begin_block(m, drawn > 0);
        put_row(m, report, c, update_case_number(c, i));
        drawn++;
    }
    if (drawn > 0)
        end_block(m);
    if (rows->left_out > 0)
        page_say(m, "Cases that are left out here: %zu. The JSON has them.", rows->left_out);
}

void update_cases(struct markup *m, const json_t *report, const struct update_rows *rows)
{
    const uint64_t repeated = document_number(report, "repeated");
    if (json_array_size(document_list(report, "cases")) == 0)
        return;
    page_section(m, "cases", "Cases");
    if (repeated > 0)
        page_say(
            m, "Cases that failed with the cuts of one of these, and are not counted: %" PRIu64 ".",
            repeated);
    update_filter(m, report);
    put_rows(m, report, rows);
}
