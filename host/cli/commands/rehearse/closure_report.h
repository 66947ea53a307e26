/* closure_report.h - what `slipway rehearse closure` writes into its JSON document. Members: docs/json.md. */
#ifndef HOST_CLI_COMMANDS_REHEARSE_CLOSURE_REPORT_H
#define HOST_CLI_COMMANDS_REHEARSE_CLOSURE_REPORT_H

#include "host/cli/core/cli.h"
#include "rehearse/closure/closure.h"

#define CLOSURE_PATHS_MAX 20u /* violated rows whose path is written */

/* What the rows come to. */
struct closure_totals {
    unsigned rows, bounded; /* rows */
    uint64_t states, edges, violations;
    uint32_t boots,
        ops; /* the longest undisturbed way to rest of all rows, and the rows that have it */
    char boots_row[CLOSURE_NAME_MAX], ops_row[CLOSURE_NAME_MAX];
    unsigned replays; /* rows with a violation that can be replayed; the first of them: */
    struct closure_found {
        struct closure_config config;
        enum closure_fault fault;
        const char *replay; /* lives until the command ends */
    } found[CLOSURE_PATHS_MAX];
};

void closure_totals_add(struct closure_totals *t, const struct closure_config *c,
                        const struct closure_result *r);

/* An element of "rows". */
void closure_report_row(struct json *j, const struct closure_config *c,
                        const struct closure_result *r);

/* The members behind "rows": totals, and "paths" of t->found. Runs these replays. */
void closure_report_totals(struct json *j, const struct closure_totals *t);

/* The command line that prints the path. */
const char *closure_replay_command(const char *replay);

#endif
