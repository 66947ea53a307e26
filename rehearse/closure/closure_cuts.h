/* closure_cuts.h - what a power cut can leave of one flash operation. The classes, and which of them are
 * drawn rather than enumerated: rehearse/closure/DESIGN.md, "What a cut leaves". */
#ifndef REHEARSE_CLOSURE_CLOSURE_CUTS_H
#define REHEARSE_CLOSURE_CLOSURE_CUTS_H

#include "core/flash/flash.h"
#include "rehearse/closure/closure_store.h"

/* How an operation ends when power goes. The names are those of a replay. */
enum cut_kind {
    CUT_NONE,       /* the session was not disturbed */
    CUT_BEFORE,     /* nothing of the operation happened */
    CUT_AFTER,      /* all of it, and nothing later */
    CUT_ANY,        /* abstraction: whatever this sector holds now */
    CUT_TOUCHED,    /* the word, or every word of the sector, reads erased and is not */
    CUT_UNREADABLE, /* the word, or every word of the sector */
    CUT_MIXED,      /* program: a subset of the bits */
    CUT_NOISE,      /* erase: every word reads something else */
    CUT_SCATTER,    /* erase: each word old, touched, unreadable or noise */
    CUT_ONLY_T,     /* erase: one word survives, the others are touched */
    CUT_ONLY_U,     /* ... the others are unreadable */
    CUT_LOST_T,     /* erase: one word is touched, the others survive */
    CUT_LOST_U,     /* ... one is unreadable */
    CUT_UNSTABLE,   /* at each boot anew: as before or torn (erase); as after or torn (program) */
    CUT_KINDS
};

struct cut {
    uint16_t op; /* from 1; 0 with CUT_NONE */
    uint8_t kind;
    uint8_t arg; /* which bits, which pattern, which word */
};

const char *cut_kind_name(enum cut_kind k);
/* What it leaves, for a reader who does not know the names. */
const char *cut_kind_text(enum cut_kind k);

/* One sector's content, to be looked at and changed. */
struct draft {
    uint8_t bytes[CLOSURE_SECTOR_MAX];
    uint8_t cells[CLOSURE_WORDS_MAX];
};

struct cut_model {
    uint32_t word, words; /* bytes of a word; words of a sector */
    uint8_t erased;
    unsigned draws; /* random subsets of the bits of a torn word */
};

/* Called with each content that is left. */
typedef void (*cut_leaves)(void *ctx, const struct draft *d, enum cut_kind kind, uint32_t arg);

/* A program of word w of now with src, and an erase of now. detailed: word by word; full: not the coarse
 * family. Contents before and after the operation are not among them. */
void cuts_of_program(const struct cut_model *m, const struct draft *now, uint32_t w,
                     const uint8_t *src, bool full, cut_leaves leaves, void *ctx);
void cuts_of_erase(const struct cut_model *m, const struct draft *now, bool detailed, bool full,
                   cut_leaves leaves, void *ctx);

/* Put word w of d into a state that shows no data. */
void draft_word(const struct cut_model *m, struct draft *d, uint32_t w, enum cell c);

#endif
