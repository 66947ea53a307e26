#include "host/report/page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "host/report/document.h"
#include "host/report/page_files.h"

/* ---- the frame ---- */

static void put_meta(struct markup *m, const char *name, const char *content)
{
    markup_open(m, "meta");
    markup_attr(m, "name", "%s", name);
    markup_attr(m, "content", "%s", content);
    markup_close(m);
}

/* The marks around it hide it from a reader of XML; HTML takes them for comments of the style sheet, or the script. */
static void put_embedded(struct markup *m, const char *element, const char *text)
{
    markup_open(m, element);
    markup_raw(m, "/*<![CDATA[*/\n");
    markup_raw(m, text);
    markup_raw(m, "/*]]>*/");
    markup_close(m);
}

static void put_head(struct markup *m, const char *title, bool passed)
{
    markup_open(m, "head");
    markup_open(m, "meta");
    markup_attr(m, "charset", "utf-8");
    markup_close(m);
    put_meta(m, "viewport", "width=device-width, initial-scale=1");
    put_meta(m, "color-scheme", "light dark");
    markup_open(m, "title");
    markup_textf(m, "%s: %s", passed ? "passed" : "failed", title);
    markup_close(m);
    put_embedded(m, "style", page_css);
    markup_close(m);
}

/* A command that can be typed; or advice: several lines, or commands and words with semicolons between them. */
static bool is_command(const char *next)
{
    return strncmp(next, "slipway ", strlen("slipway ")) == 0 && strpbrk(next, ";\n") == NULL;
}

static void put_next(struct markup *m, const char *next)
{
    if (is_command(next))
        page_command(m, "next", next);
    else if (next[0] != '\0')
        markup_classed(m, "p", "advice", next);
}

static void put_error(struct markup *m, const json_t *error)
{
    if (!json_is_object(error))
        return;
    markup_classed(m, "p", "what", document_text(error, "what"));
    if (document_text(error, "evidence")[0] != '\0')
        page_console(m, document_text(error, "evidence"));
    put_next(m, document_text(error, "next"));
}

static void put_banner(struct markup *m, const char *title, const json_t *report, bool passed)
{
    markup_open(m, "header");
    markup_attr(m, "class", "%s", passed ? PAGE_GOOD : PAGE_BAD);
    markup_open(m, "p");
    markup_attr(m, "id", "verdict");
    markup_attr(m, "class", "verdict");
    markup_text(m, passed ? "passed" : "failed");
    markup_close(m);
    markup_element(m, "h1", title);
    put_error(m, json_object_get(report, "error"));
    page_command(m, "made by", document_text(report, "command"));
    markup_close(m);
}

void page_begin(struct markup *m, const char *title, const json_t *report)
{
    const bool passed = strcmp(document_text(report, "verdict"), "passed") == 0;
    markup_raw(m, "<!DOCTYPE html>\n");
    markup_open(m, "html");
    markup_attr(m, "xmlns", "http://www.w3.org/1999/xhtml");
    markup_attr(m, "lang", "en");
    put_head(m, title, passed);
    markup_open(m, "body");
    markup_open(m, "main");
    put_banner(m, title, report, passed);
    markup_open(m, "section"); /* for what comes before the first page_section */
}

void page_end(struct markup *m)
{
    markup_close(m);
    markup_close(m);
    put_embedded(m, "script", page_js);
    markup_close(m);
    markup_close(m);
    markup_raw(m, "\n");
}

void page_section(struct markup *m, const char *id, const char *title)
{
    markup_close(m);
    markup_raw(m, "\n");
    markup_open(m, "section");
    markup_attr(m, "id", "%s", id);
    markup_element(m, "h2", title);
}

/* ---- text ---- */

void page_say(struct markup *m, const char *fmt, ...)
{
    va_list args;
    markup_open(m, "p");
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
    markup_close(m);
}

void page_tiles_begin(struct markup *m)
{
    markup_open(m, "dl");
    markup_attr(m, "class", "tiles");
}

void page_tile(struct markup *m, const char *look, const char *name, const char *fmt, ...)
{
    va_list args;
    markup_open(m, "div");
    markup_attr(m, "class", "%s", look);
    markup_element(m, "dt", name);
    markup_open(m, "dd");
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
    markup_close(m);
    markup_close(m);
}

void page_tiles_end(struct markup *m)
{
    markup_close(m);
}

void page_facts_begin(struct markup *m)
{
    markup_open(m, "dl");
    markup_attr(m, "class", "facts");
}

void page_fact(struct markup *m, const char *name, const char *value)
{
    if (value == NULL || value[0] == '\0')
        return;
    markup_element(m, "dt", name);
    markup_element(m, "dd", value);
}

void page_factf(struct markup *m, const char *name, const char *fmt, ...)
{
    va_list args;
    markup_element(m, "dt", name);
    markup_open(m, "dd");
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
    markup_close(m);
}

void page_facts_end(struct markup *m)
{
    markup_close(m);
}

/* ---- tables ---- */

void page_table_begin(struct markup *m, const char *const *heads)
{
    markup_open(m, "div");
    markup_attr(m, "class", "wide");
    markup_open(m, "table");
    markup_open(m, "thead");
    markup_open(m, "tr");
    for (; *heads != NULL; heads++)
        markup_classed(m, "th", **heads == '#' ? "n" : NULL, *heads + (**heads == '#'));
    markup_close(m);
    markup_close(m);
    markup_open(m, "tbody");
}

void page_row(struct markup *m)
{
    markup_open(m, "tr");
}

void page_row_end(struct markup *m)
{
    markup_close(m);
    markup_raw(m, "\n");
}

void page_cell(struct markup *m, const char *text)
{
    markup_element(m, "td", text);
}

void page_cellf(struct markup *m, const char *fmt, ...)
{
    va_list args;
    markup_open(m, "td");
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
    markup_close(m);
}

void page_number(struct markup *m, const char *fmt, ...)
{
    va_list args;
    markup_open(m, "td");
    markup_attr(m, "class", "n");
    va_start(args, fmt);
    markup_text_args(m, fmt, args);
    va_end(args);
    markup_close(m);
}

void page_outcome(struct markup *m, const char *look, const char *word)
{
    markup_open(m, "td");
    markup_classed(m, "b", look, word);
    markup_close(m);
}

void page_table_end(struct markup *m)
{
    markup_close(m);
    markup_close(m);
    markup_close(m);
}

/* ---- filter, commands, consoles ---- */

static void put_button(struct markup *m, const struct page_end_kind *kind)
{
    markup_open(m, "button");
    markup_attr(m, "type", "button");
    markup_attr(m, "class", "%s", kind->look);
    markup_attr(m, "data-filter", "%s", kind->word);
    markup_attr(m, "aria-pressed", "true");
    markup_text(m, kind->word);
    markup_text(m, " ");
    markup_open(m, "span");
    markup_textf(m, "%llu", (unsigned long long)kind->count);
    markup_close(m);
    markup_close(m);
}

void page_filter(struct markup *m, const struct page_end_kind *kinds, unsigned count)
{
    markup_open(m, "div");
    markup_attr(m, "class", "filter");
    markup_attr(m, "role", "group");
    markup_attr(m, "aria-label", "show by outcome");
    for (unsigned i = 0; i < count; i++)
        put_button(m, &kinds[i]);
    markup_close(m);
}

void page_fold_begin(struct markup *m, const struct page_fold *fold)
{
    markup_open(m, "details");
    if (fold->id != NULL)
        markup_attr(m, "id", "%s", fold->id);
    if (fold->end != NULL)
        markup_attr(m, "data-end", "%s", fold->end);
    if (fold->open)
        markup_attr(m, "open", "open");
    markup_element(m, "summary", fold->title);
}

void page_fold_end(struct markup *m)
{
    markup_close(m);
    markup_raw(m, "\n");
}

void page_command(struct markup *m, const char *label, const char *command)
{
    if (command[0] == '\0')
        return;
    markup_open(m, "div");
    markup_attr(m, "class", "command");
    markup_element(m, "span", label);
    markup_element(m, "code", command);
    markup_close(m);
}

void page_console(struct markup *m, const char *text)
{
    markup_classed(m, "pre", "console", text);
}
