#include "host/report/pages/closure_picture.h"

#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/draw.h"

#define LANES_MAX    64u
#define SESSIONS_MAX 80u
#define STEPS_MAX    4000u

#define LEFT       152.0 /* pixels: where the sessions begin */
#define TOP        48.0  /* ... and the sectors */
#define LANE       17.0  /* height of a sector */
#define AREA_GAP   8.0
#define GAP        16.0 /* between sessions */
#define EDGE       12.0 /* of a session, on either side of its operations */
#define NARROWEST  132.0
#define STEP_MOST  9.0 /* width of an operation */
#define STEP_LEAST 2.0
#define ALL_STEPS  760.0 /* width of all operations, if there is a choice */

/* A sector. */
struct lane {
    uint64_t offset, size;
    double y;
};

struct session {
    size_t first, end; /* its steps */
    unsigned operations;
    double x, width;
};

struct picture {
    struct markup *m;
    const json_t *steps;
    struct lane lanes[LANES_MAX];
    unsigned lane_count;
    struct session sessions[SESSIONS_MAX];
    unsigned session_count;
    double step, bottom, right;
};

static bool is_kind(const json_t *step, const char *kind)
{
    return strcmp(document_text(step, "kind"), kind) == 0;
}

static bool is_operation(const json_t *step)
{
    return is_kind(step, "erase") || is_kind(step, "program");
}

/* ---- where everything goes ----------------------------------------------------------------------- */

/* The sectors of an area, below what there is. Returns how many. */
static unsigned add_lanes(struct picture *p, const json_t *area, uint64_t sector)
{
    const uint64_t offset = document_number(area, "offset"), size = document_number(area, "size");
    unsigned added = 0;
    for (uint64_t at = 0; at < size && p->lane_count < LANES_MAX; at += sector, added++) {
        p->lanes[p->lane_count++] = (struct lane){offset + at, sector, p->bottom};
        p->bottom += LANE;
    }
    return added;
}

static void put_area(struct picture *p, const json_t *area, uint64_t sector)
{
    const double top = p->bottom;
    const uint64_t size = document_number(area, "size");
    const uint64_t trailer = document_number(area, "trailer");
    const unsigned added = add_lanes(p, area, sector);
    draw_text_within(p->m, "strong end", (struct draw_box){LEFT - 10, top + 13, LEFT - 20, 0},
                     document_text(area, "name"));
    for (unsigned i = 1; trailer > 0 && i < added; i++)
        if ((i + 1) * sector > size - trailer)
            draw_text(p->m, "label end", (struct draw_point){LEFT - 10, top + i * LANE + 13},
                      "trailer");
    p->bottom += AREA_GAP;
}

static void find_sessions(struct picture *p)
{
    struct session *s = NULL;
    for (size_t i = 0; i < json_array_size(p->steps) && i < STEPS_MAX; i++) {
        const json_t *step = json_array_get(p->steps, i);
        if (is_kind(step, "boot") && p->session_count == SESSIONS_MAX)
            return;
        if (is_kind(step, "boot")) {
            s = &p->sessions[p->session_count++];
            *s = (struct session){.first = i};
        }
        if (s != NULL) {
            s->end = i + 1;
            s->operations += is_operation(step);
        }
    }
}

static void place_sessions(struct picture *p)
{
    unsigned all = 0;
    for (unsigned i = 0; i < p->session_count; i++)
        all += p->sessions[i].operations;
    p->step = all > 0 ? ALL_STEPS / all : STEP_MOST;
    p->step = p->step > STEP_MOST ? STEP_MOST : p->step < STEP_LEAST ? STEP_LEAST : p->step;
    p->right = LEFT;
    for (unsigned i = 0; i < p->session_count; i++) {
        struct session *s = &p->sessions[i];
        const double wanted = 2 * EDGE + s->operations * p->step;
        s->x = p->right;
        s->width = wanted < NARROWEST ? NARROWEST : wanted;
        p->right += s->width + GAP;
    }
}

static const struct lane *lane_of(const struct picture *p, const json_t *step)
{
    const uint64_t offset = document_number(step, "offset");
    for (unsigned i = 0; i < p->lane_count; i++)
        if (offset >= p->lanes[i].offset && offset - p->lanes[i].offset < p->lanes[i].size)
            return &p->lanes[i];
    return NULL;
}

/* ---- one session --------------------------------------------------------------------------------- */

/* Operations of one kind in one sector, one after another. */
struct bar {
    const struct lane *lane;
    const json_t *first, *last;
    unsigned from, count; /* in the session */
};

static void put_bar(const struct picture *p, const struct session *s, const struct bar *b)
{
    char title[200];
    if (b->count == 0 || b->lane == NULL)
        return;
    if (b->count == 1)
        snprintf(title, sizeof title, "operation %s", document_text(b->first, "text"));
    else
        snprintf(title, sizeof title, "operations %llu to %llu: program 0x%04llx to 0x%04llx",
                 (unsigned long long)document_number(b->first, "operation"),
                 (unsigned long long)document_number(b->last, "operation"),
                 (unsigned long long)document_number(b->first, "offset"),
                 (unsigned long long)document_number(b->last, "offset"));
    const double gap = p->step > 4 ? 1 : 0;
    draw_rect(p->m, document_text(b->first, "kind"),
              (struct draw_box){s->x + EDGE + b->from * p->step, b->lane->y + 2,
                                b->count * p->step - gap, LANE - 4},
              title);
}

static void add_to_bar(const struct picture *p, const struct session *s, struct bar *b,
                       const json_t *step)
{
    const struct lane *lane = lane_of(p, step);
    const bool goes_on =
        b->count > 0 && lane == b->lane && is_kind(step, "program") && is_kind(b->last, "program");
    if (!goes_on) {
        put_bar(p, s, b);
        *b = (struct bar){lane, step, step, b->from + b->count, 0};
    }
    b->last = step;
    b->count++;
}

/* A line through all sectors behind so many operations of the session. */
static double put_line(const struct picture *p, const struct session *s, const char *class_name,
                       unsigned operations)
{
    const double x = s->x + EDGE + operations * p->step;
    draw_line(p->m, class_name, (struct draw_point){x, TOP - 4},
              (struct draw_point){x, p->bottom - AREA_GAP + 4});
    return x;
}

/* last: the operation that was cut. */
static void put_cut(const struct picture *p, const struct session *s, const struct bar *last)
{
    const double x = put_line(p, s, "cut", s->operations);
    const struct lane *lane = last->count > 0 ? last->lane : NULL;
    if (lane != NULL)
        draw_sign(p->m, DRAW_CROSS, "cut", (struct draw_point){x, lane->y + LANE / 2});
}

/* A violation of the flash's rules has a place. */
static void put_fault(const struct picture *p, const struct session *s, const json_t *fault)
{
    const struct lane *lane = document_has_number(fault, "offset") ? lane_of(p, fault) : NULL;
    const double x = s->x + EDGE + s->operations * p->step;
    if (lane != NULL)
        draw_sign(p->m, DRAW_TRIANGLE, "fault", (struct draw_point){x, lane->y + LANE / 2});
}

static void put_operations(const struct picture *p, const struct session *s)
{
    struct bar b = {.count = 0};
    const json_t *cut = NULL, *fault = NULL;
    for (size_t i = s->first; i < s->end; i++) {
        const json_t *step = json_array_get(p->steps, i);
        if (is_operation(step))
            add_to_bar(p, s, &b, step);
        if (is_kind(step, "rest"))
            put_line(p, s, "rest", b.from + b.count);
        cut = is_kind(step, "cut") ? step : cut;
        fault = is_kind(step, "fault") ? step : fault;
    }
    put_bar(p, s, &b);
    if (cut != NULL)
        put_cut(p, s, &b);
    if (fault != NULL)
        put_fault(p, s, fault);
}

/* What became of the session, over it. The last step that says so counts. */
static void put_outcome(const struct picture *p, const struct session *s)
{
    char text[80] = "";
    const char *look = "";
    for (size_t i = s->first; i < s->end; i++) {
        const json_t *step = json_array_get(p->steps, i);
        if (is_kind(step, "cut")) {
            snprintf(text, sizeof text, "cut at %llu: %.30s",
                     (unsigned long long)document_number(step, "operation"),
                     document_text(step, "how"));
            look = "cut";
        } else if (is_kind(step, "runs")) {
            snprintf(text, sizeof text, "image %.8s runs", document_text(step, "image"));
        } else if (is_kind(step, "fault")) {
            snprintf(text, sizeof text, "violation");
            look = "fault";
        }
    }
    const double x = look[0] != '\0' ? s->x + 15 : s->x;
    if (strcmp(look, "cut") == 0)
        draw_sign(p->m, DRAW_CROSS, look, (struct draw_point){s->x + 5, 30});
    if (strcmp(look, "fault") == 0)
        draw_sign(p->m, DRAW_TRIANGLE, look, (struct draw_point){s->x + 5, 30});
    draw_text_within(p->m, look[0] != '\0' ? look : "label",
                     (struct draw_box){x, 34, s->width - (x - s->x), 0}, text);
}

/* The sectors as stripes through all sessions, and what is between two sessions over them. */
static void put_lanes(const struct picture *p)
{
    for (unsigned i = 0; i < p->lane_count; i++)
        draw_rect(p->m, "lane", (struct draw_box){LEFT, p->lanes[i].y, p->right - GAP - LEFT, LANE},
                  NULL);
    for (unsigned i = 1; i < p->session_count; i++)
        draw_rect(p->m, "paper",
                  (struct draw_box){p->sessions[i].x - GAP, TOP - 1, GAP, p->bottom - TOP}, NULL);
}

static void put_session(const struct picture *p, unsigned n)
{
    char name[24];
    const struct session *s = &p->sessions[n];
    snprintf(name, sizeof name, "power on %u", n + 1);
    draw_text(p->m, "strong", (struct draw_point){s->x, 16}, name);
    put_outcome(p, s);
    put_operations(p, s);
}

/* ---- the picture --------------------------------------------------------------------------------- */

static double height_of(const json_t *areas, uint64_t sector)
{
    double height = TOP;
    uint64_t lanes = 0;
    for (size_t i = 0; i < json_array_size(areas) && lanes < LANES_MAX; i++) {
        const uint64_t size = document_number(json_array_get(areas, i), "size");
        const uint64_t more = size / sector + (size % sector != 0), left = LANES_MAX - lanes;
        lanes += more < left ? more : left;
        height += AREA_GAP;
    }
    return height + (double)lanes * LANE;
}

void closure_picture(struct markup *m, const json_t *path)
{
    struct picture p = {.m = m, .steps = document_list(path, "steps"), .bottom = TOP};
    const json_t *areas = document_list(path, "areas");
    const uint64_t sector = document_number(path, "sector");
    find_sessions(&p);
    if (sector == 0 || json_array_size(areas) == 0 || p.session_count == 0)
        return;
    place_sessions(&p);
    draw_begin(m, (struct draw_size){p.right, height_of(areas, sector)},
               "power sessions, and in each the flash operations by sector");
    for (size_t i = 0; i < json_array_size(areas) && p.lane_count < LANES_MAX; i++)
        put_area(&p, json_array_get(areas, i), sector);
    put_lanes(&p);
    for (unsigned i = 0; i < p.session_count; i++)
        put_session(&p, i);
    draw_end(m);
}

void closure_picture_legend(struct markup *m)
{
    markup_open(m, "ul");
    markup_attr(m, "class", "legend");
    markup_raw(m, "<li><i class=\"erase\"></i>erase of a sector</li>"
                  "<li><i class=\"program\"></i>words programmed</li>"
                  "<li><span class=\"bad\">\xe2\x9c\x96</span>power is cut</li>"
                  "<li><span class=\"bad\">\xe2\x96\xb2</span>violation</li>"
                  "<li><span>\xe2\x94\x8a</span>at rest; behind it, a further update</li>");
    markup_close(m);
}
