/* flash_json.h - what the conformance suite says about a flash driver, as members of a JSON document (docs/json.md). */
#ifndef HOST_REHEARSAL_FLASH_JSON_H
#define HOST_REHEARSAL_FLASH_JSON_H

#include "host/cli/core/cli.h"
#include "rehearse/driver/flash_conformance.h"

/* All about one driver: members of the object that is open. */
void flash_json_report(struct json *j, const char *driver, const char *part,
                       const struct conformance_report *r);

/* The counts alone: "checks", "calls", "finding_count". */
void flash_json_counts(struct json *j, const struct conformance_report *r);
/* Members of one finding, with the accesses before it if trace. */
void flash_json_finding(struct json *j, const struct conformance_finding *f, bool trace);

#endif
