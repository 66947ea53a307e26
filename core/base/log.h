/* log.h - log lines in Zephyr's format: "[00:00:29.922,000] <err> flash_stm32h7: text".
 *
 * One backend per program takes finished lines; without one, lines are dropped. A file names its
 * module once (#define LOG_MODULE "name") and then uses LOG_ERR, LOG_WRN, LOG_INF. Formats: %d %i %u %x %X
 * %c %s %p %%, with width, '0', '-', and the lengths l, z, h, hh (no 64-bit values). */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

enum log_level { LOG_LEVEL_ERR = 1, LOG_LEVEL_WRN = 2, LOG_LEVEL_INF = 3, LOG_LEVEL_DBG = 4 };

/* The longest line, CR LF included. A longer line is cut and ends in "~". */
#define LOG_LINE_MAX 160

struct log_backend {
    /* Microseconds since reset. NULL: every line is stamped with zero. */
    uint64_t (*now_us)(void);
    /* Writes one line of len bytes that ends in CR LF. text is not valid after return. */
    void (*write)(const char *text, size_t len);
    enum log_level level; /* lines above this level are dropped */
};

/* backend must live as long as the program logs; NULL turns logging off. */
void log_set_backend(const struct log_backend *backend);

/* format starts with the module's name. */
void log_write(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define LOG_AT(level, format, ...) log_write(level, LOG_MODULE ": " format, ##__VA_ARGS__)
#define LOG_ERR(...)               LOG_AT(LOG_LEVEL_ERR, __VA_ARGS__)
#define LOG_WRN(...)               LOG_AT(LOG_LEVEL_WRN, __VA_ARGS__)
#define LOG_INF(...)               LOG_AT(LOG_LEVEL_INF, __VA_ARGS__)
#define LOG_DBG(...)               LOG_AT(LOG_LEVEL_DBG, __VA_ARGS__)

/* The formatter of log_write. Writes at most cap - 1 characters and a NUL; returns the length of the whole text, as
 * snprintf does. cap > 0. */
size_t fmt_vprint(char *dst, size_t cap, const char *fmt, va_list args);
size_t fmt_print(char *dst, size_t cap, const char *fmt, ...) PRINTF_LIKE(3, 4);

#endif
