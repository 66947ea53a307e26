/* board_cuts_inside.h - a board under power cuts, for the files board_cuts*.c. */
#ifndef REHEARSE_CUTS_BOARD_CUTS_INSIDE_H
#define REHEARSE_CUTS_BOARD_CUTS_INSIDE_H

#include <stddef.h>

#include "rehearse/cuts/board_cuts.h"

#define CUTS_SNAPSHOTS 16u /* of each undisturbed boot */

#define CUTS_ERASES_MAX 4096u /* of a boot; cuts are not aimed at those behind them */

enum cuts_up { CUTS_UP, CUTS_CUT, CUTS_DOWN, CUTS_UNMODELLED };

/* The erases of a boot: each as the number of its operation, from 1. */
struct cuts_erases {
    unsigned count;
    uint32_t at[CUTS_ERASES_MAX];
};

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
    struct cuts_erases *erases; /* of the present boot; NULL: they are not noted */
    uint64_t erases_from;       /* operations of the whole run before that boot */
    struct vboard_stop stop;    /* why it is not running */
    unsigned reported;      /* the undisturbed boot that plan->on_run hears of, from 1; 0: none */
    uint64_t reported_from; /* operations of the whole run before that boot */
    bool again;             /* it runs once more, for its snapshots */
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
/* Where the boot is, to plan->on_run, if this boot is reported. */
void cuts_board_report(const struct cuts_board *b);
/* Go on until an image is up, the planned cut comes, or the boot fails. */
enum cuts_up cuts_board_run(struct cuts_board *b);
/* Is the image whole in the slot from which it runs? */
bool cuts_board_holds(const struct cuts_board *b, int image);

struct cuts_stand {
    struct cuts_boot boot;
    struct cuts_erases erases;
    struct cuts_snapshot snap[CUTS_SNAPSHOTS]; /* the first is the boot's beginning */
};

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
    bool from_the_start;
    struct cuts_result result;
    char why[240];
};

#endif
