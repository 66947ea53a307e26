/* gateway.h - the service between a DDI server (hawkBit, goosebit) and many devices: what is assigned to a device comes to
 * it by the steps of `slipway update`, and "success" is said only of what was seen running and confirmed. */
#ifndef HOST_GATEWAY_GATEWAY_H
#define HOST_GATEWAY_GATEWAY_H

#include "host/gateway/config/config.h"

/* Run until SIGINT or SIGTERM. An exit code, its error printed. */
MUST_CHECK int gateway_run(const struct gateway_config *c);

/* What the journal has: a table of the devices, or JSON. It may be asked while a gateway runs. */
MUST_CHECK int gateway_status(const struct gateway_config *c);
/* The events, one JSON object a line, from number `since` on. */
MUST_CHECK int gateway_events(const struct gateway_config *c, int64_t since);
/* What a person wants of a gateway that runs, or of the next one: new updates may start again, after failures in a row have
 * stopped them; the failed action of a device begins anew. */
MUST_CHECK int gateway_resume(const struct gateway_config *c);
MUST_CHECK int gateway_retry(const struct gateway_config *c, const char *id);

#endif
