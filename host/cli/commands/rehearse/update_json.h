/* update_json.h - the members of the JSON document of slipway rehearse update. docs/json.md explains each. */
#ifndef HOST_CLI_COMMANDS_REHEARSE_UPDATE_JSON_H
#define HOST_CLI_COMMANDS_REHEARSE_UPDATE_JSON_H

#include "host/cli/commands/rehearse/update_words.h"

/* Board, seed, request, geometry, areas, files. r is prepared. CLI_DONE, or an exit code with the error printed: the
 * bootloader's file cannot be read again. */
MUST_CHECK int update_json_start(struct json *j, const struct rehearsal *r,
                                 const struct cli_args *a);
/* The undisturbed update: its boots, and what flash holds before and after it. Before any case is run. */
void update_json_boots(struct json *j, const struct rehearsal *r, const struct cuts *c);
/* One element of "cases"; i is its number. */
void update_json_case(struct json *j, const struct cuts *c, const struct cuts_sequence *q,
                      const struct cuts_result *r, unsigned i, bool repeated);
/* The counts: all that the cases add up to. */
void update_json_totals(struct json *j, const struct update_totals *t);
/* One element of "stories": the case is run for it. on_boot as for story_tell. */
struct cuts_result update_json_story(struct json *j, const struct rehearsal *r, struct cuts *c,
                                     const struct cli_args *a, const struct cuts_sequence *q,
                                     unsigned i,
                                     void (*on_boot)(void *ctx, const struct cuts_session *s));

#endif
