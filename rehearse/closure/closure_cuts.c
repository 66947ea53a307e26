#include "rehearse/closure/closure_cuts.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"

static const char *const kind_names[CUT_KINDS] = {
    "none",  "before",  "after", "any",   "touched", "unreadable", "mixed",
    "noise", "scatter", "onlyT", "onlyU", "lostT",   "lostU",      "unstable"};

const char *cut_kind_name(enum cut_kind k)
{
    return k < CUT_KINDS ? kind_names[k] : "?";
}

const char *cut_kind_text(enum cut_kind k)
{
    static const char *const texts[CUT_KINDS] = {
        [CUT_NONE] = "power was not cut",
        [CUT_BEFORE] = "nothing of the operation happened",
        [CUT_AFTER] = "the operation had ended, and nothing after it had begun",
        [CUT_ANY] = "the sector may hold anything",
        [CUT_TOUCHED] = "what it was working on reads erased, but must not be programmed",
        [CUT_UNREADABLE] = "what it was working on cannot be read",
        [CUT_MIXED] = "only some bits of the word were programmed",
        [CUT_NOISE] = "every word of the sector reads something else",
        [CUT_SCATTER] = "each word of the sector is old, reads erased, cannot be read, or is noise",
        [CUT_ONLY_T] = "one word of the sector survives, the others read erased",
        [CUT_ONLY_U] = "one word of the sector survives, the others cannot be read",
        [CUT_LOST_T] = "one word of the sector reads erased, the others survive",
        [CUT_LOST_U] = "one word of the sector cannot be read, the others survive",
        [CUT_UNSTABLE] = "what it was working on reads differently at different boots",
    };
    return k < CUT_KINDS ? texts[k] : "?";
}

void draft_word(const struct cut_model *m, struct draft *d, uint32_t w, enum cell c)
{
    d->cells[w] = (uint8_t)c;
    if (c != CELL_WRITTEN)
        memset(d->bytes + w * m->word, c == CELL_UNREADABLE ? 0 : m->erased, m->word);
}

/* A fixed hash, so that the random mixtures are the same in every run. */
static uint32_t scramble(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* ---- a program ----------------------------------------------------------------------------------- */

/* Only the first byte of the word is programmed: a flag, a type, a status record. */
static bool is_small_field(const struct cut_model *m, const uint8_t *src)
{
    return m->word == 1 || bytes_all(src + 1, m->erased, m->word - 1);
}

/* Mixture number n of the old (erased) word and src. Numbers 0..7, small fields only: all bits but bit n
 * went through, which is how one type or flag turns into another. From 8 on: subsets drawn by number. */
static bool mix(const struct cut_model *m, const uint8_t *src, uint32_t n, uint8_t *dst)
{
    if (n < 8) {
        memcpy(dst, src, m->word);
        dst[0] |= (uint8_t)(1u << n);
        return is_small_field(m, src) && dst[0] != src[0];
    }
    for (uint32_t i = 0; i < m->word; i++)
        dst[i] = (uint8_t)(src[i] | (scramble(n * 977 + i * 31 + src[i] + 1) & 0xff));
    return memcmp(dst, src, m->word) != 0;
}

void cuts_of_program(const struct cut_model *m, const struct draft *now, uint32_t w,
                     const uint8_t *src, bool full, cut_leaves leaves, void *ctx)
{
    struct draft d = *now;
    draft_word(m, &d, w, CELL_STALE);
    leaves(ctx, &d, CUT_TOUCHED, 0);
    for (uint32_t n = full ? 0 : 8; n < 8 + m->draws; n++) {
        uint8_t *at = d.bytes + w * m->word;
        if (!mix(m, src, n, at) || bytes_all(at, m->erased, m->word))
            continue;
        d.cells[w] = CELL_WRITTEN;
        leaves(ctx, &d, CUT_MIXED, n);
    }
    draft_word(m, &d, w, CELL_UNREADABLE);
    leaves(ctx, &d, CUT_UNREADABLE, 0);
}

/* ---- an erase ------------------------------------------------------------------------------------ */

static void draft_noise(const struct cut_model *m, struct draft *d, uint32_t w)
{
    d->cells[w] = CELL_WRITTEN;
    for (uint32_t i = 0; i < m->word; i++)
        d->bytes[w * m->word + i] = (uint8_t)(0x5a ^ (w * 29 + i * 7));
}

static void draft_mixture(const struct cut_model *m, struct draft *d, uint32_t pattern)
{
    for (uint32_t w = 0; w < m->words; w++)
        switch (scramble(pattern * 7919 + w * 131 + 5) >> 5 & 3) {
        case 1:
            draft_word(m, d, w, CELL_TOUCHED);
            break;
        case 2:
            draft_word(m, d, w, CELL_UNREADABLE);
            break;
        case 3:
            if (pattern % 2)
                draft_noise(m, d, w);
            break;
        default:
            break;
        }
}

/* At most so many words of a sector survive, or are lost, alone; of more written words every second, third, ... */
#define SINGLES_MAX 16u

/* Word w survives alone, or is lost alone. */
static void leave_single(const struct cut_model *m, const struct draft *now, uint32_t w,
                         cut_leaves leaves, void *ctx)
{
    static const struct {
        enum cut_kind kind;
        enum cell rest, self; /* CELL_VIRGIN: as it was */
    } ways[] = {{CUT_ONLY_T, CELL_TOUCHED, CELL_VIRGIN},
                {CUT_ONLY_U, CELL_UNREADABLE, CELL_VIRGIN},
                {CUT_LOST_T, CELL_VIRGIN, CELL_TOUCHED},
                {CUT_LOST_U, CELL_VIRGIN, CELL_UNREADABLE}};
    for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
        struct draft d = *now;
        for (uint32_t k = 0; k < m->words; k++) {
            enum cell c = k == w ? ways[i].self : ways[i].rest;
            if (c != CELL_VIRGIN)
                draft_word(m, &d, k, c);
        }
        leaves(ctx, &d, ways[i].kind, w);
    }
}

static void leave_singles(const struct cut_model *m, const struct draft *now, cut_leaves leaves,
                          void *ctx)
{
    uint32_t written = 0, n = 0;
    for (uint32_t w = 0; w < m->words; w++)
        written += now->cells[w] == CELL_WRITTEN;
    uint32_t every = written / (SINGLES_MAX + 1) + 1;
    for (uint32_t w = 0; w < m->words; w++)
        if (now->cells[w] == CELL_WRITTEN && n++ % every == 0)
            leave_single(m, now, w, leaves, ctx);
}

static void leave_all(const struct cut_model *m, enum cell c, enum cut_kind kind, cut_leaves leaves,
                      void *ctx)
{
    struct draft d = {.bytes = {0}};
    for (uint32_t w = 0; w < m->words; w++)
        if (c == CELL_WRITTEN)
            draft_noise(m, &d, w);
        else
            draft_word(m, &d, w, c);
    leaves(ctx, &d, kind, 0);
}

static void leave_mixture(const struct cut_model *m, const struct draft *now, uint32_t pattern,
                          cut_leaves leaves, void *ctx)
{
    struct draft d = *now;
    draft_mixture(m, &d, pattern);
    leaves(ctx, &d, CUT_SCATTER, pattern);
}

void cuts_of_erase(const struct cut_model *m, const struct draft *now, bool detailed, bool full,
                   cut_leaves leaves, void *ctx)
{
    leave_all(m, CELL_TOUCHED, CUT_TOUCHED, leaves, ctx);
    leave_all(m, CELL_UNREADABLE, CUT_UNREADABLE, leaves, ctx);
    leave_mixture(m, now, 0, leaves, ctx);
    if (!full)
        return;
    leave_all(m, CELL_WRITTEN, CUT_NOISE, leaves, ctx);
    leave_mixture(m, now, 1, leaves, ctx);
    leave_mixture(m, now, 2, leaves, ctx);
    if (detailed)
        leave_singles(m, now, leaves, ctx);
}
