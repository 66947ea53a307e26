/* update_words.h - what slipway rehearse update counts and says. */
#ifndef HOST_CLI_COMMANDS_REHEARSE_UPDATE_WORDS_H
#define HOST_CLI_COMMANDS_REHEARSE_UPDATE_WORDS_H

#include "host/rehearsal/rehearsal.h"

#define UPDATE_STORIES 20u /* failing cases that are kept */
#define UPDATE_SHOWN   5u  /* of these: listed in the error */

/* Of all cases but those that failed with the cuts of an earlier one: these are counted as repeated, and nowhere else. */
struct update_totals {
    unsigned ends[CUTS_STOPPED + 1], cuts, nested, boots, how[3], in_erase, bricks;
    unsigned repeated;
    uint64_t operations;
    unsigned brick[UPDATE_STORIES]; /* numbers of the first that failed */
};
void update_count(struct update_totals *t, const struct cuts *c, const struct cuts_sequence *q,
                  const struct cuts_result *r, unsigned i);

/* "old", "new"; "-": none. */
const char *update_image_text(int image);
/* "as a test": how the new image is requested. */
const char *update_request_text(const struct rehearsal *r, const struct cli_args *a);
/* The command line that replays this sequence, without the options for many cases. gdb: with --gdb. */
const char *update_replay_command(const struct cli_args *a, const struct cuts_sequence *q,
                                  bool gdb);

void update_print_start(const struct rehearsal *r, const struct cli_args *a);
void update_print_case(const struct cuts_sequence *q, const struct cuts_result *r, unsigned i);
void update_print_totals(const struct rehearsal *r, const struct cuts *c,
                         const struct update_totals *t, unsigned count);

#endif
