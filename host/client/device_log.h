/* device_log.h - what the device prints between the SMP frames: shown as it comes; the last lines are kept to explain
 * an error. */
#ifndef HOST_CLIENT_DEVICE_LOG_H
#define HOST_CLIENT_DEVICE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "host/cli/core/plain_text.h"

#define DEVICE_LOG_LINES 64u
#define DEVICE_LOG_WIDTH 240u

struct device_log {
    char line[DEVICE_LOG_LINES][DEVICE_LOG_WIDTH]; /* a ring */
    unsigned long count;                           /* lines ever completed */
    size_t len;                                    /* of the line under construction */
    unsigned long bytes, noise; /* bytes that came; of them, those that are not text */
    struct escapes escapes;
    FILE *show; /* "device| LINE" goes here; NULL: nowhere */
};

void device_log_init(struct device_log *l, FILE *show);

/* Text as it arrives, in any pieces. CR and control characters are dropped, terminal escapes too; what is not
 * UTF-8 becomes '?', so that a line at the wrong speed does nothing to a terminal. */
void device_log_text(struct device_log *l, const char *text, size_t len);

/* End a line that has no newline yet, if there is one. */
void device_log_flush(struct device_log *l);

/* True if so little of what came is text that the baud rate must be wrong. */
bool device_log_is_noise(const struct device_log *l);

/* Number of lines kept, and the n-th of them, oldest first. */
unsigned device_log_kept(const struct device_log *l);
const char *device_log_line(const struct device_log *l, unsigned n);

#endif
