/* draw.h - pictures as inline SVG. Coordinates and lengths are CSS pixels from the top left corner, printed to a tenth;
 * what is not finite, or beyond DRAW_FAR, is drawn at that border, so a number from a document may be anything. Colours and
 * fonts are classes of page.css. Every title is a tooltip and what a screen reader says; NULL: none.
 *
 *     draw_begin(m, (struct draw_size){640, 120}, "flash operations by time");
 *     draw_rect(m, "erase", (struct draw_box){x, y, w, h}, "erase of 0x020000");
 *     draw_end(m); */
#ifndef HOST_REPORT_DRAW_H
#define HOST_REPORT_DRAW_H

#include "host/report/markup.h"

#define DRAW_FAR 100000.0

struct draw_size {
    double width, height;
};

struct draw_point {
    double x, y;
};

struct draw_box {
    double x, y, width, height;
};

/* The picture scrolls inside itself where the page is narrower; label: what it shows, for who does not see it. */
void draw_begin(struct markup *m, struct draw_size size, const char *label);
void draw_end(struct markup *m);
/* The same as a file of its own, with the colours in it; light and dark as the page's. */
void draw_begin_file(struct markup *m, struct draw_size size, const char *label);
void draw_end_file(struct markup *m);

/* class_name: what stands in page.css; several, with blanks between them, are allowed. */
void draw_rect(struct markup *m, const char *class_name, struct draw_box box, const char *title);
void draw_line(struct markup *m, const char *class_name, struct draw_point from,
               struct draw_point to);
/* The class "middle" or "end" says which part of the text is at the point; else it begins there. */
void draw_text(struct markup *m, const char *class_name, struct draw_point at, const char *text);
/* Cut to what fits width, with an ellipsis. */
void draw_text_within(struct markup *m, const char *class_name, struct draw_box box,
                      const char *text);

/* Signs that differ in form, too, for who does not see the colour; about 9 pixels wide, their middle at the point. */
enum draw_sign { DRAW_DOT, DRAW_CROSS, DRAW_TRIANGLE, DRAW_DIAMOND, DRAW_SQUARE, DRAW_RING };
void draw_sign(struct markup *m, enum draw_sign sign, const char *class_name, struct draw_point at);

/* A horizontal axis from 0 to most at the line's y, with about six round numbers under it, each followed by the unit. */
struct draw_axis {
    double x, y, width;
    double most;
    const char *unit; /* "s", "operations" */
};
void draw_axis(struct markup *m, const struct draw_axis *axis);

#endif
