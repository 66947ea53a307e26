#include "host/report/draw.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/cli/core/cli.h"
#include "host/report/page_files.h"

#define CHARACTER_WIDTH 6.6 /* of the pictures' font, about */

static double within(double v)
{
    if (!(v > -DRAW_FAR)) /* not a number, too */
        return -DRAW_FAR;
    return v < DRAW_FAR ? v : DRAW_FAR;
}

/* A tenth of a pixel is finer than a screen, and "12" shorter than "12.0" in ten thousand places. */
static void put_number(struct markup *m, const char *name, double v)
{
    const double tenths = round(within(v) * 10);
    if (fmod(tenths, 10) == 0)
        markup_attr(m, name, "%.0f", tenths / 10);
    else
        markup_attr(m, name, "%.1f", tenths / 10);
}

static void put_title(struct markup *m, const char *title)
{
    if (title != NULL)
        markup_element(m, "title", title);
}

static void open_svg(struct markup *m, struct draw_size size, const char *label)
{
    markup_open(m, "svg");
    markup_attr(m, "xmlns", "http://www.w3.org/2000/svg");
    markup_attr(m, "viewBox", "0 0 %.0f %.0f", within(size.width), within(size.height));
    put_number(m, "width", size.width);
    put_number(m, "height", size.height);
    markup_attr(m, "role", "img");
    markup_attr(m, "aria-label", "%s", label);
}

void draw_begin(struct markup *m, struct draw_size size, const char *label)
{
    markup_open(m, "div");
    markup_attr(m, "class", "wide");
    open_svg(m, size, label);
}

void draw_end(struct markup *m)
{
    markup_close(m);
    markup_close(m);
}

void draw_begin_file(struct markup *m, struct draw_size size, const char *label)
{
    open_svg(m, size, label);
    markup_element(m, "title", label);
    markup_open(m, "style");
    markup_raw(m, "/*<![CDATA[*/\n");
    markup_raw(m, page_css);
    markup_raw(m, "/*]]>*/");
    markup_close(m);
    draw_rect(m, "paper", (struct draw_box){0, 0, size.width, size.height}, NULL);
}

void draw_end_file(struct markup *m)
{
    markup_close(m);
    markup_raw(m, "\n");
}

void draw_rect(struct markup *m, const char *class_name, struct draw_box box, const char *title)
{
    markup_open(m, "rect");
    markup_attr(m, "class", "%s", class_name);
    put_number(m, "x", box.x);
    put_number(m, "y", box.y);
    put_number(m, "width", box.width > 0 ? box.width : 0);
    put_number(m, "height", box.height > 0 ? box.height : 0);
    put_title(m, title);
    markup_close(m);
}

void draw_line(struct markup *m, const char *class_name, struct draw_point from,
               struct draw_point to)
{
    markup_open(m, "line");
    markup_attr(m, "class", "%s", class_name);
    put_number(m, "x1", from.x);
    put_number(m, "y1", from.y);
    put_number(m, "x2", to.x);
    put_number(m, "y2", to.y);
    markup_close(m);
}

void draw_text(struct markup *m, const char *class_name, struct draw_point at, const char *text)
{
    markup_open(m, "text");
    markup_attr(m, "class", "%s", class_name);
    put_number(m, "x", at.x);
    put_number(m, "y", at.y);
    markup_text(m, text);
    markup_close(m);
}

/* Copy at most most characters, and an ellipsis in the place of the last if there are more. */
static void shorten(char *dst, size_t cap, const char *text, size_t most)
{
    const unsigned char *s = (const unsigned char *)text;
    size_t len = 0, keep = 0, count = 0;
    for (; s[len] != '\0' && count <= most && len + 4 < cap; count++) {
        unsigned n = cli_utf8_length(s + len);
        if (count + 1 < most || most == 0)
            keep = len + (n > 0 ? n : 1);
        len += n > 0 ? n : 1;
    }
    if (s[len] == '\0' && count <= most)
        snprintf(dst, cap, "%s", text);
    else
        snprintf(dst, cap, "%.*s\xe2\x80\xa6", (int)keep, text);
}

void draw_text_within(struct markup *m, const char *class_name, struct draw_box box,
                      const char *text)
{
    char fits[256];
    const double most = within(box.width) / CHARACTER_WIDTH;
    if (most < 2)
        return;
    shorten(fits, sizeof fits, text, most < 60 ? (size_t)most : 60);
    draw_text(m, class_name, (struct draw_point){box.x, box.y}, fits);
}

void draw_sign(struct markup *m, enum draw_sign sign, const char *class_name, struct draw_point at)
{
    static const char *const paths[] = {
        [DRAW_DOT] = "h0", /* a line without length; the style sheet has its round end */
        [DRAW_CROSS] = "m-4.5-3 1.5-1.5 3 3 3-3 1.5 1.5-3 3 3 3-1.5 1.5-3-3-3 3-1.5-1.5 3-3z",
        [DRAW_TRIANGLE] = "m-4.5 3.5 4.5-8 4.5 8z",
        [DRAW_DIAMOND] = "m-4.5 0 4.5-4.5 4.5 4.5-4.5 4.5z",
        [DRAW_SQUARE] = "m-3.5-3.5h7v7h-7z",
        [DRAW_RING] =
            "m-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0-9 0m2 0a2.5 2.5 0 1 1 5 0a2.5 2.5 0 1 1-5 0",
    };
    markup_open(m, "path");
    markup_attr(m, "class", sign == DRAW_DOT ? "%s dot" : "%s", class_name);
    markup_attr(m, "d", "M%.1f %.1f%s", within(at.x), within(at.y), paths[sign]);
    markup_close(m);
}

/* The round step (1, 2 or 5 times a power of ten) of which most has four to nine. */
static double round_step(double most)
{
    const double power = pow(10, floor(log10(most / 5)));
    const double factor = most / 5 / power;
    return (factor < 1.5 ? 1 : factor < 3.5 ? 2 : factor < 7.5 ? 5 : 10) * power;
}

void draw_axis(struct markup *m, const struct draw_axis *axis)
{
    draw_line(m, "axis", (struct draw_point){axis->x, axis->y},
              (struct draw_point){axis->x + axis->width, axis->y});
    if (!(axis->most > 0) || !isfinite(axis->most))
        return;
    const double step = round_step(axis->most);
    for (unsigned i = 0; i * step <= axis->most && i < 20; i++) {
        char text[64];
        const double x = axis->x + axis->width * (i * step / axis->most);
        draw_line(m, "axis", (struct draw_point){x, axis->y}, (struct draw_point){x, axis->y + 4});
        snprintf(text, sizeof text, "%.10g %s", i * step, axis->unit);
        draw_text(m, i == 0 ? "label" : "label middle", (struct draw_point){x, axis->y + 17}, text);
    }
}
