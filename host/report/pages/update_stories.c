/* update_stories.c - what happened in the first cases that failed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "host/report/page.h"
#include "host/report/pages/update_parts.h"

#define ROWS_MAX 200u /* of a table in a story */

static const char *how_text(const char *how)
{
    return strcmp(how, "before") == 0  ? "just before"
           : strcmp(how, "after") == 0 ? "just after"
                                       : "in the middle of";
}

/* "(erase of 0x0e0000 in image-0, address 0x080e0000)", of a case or of a boot's cut. Nothing if the operation is not known. */
static void put_operation(struct markup *m, const json_t *report, const json_t *cut)
{
    char place[UPDATE_PLACE_MAX];
    if (document_text(cut, "kind")[0] == '\0')
        return;
    update_place_text(report, document_number(cut, "offset"), place);
    markup_textf(m, " (%s of %s, address 0x%08" PRIx64 ")", document_text(cut, "kind"), place,
                 document_number(json_object_get(report, "flash"), "base") +
                     document_number(cut, "offset"));
}

/* What a program that was cut has left of its word. */
static void put_left(struct markup *m, const char *left)
{
    if (strcmp(left, "whole") == 0 || strcmp(left, "erased") == 0)
        markup_textf(m, "; the word reads as %s", left);
    else if (left[0] != '\0')
        markup_textf(m, "; the word is torn: %s", left);
}

/* How many boots of the story a power cut ended: a repair may be over before its cut. */
static unsigned count_cuts(const json_t *story)
{
    const json_t *boots = document_list(story, "boots");
    unsigned count = 0;
    for (size_t i = 0; i < json_array_size(boots); i++)
        count += json_is_object(json_object_get(json_array_get(boots, i), "cut"));
    return count;
}

static void say_cuts(struct markup *m, const json_t *report, const json_t *c, const json_t *story)
{
    const unsigned cuts = count_cuts(story);
    if (c == NULL)
        return;
    markup_open(m, "p");
    markup_textf(m, "In boot %" PRIu64 ", power was cut %s flash operation %" PRIu64,
                 document_number(c, "boot"), how_text(document_text(c, "how")),
                 document_number(c, "operation"));
    put_operation(m, report, c);
    markup_text(m, ".");
    if (cuts == 2)
        markup_text(m, " It was cut again in the boot after that.");
    else if (cuts > 2)
        markup_textf(m, " It was cut again in the %u boots after that.", cuts - 1);
    markup_close(m);
}

static void put_boot(struct markup *m, const json_t *report, const json_t *boot)
{
    markup_open(m, "li");
    markup_text(m, document_text(boot, "title"));
    put_operation(m, report, json_object_get(boot, "cut"));
    put_left(m, document_text(json_object_get(boot, "cut"), "left"));
    if (document_text(boot, "console")[0] != '\0')
        page_console(m, document_text(boot, "console"));
    markup_close(m);
}

static void put_boots(struct markup *m, const json_t *report, const json_t *story)
{
    const json_t *boots = document_list(story, "boots");
    if (json_array_size(boots) == 0)
        return;
    markup_element(m, "h4", "What each boot said");
    markup_open(m, "ol");
    for (size_t i = 0; i < json_array_size(boots) && i < ROWS_MAX; i++)
        put_boot(m, report, json_array_get(boots, i));
    markup_close(m);
}

static void put_torn(struct markup *m, const json_t *report, const json_t *story)
{
    static const char *const heads[] = {"where",       "#bytes",     "what",
                                        "#unreadable", "#corrected", NULL};
    const json_t *torn = document_list(story, "torn");
    if (json_array_size(torn) == 0)
        return;
    markup_element(m, "h4", "Torn words");
    page_table_begin(m, heads);
    for (size_t i = 0; i < json_array_size(torn) && i < ROWS_MAX; i++) {
        const json_t *t = json_array_get(torn, i);
        char place[UPDATE_PLACE_MAX];
        update_place_text(report, document_number(t, "offset"), place);
        page_row(m);
        page_cell(m, place);
        page_number(m, "%" PRIu64, document_number(t, "size"));
        page_cell(m, document_text(t, "what"));
        page_number(m, "%" PRIu64, document_number(t, "unreadable"));
        page_number(m, "%" PRIu64, document_number(t, "corrected"));
        page_row_end(m);
    }
    page_table_end(m);
    if (document_has_number(story, "torn_left"))
        page_say(m, "More places that are not listed: %" PRIu64 ".",
                 document_number(story, "torn_left"));
}

/* A number that a trailer need not have. */
static void put_optional(struct markup *m, const json_t *trailer, const char *key)
{
    if (document_has_number(trailer, key))
        page_number(m, "%" PRIu64, document_number(trailer, key));
    else
        page_number(m, "\xe2\x80\x93");
}

static void put_trailer(struct markup *m, const json_t *t)
{
    page_row(m);
    page_cell(m, document_text(t, "when"));
    page_cell(m, document_text(t, "slot"));
    page_number(m, "0x%06" PRIx64, document_number(t, "offset"));
    page_cell(m, document_text(t, "magic"));
    page_cell(m, document_text(t, "swap_type"));
    page_cell(m, document_text(t, "copy_done"));
    page_cell(m, document_text(t, "image_ok"));
    put_optional(m, t, "swap_size");
    put_optional(m, t, "steps");
    page_cell(m, document_flag(t, "unreadable") ? "yes" : "no");
    page_row_end(m);
}

static void put_trailers(struct markup *m, const json_t *story)
{
    static const char *const heads[] = {
        "when",      "slot",     "#at",        "magic",  "swap type",
        "copy_done", "image_ok", "#swap size", "#steps", "unreadable words",
        NULL};
    const json_t *trailers = document_list(story, "trailers");
    if (json_array_size(trailers) == 0)
        return;
    markup_element(m, "h4", "Trailers");
    page_table_begin(m, heads);
    for (size_t i = 0; i < json_array_size(trailers) && i < ROWS_MAX; i++)
        put_trailer(m, json_array_get(trailers, i));
    page_table_end(m);
}

/* The first story is open. */
static void put_story(struct markup *m, const json_t *report, const json_t *story, bool open)
{
    const uint64_t number = document_number(story, "case");
    const struct update_end *end = update_end_of(story);
    markup_open(m, "details");
    markup_attr(m, "id", "s%" PRIu64, number);
    markup_attr(m, "data-end", "%s", end->word);
    if (open)
        markup_attr(m, "open", "open");
    markup_open(m, "summary");
    markup_textf(m, "Case %" PRIu64 ", cut in boot %s: ", number, document_text(story, "cuts"));
    markup_classed(m, "b", end->look, document_text(story, "end"));
    markup_close(m);
    say_cuts(m, report, update_case_of(report, number), story);
    page_say(m, "The end: %s.", end->meaning);
    if (strstr(end->meaning, document_text(story, "why")) == NULL)
        markup_classed(m, "p", "why", document_text(story, "why"));
    page_command(m, "replay", document_text(story, "replay"));
    page_command(m, "with GDB", document_text(story, "gdb"));
    put_boots(m, report, story);
    put_torn(m, report, story);
    put_trailers(m, story);
    markup_close(m);
}

void update_stories(struct markup *m, const json_t *report)
{
    const json_t *stories = document_list(report, "stories");
    const uint64_t left = document_number(report, "stories_left");
    if (json_array_size(stories) == 0)
        return;
    page_section(m, "failed", "What failed");
    for (size_t i = 0; i < json_array_size(stories) && i < UPDATE_STORIES_MAX; i++)
        put_story(m, report, json_array_get(stories, i), i == 0);
    if (left > 0)
        page_say(m, "Failed cases without a story here: %" PRIu64 ". The table of cases has them.",
                 left);
}
