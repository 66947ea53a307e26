/* board_cuts_inside.h - a board under power cuts, for the files board_cuts*.c. */
#ifndef REHEARSE_CUTS_BOARD_CUTS_INSIDE_H
#define REHEARSE_CUTS_BOARD_CUTS_INSIDE_H

#include <stddef.h>

#include "rehearse/cuts/board_cuts.h"

#define CUTS_SNAPSHOTS 32u /* of each undisturbed boot, at most */

#define CUTS_ERASES_MAX 4096u /* of a boot; cuts are not aimed at those behind them */

enum cuts_up { CUTS_UP, CUTS_CUT, CUTS_DOWN, CUTS_UNMODELLED };

/* The erases of a boot: each as the number of its operation, from 1. */
struct cuts_erases {
    unsigned count;
    uint32_t at[CUTS_ERASES_MAX];
};

struct cuts_stand;

/* The board, and what it has done since its last power-on. */
struct cuts_board {
    struct vboard *v;
    const struct cuts_plan *plan;
    uint64_t limit_ns; /* a boot that takes longer is dead */
    char console[CUTS_CONSOLE_MAX];
    size_t console_len;
    bool ready_seen;
    int entered;            /* the image whose first instruction was reached, or CUTS_NO_IMAGE */
    bool neither;           /* an entry was reached, and the bytes there are no image's */
    uint64_t entered_after; /* operations of the whole run at that moment */
    uint64_t began_ns;
    struct vboard_stop stop; /* why it is not running */
    /* Of an undisturbed boot, the first time that it runs: what is noted of it (NULL: nothing), which one it is, from 1,
     * for plan->on_run, and the operations of the whole run before it. */
    struct cuts_stand *noted;
    unsigned noted_boot;
    uint64_t noted_from;
    uint64_t reported_ns;         /* time of the boot when plan->on_run was called last */
    struct vboard_operation last; /* flash operation that began last; number 0: none */
};

bool cuts_board_open(struct cuts_board *b, const struct cuts_plan *plan);
void cuts_board_close(struct cuts_board *b);

/* A board in the middle of a boot, and what it had done by then. */
struct cuts_snapshot {
    struct vboard *v;
    struct cuts_board was; /* but for its board */
    uint64_t at;           /* operations of this boot */
};

/* b's board becomes a copy of v, which is off; what b knows of its last boot is forgotten. */
void cuts_board_take(struct cuts_board *b, const struct vboard *v);
/* The same with a board in the middle of a boot; b goes on as it did there. */
void cuts_board_resume(struct cuts_board *b, const struct cuts_snapshot *s);
void cuts_board_power_on(struct cuts_board *b);
/* Keep the board as it is, as the next snapshot of the boot that is noted. */
void cuts_board_keep(struct cuts_board *b);
/* Go on until an image is up, the planned cut comes, or the boot fails. */
enum cuts_up cuts_board_run(struct cuts_board *b);
/* An operation begins in the boot that is noted (board_cuts_trace.c). */
void cuts_note_operation(struct cuts_board *b, const struct vboard_operation *op);
/* Is the image whole in the slot from which it runs? */
bool cuts_board_holds(const struct cuts_board *b, int image);

/* The snapshots are taken while the boot runs, which may take any number of operations: where all places are used, every
 * other one is given up, and from then on they are twice as far apart. */
struct cuts_stand {
    struct cuts_boot boot;
    struct cuts_erases erases;
    struct cuts_trace trace;
    struct cuts_snapshot snap[CUTS_SNAPSHOTS]; /* the first is the boot's beginning */
    unsigned snaps;
    uint64_t spacing; /* operations from one to the next */
    bool short_of_memory;
};

/* A boot that ran without a cut and ended with an image up. before, after: what flash held (vboard_kept). */
struct cuts_known {
    uint64_t before[2], after[2];
    int image;
    uint64_t operations;   /* of this boot */
    uint64_t before_entry; /* of these: by the bootloader */
};
#define CUTS_KNOWN_MAX 4096u

struct cuts_place {
    unsigned boot; /* from 1 */
    uint32_t at;
};

struct cuts {
    const struct cuts_plan *plan;
    struct cuts_board board;
    struct cuts_stand stand[CUTS_BOOTS_MAX];
    unsigned boots;
    struct cuts_place *
        first; /* each erase of each boot, in an order drawn from the seed: cut by the first cases */
    unsigned first_count;
    bool from_the_start, run_all;
    struct cuts_known known[CUTS_KNOWN_MAX];
    unsigned known_count;
    struct cuts_result result;
    char why[240];
};

/* board_cuts.c: how a boot ended that was not cut; why it ended so, into c->why. */
enum cuts_end cuts_end_of(const struct cuts_board *b, enum cuts_up up);
void cuts_keep_reason(struct cuts *c, enum cuts_up up);
/* The same where flash still changes: which image stays, or do they take turns? ran: of each boot, from the first. */
void cuts_keep_restless(struct cuts *c, const int8_t *ran, unsigned boots);
/* A boot that has ended with an image up; begin: the operations before it. False: it cannot be compared. */
bool cuts_describe(const struct cuts_board *b, uint64_t begin, struct cuts_known *k);
void cuts_remember(struct cuts *c, const struct cuts_known *k);

/* board_cuts_draw.c: every erase once into c->first, shuffled, so that with fewer cases than erases none is favoured.
 * False if memory is short. */
bool cuts_order_erases(struct cuts *c);

#endif
