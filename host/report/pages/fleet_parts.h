/* fleet_parts.h - what the page and the test cases of `rehearse fleet` have in common, and the page's chart. */
#ifndef HOST_REPORT_PAGES_FLEET_PARTS_H
#define HOST_REPORT_PAGES_FLEET_PARTS_H

#include <jansson.h>
#include <stdint.h>

#include "host/report/markup.h"

/* What must not happen: a member of the report, which is a list of devices, or how often it happened. */
struct fleet_wrong {
    const char *member, *name, *meaning;
};
#define FLEET_WRONGS 5u
extern const struct fleet_wrong fleet_wrongs[FLEET_WRONGS];
uint64_t fleet_wrong_count(const json_t *report, const struct fleet_wrong *wrong);

/* Actions closed over time, with the moments at which gateway and server were killed. */
void fleet_chart(struct markup *m, const json_t *report);

#endif
