/* story.h - one case of a rehearsal as it is told to somebody who was not there: each boot with its console, what the cuts have
 * torn, and both trailers. Members of a JSON object. */
#ifndef HOST_REHEARSAL_STORY_H
#define HOST_REHEARSAL_STORY_H

#include "host/rehearsal/rehearsal.h"

#define STORY_TORN_MAX 100u /* places that are listed; of those behind them the number is written */

/* Run the case, and write the members boots, end, why, torn and trailers of the object that is open in j. Torn
 * words are those that the last cut has left; so are the trailers, and again at the end. on_boot (may be NULL) gets each
 * boot, too. r->spare is overwritten. */
struct cuts_result story_tell(const struct rehearsal *r, struct cuts *c,
                              const struct cuts_sequence *q, struct json *j,
                              void (*on_boot)(void *ctx, const struct cuts_session *s), void *ctx);

/* "came back", "dead", ...: an end as the JSON document has it. */
const char *story_end(enum cuts_end end);
/* "program", "erase", "options" */
const char *story_kind(enum vboard_operation_kind kind);
/* "before", "during", "after" */
const char *story_how(enum vboard_cut how);

#endif
