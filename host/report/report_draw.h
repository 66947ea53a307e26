/* report_draw.h - from a report's JSON text to its page and its JUnit file, in memory. */
#ifndef HOST_REPORT_REPORT_DRAW_H
#define HOST_REPORT_REPORT_DRAW_H

#include "host/report/markup.h"

#define REPORT_SCHEMA    1u
#define REPORT_WHY_MAX   200u
#define REPORT_BYTES_MAX ((size_t)512 << 20)

/* The text need not be trusted, nor end with a NUL. page and junit: initialised, and freed by the caller; NULL: not wanted.
 * False, with why: it is not a report that this program can draw, or memory is short. */
MUST_CHECK bool report_render(const char *json, size_t len, struct markup *page,
                              struct markup *junit, char why[REPORT_WHY_MAX]);

#endif
