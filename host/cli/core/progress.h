/* progress.h - how far long work has come: a bar on a terminal, a line every 10 % elsewhere, nothing with --quiet
 * or --json. On stderr, so that stdout stays clean for results. */
#ifndef HOST_CLI_CORE_PROGRESS_H
#define HOST_CLI_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *what;      /* "upload" */
    uint64_t total, first; /* bytes; where the work began (a resumed upload) */
    uint64_t begun_ms, shown_ms;
    int shown_tenth; /* last tenth printed, -1: none */
    bool terminal, silent;
};

void progress_begin(struct progress *p, const char *what, uint64_t done, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
/* The work goes on after a pause: rate and time left count from here. */
void progress_resume(struct progress *p, uint64_t done);
void progress_end(struct progress *p, uint64_t done);

/* Something else is about to be printed: clear the bar's line if one is on the screen. */
void progress_make_room(void);

/* The two forms, without newline. ms: time since the work began.
 *   bar   "upload [#####.....]  50 %  30.0/60.0 KB  7.1 KB/s  0:04 left" in at most width columns: where these are too
 *         few, the bytes go first, then the cells, then the name; percent, rate and time stay (from 19 columns on,
 *         for rates below 100 KB/s)
 *   line  "upload  50 %  30.0/60.0 KB  7.1 KB/s  0:04 left" */
void progress_bar(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  unsigned width);
void progress_line(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms);

#endif
