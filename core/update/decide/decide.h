/* decide.h - one boot in three moves, for one image: inspect reads what flash says into struct findings, decide maps the
 * findings to an action by a table, act carries it out. decide reads and writes nothing else: the same findings give the
 * same action.
 *
 * A verdict costs a signature, so it is asked for only when a row needs it: decide answers DO_JUDGE_..., the caller judges,
 * puts down what came of it, and asks again. Internal to core/update/. */
#ifndef CORE_UPDATE_DECIDE_DECIDE_H
#define CORE_UPDATE_DECIDE_DECIDE_H

#include "core/update/update.h"

/* A swap in progress: what the primary's trailer says about it. */
struct swap {
    enum swap_type type; /* TEST, PERM or REVERT */
    uint32_t records;    /* index of the next status record: what is below is done */
    uint32_t swap_size;  /* bytes of the larger image */
    uint32_t tlv_sizes;  /* unprotected TLV area of the primary's image | secondary's << 16 */
    bool image_ok;       /* image_ok is written in the primary */
    bool copy_done;      /* copy_done is written: the swap has ended */
};

enum found { FOUND_UNKNOWN, FOUND_GENUINE, FOUND_REFUSED }; /* not judged yet, and the verdict */
enum hold { HOLD_NOT, HOLD_NOW, HOLD_FOR_GOOD }; /* what is asked for waits; a revert is given up */

struct findings {
    bool inspected; /* what follows is there, and nothing has been written since */
    struct trailer_state pri, sec;
    struct swap sw;       /* as the primary's trailer has it, or the checkpoint */
    bool claims;          /* the primary's trailer says that a swap has begun */
    bool from_checkpoint; /* sw came from there: it outranks both trailers */
    bool prepared;        /* a revert was being prepared: no request, whatever it looks like */
    bool unfinished;      /* a swap was cut, and sw says how far it came */
    bool plausible; /* unfinished: the images are where sw says, in the sizes that it states */
    enum swap_type asked;       /* TEST, PERM, REVERT or NONE */
    enum found source;          /* the image in the secondary that this is about */
    struct image_report report; /* of source, once it is judged */
    enum found primary;         /* the image at the start of the primary */
    bool alone;                 /* no other image has to fit what comes in */
    enum hold hold;             /* what the others make of it (multi_image.c) */
};

enum action {
    DO_NOTHING,
    DO_JUDGE_SOURCE,  /* then ask again */
    DO_JUDGE_PRIMARY, /* the same */
    DO_REWRITE,       /* the swap had ended: its trailer is written anew */
    DO_RESUME,        /* go on with the swap that was cut */
    DO_SETTLE,        /* there is nothing to finish or undo: the primary's trailer says so */
    DO_START,         /* swap, copy or revert */
    DO_KEEP_PRIMARY,  /* there is no way back: the image on trial stays */
    DO_REFUSE,        /* take the request back, and spoil what nobody can have meant */
    DO_HOLD,          /* not at this boot */
    DO_CLEAR,         /* a request that is garbled */
    DO_MEND,          /* a confirmation that was cut */
    DO_COUNT
};

enum action decide(const struct findings *f);

/* ---- the table, for tests and documents ---- */

/* Rows of the table, and the cells of one in order: the conditions, the action, the reason. */
#define DECIDE_COLUMNS 12u
unsigned decide_row_count(void);
const char *decide_column(unsigned column);
const char *decide_cell(unsigned row, unsigned column);
/* The row that decides these findings. */
unsigned decide_row_of(const struct findings *f);

#endif
