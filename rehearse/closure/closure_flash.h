/* closure_flash.h - a toy flash whose contents are collected: a whole device is a row of numbers, one for
 * each sector's content, or for the set of contents that it may have.
 *
 * At each operation the flash reports to its owner (emit) what a power cut there can leave, and then goes on: one
 * run of the code under test yields all cuts of that run. It reports either content by content, or (sets) one set
 * for each run of operations in one sector. When a sector that holds a set is read, contents that read alike stay
 * together, the session goes on with one such part, and closure_flash_next takes the next:
 * rehearse/closure/DESIGN.md, "Sets". */
#ifndef REHEARSE_CLOSURE_CLOSURE_FLASH_H
#define REHEARSE_CLOSURE_CLOSURE_FLASH_H

#include <setjmp.h>

#include "rehearse/closure/closure_cuts.h"

#define CLOSURE_SECTORS_MAX 24u
#define UNSTABLE_MAX        2u   /* what a word reads at one boot or another */
#define CLOSURE_RUN_MAX     160u /* operations reported as one set */
#define CLOSURE_CHOICES_MAX 256u /* reads of one session that split a set */

/* Why a session ended early. */
enum closure_stop {
    CLOSURE_RAN,        /* it did not */
    CLOSURE_BROKE_RULE, /* a word that was not erased was programmed; where: its offset */
    CLOSURE_LEAKED,     /* a CELL_ANY was read: abstraction must go for that sector */
    CLOSURE_ENDLESS,    /* more operations than any session needs */
    CLOSURE_CUT,        /* the cut that a replay asked for */
};

/* A sector that held a set at power-on. */
struct open_sector {
    uint32_t count, cap; /* contents that all reads so far allow; count 0: it held one content */
    uint32_t *was, *now; /* at power-on, and after what was programmed since; same order */
    bool live;           /* now is what the sector holds; false: narrowed to one, or erased */
    bool narrowed;       /* since the last naming */
    uint32_t
        unstable; /* contents in all, of which one shows in this session; 0: it keeps what it shows */
    uint32_t all[UNSTABLE_MAX];
};

/* Operations in one sector, without another sector's between them. */
struct op_run {
    bool on, full, disturbed; /* disturbed: the sector was, earlier in this session */
    uint32_t sector, first_op;
    uint64_t key;
    uint32_t *start, starts, start_cap; /* contents before it */
    uint32_t count;
    struct {
        bool erase;
        uint16_t word;
        uint8_t data[CLOSURE_WORD_MAX];
    } op[CLOSURE_RUN_MAX];
};

/* The reads of this session that split a set, and which part was taken at each. */
struct choices {
    struct choice {
        uint64_t *part; /* what each part reads, as a hash */
        uint32_t count, cap, taken;
    } at[CLOSURE_CHOICES_MAX];
    uint32_t depth,
        count;         /* made in this session; known from sessions before it on the same state */
    uint32_t reported; /* up to so many choices, an earlier session has reported all cuts */
};

/* An operation that is about to begin. */
struct closure_op {
    uint32_t number; /* in this session, from 1 */
    bool erase;
    uint32_t offset, size; /* of the sector or the word, in bytes from the start of the device */
    const uint8_t *bytes;  /* of a program: size bytes; else NULL */
};

#define CLOSURE_LATER 4
#define CLOSURE_AGAIN 2

static inline bool closure_has(const uint32_t *offsets, unsigned count, uint32_t off)
{
    for (unsigned i = 0; i < count; i++)
        if (offsets[i] == off)
            return true;
    return false;
}

struct closure_flash {
    struct flash flash;
    struct cut_model model;
    struct content_store store;
    uint32_t sectors;
    uint32_t abstract; /* bit per sector: a cut in it leaves CELL_ANY */
    uint32_t detailed; /* bit per sector: cuts of its erase are drawn word by word */
    bool unstable;     /* a cut also leaves words that read differently at different boots */
    bool beside;       /* an erase was begun beside the program, and its end not told */
    bool full;         /* draw every family of cuts in full, whatever is torn already */
    uint32_t sets;     /* bit per sector: its cuts are reported as sets */
    uint32_t id[CLOSURE_SECTORS_MAX];    /* at the last naming */
    uint32_t held[CLOSURE_SECTORS_MAX];  /* content in bytes and cells, if it has a number */
    bool changed[CLOSURE_SECTORS_MAX];   /* since the last naming */
    bool disturbed[CLOSURE_SECTORS_MAX]; /* in this session */
    uint8_t bytes[CLOSURE_SECTORS_MAX * CLOSURE_SECTOR_MAX];
    uint8_t cells[CLOSURE_SECTORS_MAX * CLOSURE_WORDS_MAX];
    struct open_sector open[CLOSURE_SECTORS_MAX];
    struct op_run run;
    struct choices choices;
    uint32_t any_id;
    /* Byte offsets; UINT32_MAX: none. Words that may be programmed in another session than their erase's: all else that
     * is erased is CELL_STALE at power-on. Words that may be programmed though a cut has touched them (they are in
     * later, too): that leaves them unreadable. */
    uint32_t later[CLOSURE_LATER], again[CLOSURE_AGAIN];
    uint32_t
        born[CLOSURE_SECTORS_MAX]; /* before the first session: marks in it do not count as torn */
    uint32_t ops, ops_max;
    /* Called with what a cut c can leave: id[], with id in place of that of sector s. NULL: cuts are not reported. */
    void (*emit)(void *ctx, uint32_t s, uint32_t id, struct cut c);
    void *ctx;
    struct cut wanted; /* a replay: stop here; kind CUT_NONE: do not */
    void (*watch)(void *ctx, const struct closure_op *op); /* a replay's; NULL: nobody watches */
    void *watcher;
    jmp_buf stop; /* set by the owner before the code under test is called */
    enum closure_stop why;
    uint32_t where; /* sector of a leak, or byte offset of a broken rule */
};

/* A device that was never programmed. Sizes in bytes. ERR_NOMEM: beyond the limits above. */
MUST_CHECK enum err closure_flash_init(struct closure_flash *f, uint32_t word, uint32_t sector,
                                       uint32_t sectors);
void closure_flash_free(struct closure_flash *f);

/* Power on with these contents. */
void closure_flash_load(struct closure_flash *f, const uint32_t *id);
/* Name the present contents: f->id is up to date after this. */
void closure_flash_save(struct closure_flash *f);

/* After a session: true if a read of it has another part to take. Then load the same state and run it again. */
bool closure_flash_next(struct closure_flash *f);
/* To id: single contents at power-on, out of those loaded, that lead to where this session is. */
void closure_flash_row(const struct closure_flash *f, const uint32_t *loaded, uint32_t *id);

/* Offer the present contents as what a cut leaves that comes between two operations, or as where an
 * undisturbed session ends (kind CUT_NONE). arg tells such moments of one session apart. */
void closure_flash_offer(struct closure_flash *f, enum cut_kind kind, uint32_t arg);

/* Put bytes in place as if programmed long ago; whole words. Marks them CELL_WRITTEN. */
void closure_flash_place(struct closure_flash *f, uint32_t off, const void *src, uint32_t len);
/* Put the word at off in a state that an earlier cut left. */
void closure_flash_spoil(struct closure_flash *f, uint32_t off, enum cell state);

#endif
