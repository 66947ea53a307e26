/* page.h - the parts that all pages are made of. A page is one HTML file that needs nothing else: style sheet and script are
 * in it. page_begin; sections with facts, tiles, tables, commands, consoles; page_end. */
#ifndef HOST_REPORT_PAGE_H
#define HOST_REPORT_PAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "host/report/markup.h"

/* From the report's head members: verdict, error, command, program, seed. title: "An update under power cuts". */
void page_begin(struct markup *m, const char *title, const json_t *report);
void page_end(struct markup *m);

/* Ends the section before it. id: where links lead, of letters and digits. */
void page_section(struct markup *m, const char *id, const char *title);
/* A paragraph. */
void page_say(struct markup *m, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* How an outcome looks, everywhere: its class in page.css. */
#define PAGE_GOOD    "good"
#define PAGE_NEUTRAL "neutral"
#define PAGE_BAD     "bad"
#define PAGE_OTHER   "other"

/* A row of large figures. */
void page_tiles_begin(struct markup *m);
void page_tile(struct markup *m, const char *look, const char *name, const char *fmt, ...)
    PRINTF_LIKE(4, 5);
void page_tiles_end(struct markup *m);

/* Names with values. page_fact leaves out what is empty. */
void page_facts_begin(struct markup *m);
void page_fact(struct markup *m, const char *name, const char *value);
void page_factf(struct markup *m, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
void page_facts_end(struct markup *m);

/* A table, which scrolls inside itself where the page is narrower. heads ends with NULL; a head that begins with # is of a
 * column of numbers. Between the two: page_row, then a cell for each column. */
void page_table_begin(struct markup *m, const char *const *heads);
void page_row(struct markup *m);
void page_row_end(struct markup *m);
void page_cell(struct markup *m, const char *text);
void page_cellf(struct markup *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
void page_number(struct markup *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* The word of an outcome, with its sign and colour. */
void page_outcome(struct markup *m, const char *look, const char *word);
void page_table_end(struct markup *m);

/* A filter: a button for each outcome, with its count. The script hides what has the attribute data-end="WORD" (rows,
 * marks of pictures, stories) while the word's button is off. */
struct page_end_kind {
    const char *word, *look;
    uint64_t count;
};
void page_filter(struct markup *m, const struct page_end_kind *kinds, unsigned count);

/* What a person opens to read; open on paper. */
struct page_fold {
    const char *id;  /* where links lead, which open it; NULL: none */
    const char *end; /* the word of its outcome, for the filter; NULL: none */
    const char *title;
    bool open;
};
void page_fold_begin(struct markup *m, const struct page_fold *fold);
void page_fold_end(struct markup *m);

/* A command to be typed, with a button that copies it. */
void page_command(struct markup *m, const char *label, const char *command);
/* What a board said. */
void page_console(struct markup *m, const char *text);

#endif
