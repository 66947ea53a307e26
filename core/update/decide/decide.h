/* decide.h - one boot in three steps: inspect reads trailers and headers into findings, decide maps the findings to an
 * action by a table (table.h), act carries the action out. decide reads nothing but the findings, so the same findings
 * always give the same action.
 *
 * Some findings cost a signature check, or the reading of whole images. They are made only when a row of the table
 * needs them: decide then answers with a question (..._JUDGE_..., ..._ASK), the caller enters the result into the
 * findings and calls decide again. Internal to core/update/. */
#ifndef CORE_UPDATE_DECIDE_DECIDE_H
#define CORE_UPDATE_DECIDE_DECIDE_H

#include "core/update/update.h"

/* The verdict on an image, with the reason if it is refused: the reason decides whether the image is erased. */
enum found {
    FOUND_UNKNOWN,     /* not judged yet */
    FOUND_GENUINE,     /* and this device lets it run */
    FOUND_ABSENT,      /* there is none */
    FOUND_TOO_LARGE,   /* it does not fit; it was not judged any further */
    FOUND_COUNTER_LOW, /* genuine, and its security counter is missing or too low */
    FOUND_KEY_RETIRED, /* genuine, and signed with a key that is retired */
    FOUND_FORGED       /* anything else: hash, signature or format is wrong */
};

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* ---- images that are copied into the primary (decide_copy.c) --------------------------------------- */

/* A swap in progress: what the primary's trailer says about it. */
struct swap {
    enum swap_type type; /* TEST, PERM or REVERT */
    uint32_t records;    /* index of the next status record: the steps below it are done */
    uint32_t swap_size;  /* bytes of the larger image */
    uint32_t tlv_sizes;  /* unprotected TLV area of the primary's image | secondary's << 16 */
    bool image_ok;       /* image_ok is written in the primary */
    bool copy_done;      /* copy_done is written: the swap has ended */
};

/* Of records: there are some, and how far the swap came is unclear. */
#define RECORDS_UNCLEAR UINT32_MAX

/* Whether other images keep this one from moving: no; at this boot; for ever (a revert is given up). */
enum hold { HOLD_NOT, HOLD_NOW, HOLD_FOR_GOOD };

struct findings {
    bool inspected; /* the fields below are filled in, and flash has not been written since */
    struct trailer_state pri, sec;
    struct swap sw;       /* as the primary's trailer has it, or the checkpoint */
    bool claims;          /* the primary's trailer says that a swap has begun */
    bool from_checkpoint; /* sw came from there: it outranks both trailers */
    bool prepared;   /* the secondary's trailer marks a revert, even if it looks like a request */
    bool unfinished; /* a swap was interrupted, and sw says how far it came */
    bool plausible;  /* unfinished: the images lie where sw says, with the sizes that it states */
    enum swap_type asked; /* TEST, PERM, REVERT or NONE */
    /* There is no request, but no image can run either: try the one in the secondary. */
    bool rescue;
    /* The rollback store has been brought up to date with a confirmed primary (rollback_remember_confirmed). */
    bool remembered;
    enum found source;          /* the image in the secondary that would be swapped or copied in */
    struct image_report report; /* of source, once it is judged */
    enum answer may_replace;    /* the genuine source may replace the primary (compare_source) */
    enum found primary;         /* the image at the start of the primary */
    bool only_image;            /* there are no other images whose dependencies count */
    enum hold hold;             /* set by multi_image.c */
};

enum action {
    DO_NOTHING,
    DO_REMEMBER, /* this and the next three are questions: answer it, then decide again */
    DO_JUDGE_SOURCE,
    DO_JUDGE_PRIMARY,
    DO_COMPARE,
    DO_REWRITE,      /* the swap had ended: finish rewriting its trailer */
    DO_RESUME,       /* go on with the interrupted swap */
    DO_SETTLE,       /* rewrite the primary's trailer: nothing is to be finished or reverted */
    DO_START,        /* swap, copy or revert */
    DO_KEEP_PRIMARY, /* a revert is impossible: the image on trial stays */
    DO_REFUSE,       /* clear the request, leave the image */
    DO_ERASE,        /* erase the image's first sector, and clear the request */
    DO_HOLD,         /* wait: not at this boot */
    DO_CLEAR,        /* clear a garbled request */
    DO_CONFIRM,      /* complete an interrupted confirmation */
    DO_COUNT
};

enum action decide(const struct findings *f);

/* The TABLE_FACTS facts of these findings, for copy_table (table.h). */
void copy_facts(const struct findings *f, uint8_t *facts);

/* The type of swap that these findings are about. */
enum swap_type type_of(const struct findings *f);

/* ---- images that run from either slot (decide_either.c) -------------------------------------------- */

/* What the trailer of its slot says about an image that runs from that slot. */
enum trial {
    TRIAL_NONE,      /* no magic: programmed by a probe, or uploaded and not requested */
    TRIAL_PENDING,   /* a test is requested */
    TRIAL_TRIED,     /* has had its one boot, and was not confirmed */
    TRIAL_CONFIRMED, /* confirmed, or requested as permanent */
    TRIAL_BEGUN      /* pending, and a note in the other slot says that the trial has begun */
};

struct candidate {
    enum slot slot;
    enum trial trial;
    bool holds_note; /* its trailer's sector has a note about some image in the other slot */
    struct image_header header;
};

struct findings_either {
    bool reverts; /* false: trailers are not read, and every image counts as TRIAL_CONFIRMED */
    struct candidate c[2]; /* the images with a header, in the order in which they are tried */
    enum found found[2];   /* the verdict on each; FOUND_ABSENT where there is no image */
    bool failed;           /* flash failed, not by ECC: from now on nothing is written */
};

/* Is the secondary's image tried before the primary's? newer: it has the higher version. */
bool secondary_is_first(enum trial primary, enum trial secondary, bool newer);

enum action_either {
    /* After each of these six decide again. */
    EITHER_JUDGE_FIRST,
    EITHER_JUDGE_SECOND,
    EITHER_KEEP,   /* confirm the image that runs */
    EITHER_DROP,   /* erase the other image's first sector and trailer */
    EITHER_CLEAR,  /* erase the other image's trailer */
    EITHER_FORGET, /* rewrite the trailer of the image that runs, without the note */
    /* These three end the boot. */
    EITHER_TRY,     /* mark the image as tried, and run it */
    EITHER_RUN,     /* run the image; nothing is written */
    EITHER_NOTHING, /* no image can run */
    EITHER_COUNT
};

enum action_either decide_either(const struct findings_either *f);
void either_facts(const struct findings_either *f, uint8_t *facts);

/* Index in c[] of the image that runs, if decide_either has found one. */
unsigned either_chosen(const struct findings_either *f);

/* ---- several images (decide_multi_image.c) ---------------------------------------------------------------- */

/* What happens to one image, as far as it depends on the others. */
enum action_image {
    IMAGE_CHOOSE, /* a question: it could move, if the dependencies allow it */
    IMAGE_RESTS,  /* nothing: it has moved already */
    IMAGE_GOES,   /* as decide says of it alone */
    IMAGE_WAITS,  /* it does not move at this boot */
    IMAGE_STAYS,  /* its revert is given up */
    IMAGE_COUNT
};

struct findings_image {
    enum swap_type type; /* that its trailers ask for, or that this boot has just finished */
    bool done;           /* its swap was interrupted, and this boot has finished it */
    bool can_move;       /* the swap can start: the secondary's image is genuine */
    bool later_comes_in; /* a later image is swapped in, or was at this boot */
    enum answer chosen;  /* it is in the set that moves */
};

enum action_image decide_image(const struct findings_image *f);
void image_facts(const struct findings_image *f, uint8_t *facts);

/* Sets of images that could move, in the order in which they are tried. */
enum move { MOVE_ALL, MOVE_NONE, MOVE_REVERTS, MOVE_REQUESTS, MOVE_COUNT };

struct findings_group {
    uint8_t reverts, requests; /* images for which decide_image says IMAGE_CHOOSE, one bit each */
    /* If this set moved, would the images that run meet each other's dependencies? */
    enum answer fits[MOVE_COUNT];
};

/* The set that moves; or GROUP_ASK plus a set: find out whether it fits, then decide again. */
#define GROUP_ASK MOVE_COUNT
unsigned decide_multi_image(const struct findings_group *f);
void group_facts(const struct findings_group *f, uint8_t *facts);

/* The images of a set, one bit each. */
unsigned group_images(const struct findings_group *f, unsigned set);

#endif
