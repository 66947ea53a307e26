/* gateway_metrics.h - what Prometheus may ask on a loopback port. The loop leaves a copy of its numbers; a thread of the
 * HTTP server renders them. */
#ifndef HOST_GATEWAY_GATEWAY_METRICS_H
#define HOST_GATEWAY_GATEWAY_METRICS_H

#include "core/base/compiler.h"

struct gateway;

/* An exit code, its error printed. Nothing to do without a port in the configuration. */
MUST_CHECK int gateway_metrics_begin(struct gateway *g);
/* From the loop, once in a while. */
void gateway_metrics_update(struct gateway *g);
void gateway_metrics_end(struct gateway *g);

#endif
