/* closure_parts.h - what the page and the test cases of `rehearse closure` have in common. */
#ifndef HOST_REPORT_PAGES_CLOSURE_PARTS_H
#define HOST_REPORT_PAGES_CLOSURE_PARTS_H

#include <jansson.h>
#include <stdbool.h>

/* How a row ended. */
struct closure_outcome {
    const char *word, *look; /* look: PAGE_* of page.h */
    bool is_good;
};
#define CLOSURE_OUTCOMES 3u
extern const struct closure_outcome closure_outcomes[CLOSURE_OUTCOMES];

const struct closure_outcome *closure_outcome(const json_t *row);

#define CLOSURE_SENTENCE 400
/* Why the row is no good: the violation, and the limit that ended it; "" if it is good. Cut to what fits. */
void closure_reason(char text[CLOSURE_SENTENCE], const json_t *row);
/* What became of a power session, as a sentence: "Power on 2: power is cut in the bootloader, at operation 14, an erase at
 * 0x0380 (secondary slot, trailer): ...". outcome: a step of the kind cut, runs, rest or fault; operation: the one before it,
 * or NULL. Cut to what fits. */
void closure_sentence(char text[CLOSURE_SENTENCE], const json_t *path, const json_t *operation,
                      const json_t *outcome);
/* Is it such a step? */
bool closure_is_outcome(const json_t *step);

#endif
