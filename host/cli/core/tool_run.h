/* tool_run.h - another program, such as cpp or dtc, held to limits: its input is a user's file, which may expand
 * without end, block for ever, or leave processes behind.
 *
 * It runs in a process group of its own, reads /dev/null, and is killed with all its children when a limit is
 * reached, when it ends, or when a signal ends this program. */
#ifndef HOST_CLI_CORE_TOOL_RUN_H
#define HOST_CLI_CORE_TOOL_RUN_H

#include <stddef.h>

struct tool_limits {
    unsigned seconds;        /* by the clock */
    size_t file;             /* bytes of the longest file that it writes */
    size_t memory;           /* bytes of each of its processes */
    void (*wait)(void *ctx); /* called every few ms meanwhile; NULL: nothing is */
    void *ctx;
};

enum tool_end { TOOL_DONE, TOOL_FAILED, TOOL_MISSING, TOOL_TOO_LONG, TOOL_TOO_LARGE };

/* Run argv[0] (looked for in PATH; argv ends with NULL) in folder. out and log, names in it, get its standard output
 * and, at their end, its error texts; out is made anew, log grows. TOOL_MISSING: it could not be started.
 * TOOL_FAILED: its exit code is not 0, or a signal ended it. */
enum tool_end tool_run(const char *const argv[], const char *folder, const char *out,
                       const char *log, const struct tool_limits *limits);

#endif
