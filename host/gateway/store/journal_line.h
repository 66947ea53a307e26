/* journal_line.h - what a journal holds as JSON lines: one object a line, for other programs. */
#ifndef HOST_GATEWAY_STORE_JOURNAL_LINE_H
#define HOST_GATEWAY_STORE_JOURNAL_LINE_H

#include "host/gateway/store/journal.h"

/* {"event":7,"time":1796025600,"controller":"pump-1","action":"12","text":"..."}, without a line break; the caller frees
 * it. NULL: out of memory, or a text that is not UTF-8, which no journal gives. */
MUST_CHECK char *journal_event_line(const struct journal_event *e);

/* {"controller":"pump-1","action":"12","state":"running","step":"upload",...}, the same. */
MUST_CHECK char *journal_action_line(const struct journal_action *a);

#endif
