/* report_kinds.h - the kinds of reports, and who draws each. */
#ifndef HOST_REPORT_REPORT_KINDS_H
#define HOST_REPORT_REPORT_KINDS_H

#include <jansson.h>

#include "host/report/junit.h"
#include "host/report/markup.h"

struct report_kind {
    const char *name;  /* the document's member "report": the command that makes it */
    const char *title; /* of its page */
    void (*page)(struct markup *m, const json_t *report);
    void (*junit)(struct junit *j, const json_t *report);
};

/* Ends with a row without a name. */
extern const struct report_kind report_kinds[];

/* NULL: there is no such kind. */
const struct report_kind *report_kind_named(const char *name);

#endif
