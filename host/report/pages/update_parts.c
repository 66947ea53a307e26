#include "host/report/pages/update_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/page.h"

const struct update_end update_ends[] = {
    {"dead", PAGE_BAD, "no image starts any more", DRAW_CROSS, true},
    {"neither", PAGE_BAD, "something runs that is neither image", DRAW_DIAMOND, true},
    {"lost", PAGE_BAD, "it comes to rest in the wrong image: the update, or the way back, is lost",
     DRAW_TRIANGLE, true},
    {"restless", PAGE_BAD, "it never comes to rest: flash changes at every boot", DRAW_SQUARE,
     true},
    {"stopped", PAGE_OTHER,
     "the virtual board does not model what the firmware did: nothing is known", DRAW_SQUARE, true},
    {"unknown", PAGE_OTHER, "the process that ran the case died: nothing is known", DRAW_DIAMOND,
     true},
    {"went back", PAGE_NEUTRAL,
     "the old image runs and stays: the cut ended the new image's trial, or took the request back",
     DRAW_RING, false},
    {"came back", PAGE_GOOD, "the update was finished, as without a cut", DRAW_DOT, false},
};
#define UNKNOWN 5u
#define AREAS_MAX \
    1024u /* of a report that are looked through, for each of 12,000 rows; a layout has a dozen */

const struct update_end *update_end_of(const json_t *one_case)
{
    const char *word = document_text(one_case, "end");
    for (size_t i = 0; i < ARRAY_LEN(update_ends); i++)
        if (strcmp(update_ends[i].word, word) == 0)
            return &update_ends[i];
    return &update_ends[UNKNOWN];
}

bool update_is_repeated(const json_t *one_case)
{
    return document_flag(one_case, "repeated");
}

uint64_t update_case_number(const json_t *one_case, size_t place)
{
    return document_has_number(one_case, "case") ? document_number(one_case, "case") : place;
}

const json_t *update_case_of(const json_t *report, uint64_t number)
{
    const json_t *cases = document_list(report, "cases");
    const json_t *direct = number < json_array_size(cases) ? json_array_get(cases, number) : NULL;
    if (direct != NULL && update_case_number(direct, number) == number)
        return direct;
    for (size_t i = 0; i < json_array_size(cases); i++)
        if (update_case_number(json_array_get(cases, i), i) == number)
            return json_array_get(cases, i);
    return NULL;
}

const json_t *update_story_of(const json_t *report, uint64_t number)
{
    const json_t *stories = document_list(report, "stories");
    for (size_t i = 0; i < json_array_size(stories) && i < UPDATE_STORIES_MAX; i++)
        if (document_number(json_array_get(stories, i), "case") == number)
            return json_array_get(stories, i);
    return NULL;
}

void update_place_text(const json_t *report, uint64_t offset, char text[UPDATE_PLACE_MAX])
{
    const json_t *areas = document_list(report, "areas");
    for (size_t i = 0; i < json_array_size(areas) && i < AREAS_MAX; i++) {
        const json_t *a = json_array_get(areas, i);
        const uint64_t begin = document_number(a, "offset");
        if (offset < begin || offset - begin >= document_number(a, "size"))
            continue;
        snprintf(text, UPDATE_PLACE_MAX, "0x%06" PRIx64 " in %.80s", offset,
                 document_text(a, document_text(a, "label")[0] != '\0' ? "label" : "name"));
        return;
    }
    snprintf(text, UPDATE_PLACE_MAX, "0x%06" PRIx64, offset);
}

unsigned update_banks(const json_t *report, struct flash_map_bank bank[FLASH_MAP_BANKS_MAX])
{
    const json_t *banks = document_list(json_object_get(report, "flash"), "banks");
    unsigned count = 0;
    for (size_t i = 0; i < json_array_size(banks) && count < FLASH_MAP_BANKS_MAX; i++) {
        const json_t *b = json_array_get(banks, i);
        bank[count] = (struct flash_map_bank){
            document_number(b, "offset"), document_number(b, "size"), document_number(b, "sector")};
        count += bank[count].size > 0 && bank[count].size < INT64_MAX / 2;
    }
    return count;
}

void update_filter(struct markup *m, const json_t *report)
{
    struct page_end_kind kinds[UPDATE_ENDS];
    const json_t *cases = document_list(report, "cases");
    uint64_t counts[UPDATE_ENDS] = {0};
    unsigned count = 0;
    for (size_t i = 0; i < json_array_size(cases); i++)
        if (!update_is_repeated(json_array_get(cases, i)))
            counts[update_end_of(json_array_get(cases, i)) - update_ends]++;
    for (unsigned i = 0; i < UPDATE_ENDS; i++)
        if (counts[i] > 0)
            kinds[count++] =
                (struct page_end_kind){update_ends[i].word, update_ends[i].look, counts[i]};
    page_filter(m, kinds, count);
}

unsigned update_cuts_in(const json_t *one_case)
{
    unsigned count = 0;
    for (const char *p = document_text(one_case, "cuts"); *p != '\0'; p++)
        count += *p == '.';
    return count;
}

static size_t take(struct update_rows *rows, const json_t *cases, bool failed, size_t room)
{
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (update_is_repeated(c) || update_end_of(c)->failed != failed)
            continue;
        rows->taken[i] = room > 0;
        rows->left_out += room == 0;
        room -= room > 0;
    }
    return room;
}

bool update_rows_choose(struct update_rows *rows, const json_t *report)
{
    const json_t *cases = document_list(report, "cases");
    *rows = (struct update_rows){calloc(json_array_size(cases) + 1, sizeof(bool)), 0};
    if (rows->taken == NULL)
        return false;
    const size_t room = take(rows, cases, true, UPDATE_ROWS_MAX);
    take(rows, cases, false, room);
    return true;
}

void update_rows_free(struct update_rows *rows)
{
    free(rows->taken);
    rows->taken = NULL;
}
