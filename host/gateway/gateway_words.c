/* gateway_words.c - what happens, for people: a line of the log, an event of the journal, a detail of the next feedback. */
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "host/gateway/gateway_inside.h"

/* The oldest n. */
static void drop_details(struct gw_device *d, unsigned n)
{
    d->detail_count -= n;
    d->details_told -= n < d->details_told ? n : d->details_told;
    memmove(d->details[0], d->details[n], d->detail_count * sizeof d->details[0]);
}

static void add_detail(struct gw_device *d, const char *text)
{
    if (d->detail_count == GW_DETAILS_MAX)
        drop_details(d, 1);
    snprintf(d->details[d->detail_count++], sizeof d->details[0], "%s", text);
    d->has_news = true;
}

void gw_forget_details(struct gw_device *d)
{
    d->detail_count = d->details_told = 0;
    d->has_news = false;
}

void gw_details_are_told(struct gw_device *d)
{
    drop_details(d, d->details_told);
}

static void print_line(const struct gateway *g, const char *id, const char *action,
                       const char *text)
{
    const void *mark = cli_mark();
    char when[32];
    struct tm tm;
    const time_t now = (time_t)g->now;
    gmtime_r(&now, &tm);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &tm);
    cli_print(stderr, "%s %s%s%s: %s\n", when, id[0] != '\0' ? id : "gateway",
              action[0] != '\0' ? " action " : "", action, cli_one_line(text));
    cli_release_to(mark);
}

static void log_line(struct gateway *g, const struct gw_device *d, const char *text)
{
    const char *id = d != NULL ? d->config->id : "";
    const char *action = d != NULL && d->has_action ? d->action.id : "";
    if (!cli_mode.quiet)
        print_line(g, id, action, text);
    if (journal_event(g->journal, g->now, id, action, text) != ERR_OK && !g->journal_is_full)
        print_line(g, "", "", journal_why(g->journal)); /* the log goes on without it */
}

void gw_log(struct gateway *g, const struct gw_device *d, const char *fmt, ...)
{
    char text[JOURNAL_TEXT_MAX + 1];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    log_line(g, d, text);
}

void gw_note(struct gateway *g, struct gw_device *d, const char *fmt, ...)
{
    char text[JOURNAL_TEXT_MAX + 1];
    va_list args;
    va_start(args, fmt);
    vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    log_line(g, d, text);
    if (d != NULL && d->has_action)
        add_detail(d, text);
}

/* Each line of a text of several. */
static void note_lines(struct gateway *g, struct gw_device *d, const char *text)
{
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        gw_note(g, d, "%.*s", (int)len, text);
        text += len + (text[len] == '\n');
    }
}

void gw_note_failure(struct gateway *g, struct gw_device *d, const struct job_words *w)
{
    if (w->what[0] == '\0')
        return;
    gw_note(g, d, "error: %s", w->what);
    note_lines(g, d, w->evidence);
}
