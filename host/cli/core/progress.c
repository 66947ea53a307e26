#include "host/cli/core/progress.h"

#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "host/cli/core/cli.h"
#include "host/cli/core/clock.h"

#define REDRAW_MS 100

/* True while the cursor is at the end of a bar. There is one screen, so one flag. */
static bool bar_on_screen;

static unsigned percent(const struct progress *p, uint64_t done)
{
    return p->total == 0 ? 100 : (unsigned)(done * 100 / p->total);
}

/* Rate, and the time that is left or was needed, with gap before each; "" until there is something to measure. */
static void speed(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  const char *gap, const char *left_word)
{
    dst[0] = '\0';
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

static void bytes_text(char *dst, size_t cap, const struct progress *p, uint64_t done)
{
    snprintf(dst, cap, "%.1f/%.1f KB", (double)done / 1024, (double)p->total / 1024);
}

void progress_line(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms)
{
    char bytes[60], rate[60];
    bytes_text(bytes, sizeof bytes, p, done);
    speed(rate, sizeof rate, p, done, ms, "  ", " left");
    snprintf(dst, cap, "%s %3u %%  %s%s", p->what, percent(p, done), bytes, rate);
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
    char bytes[60], rate[60], tight[60], tail[130];
    const unsigned part = percent(p, done);
    bytes_text(bytes, sizeof bytes, p, done);
    speed(rate, sizeof rate, p, done, ms, "  ", " left");
    speed(tight, sizeof tight, p, done, ms, " ", "");
    snprintf(tail, sizeof tail, "  %s%s", bytes, rate);
    if (with_cells(dst, cap, p, done, tail, width) || with_cells(dst, cap, p, done, rate, width))
        return;
    if (snprintf(dst, cap, "%s %3u %%%s", p->what, part, rate) > (int)width &&
        snprintf(dst, cap, "%3u %%%s", part, rate) > (int)width)
        snprintf(dst, cap, "%u %%%s", part, tight);
    if (width < cap)
        dst[width] = '\0';
}

/* The last column stays free: some terminals wrap as soon as it is written. */
static unsigned screen_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 1 ? w.ws_col - 1u : 79u;
}

static void draw_bar(struct progress *p, uint64_t done, uint64_t now)
{
    char text[256];
    progress_bar(text, sizeof text, p, done, now - p->begun_ms, screen_width());
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

void progress_begin(struct progress *p, const char *what, uint64_t done, uint64_t total)
{
    *p = (struct progress){.what = what, .total = total, .first = done, .begun_ms = clock_ms()};
    p->shown_tenth = -1;
    p->terminal = isatty(STDERR_FILENO) == 1;
    p->silent = cli_mode.quiet || cli_mode.json;
}

void progress_update(struct progress *p, uint64_t done)
{
    uint64_t now = clock_ms();
    int tenth = (int)(percent(p, done) / 10);
    if (p->silent)
        return;
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
