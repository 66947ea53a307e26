/* explain_patterns.h - log lines that are known: what they say, why they come, what to do. */
#ifndef HOST_CLIENT_EXPLAIN_PATTERNS_H
#define HOST_CLIENT_EXPLAIN_PATTERNS_H

#include <stddef.h>

#define EXPLAIN_TEXTS_MAX 8

/* The parts of a text between its '*' must stand in the line, in this order. The module does not matter: a minimal
 * log does not name it. */
struct explain_pattern {
    const char *texts[EXPLAIN_TEXTS_MAX]; /* any of them; unused ones are NULL */
    const char *meaning, *cause, *next;   /* cause, next: NULL for what other lines explain */
};

extern const struct explain_pattern explain_patterns[];
extern const size_t explain_patterns_count;

/* The first row that fits the line; its number, or explain_patterns_count. */
size_t explain_pattern_of(const char *line);

#endif
