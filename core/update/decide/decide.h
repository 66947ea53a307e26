/* decide.h - one boot in three moves: inspect reads what flash says into findings, decide maps the findings to an action
 * by a table (table.h), act carries it out. To decide is to read the findings and nothing else: the same findings give the same
 * action.
 *
 * Some findings cost a signature, or the reading of whole images. They are made only when a row needs them: the answer is
 * then a question (..._JUDGE_..., ..._ASK), the caller puts down what came of it, and asks again. Internal to core/update/. */
#ifndef CORE_UPDATE_DECIDE_DECIDE_H
#define CORE_UPDATE_DECIDE_DECIDE_H

#include "core/update/update.h"

/* What is known of an image. Why it is refused is part of it: that decides what becomes of it. */
enum found {
    FOUND_UNKNOWN,     /* not judged yet */
    FOUND_GENUINE,     /* and this device lets it run */
    FOUND_ABSENT,      /* there is none */
    FOUND_TOO_LARGE,   /* it does not fit, whatever else it is */
    FOUND_COUNTER_LOW, /* genuine, and its security counter is missing or too low */
    FOUND_KEY_RETIRED, /* genuine, and signed with a key that is retired */
    FOUND_FORGED       /* anything else: nobody can have meant it to run */
};

enum answer { ANSWER_UNKNOWN, ANSWER_NO, ANSWER_YES };

/* ---- images that are copied into the primary (decide_copy.c) --------------------------------------- */

/* A swap in progress: what the primary's trailer says about it. */
struct swap {
    enum swap_type type; /* TEST, PERM or REVERT */
    uint32_t records;    /* index of the next status record: what is below is done */
    uint32_t swap_size;  /* bytes of the larger image */
    uint32_t tlv_sizes;  /* unprotected TLV area of the primary's image | secondary's << 16 */
    bool image_ok;       /* image_ok is written in the primary */
    bool copy_done;      /* copy_done is written: the swap has ended */
};

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
    enum swap_type asked; /* TEST, PERM, REVERT or NONE */
    /* asked is for what nobody asked for: no image can run, and one may wait in the secondary */
    bool rescue;
    /* if the image that runs is confirmed, its security counter and the keys that it retires count */
    bool remembered;
    enum found source;          /* the image in the secondary that this is about */
    struct image_report report; /* of source, once it is judged */
    enum answer may_replace;    /* source is genuine, and may take the place of the primary's */
    enum found primary;         /* the image at the start of the primary */
    bool only_image;            /* no other image has to fit what comes in */
    enum hold hold;             /* what the others make of it (multi_image.c) */
};

enum action {
    DO_NOTHING,
    DO_REMEMBER, /* questions: then ask again */
    DO_JUDGE_SOURCE,
    DO_JUDGE_PRIMARY,
    DO_COMPARE,
    DO_REWRITE,      /* the swap had ended: its trailer is written anew */
    DO_RESUME,       /* go on with the swap that was cut */
    DO_SETTLE,       /* there is nothing to finish or undo: the primary's trailer says so */
    DO_START,        /* swap, copy or revert */
    DO_KEEP_PRIMARY, /* there is no way back: the image on trial stays */
    DO_REFUSE,       /* take the request back; the image is left */
    DO_SPOIL,        /* erase the image's first sector, and take the request back */
    DO_HOLD,         /* not at this boot */
    DO_CLEAR,        /* a request that is garbled */
    DO_MEND,         /* a confirmation that was cut */
    DO_COUNT
};

enum action decide(const struct findings *f);

/* The TABLE_FACTS facts of these findings, for copy_table (table.h). */
void copy_facts(const struct findings *f, uint8_t *facts);

/* The type of swap that these findings are about. */
enum swap_type type_of(const struct findings *f);

/* ---- images that run from either slot (decide_either.c) -------------------------------------------- */

/* What the trailer says of an image that runs where it is. */
enum trial {
    TRIAL_NONE,    /* nothing: put there by a programmer, or an upload that nobody has asked for */
    TRIAL_PENDING, /* asked for */
    TRIAL_TRIED,   /* has had its one boot, and was not confirmed */
    TRIAL_CONFIRMED, /* confirmed, or asked for for good */
    TRIAL_BEGUN /* asked for, and the other slot's trailer sector has a note that the attempt has begun */
};

struct candidate {
    enum slot slot;
    enum trial trial;
    bool holds_note; /* in its trailer's sector there is a note of the other, whoever that was */
    struct image_header header;
};

struct findings_either {
    bool reverts;          /* without revert trailers say nothing, and all is TRIAL_CONFIRMED */
    struct candidate c[2]; /* the images whose header can be read, the one that is first in front */
    enum found found[2];   /* of each the verdict; FOUND_ABSENT behind the last */
    bool failed;           /* flash failed otherwise than by ECC: nothing is written any more */
};

/* Is the secondary's image the first? newer: it has the higher version. */
bool secondary_is_first(enum trial primary, enum trial secondary, bool newer);

enum action_either {
    EITHER_JUDGE_FIRST, /* questions: then ask again */
    EITHER_JUDGE_SECOND,
    EITHER_KEEP,    /* ask again after these, too. Its trailer: it stays */
    EITHER_DROP,    /* the other one: its first sector and its trailer are erased */
    EITHER_CLEAR,   /* the other one's trailer is erased */
    EITHER_FORGET,  /* its trailer is written anew, without the note */
    EITHER_TRY,     /* it runs, and its trailer: it has had its boot */
    EITHER_RUN,     /* it runs; nothing is written */
    EITHER_NOTHING, /* no image can run */
    EITHER_COUNT
};

enum action_either decide_either(const struct findings_either *f);
void either_facts(const struct findings_either *f, uint8_t *facts);

/* Index of the one that runs, if decide_either has found one. */
unsigned either_chosen(const struct findings_either *f);

/* ---- several images (decide_multi_image.c) ---------------------------------------------------------------- */

/* What comes of an image, as far as it depends on the others. */
enum action_image {
    IMAGE_CHOOSE, /* a question: it could move. Do the images fit each other then? */
    IMAGE_RESTS,  /* it has moved */
    IMAGE_GOES,   /* its own findings decide */
    IMAGE_WAITS,  /* not at this boot */
    IMAGE_STAYS,  /* its revert is given up */
    IMAGE_COUNT
};

struct findings_image {
    enum swap_type type; /* asked for; of a swap that was just finished: its type */
    bool done;           /* its swap was cut, and is finished now */
    bool can_move;       /* what is asked for can be done: the secondary's image is genuine */
    bool rest_comes_in;  /* a later image comes in, or did so just now */
    enum answer chosen;  /* it is one of those that move */
};

enum action_image decide_image(const struct findings_image *f);
void image_facts(const struct findings_image *f, uint8_t *facts);

/* Sets of images that could move. */
enum move { MOVE_ALL, MOVE_NONE, MOVE_REVERTS, MOVE_REQUESTS, MOVE_COUNT };

struct findings_group {
    uint8_t reverts, requests; /* images for which decide_image says IMAGE_CHOOSE: one bit each */
    enum answer fits[MOVE_COUNT]; /* those that would run then meet each other's dependencies */
};

/* A set that moves; or GROUP_ASK and a set, of which has to be known if it fits. */
#define GROUP_ASK MOVE_COUNT
unsigned decide_multi_image(const struct findings_group *f);
void group_facts(const struct findings_group *f, uint8_t *facts);

/* The images of a set, one bit each. */
unsigned group_images(const struct findings_group *f, unsigned set);

#endif
