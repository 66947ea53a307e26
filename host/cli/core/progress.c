#include "host/cli/core/progress.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"
#include "host/cli/core/terminal.h"

#define REDRAW_MS 100
/* Of work with an open end: the first line that is not on a terminal. */
#define LINE_MS 10000
/* Of what is counted: the first of them tell how long all will take; when they are slow, one does. */
#define FIRST_FEW    4u
#define FIRST_FEW_MS 10000u
/* If the first of them takes longer, the line shows that time passes. */
#define SLOW_MS 3000u

/* True while the cursor is at the end of a bar. There is one screen, so one flag. */
static bool bar_on_screen;

static unsigned percent(const struct progress *p, uint64_t done)
{
    return p->total == 0 ? 100 : (unsigned)(done * 100 / p->total);
}

/* Nobody needs the seconds of an hour: 8 s, 2 min 30 s, 12 min, 1 h 20 min. */
static void time_words(char *dst, size_t cap, double ms)
{
    unsigned s = (unsigned)(ms / 1000 + 0.5);
    s = s == 0 ? 1 : s < 60 ? s : s < 600 ? (s + 2) / 5 * 5 : (s + 30) / 60 * 60;
    unsigned large = s < 3600 ? s / 60 : s / 3600, small = s < 3600 ? s % 60 : s / 60 % 60;
    if (s < 60)
        snprintf(dst, cap, "%u s", s);
    else if (small == 0)
        snprintf(dst, cap, "%u %s", large, s < 3600 ? "min" : "h");
    else
        snprintf(dst, cap, "%u %s %u %s", large, s < 3600 ? "min" : "h", small,
                 s < 3600 ? "s" : "min");
}

static bool few_are_done(const struct progress *p, uint64_t done, uint64_t ms)
{
    uint64_t n = done - p->first;
    return ms != 0 && (n >= FIRST_FEW || (n != 0 && ms >= FIRST_FEW_MS));
}

static double ms_of_one(const struct progress *p, uint64_t done, uint64_t ms)
{
    return (double)ms / (double)(done - p->first);
}

/* "0.70 cases/s", "about 1 min 5 s left", with gap before each; the time so far until the first few are done. */
static void count_speed(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                        const char *gap, const char *left_word)
{
    char time[40];
    const bool all = done >= p->total;
    if (ms == 0 || p->total == 0)
        return;
    if (!all && !few_are_done(p, done, ms)) {
        time_words(time, sizeof time, (double)ms);
        if (ms >= SLOW_MS)
            snprintf(dst, cap, "%s%s so far", gap, time);
        return;
    }
    double rate = 1000 / ms_of_one(p, done, ms);
    time_words(time, sizeof time,
               all ? (double)ms : (double)(p->total - done) * ms_of_one(p, done, ms));
    const int digits = rate < 0.1 ? 3 : rate < 1 ? 2 : 1;
    snprintf(dst, cap, "%s%.*f %s/s%s%s %s%s", gap, digits, rate, p->unit, gap,
             all ? "in" : "about", time, all ? "" : left_word);
}

/* Rate, and the time that is left or was needed, with gap before each; "" until there is something to measure. */
static void speed(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  const char *gap, const char *left_word)
{
    dst[0] = '\0';
    if (p->unit != NULL) {
        count_speed(dst, cap, p, done, ms, gap, left_word);
        return;
    }
    if (done <= p->first || ms == 0)
        return;
    double rate = (double)(done - p->first) * 1000 / (double)ms; /* bytes per second */
    unsigned long long left = (unsigned long long)((double)(p->total - done) / rate + 0.5);
    int n = snprintf(dst, cap, "%s%.1f KB/s%s", gap, rate / 1024, gap);
    if (n < 0 || (size_t)n >= cap)
        return;
    if (done < p->total)
        snprintf(dst + n, cap - (size_t)n, "%llu:%02llu%s", left / 60, left % 60, left_word);
    else
        snprintf(dst + n, cap - (size_t)n, "in %.1f s", (double)ms / 1000);
}

static void amount(char *dst, size_t cap, const struct progress *p, uint64_t done)
{
    if (p->unit != NULL)
        snprintf(dst, cap, "%u/%u %s", (unsigned)done, (unsigned)p->total, p->unit);
    else
        snprintf(dst, cap, "%.1f/%.1f KB", (double)done / 1024, (double)p->total / 1024);
}

void progress_line(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms)
{
    char amount_text[60], rate[90];
    amount(amount_text, sizeof amount_text, p, done);
    speed(rate, sizeof rate, p, done, ms, "  ", " left");
    snprintf(dst, cap, "%s %3u %%  %s%s", p->what, percent(p, done), amount_text, rate);
}

#define CELLS_MIN 10u
#define CELLS_MAX 50u

/* "upload [#####.....]  50 %TAIL" with as many cells as fit. False: too few. */
static bool with_cells(char *dst, size_t cap, const struct progress *p, uint64_t done,
                       const char *tail, unsigned width)
{
    static const char full[] = "##################################################";
    static const char empty[] = "..................................................";
    size_t other = strlen(p->what) + strlen(tail) + 9; /* brackets, percent, spaces */
    unsigned cells = width > other ? (unsigned)(width - other) : 0;
    if (cells > CELLS_MAX)
        cells = CELLS_MAX;
    unsigned filled = p->total == 0 ? cells : (unsigned)(done * cells / p->total);
    snprintf(dst, cap, "%s [%.*s%.*s] %3u %%%s", p->what, (int)filled, full, (int)(cells - filled),
             empty, percent(p, done), tail);
    return cells >= CELLS_MIN;
}

/* From the fullest form to the shortest: the first one that fits is it. */
void progress_bar(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  unsigned width)
{
    char amount_text[60], rate[90], tight[90], tail[160];
    const unsigned part = percent(p, done);
    amount(amount_text, sizeof amount_text, p, done);
    speed(rate, sizeof rate, p, done, ms, "  ", " left");
    speed(tight, sizeof tight, p, done, ms, " ", "");
    snprintf(tail, sizeof tail, "  %s%s", amount_text, rate);
    if (with_cells(dst, cap, p, done, tail, width) || with_cells(dst, cap, p, done, rate, width))
        return;
    if (snprintf(dst, cap, "%s %3u %%%s", p->what, part, rate) > (int)width &&
        snprintf(dst, cap, "%3u %%%s", part, rate) > (int)width)
        snprintf(dst, cap, "%u %%%s", part, tight);
    if (width < cap)
        dst[width] = '\0';
}

static void draw_bar(struct progress *p, uint64_t done, uint64_t now)
{
    char text[256];
    progress_bar(text, sizeof text, p, done, now - p->begun_ms, terminal_width(STDERR_FILENO));
    fprintf(stderr, "\r%s\x1b[K", text);
    fflush(stderr);
    bar_on_screen = true;
    p->shown_ms = now;
}

static void print_line(struct progress *p, uint64_t done, uint64_t now)
{
    char text[200];
    progress_line(text, sizeof text, p, done, now - p->begun_ms);
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
}

void progress_make_room(void)
{
    if (bar_on_screen)
        fputs("\r\x1b[K", stderr);
    bar_on_screen = false;
}

bool progress_estimate(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms)
{
    char time[40];
    if (p->unit == NULL || done >= p->total || !few_are_done(p, done, ms))
        return false;
    time_words(time, sizeof time, (double)(p->total - p->first) * ms_of_one(p, done, ms));
    snprintf(dst, cap, "%s %u %s, about %s in all", p->what, (unsigned)p->total, p->unit, time);
    return true;
}

/* Once, on a line of its own. */
static void print_estimate(struct progress *p, uint64_t done, uint64_t now)
{
    char text[200];
    if (p->estimated || !progress_estimate(text, sizeof text, p, done, now - p->begun_ms))
        return;
    p->estimated = true;
    progress_make_room();
    fprintf(stderr, "%s\n", text);
    fflush(stderr);
}

void progress_begin(struct progress *p, const char *what, uint64_t done, uint64_t total)
{
    *p = (struct progress){.what = what, .total = total, .first = done, .begun_ms = clock_ms()};
    p->shown_tenth = -1;
    p->terminal = isatty(STDERR_FILENO) == 1;
    p->silent = cli_mode.quiet || cli_mode.json;
}

void progress_begin_count(struct progress *p, const char *what, const char *unit, uint64_t total)
{
    progress_begin(p, what, 0, total);
    p->unit = unit;
    progress_update(p, 0);
}

static void print_open(struct progress *p, const char *where, uint64_t now)
{
    char text[256];
    int n = snprintf(text, sizeof text, "%s%s%s", p->what, *where != '\0' ? ": " : "", where);
    unsigned width = terminal_width(STDERR_FILENO);
    if (p->terminal && n > (int)width && width < sizeof text)
        text[width] = '\0';
    fprintf(stderr, p->terminal ? "\r%s\x1b[K" : "%s\n", text);
    fflush(stderr);
    bar_on_screen = p->terminal;
    p->shown_ms = now;
}

void progress_begin_open(struct progress *p, const char *what, const char *where)
{
    progress_begin(p, what, 0, 0);
    p->line_ms = LINE_MS;
    if (!p->silent)
        print_open(p, where, p->begun_ms);
}

void progress_open_at(struct progress *p, const char *where)
{
    uint64_t now = clock_ms();
    bool due = p->terminal ? !bar_on_screen || now - p->shown_ms >= REDRAW_MS
                           : now - p->shown_ms >= p->line_ms;
    if (!due || p->silent)
        return;
    print_open(p, where, now);
    p->line_ms *= 2; /* no flood in the log of a long run */
}

void progress_update(struct progress *p, uint64_t done)
{
    uint64_t now = clock_ms();
    int tenth = (int)(percent(p, done) / 10);
    if (p->silent)
        return;
    print_estimate(p, done, now);
    if (p->terminal) {
        if (!bar_on_screen || now - p->shown_ms >= REDRAW_MS || done == p->total)
            draw_bar(p, done, now);
    } else if (tenth > p->shown_tenth) {
        print_line(p, done, now);
        p->shown_tenth = tenth;
    }
}

void progress_resume(struct progress *p, uint64_t done)
{
    p->first = done;
    p->begun_ms = clock_ms();
}

void progress_end(struct progress *p, uint64_t done)
{
    if (p->silent)
        return;
    if (p->terminal) {
        draw_bar(p, done, clock_ms());
        fputc('\n', stderr);
        bar_on_screen = false;
    }
}
