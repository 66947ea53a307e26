/* markup.h - a growing buffer of markup that is HTML and XML 1.0 at once: each element is closed, each value is in quotes.
 *
 * All text and all attribute values are escaped here, and nowhere else: markup's own characters; bytes that are not UTF-8
 * become U+FFFD; what would act on a terminal or reorder text, and what XML forbids, becomes visible as cli_print shows
 * it (\x1b, \u202e). Names of elements and attributes are the program's own and are not escaped, nor copied.
 *
 *     struct markup m;
 *     markup_init(&m);
 *     markup_open(&m, "td");
 *     markup_attr(&m, "class", "level%u", 2u);
 *     markup_text(&m, name);
 *     markup_close(&m);
 *     if (markup_is_whole(&m))
 *         write(m.text, m.len);
 *     markup_free(&m);
 *
 * When memory is short, or the text exceeds MARKUP_MAX, everything that follows does nothing and markup_is_whole is false: it
 * is asked once, at the end. */
#ifndef HOST_REPORT_MARKUP_H
#define HOST_REPORT_MARKUP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"

#define MARKUP_DEPTH_MAX 32u
#define MARKUP_MAX       ((size_t)256 << 20)

struct markup {
    char *text; /* NUL-terminated; NULL while empty */
    size_t len, cap;
    const char *open[MARKUP_DEPTH_MAX];
    unsigned depth;
    bool in_tag; /* the innermost element's start tag still takes attributes */
    bool failed;
};

void markup_init(struct markup *m);
void markup_free(struct markup *m);
/* All elements are closed, and nothing was lost. */
bool markup_is_whole(const struct markup *m);

void markup_open(struct markup *m, const char *name);
/* Directly behind markup_open only. The value is what the format yields. */
void markup_attr(struct markup *m, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* The same for a value of one line: line breaks and tabs in it are shown as escapes, too. */
void markup_attr_line(struct markup *m, const char *name, const char *value);
void markup_close(struct markup *m); /* the innermost element */

/* NULL: no text. */
void markup_text(struct markup *m, const char *text);
void markup_textf(struct markup *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
void markup_text_args(struct markup *m, const char *fmt, va_list args);

/* An element with only this text in it; with a class, if that is not NULL. */
void markup_element(struct markup *m, const char *name, const char *text);
void markup_classed(struct markup *m, const char *name, const char *class_name, const char *text);

/* Text of the program itself, which is not escaped: a document's first line, a style sheet. */
void markup_raw(struct markup *m, const char *text);
/* What other has collected. other has failed: m fails, too. */
void markup_append(struct markup *m, const struct markup *other);

#endif
