/* update_parts.h - the parts of the page of `rehearse update`, and what they share. Internal to this folder. */
#ifndef HOST_REPORT_PAGES_UPDATE_PARTS_H
#define HOST_REPORT_PAGES_UPDATE_PARTS_H

#include <jansson.h>

#include "host/report/document.h"
#include "host/report/draw.h"
#include "host/report/flash_map.h"
#include "host/report/markup.h"

/* How a case can end, in the order in which pages show it; failed ones first. */
struct update_end {
    const char *word;    /* the case's member "end" */
    const char *look;    /* PAGE_GOOD, ... */
    const char *meaning; /* a sentence */
    enum draw_sign sign;
    bool failed;
};
extern const struct update_end update_ends[];
#define UPDATE_ENDS 8u

/* Of a case, by its "end"; a word that is not known counts as "unknown". */
const struct update_end *update_end_of(const json_t *one_case);
/* A case that failed like an earlier one with the same cuts; it counts nowhere. */
bool update_is_repeated(const json_t *one_case);

/* A case's number; its place in the list, if it has none. */
uint64_t update_case_number(const json_t *one_case, size_t place);
/* How many power cuts the case has: of "1: 233.during 12.before", two. */
unsigned update_cuts_in(const json_t *one_case);
/* The case of this number, or NULL. */
const json_t *update_case_of(const json_t *report, uint64_t number);

/* What happened in the case of this number; NULL: the report does not tell. */
const json_t *update_story_of(const json_t *report, uint64_t number);

/* "0x0e0000 in image-0": an offset, and the area that it lies in. */
#define UPDATE_PLACE_MAX 120u
void update_place_text(const json_t *report, uint64_t offset, char text[UPDATE_PLACE_MAX]);
/* The banks of the report's flash, at most FLASH_MAP_BANKS_MAX; returns how many. */
unsigned update_banks(const json_t *report, struct flash_map_bank bank[FLASH_MAP_BANKS_MAX]);

/* Which cases have a row and a mark. Repeated ones have none; if there are more than a browser takes in a second, failed ones
 * come first. */
#define UPDATE_ROWS_MAX 12000u
struct update_rows {
    bool *taken;     /* of each case in the report's list */
    size_t left_out; /* for want of room */
};
/* False: memory is short. update_rows_free in either case. */
MUST_CHECK bool update_rows_choose(struct update_rows *rows, const json_t *report);
void update_rows_free(struct update_rows *rows);

#define UPDATE_STORIES_MAX 100u /* that are drawn; a rehearsal tells 20 */

/* The parts. Each opens its own section, or does nothing if the report has nothing for it. */
void update_stories(struct markup *m, const json_t *report);
void update_map(struct markup *m, const json_t *report);
void update_timeline(struct markup *m, const json_t *report, const struct update_rows *rows);
void update_cases(struct markup *m, const json_t *report, const struct update_rows *rows);
/* The buttons that choose which cases marks and rows show. */
void update_filter(struct markup *m, const json_t *report);

#endif
