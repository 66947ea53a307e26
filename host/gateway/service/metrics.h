/* metrics.h - Prometheus' text on a loopback port, and a builder for that text. */
#ifndef HOST_GATEWAY_SERVICE_METRICS_H
#define HOST_GATEWAY_SERVICE_METRICS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* ---- the server ---------------------------------------------------------------------------- */

struct metrics;

/* Answer GET /metrics on 127.0.0.1:port from now on, in a thread of its own.
 *   port    0: any free one; see metrics_port
 *   render  is called in that thread, for one request at a time: it takes care of its own locks. Returns malloc'd text,
 *           which is freed after use, or NULL, which becomes an answer 503
 *   ctx     for render; must be good until metrics_stop
 * ERR_BUSY the port is taken; ERR_ACCESS it may not be opened; ERR_NOMEM; ERR_IO anything else. */
MUST_CHECK enum err metrics_start(struct metrics **m, unsigned port, char *(*render)(void *ctx),
                                  void *ctx);
/* The port that it answers on. */
unsigned metrics_port(const struct metrics *m);
/* Waits for a request that is under way. NULL does nothing. */
void metrics_stop(struct metrics *m);

/* ---- the text ------------------------------------------------------------------------------ */

/* What is measured. All values of one follow each other in the text, as the format wants it. */
struct metric {
    const char *name; /* a letter or _ and then letters, digits, _: "slipway_devices" */
    const char *type; /* "gauge" or "counter" */
    const char *help; /* one sentence */
};

struct metric_label {
    const char *name;  /* as a metric's; ours */
    const char *value; /* any bytes, also of a device: what is not UTF-8 is replaced */
};

/* A text that grows. The first failure sticks, and what follows is ignored. */
struct metrics_text {
    char *text;
    size_t len, cap;
    const struct metric *last; /* the metric of the last value */
    bool failed;
};

void metrics_begin(struct metrics_text *t);
/* Add a value; in front of a metric's first one, what it means. labels: count of them. */
void metrics_value(struct metrics_text *t, const struct metric *what,
                   const struct metric_label *labels, size_t count, double value);
/* The whole text, which the caller frees; NULL: there was no memory, or a name was wrong. */
char *metrics_finish(struct metrics_text *t);

#endif
