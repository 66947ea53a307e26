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

/* "30.0/60.0 KB  7.1 KB/s  0:04 left"; rate and time only once there is something to measure. */
static void figures(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms)
{
    int n = snprintf(dst, cap, "%.1f/%.1f KB", (double)done / 1024, (double)p->total / 1024);
    if (n < 0 || (size_t)n >= cap || done <= p->first || ms == 0)
        return;
    double rate = (double)(done - p->first) * 1000 / (double)ms; /* bytes per second */
    unsigned left = (unsigned)((double)(p->total - done) / rate + 0.5);
    if (done < p->total)
        snprintf(dst + n, cap - (size_t)n, "  %.1f KB/s  %u:%02u left", rate / 1024, left / 60,
                 left % 60);
    else
        snprintf(dst + n, cap - (size_t)n, "  %.1f KB/s  in %.1f s", rate / 1024,
                 (double)ms / 1000);
}

void progress_line(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms)
{
    char tail[100];
    figures(tail, sizeof tail, p, done, ms);
    snprintf(dst, cap, "%s %3u %%  %s", p->what, percent(p, done), tail);
}

void progress_bar(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  unsigned width)
{
    static const char full[] = "##################################################";
    static const char empty[] = "..................................................";
    char tail[100];
    figures(tail, sizeof tail, p, done, ms);
    size_t other = strlen(p->what) + strlen(tail) + 12; /* brackets, percent, spaces */
    unsigned cells = width > other + 10 ? (unsigned)(width - other) : 10;
    if (cells > sizeof full - 1)
        cells = sizeof full - 1;
    unsigned filled = p->total == 0 ? cells : (unsigned)(done * cells / p->total);
    int n = snprintf(dst, cap, "%s [%.*s%.*s] %3u %%  %s", p->what, (int)filled, full,
                     (int)(cells - filled), empty, percent(p, done), tail);
    if (n > (int)width && width < cap)
        dst[width] = '\0';
}

static unsigned screen_width(void)
{
    struct winsize w;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col > 20 ? w.ws_col - 1u : 79u;
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
