/* update_timeline.c - the update by the board's time: a lane for each bank with its erases and programs, the boots as bands,
 * and below them a mark for the first cut of each case. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "host/report/page.h"
#include "host/report/pages/update_time.h"

/* Pixels. */
#define LEFT      92.0  /* of the lanes, for their names */
#define WIDTH     916.0 /* with its borders as wide as a page on a desk has room for */
#define TOP       40.0  /* above the lanes: the boots' names */
#define LANE      22.0
#define LANE_STEP 32.0
#define LEVEL     15.0 /* between rows of marks */
#define MARKS_GAP 20.0
#define AXIS      26.0
#define BAR_MIN   0.6
#define NAME_MIN  46.0 /* a band narrower than this has its name in the tooltip */
#define LEVELS    5u   /* power cuts in a row */

/* A time line being drawn. */
struct line {
    struct markup *m;
    const json_t *report;
    const struct update_rows *rows;
    struct update_time time;
    struct flash_map_bank bank[FLASH_MAP_BANKS_MAX];
    unsigned banks, levels;
};

static double x_of(const struct line *l, double us)
{
    return LEFT + (l->time.us > 0 ? WIDTH * us / l->time.us : 0);
}

static double marks_top(const struct line *l)
{
    return TOP + l->banks * LANE_STEP + MARKS_GAP;
}

static double bottom(const struct line *l)
{
    return marks_top(l) + l->levels * LEVEL + 4;
}

/* ---- boots ---- */

static void draw_boot(const struct line *l, unsigned n)
{
    const struct update_boot *b = &l->time.boot[n];
    const double x = x_of(l, b->begin_us), width = x_of(l, b->begin_us + b->us) - x;
    char name[40], text[160], title[256];
    snprintf(name, sizeof name, "boot %u", n + 1);
    const uint64_t operations = document_number(b->json, "operations");
    snprintf(text, sizeof text, "%.40s image, %" PRIu64 " operation%s",
             document_text(b->json, "image"), operations, operations == 1 ? "" : "s");
    snprintf(title, sizeof title, "%s: %s, %.1f s", name, text, b->us / 1e6);
    draw_rect(l->m, n % 2 == 0 ? "band" : "band odd", (struct draw_box){x, 0, width, bottom(l)},
              title);
    if (width < NAME_MIN)
        return;
    draw_text_within(l->m, "strong", (struct draw_box){x + 6, 14, width - 6, 0}, name);
    draw_text_within(l->m, "label", (struct draw_box){x + 6, 29, width - 6, 0}, text);
}

/* ---- operations ---- */

/* Runs of one kind in one bank that touch on the picture are one bar. */
struct bar {
    double from, to; /* pixels */
    double first, last;
    uint64_t begin, end; /* offsets */
    bool erase, open;
};

static void draw_bar(const struct line *l, const struct bar *b, unsigned bank)
{
    char title[200];
    if (!b->open)
        return;
    snprintf(
        title, sizeof title, "%s of 0x%06" PRIx64 " to 0x%06" PRIx64 ", operation %.0f to %.0f",
        b->erase ? "erase" : "program", b->begin, b->end > 0 ? b->end - 1 : 0, b->first, b->last);
    const double width = b->to - b->from;
    draw_rect(
        l->m, b->erase ? "erase" : "program",
        (struct draw_box){b->from, TOP + bank * LANE_STEP, width > BAR_MIN ? width : BAR_MIN, LANE},
        title);
}

static struct bar bar_of(const struct line *l, const struct update_boot *boot,
                         const struct update_run *r)
{
    const double from = boot->begin_us + r->begin_us;
    return (struct bar){
        x_of(l, from), x_of(l, from + r->us), r->operation, r->operation + r->count - 1,
        r->offset,     r->offset + r->size,   r->erase,     true};
}

static void draw_runs(const struct line *l, const struct update_boot *boot, unsigned bank)
{
    struct bar open = {.open = false};
    for (size_t i = 0; i < boot->runs; i++) {
        const struct update_run *r = &boot->run[i];
        const struct flash_map_bank *b = &l->bank[bank];
        if (r->offset < b->offset || r->offset - b->offset >= b->size)
            continue;
        struct bar next = bar_of(l, boot, r);
        if (open.open && open.erase == next.erase && next.from - open.to < BAR_MIN) {
            open.to = next.to > open.to ? next.to : open.to;
            open.last = next.last;
            open.begin = next.begin < open.begin ? next.begin : open.begin;
            open.end = next.end > open.end ? next.end : open.end;
            continue;
        }
        draw_bar(l, &open, bank);
        open = next;
    }
    draw_bar(l, &open, bank);
}

static void draw_lanes(const struct line *l)
{
    for (unsigned bank = 0; bank < l->banks; bank++) {
        char name[32];
        const double y = TOP + bank * LANE_STEP;
        snprintf(name, sizeof name, "bank %u", bank + 1);
        draw_text(l->m, "end", (struct draw_point){LEFT - 10, y + 15}, name);
        draw_rect(l->m, "lane", (struct draw_box){LEFT, y, WIDTH, LANE}, NULL);
        for (unsigned n = 0; n < l->time.boots; n++)
            draw_runs(l, &l->time.boot[n], bank);
    }
}

/* ---- cuts ---- */

static unsigned level_of(const json_t *c)
{
    unsigned cuts = update_cuts_in(c);
    return cuts < 1 ? 0 : cuts > LEVELS ? LEVELS - 1 : cuts - 1;
}

static void draw_mark(const struct line *l, const json_t *c, uint64_t number)
{
    const struct update_end *end = update_end_of(c);
    char look[32];
    double us;
    if (!update_time_of(&l->time, c, &us))
        return;
    snprintf(look, sizeof look, "mark %s", end->look);
    markup_open(l->m, "a");
    const bool has_story = end->failed && update_story_of(l->report, number) != NULL;
    markup_attr(l->m, "href", has_story ? "#s%" PRIu64 : "#c%" PRIu64, number);
    markup_attr(l->m, "tabindex", "-1"); /* a keyboard reaches the cases in their table */
    markup_attr(l->m, "data-end", "%s", end->word);
    draw_sign(l->m, end->sign, look,
              (struct draw_point){x_of(l, us), marks_top(l) + level_of(c) * LEVEL});
    markup_close(l->m);
}

static void draw_marks(const struct line *l, const struct update_end *end)
{
    const json_t *cases = document_list(l->report, "cases");
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const json_t *c = json_array_get(cases, i);
        if (l->rows->taken[i] && update_end_of(c) == end)
            draw_mark(l, c, update_case_number(c, i));
    }
}

static void draw_levels(const struct line *l)
{
    for (unsigned i = 0; i < l->levels; i++) {
        const double y = marks_top(l) + i * LEVEL;
        char name[32];
        snprintf(name, sizeof name, i == 0 ? "1 cut" : "%u in a row", i + 1);
        draw_text(l->m, "label end", (struct draw_point){LEFT - 10, y + 4}, name);
        draw_line(l->m, "level", (struct draw_point){LEFT, y},
                  (struct draw_point){LEFT + WIDTH, y});
    }
}

static unsigned count_levels(const json_t *report)
{
    const json_t *cases = document_list(report, "cases");
    unsigned levels = 0;
    for (size_t i = 0; i < json_array_size(cases); i++) {
        const unsigned level = level_of(json_array_get(cases, i)) + 1;
        levels = level > levels ? level : levels;
    }
    return levels;
}

/* ---- the whole ---- */

static void draw(const struct line *l)
{
    const struct draw_axis axis = {LEFT, bottom(l), WIDTH, l->time.us / 1e6, "s"};
    draw_begin(l->m, (struct draw_size){LEFT + WIDTH + 24, bottom(l) + AXIS},
               "Flash operations of each bank by time, and the power cuts");
    for (unsigned n = 0; n < l->time.boots; n++)
        draw_boot(l, n);
    draw_lanes(l);
    draw_levels(l);
    for (unsigned i = UPDATE_ENDS; i-- > 0;) /* failed cases last, on top of the others */
        draw_marks(l, &update_ends[i]);
    draw_axis(l->m, &axis);
    draw_end(l->m);
}

static void put_legend(struct markup *m)
{
    markup_open(m, "ul");
    markup_attr(m, "class", "legend");
    markup_raw(m, "<li><i class=\"erase\"></i>erase</li><li><i class=\"program\"></i>program</li>");
    markup_close(m);
}

void update_timeline(struct markup *m, const json_t *report, const struct update_rows *rows)
{
    struct line l = {.m = m, .report = report, .rows = rows};
    if (!update_time_read(&l.time, report))
        m->failed = true;
    l.banks = update_banks(report, l.bank);
    l.levels = count_levels(report);
    if (l.time.boots > 0 && l.banks > 0) {
        page_section(m, "time", "Flash operations and power cuts");
        page_say(m,
                 "The update without a cut, in the time of a board whose flash takes as long as "
                 "the datasheet typically gives.%s",
                 l.levels > 0 ? " Each mark is a case, at the operation that its first cut met; it "
                                "leads to the case below."
                              : "");
        update_filter(m, report);
        put_legend(m);
        draw(&l);
    }
    update_time_free(&l.time);
}
