/* closure_store.h - contents of sectors, each kept once and named by a number, and sets of them.
 *
 * A set is named by a number too, with SET_BIT: "the sector holds one of these". A set of one is that
 * content. Host code; running out of memory ends the program. */
#ifndef REHEARSE_CLOSURE_CLOSURE_STORE_H
#define REHEARSE_CLOSURE_CLOSURE_STORE_H

#include <stdbool.h>
#include <stdint.h>

#define CLOSURE_SECTOR_MAX 1024u /* bytes */
#define CLOSURE_WORDS_MAX  128u  /* per sector */
#define CLOSURE_WORD_MAX   32u   /* bytes */

/* The state of a flash word beside its bytes. */
enum cell {
    CELL_VIRGIN,     /* erased; takes one program */
    CELL_WRITTEN,    /* reads its bytes (an ECC single error is corrected and reads so too) */
    CELL_STALE,      /* reads erased, from before this session: must not be programmed */
    CELL_TOUCHED,    /* the same, left by a cut erase */
    CELL_UNREADABLE, /* ECC double error */
    CELL_ANY,        /* any of the above with any bytes: may be erased, and nothing else */
};

#define SET_BIT 0x80000000u
#define UNSTABLE_BIT \
    0x40000000u /* with SET_BIT: one of these at each power-on, and not always the same */

static inline bool is_unstable(uint32_t id)
{
    return (id & UNSTABLE_BIT) != 0;
}

static inline bool is_set(uint32_t id)
{
    return (id & SET_BIT) != 0;
}

struct content_store {
    uint32_t sector, words; /* bytes and words of a sector */
    uint32_t count, cap;
    uint8_t *content; /* cap x (sector bytes, words cells, and whether a cut left marks) */
    uint32_t *index;  /* open addressing, index_size a power of two; 0 is free, else number + 1 */
    uint32_t index_size;

    struct content_set {
        uint32_t first, count; /* in pool */
    } * set;
    uint32_t sets, set_cap;
    uint32_t *pool, pool_count, pool_cap; /* members, ascending in each set */
    uint32_t *set_index, set_index_size;

    struct content_run {
        uint64_t key; /* 0: free */
        uint32_t id;
    } * run;
    uint32_t runs, run_size; /* a power of two */
};

void store_open(struct content_store *s, uint32_t sector, uint32_t words);
void store_close(struct content_store *s);

/* The number of this content. */
uint32_t store_content(struct content_store *s, const uint8_t *bytes, const uint8_t *cells);
/* These stay valid until the next store_content. */
const uint8_t *store_bytes(const struct content_store *s, uint32_t id);
const uint8_t *store_cells(const struct content_store *s, uint32_t id);
/* Does it have a word that a cut left touched or unreadable? */
bool store_torn(const struct content_store *s, uint32_t id);

/* The number of this set; ids is sorted in place, without duplicates. count > 0. */
uint32_t store_set(struct content_store *s, uint32_t *ids, uint32_t count);
/* The members of a set, or *id itself. Valid until the next store_set, or as long as id. */
const uint32_t *store_members(const struct content_store *s, const uint32_t *id, uint32_t *count);
bool store_holds(const struct content_store *s, uint32_t set, uint32_t id);

/* A table from keys (not 0) to numbers, for whoever needs one. False if the key is not there. */
bool store_find_run(const struct content_store *s, uint64_t key, uint32_t *id);
void store_put_run(struct content_store *s, uint64_t key, uint32_t id);

static inline uint64_t hash_mix(uint64_t h, uint64_t v)
{
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

uint64_t hash_bytes(uint64_t h, const uint8_t *p, uint32_t len);

/* For host code that cannot go on without memory. */
void closure_must(bool ok);

#endif
