/* closure_flash.h - a toy flash whose contents are small enough to be collected: every sector's
 * content is kept once in a store and named by a number, so a whole device is a row of numbers.
 *
 * At each operation (one word programmed, one sector erased) the flash tells its owner every content
 * that a power cut at this operation can leave, and then goes on. So one run of the code
 * under test yields all cuts of that run. What a cut can leave: rehearse/DESIGN.md, "The closure". */
#ifndef REHEARSE_CLOSURE_FLASH_H
#define REHEARSE_CLOSURE_FLASH_H

#include <setjmp.h>

#include "flash/flash.h"

#define CLOSURE_SECTORS_MAX 24u
#define CLOSURE_SECTOR_MAX  1024u /* bytes */
#define CLOSURE_WORDS_MAX   128u  /* per sector */
#define CLOSURE_WORD_MAX    32u   /* bytes */

/* The state of a flash word beside its bytes. */
enum cell {
    CELL_VIRGIN,     /* erased; takes one program */
    CELL_WRITTEN,    /* reads its bytes (an ECC single error is corrected and reads so too) */
    CELL_TOUCHED,    /* reads erased, but a cut touched it */
    CELL_UNREADABLE, /* ECC double error */
    CELL_ANY,        /* any of the above with any bytes: may be erased, and nothing else */
};

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
    CUT_KINDS
};

struct cut {
    uint16_t op; /* from 1; 0 with CUT_NONE */
    uint8_t kind;
    uint8_t arg; /* which bits, which pattern, which word */
};

const char *cut_kind_name(enum cut_kind k);

/* Contents of sectors, each once. */
struct sector_store {
    uint32_t sector, words; /* bytes and words of a sector */
    uint32_t count, cap;
    uint8_t *content; /* cap x (sector bytes, words cells, and whether a cut left marks) */
    uint32_t *index;  /* open addressing, index_size a power of two; 0 is free, else number + 1 */
    uint32_t index_size;
};

/* Why a session ended early. */
enum closure_stop {
    CLOSURE_RAN,        /* it did not */
    CLOSURE_BROKE_RULE, /* flash rule; why says which */
    CLOSURE_LEAKED,     /* a CELL_ANY was read: abstraction must go for that sector */
    CLOSURE_ENDLESS,    /* more operations than any session needs */
    CLOSURE_CUT,        /* the cut that a replay asked for */
};

struct closure_flash {
    struct flash flash;
    struct sector_store store;
    uint32_t sectors;
    uint32_t abstract;                /* bit per sector: a cut in it leaves CELL_ANY */
    uint32_t detailed;                /* bit per sector: cuts of its erase are drawn word by word */
    uint32_t id[CLOSURE_SECTORS_MAX]; /* content at the last interning */
    bool changed[CLOSURE_SECTORS_MAX];   /* since then */
    bool disturbed[CLOSURE_SECTORS_MAX]; /* in this session */
    uint8_t bytes[CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX];
    uint8_t cells[CLOSURE_SECTORS_MAX * CLOSURE_WORDS_MAX];
    uint32_t blank_id, any_id;
    bool torn[CLOSURE_SECTORS_MAX]; /* carries marks of earlier sessions' cuts */
    uint32_t torn_before; /* bit per sector: since before the first session, not counted */
    bool full;            /* draw every family of cuts in full, whatever is torn already */
    uint32_t ops, ops_max;
    unsigned draws; /* random subsets of the bits of a torn word */
    /* Called for every content that a cut can leave: id[] with that of sector s replaced. NULL: none. */
    void (*emit)(void *ctx, uint32_t s, uint32_t id, struct cut c);
    void *ctx;
    struct cut wanted;             /* a replay: stop here; kind CUT_NONE: do not */
    void (*say)(const char *line); /* a replay's log; may be NULL */
    jmp_buf stop;                  /* set by the owner before the code under test is called */
    enum closure_stop why;
    uint32_t where; /* sector of a leak, or byte offset of a broken rule */
};

/* A virgin device. ERR_NOMEM. */
MUST_CHECK enum err closure_flash_init(struct closure_flash *f, uint32_t word, uint32_t sector,
                                       uint32_t sectors);
void closure_flash_free(struct closure_flash *f);

/* Power on with these contents. */
void closure_flash_load(struct closure_flash *f, const uint32_t *id);
/* Name the present contents: f->id is up to date after this. */
void closure_flash_save(struct closure_flash *f);

/* Offer the present contents as what a cut leaves that comes between two operations, or as where an
 * undisturbed session ends (kind CUT_NONE). arg tells such moments of one session apart. */
void closure_flash_offer(struct closure_flash *f, enum cut_kind kind, uint32_t arg);

/* Put bytes in place as if programmed long ago; whole words. Marks them CELL_WRITTEN. */
void closure_flash_place(struct closure_flash *f, uint32_t off, const void *src, uint32_t len);
/* Make the word at off what a cut long ago left. */
void closure_flash_spoil(struct closure_flash *f, uint32_t off, enum cell state);

#endif
