/* progress.h - how far long work has come: a bar on a terminal, a line every 10 % elsewhere, nothing with --quiet
 * or --json. On stderr, so that stdout stays clean for results. Work is bytes (an upload), a count (cases), or has an
 * open end. */
#ifndef HOST_CLI_CORE_PROGRESS_H
#define HOST_CLI_CORE_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct progress {
    const char *what;      /* "upload" */
    const char *unit;      /* of what is counted: "cases"; NULL: bytes, shown as KB */
    uint64_t total, first; /* where the work began (a resumed upload) */
    uint64_t begun_ms, shown_ms;
    int shown_tenth;  /* last tenth printed, -1: none */
    uint64_t line_ms; /* of work with an open end: how long until the next line */
    bool terminal, silent;
    bool estimated; /* how long all will take has been printed, or shall not be */
};

void progress_begin(struct progress *p, const char *what, uint64_t done, uint64_t total);
void progress_update(struct progress *p, uint64_t done);
/* The work goes on after a pause: rate and time left count from here. */
void progress_resume(struct progress *p, uint64_t done);
void progress_end(struct progress *p, uint64_t done);

/* The same for things that are counted; update and end as above. After the first few a line says how long all will
 * take. */
void progress_begin_count(struct progress *p, const char *what, const char *unit, uint64_t total);

/* Work whose end nobody knows: "what: where" ("what" if where is ""), then another one in its place on a terminal, and
 * elsewhere after 10 s, 20 s more, 40 s more and so on. It ends with progress_make_room. The text is ours: it is printed as it is. */
void progress_begin_open(struct progress *p, const char *what, const char *where);
void progress_open_at(struct progress *p, const char *where);

/* Something else is about to be printed: clear the bar's line if one is on the screen. */
void progress_make_room(void);

/* The two forms, without newline. ms: time since the work began.
 *   bar   "upload [#####.....]  50 %  30.0/60.0 KB  7.1 KB/s  0:04 left" in at most width columns: where these are too
 *         few, the amount goes first, then the cells, then the name; percent, rate and time stay (from 19 columns on,
 *         for rates below 100 KB/s)
 *   line  "upload  50 %  30.0/60.0 KB  7.1 KB/s  0:04 left"
 *   line  "cuts  50 %  49/98 cases  0.65 cases/s  about 1 min 15 s left" of what is counted */
void progress_bar(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms,
                  unsigned width);
void progress_line(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms);

/* "cuts 98 cases, about 2 min 30 s in all". False: too few are done to know, or all of them. */
bool progress_estimate(char *dst, size_t cap, const struct progress *p, uint64_t done, uint64_t ms);

#endif
