#include "host/report/report_kinds.h"

#include <string.h>

#include "host/report/pages/pages.h"

const struct report_kind report_kinds[] = {
    {"rehearse update", "An update under power cuts", page_update, junit_update},
    {"rehearse flash", "A flash driver on trial", page_flash, junit_flash},
    {"rehearse closure", "Every flash state that power cuts can reach", page_closure,
     junit_closure},
    {"rehearse fleet", "A rollout to a fleet", page_fleet, junit_fleet},
    {"museum", "Historic flash driver bugs, and what shows them", page_museum, junit_museum},
    {0},
};

const struct report_kind *report_kind_named(const char *name)
{
    const struct report_kind *k = report_kinds;
    while (k->name != NULL && strcmp(k->name, name) != 0)
        k++;
    return k->name != NULL ? k : NULL;
}
