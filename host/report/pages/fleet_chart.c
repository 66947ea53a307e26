/* fleet_chart.c - how a rollout went over time. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "core/base/compiler.h"
#include "host/report/document.h"
#include "host/report/draw.h"
#include "host/report/page.h"
#include "host/report/pages/fleet_parts.h"

/* Pixels. */
#define WIDTH  760.0
#define HEIGHT 230.0
#define LEFT   56.0
#define RIGHT  12.0
#define TOP    24.0
#define FLOOR  190.0

/* Drawn of a document that may have any number. */
#define POINTS_MAX 1000u
#define MARKS_MAX  200u

struct chart {
    struct markup *m;
    double seconds, devices; /* at the right border, and at the top */
};

static double seconds_of(const json_t *point)
{
    const double s = json_number_value(json_object_get(point, "s"));
    return s > 0 ? s : 0;
}

static struct draw_point place(const struct chart *c, double seconds, double closed)
{
    return (struct draw_point){LEFT + (WIDTH - LEFT - RIGHT) * (seconds / c->seconds),
                               FLOOR - (FLOOR - TOP) * (closed / c->devices)};
}

static void put_level(const struct chart *c, double devices)
{
    char text[32];
    const struct draw_point from = place(c, 0, devices), to = place(c, c->seconds, devices);
    snprintf(text, sizeof text, "%.10g", devices);
    draw_line(c->m, "level", from, to);
    draw_text(c->m, "label end", (struct draw_point){LEFT - 8, from.y + 4}, text);
}

/* About a quarter, a half, three quarters, and all of the devices. */
static void put_levels(const struct chart *c)
{
    const double step = ceil(c->devices / 4);
    for (unsigned i = 1; i < 4 && i * step < c->devices; i++)
        put_level(c, i * step);
    put_level(c, c->devices);
}

static void put_line(const struct chart *c, const json_t *points)
{
    struct draw_point from = place(c, 0, 0);
    for (size_t i = 0; i < json_array_size(points) && i < POINTS_MAX; i++) {
        const json_t *point = json_array_get(points, i);
        const double closed = (double)document_number(point, "closed");
        const struct draw_point to = place(c, seconds_of(point), fmin(closed, c->devices));
        draw_line(c->m, "curve", from, to);
        from = to;
    }
    draw_sign(c->m, DRAW_DOT, "curve", from);
}

/* What was done, by its word: a sign of its own, which the legend has as a character. */
static const struct mark_kind {
    const char *what, *look, *character;
    enum draw_sign sign;
} mark_kinds[] = {{"gateway killed", PAGE_BAD, "\xe2\x9c\x96", DRAW_CROSS},
                  {"server killed", PAGE_OTHER, "\xe2\x96\xb2", DRAW_TRIANGLE},
                  {"resumed", PAGE_NEUTRAL, "\xe2\x97\x86", DRAW_DIAMOND}};

static const struct mark_kind *kind_of(const json_t *mark)
{
    for (unsigned i = 0; i < ARRAY_LEN(mark_kinds); i++)
        if (strcmp(document_text(mark, "what"), mark_kinds[i].what) == 0)
            return &mark_kinds[i];
    return NULL;
}

static void put_marks(const struct chart *c, const json_t *marks)
{
    for (size_t i = 0; i < json_array_size(marks) && i < MARKS_MAX; i++) {
        const json_t *mark = json_array_get(marks, i);
        const struct mark_kind *kind = kind_of(mark);
        const struct draw_point foot = place(c, seconds_of(mark), 0);
        char look[24];
        if (kind == NULL)
            continue;
        draw_line(c->m, "rest", (struct draw_point){foot.x, TOP}, foot);
        snprintf(look, sizeof look, "mark %s", kind->look);
        draw_sign(c->m, kind->sign, look, (struct draw_point){foot.x, TOP - 8});
    }
}

static void put_legend(struct markup *m)
{
    markup_open(m, "ul");
    markup_attr(m, "class", "legend");
    for (unsigned i = 0; i < ARRAY_LEN(mark_kinds); i++) {
        markup_open(m, "li");
        markup_classed(m, "span", mark_kinds[i].look, mark_kinds[i].character);
        markup_text(m, mark_kinds[i].what);
        markup_close(m);
    }
    markup_close(m);
}

void fleet_chart(struct markup *m, const json_t *report)
{
    const json_t *points = document_list(report, "progress");
    const json_t *last = json_array_get(points, json_array_size(points) - 1);
    struct chart c = {m, seconds_of(last), (double)document_number(report, "devices")};
    if (json_array_size(points) == 0 || !(c.seconds > 0) || !(c.devices > 0))
        return;
    page_section(m, "progress", "Actions closed over time");
    page_say(m, "The rollout took %.0f seconds.",
             json_number_value(json_object_get(report, "seconds")));
    put_legend(m);
    draw_begin(m, (struct draw_size){WIDTH, HEIGHT}, "actions closed over time");
    put_levels(&c);
    draw_axis(m, &(struct draw_axis){LEFT, FLOOR, WIDTH - LEFT - RIGHT, c.seconds, "s"});
    put_line(&c, points);
    put_marks(&c, document_list(report, "marks"));
    draw_end(m);
}
