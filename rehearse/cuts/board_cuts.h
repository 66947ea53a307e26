/* board_cuts.h - power cuts over an update of whole firmware: a bootloader and two images as they ship, on the virtual
 * board, at full size and with real signatures.
 *
 * First the update runs undisturbed, boot after boot, until nothing changes any more: that is how it must end. Then
 * cases are drawn from a seed: a cut in one of those boots, often cuts of the repair as well, and then undisturbed
 * boots until nothing changes. Every boot must start a whole image, and the last one the image that must stay. The
 * same plan and the same seed give the same cases and the same torn words.
 *
 *     struct cuts *c = cuts_open(&plan);                        // the undisturbed update
 *     if (c != NULL && cuts_result(c)->end == CUTS_CAME_BACK) {
 *         struct cuts_sequence q = cuts_draw(c, 0);             // case 0
 *         bool good = cuts_survived(cuts_try(c, &q, NULL, NULL).end);
 *     }
 *     cuts_close(c); */
#ifndef REHEARSE_CUTS_BOARD_CUTS_H
#define REHEARSE_CUTS_BOARD_CUTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "vboard/vboard.h"

#define CUTS_DEPTH_MAX 5u /* cuts in a row */
#define CUTS_BOOTS_MAX \
    6u /* undisturbed boots; if flash then still changes, the end is CUTS_RESTLESS */
#define CUTS_CASES_MAX   1000000u
#define CUTS_CONSOLE_MAX 8192u /* what is kept of a boot's console */
#define CUTS_NO_IMAGE    (-1)

enum { CUTS_OLD, CUTS_NEW, CUTS_IMAGES };

/* An image where it runs. */
struct cuts_image {
    uint32_t entry; /* bus address of its first instruction, without the Thumb bit */
    uint32_t at;    /* bus address of its first byte */
    uint32_t home;  /* offset in flash where it must be whole to be run */
    const uint8_t *data;
    uint32_t len;
};

/* A boot without a cut. */
struct cuts_boot {
    int image;             /* CUTS_OLD or CUTS_NEW */
    uint64_t operations;   /* flash words programmed and sectors erased, until it was up */
    unsigned erases;       /* of these operations: sectors erased */
    uint64_t before_entry; /* of these: by the bootloader */
    uint64_t ns;           /* until it was up, of a board with typical flash times */
};

/* Flash operations in a row: programs of one sector at rising addresses without a gap, or one operation of another kind.
 * Times are those of a board with the datasheet's typical flash times, whatever plan->config.timing is; operations that
 * run in two banks at once count as if one came after the other. */
struct cuts_run {
    enum vboard_operation_kind kind;
    uint32_t operation,
        count;             /* the number of the first one in its boot, from 1; how many there are */
    uint32_t offset, size; /* bytes that they change, all together */
    uint64_t begin_ns, ns; /* since power-on; from the begin of the first to the end of the last */
};

#define CUTS_RUNS_MAX 4000u /* of a boot; what comes behind them is not kept */
struct cuts_trace {
    unsigned count;
    bool cut_short;
    int64_t behind_ns; /* how much longer the boot would take with typical flash times */
    struct cuts_run run[CUTS_RUNS_MAX];
};

/* Where the undisturbed update is. */
struct cuts_now {
    unsigned boot;                /* from 1 */
    uint64_t operations, ns;      /* of this boot, so far; ns is the board's time */
    const struct cuts_boot *over; /* the boot has just ended like this; NULL: it runs */
    bool at_rest;                 /* of a boot that is over: it was the last one */
};

/* What is rehearsed. The caller owns it; it and what it points to must outlive the struct cuts. */
struct cuts_plan {
    const struct vboard *start;  /* off; its next boot begins the update */
    struct vboard_config config; /* timing, seed, crystal, ...; callbacks are not used */
    unsigned console;            /* the UART whose text is kept, 1 to 8 */
    const char *ready;           /* an image is up when the console says this; NULL: when its first
                                    instruction is next */
    struct cuts_image image[CUTS_IMAGES];
    bool on_trial; /* the request is for a test: an image that is not confirmed goes back */
    /* A cut may undo the request. So with images that run from either slot: to record that the trial has begun,
     * the bootloader erases the sector with the request. */
    bool request_may_go;
    uint64_t seed; /* of the cases */
    /* May be NULL. cuts_open calls it when an undisturbed boot has ended, and often while it runs. */
    void (*on_run)(void *ctx, const struct cuts_now *now);
    void *ctx;
};

struct cuts_sequence {
    unsigned boot,
        depth; /* which boot of the undisturbed update is cut, from 1; how many cuts in a row */
    struct {
        uint64_t at; /* operation of that boot, from 1 */
        enum vboard_cut how;
    } cut[CUTS_DEPTH_MAX];
};

enum cuts_end {
    CUTS_UNKNOWN,   /* the process that ran the case died */
    CUTS_CAME_BACK, /* as the undisturbed update */
    CUTS_WENT_BACK, /* the old image runs and stays: the cut ended a trial, or the request may go */
    CUTS_DEAD,      /* a boot started no image */
    CUTS_NEITHER,   /* a boot started something that is neither image */
    CUTS_LOST,      /* the wrong image runs after the cut, or stays in the end */
    CUTS_RESTLESS,  /* flash still changes after CUTS_BOOTS_MAX boots */
    CUTS_STOPPED,   /* the board does not model what the firmware did: no verdict */
};

struct cuts_result {
    enum cuts_end end;
    unsigned cuts;              /* that happened: a repair may be over before its cut */
    unsigned boots;             /* undisturbed ones, until nothing changed */
    int8_t ran[CUTS_BOOTS_MAX]; /* the image that each started, or CUTS_NO_IMAGE */
    uint64_t operations;        /* of these boots */
};

/* True for CAME_BACK and WENT_BACK. */
bool cuts_survived(enum cuts_end end);
const char *cuts_end_text(enum cuts_end end);

struct cuts;

/* Run the update without a cut. NULL: memory is short. The rehearsal cannot go on if cuts_result()->end is not
 * CAME_BACK: the update fails without a cut, too (cuts_why and cuts_console say how). An undisturbed boot is given
 * up after 120 s of the board's time. */
struct cuts *cuts_open(const struct cuts_plan *plan);
void cuts_close(struct cuts *c);

/* The undisturbed update: cuts_boots of them, the last one without a flash operation. */
unsigned cuts_boots(const struct cuts *c);
const struct cuts_boot *cuts_boot(const struct cuts *c, unsigned n); /* n from 1 */

/* What boot n did to flash until its image was up; n from 1. */
const struct cuts_trace *cuts_trace(const struct cuts *c, unsigned n);
/* The operation of the first cut: *place gets its kind, number, offset and size. False: it lies behind what was kept. */
bool cuts_place(const struct cuts *c, const struct cuts_sequence *q, struct cuts_run *place);

/* Of the last boot that c itself ran: why the board stopped, or which image stays though flash still changes; and what its
 * console said, NUL-terminated. */
const char *cuts_why(const struct cuts *c);
const char *cuts_console(const struct cuts *c);
const struct cuts_result *cuts_result(const struct cuts *c);

/* Case number i. Only for an update that writes to flash (cuts_boots > 1). The first cases cut one erase each, of all
 * that the boots do, in an order drawn from the seed; of the others' first cuts, half are at an erase or beside one. */
struct cuts_sequence cuts_draw(const struct cuts *c, unsigned i);
/* Is the operation of the first cut an erase? */
bool cuts_in_erase(const struct cuts *c, const struct cuts_sequence *q);
/* Cases that hold at least so many cuts together. */
unsigned cuts_cases(const struct cuts *c, unsigned cuts);

/* A boot of a case, when it has ended. */
struct cuts_session {
    const char *title;   /* with what ended it */
    const char *console; /* the end of what was printed, NUL-terminated */
    unsigned cut;        /* number of the cut that ended it, from 1; 0: none did */
    /* The operation that was cut; kind, offset and size only. NULL: none was, or one that had not begun in a repair, of
     * which nothing is known. */
    const struct vboard_operation *operation;
    const struct vboard *board; /* as the boot has left it; after a cut it is off */
};

/* Run one case; the result is cuts_result, too. on_boot (may be NULL) gets each boot; with it each is run. */
struct cuts_result cuts_try(struct cuts *c, const struct cuts_sequence *q,
                            void (*on_boot)(void *ctx, const struct cuts_session *s), void *ctx);
/* The boot of a case in which its fault shows: of the result's boots, from 1. A boot that starts no image or the wrong
 * one; the last one if none is wrong by itself. Of a case that is no failure: the first. */
unsigned cuts_fault(const struct cuts *c, const struct cuts_sequence *q,
                    const struct cuts_result *r);
/* Run the case r again to just before its boot n: cuts_board is off then, and flash holds what that boot will find. */
void cuts_go_before(struct cuts *c, const struct cuts_sequence *q, const struct cuts_result *r,
                    unsigned n);

/* Run cases 0 to count - 1 in so many processes, and wait. results has room for count. progress (may be NULL) is
 * called a few times a second, and at the end, with the number of cases done. False, and results means nothing, if a process could
 * not be started. */
bool cuts_farm(struct cuts *c, unsigned count, unsigned jobs, struct cuts_result *results,
               void (*progress)(void *ctx, unsigned done), void *ctx);

/* A boot with few operations gets the same cuts more than once. repeated[i], of count flags of the caller's: case i failed, and an earlier
 * case with the same cuts has failed, too: one failure. False: memory is short. */
MUST_CHECK bool cuts_find_repeated(const struct cuts *c, const struct cuts_result *results,
                                   unsigned count, bool *repeated);

/* A sequence as text, "1: 233.during 12.before" (BOOT: OPERATION.how ...), and back. The text need not be trusted;
 * false if it is no sequence. */
#define CUTS_TEXT_MAX 160u
void cuts_print(const struct cuts_sequence *q, char text[CUTS_TEXT_MAX]);
bool cuts_parse(const char *text, struct cuts_sequence *q);

/* For tests of the engine: run a cut from the boot's beginning, instead of from a snapshot shortly before it. */
void cuts_from_the_start(struct cuts *c, bool on);
/* For tests of the engine: run each boot, even if flash held the same before an earlier one. */
void cuts_run_all(struct cuts *c, bool on);
/* The board of the last case, as it stands: behind its last boot that was run. */
const struct vboard *cuts_board(const struct cuts *c);

#endif
