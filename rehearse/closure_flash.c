#include "rehearse/closure_flash.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

static const char *const kind_names[CUT_KINDS] = {
    "none",  "before",  "after", "any",   "touched", "unreadable", "mixed",
    "noise", "scatter", "onlyT", "onlyU", "lostT",   "lostU"};

const char *cut_kind_name(enum cut_kind k)
{
    return k < CUT_KINDS ? kind_names[k] : "?";
}

/* ---- the store ----------------------------------------------------------------------------------- */

static uint32_t stride(const struct sector_store *s)
{
    return s->sector + s->words + 1;
}

static uint32_t hash_bytes(uint32_t h, const uint8_t *p, uint32_t len)
{
    uint64_t x = h;
    for (; len >= 8; p += 8, len -= 8) {
        uint64_t v;
        memcpy(&v, p, 8);
        x = (x ^ v) * 0x9e3779b97f4a7c15u;
        x ^= x >> 29;
    }
    for (; len > 0; p++, len--)
        x = (x ^ *p) * 0x100000001b3u;
    return (uint32_t)(x ^ x >> 32);
}

static void must(bool ok)
{
    if (!ok) {
        fputs("closure: out of memory\n", stderr);
        abort();
    }
}

static uint32_t *slot_of(struct sector_store *s, const uint8_t *bytes, const uint8_t *cells)
{
    uint32_t h = hash_bytes(hash_bytes(1, bytes, s->sector), cells, s->words);
    for (;; h++) {
        uint32_t *at = &s->index[h & (s->index_size - 1)];
        const uint8_t *have = s->content + (size_t)(*at - 1) * stride(s);
        if (*at == 0 ||
            (memcmp(have, bytes, s->sector) == 0 && memcmp(have + s->sector, cells, s->words) == 0))
            return at;
    }
}

static void grow_index(struct sector_store *s)
{
    free(s->index);
    s->index_size *= 2;
    s->index = calloc(s->index_size, sizeof(*s->index));
    must(s->index != NULL);
    for (uint32_t i = 0; i < s->count; i++) {
        const uint8_t *c = s->content + (size_t)i * stride(s);
        *slot_of(s, c, c + s->sector) = i + 1;
    }
}

static bool has_marks(const uint8_t *cells, uint32_t words)
{
    for (uint32_t w = 0; w < words; w++)
        if (cells[w] == CELL_TOUCHED || cells[w] == CELL_UNREADABLE)
            return true;
    return false;
}

static uint32_t intern(struct sector_store *s, const uint8_t *bytes, const uint8_t *cells)
{
    uint32_t *at = slot_of(s, bytes, cells);
    if (*at != 0)
        return *at - 1;
    if (s->count == s->cap) {
        s->cap *= 2;
        s->content = realloc(s->content, (size_t)s->cap * stride(s));
        must(s->content != NULL);
    }
    uint8_t *c = s->content + (size_t)s->count * stride(s);
    memcpy(c, bytes, s->sector);
    memcpy(c + s->sector, cells, s->words);
    c[s->sector + s->words] = has_marks(cells, s->words);
    *at = ++s->count;
    uint32_t number = s->count - 1;
    if (s->count > s->index_size / 2)
        grow_index(s);
    return number;
}

/* ---- naming the live sectors --------------------------------------------------------------------- */

static uint8_t *bytes_of(struct closure_flash *f, uint32_t s)
{
    return f->bytes + s * f->flash.sector;
}

static uint8_t *cells_of(struct closure_flash *f, uint32_t s)
{
    return f->cells + s * f->store.words;
}

void closure_flash_save(struct closure_flash *f)
{
    for (uint32_t s = 0; s < f->sectors; s++)
        if (f->changed[s]) {
            f->id[s] = intern(&f->store, bytes_of(f, s), cells_of(f, s));
            f->changed[s] = false;
        }
}

void closure_flash_load(struct closure_flash *f, const uint32_t *id)
{
    for (uint32_t s = 0; s < f->sectors; s++) {
        f->disturbed[s] = false;
        if (!f->changed[s] && f->id[s] == id[s])
            continue;
        const uint8_t *c = f->store.content + (size_t)id[s] * stride(&f->store);
        memcpy(bytes_of(f, s), c, f->flash.sector);
        memcpy(cells_of(f, s), c + f->flash.sector, f->store.words);
        f->torn[s] = c[f->flash.sector + f->store.words] && !(f->torn_before >> s & 1);
        f->id[s] = id[s];
        f->changed[s] = false;
    }
    f->ops = 0;
    f->why = CLOSURE_RAN;
}

/* ---- cuts ---------------------------------------------------------------------------------------- */

_Noreturn static void stop(struct closure_flash *f, enum closure_stop why, uint32_t where)
{
    f->why = why;
    f->where = where;
    longjmp(f->stop, 1);
}

static bool watched(const struct closure_flash *f)
{
    return f->emit != NULL || f->wanted.kind != CUT_NONE;
}

/* A content that a cut may leave; a replay stops at the one it wants, with it in place. */
static void offer(struct closure_flash *f, uint32_t s, uint32_t id, enum cut_kind kind,
                  uint32_t arg)
{
    struct cut c = {.op = (uint16_t)f->ops, .kind = (uint8_t)kind, .arg = (uint8_t)arg};
    if (f->emit)
        f->emit(f->ctx, s, id, c);
    if (f->wanted.kind == kind && f->wanted.op == c.op && f->wanted.arg == c.arg) {
        f->id[s] = id;
        f->changed[s] = false;
        stop(f, CLOSURE_CUT, s);
    }
}

void closure_flash_offer(struct closure_flash *f, enum cut_kind kind, uint32_t arg)
{
    if (!watched(f))
        return;
    closure_flash_save(f);
    offer(f, 0, f->id[0], kind, arg);
}

/* One sector as a cut would leave it, made from the live one. */
struct draft {
    uint8_t bytes[CLOSURE_SECTOR_MAX];
    uint8_t cells[CLOSURE_WORDS_MAX];
};

static void take_draft(struct closure_flash *f, uint32_t s, struct draft *d)
{
    memcpy(d->bytes, bytes_of(f, s), f->flash.sector);
    memcpy(d->cells, cells_of(f, s), f->store.words);
}

static void draft_word(const struct closure_flash *f, struct draft *d, uint32_t w, enum cell c)
{
    d->cells[w] = (uint8_t)c;
    if (c != CELL_WRITTEN)
        memset(d->bytes + w * f->flash.word, c == CELL_UNREADABLE ? 0 : f->flash.erased,
               f->flash.word);
}

static void draft_noise(const struct closure_flash *f, struct draft *d, uint32_t w)
{
    d->cells[w] = CELL_WRITTEN;
    for (uint32_t i = 0; i < f->flash.word; i++)
        d->bytes[w * f->flash.word + i] = (uint8_t)(0x5a ^ (w * 29 + i * 7));
}

static void offer_draft(struct closure_flash *f, uint32_t s, const struct draft *d,
                        enum cut_kind kind, uint32_t arg)
{
    offer(f, s, intern(&f->store, d->bytes, d->cells), kind, arg);
}

/* Before the operation; in an abstracted sector that this session has worked on, anything at all. */
static void offer_before(struct closure_flash *f, uint32_t s)
{
    bool any = (f->abstract >> s & 1) && f->disturbed[s];
    if (!any && f->changed[s]) {
        f->id[s] = intern(&f->store, bytes_of(f, s), cells_of(f, s));
        f->changed[s] = false;
    }
    if (any)
        offer(f, s, f->any_id, CUT_ANY, 0);
    else
        offer(f, s, f->id[s], CUT_BEFORE, 0);
}

static void save_others(struct closure_flash *f, uint32_t s)
{
    for (uint32_t i = 0; i < f->sectors; i++)
        if (i != s && f->changed[i]) {
            f->id[i] = intern(&f->store, bytes_of(f, i), cells_of(f, i));
            f->changed[i] = false;
        }
}

/* Are the possible contents to be drawn in full? A coarse family will do where another sector, or this one,
 * carries the marks of an earlier cut: rehearse/DESIGN.md, "What bounds it". */
static bool in_full(const struct closure_flash *f)
{
    for (uint32_t s = 0; s < f->sectors; s++)
        if (f->torn[s])
            return f->full;
    return true;
}

/* ---- cuts of a program --------------------------------------------------------------------------- */

static uint32_t scramble(uint32_t x)
{
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    return x ^ x >> 16;
}

/* Only the first byte of the word is programmed: a flag, a type, a status record. */
static bool is_small_field(const struct closure_flash *f, const uint8_t *src)
{
    return f->flash.word == 1 || bytes_all(src + 1, f->flash.erased, f->flash.word - 1);
}

/* Mixture number n of the old (erased) word and src. Numbers 0..7, small fields only: all bits but bit n
 * went through, which is how one type or flag turns into another. From 8 on: subsets drawn by number. */
static bool mix(const struct closure_flash *f, const uint8_t *src, uint32_t n, uint8_t *dst)
{
    uint32_t w = f->flash.word;
    if (n < 8) {
        memcpy(dst, src, w);
        dst[0] |= (uint8_t)(1u << n);
        return is_small_field(f, src) && dst[0] != src[0];
    }
    for (uint32_t i = 0; i < w; i++)
        dst[i] = (uint8_t)(src[i] | (scramble(n * 977 + i * 31 + src[i] + 1) & 0xff));
    return memcmp(dst, src, w) != 0;
}

static void offer_torn_word(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src)
{
    struct draft d;
    take_draft(f, s, &d);
    draft_word(f, &d, w, CELL_TOUCHED);
    offer_draft(f, s, &d, CUT_TOUCHED, 0);
    for (uint32_t n = in_full(f) ? 0 : 8; n < 8 + f->draws; n++) {
        uint8_t *at = d.bytes + w * f->flash.word;
        if (!mix(f, src, n, at) || bytes_all(at, f->flash.erased, f->flash.word))
            continue;
        d.cells[w] = CELL_WRITTEN;
        offer_draft(f, s, &d, CUT_MIXED, n);
    }
    draft_word(f, &d, w, CELL_UNREADABLE);
    offer_draft(f, s, &d, CUT_UNREADABLE, 0);
}

static void begin_op(struct closure_flash *f)
{
    if (++f->ops > f->ops_max)
        stop(f, CLOSURE_ENDLESS, 0);
}

static void say_op(struct closure_flash *f, const char *what, uint32_t off, const uint8_t *src)
{
    char line[160];
    int n = snprintf(line, sizeof(line), "%4u  %s 0x%04x", (unsigned)f->ops, what, (unsigned)off);
    for (uint32_t i = 0; src && i < f->flash.word && i < 24; i++)
        n += snprintf(line + n, sizeof(line) - (size_t)n, "%s%02x", i % 8 ? "" : " ", src[i]);
    f->say(line);
}

static void program_word(struct closure_flash *f, uint32_t off, const uint8_t *src)
{
    uint32_t s = off / f->flash.sector, w = off % f->flash.sector / f->flash.word;
    begin_op(f);
    if (f->say)
        say_op(f, "program", off, src);
    if (cells_of(f, s)[w] != CELL_VIRGIN)
        stop(f, CLOSURE_BROKE_RULE, off);
    if (watched(f)) {
        save_others(f, s);
        offer_before(f, s);
        if (f->abstract >> s & 1)
            offer(f, s, f->any_id, CUT_ANY, 0);
        else
            offer_torn_word(f, s, w, src);
    }
    memcpy(f->bytes + off, src, f->flash.word);
    cells_of(f, s)[w] = CELL_WRITTEN;
    f->changed[s] = f->disturbed[s] = true;
}

/* ---- cuts of an erase ---------------------------------------------------------------------------- */

static void offer_all(struct closure_flash *f, uint32_t s, enum cell c, enum cut_kind kind)
{
    struct draft d;
    for (uint32_t w = 0; w < f->store.words; w++)
        draft_word(f, &d, w, c);
    offer_draft(f, s, &d, kind, 0);
}

static void offer_scattered(struct closure_flash *f, uint32_t s, uint32_t pattern)
{
    struct draft d;
    take_draft(f, s, &d);
    for (uint32_t w = 0; w < f->store.words; w++)
        switch (scramble(pattern * 7919 + w * 131 + 5) >> 5 & 3) {
        case 1:
            draft_word(f, &d, w, CELL_TOUCHED);
            break;
        case 2:
            draft_word(f, &d, w, CELL_UNREADABLE);
            break;
        case 3:
            if (pattern % 2)
                draft_noise(f, &d, w);
            break;
        default:
            break;
        }
    offer_draft(f, s, &d, CUT_SCATTER, pattern);
}

static void offer_noise(struct closure_flash *f, uint32_t s)
{
    struct draft d;
    for (uint32_t w = 0; w < f->store.words; w++)
        draft_noise(f, &d, w);
    offer_draft(f, s, &d, CUT_NOISE, 0);
}

/* At most so many words of a sector are treated singly; of more, every second, third... */
#define SINGLES_MAX 16u

/* Word w survives alone, or is lost alone. */
static void offer_single(struct closure_flash *f, uint32_t s, uint32_t w)
{
    static const struct {
        enum cut_kind kind;
        enum cell rest, self; /* CELL_VIRGIN: as it was */
    } ways[] = {{CUT_ONLY_T, CELL_TOUCHED, CELL_VIRGIN},
                {CUT_ONLY_U, CELL_UNREADABLE, CELL_VIRGIN},
                {CUT_LOST_T, CELL_VIRGIN, CELL_TOUCHED},
                {CUT_LOST_U, CELL_VIRGIN, CELL_UNREADABLE}};
    for (unsigned i = 0; i < ARRAY_LEN(ways); i++) {
        struct draft d;
        take_draft(f, s, &d);
        for (uint32_t k = 0; k < f->store.words; k++) {
            enum cell c = k == w ? ways[i].self : ways[i].rest;
            if (c != CELL_VIRGIN)
                draft_word(f, &d, k, c);
        }
        offer_draft(f, s, &d, ways[i].kind, w);
    }
}

static void offer_torn_erase(struct closure_flash *f, uint32_t s)
{
    offer_all(f, s, CELL_TOUCHED, CUT_TOUCHED);
    offer_all(f, s, CELL_UNREADABLE, CUT_UNREADABLE);
    offer_scattered(f, s, 0);
    if (!in_full(f))
        return;
    offer_noise(f, s);
    offer_scattered(f, s, 1);
    offer_scattered(f, s, 2);
    if (!(f->detailed >> s & 1))
        return;
    uint32_t written = 0, n = 0;
    for (uint32_t w = 0; w < f->store.words; w++)
        written += cells_of(f, s)[w] == CELL_WRITTEN;
    uint32_t every = written / (SINGLES_MAX + 1) + 1;
    for (uint32_t w = 0; w < f->store.words; w++)
        if (cells_of(f, s)[w] == CELL_WRITTEN && n++ % every == 0)
            offer_single(f, s, w);
}

static void erase_sector(struct closure_flash *f, uint32_t s)
{
    begin_op(f);
    if (f->say)
        say_op(f, "erase", s * f->flash.sector, NULL);
    if (watched(f)) {
        save_others(f, s);
        offer_before(f, s);
        if (f->abstract >> s & 1)
            offer(f, s, f->any_id, CUT_ANY, 0);
        else
            offer_torn_erase(f, s);
    }
    memset(bytes_of(f, s), f->flash.erased, f->flash.sector);
    memset(cells_of(f, s), CELL_VIRGIN, f->store.words);
    f->id[s] = f->blank_id;
    f->changed[s] = f->torn[s] = false;
    f->disturbed[s] = true;
}

/* ---- struct flash -------------------------------------------------------------------------------- */

static enum err closure_read(struct flash *flash, uint32_t off, void *dst, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    bool unreadable = false;
    for (uint32_t w = off / flash->word; w <= (off + len - 1) / flash->word; w++) {
        if (f->cells[w] == CELL_ANY)
            stop(f, CLOSURE_LEAKED, w * flash->word / flash->sector);
        unreadable |= f->cells[w] == CELL_UNREADABLE;
    }
    if (unreadable) {
        memset(dst, 0xa5, len);
        return ERR_UNREADABLE;
    }
    memcpy(dst, f->bytes + off, len);
    return ERR_OK;
}

static enum err closure_program(struct flash *flash, uint32_t off, const void *src, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    for (uint32_t i = 0; i < len; i += flash->word)
        program_word(f, off + i, (const uint8_t *)src + i);
    return ERR_OK;
}

static enum err closure_erase(struct flash *flash, uint32_t off, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    for (uint32_t i = 0; i < len; i += flash->sector)
        erase_sector(f, (off + i) / flash->sector);
    return ERR_OK;
}

enum err closure_flash_init(struct closure_flash *f, uint32_t word, uint32_t sector,
                            uint32_t sectors)
{
    memset(f, 0, sizeof(*f));
    f->flash = (struct flash){.name = "closure",
                              .size = sector * sectors,
                              .sector = sector,
                              .word = word,
                              .erased = 0xff,
                              .read = closure_read,
                              .program = closure_program,
                              .erase = closure_erase};
    if (sectors > CLOSURE_SECTORS_MAX || sector > CLOSURE_SECTOR_MAX ||
        sector / word > CLOSURE_WORDS_MAX || word > CLOSURE_WORD_MAX)
        return ERR_NOMEM;
    f->sectors = sectors;
    f->ops_max = 5000;
    f->draws = 2;
    f->store = (struct sector_store){
        .sector = sector, .words = sector / word, .cap = 1024, .index_size = 4096};
    f->store.content = malloc((size_t)f->store.cap * stride(&f->store));
    f->store.index = calloc(f->store.index_size, sizeof(*f->store.index));
    if (f->store.content == NULL || f->store.index == NULL)
        return ERR_NOMEM;
    struct draft d;
    memset(d.bytes, 0, sizeof(d.bytes));
    memset(d.cells, CELL_ANY, sizeof(d.cells));
    f->any_id = intern(&f->store, d.bytes, d.cells);
    memset(f->bytes, 0xff, sizeof(f->bytes));
    memset(f->cells, CELL_VIRGIN, sizeof(f->cells));
    f->blank_id = intern(&f->store, f->bytes, f->cells);
    for (uint32_t s = 0; s < sectors; s++)
        f->id[s] = f->blank_id;
    return ERR_OK;
}

void closure_flash_free(struct closure_flash *f)
{
    free(f->store.content);
    free(f->store.index);
    f->store.content = NULL;
    f->store.index = NULL;
}

void closure_flash_place(struct closure_flash *f, uint32_t off, const void *src, uint32_t len)
{
    memcpy(f->bytes + off, src, len);
    memset(f->cells + off / f->flash.word, CELL_WRITTEN, len / f->flash.word);
    for (uint32_t s = off / f->flash.sector; s <= (off + len - 1) / f->flash.sector; s++)
        f->changed[s] = true;
}

void closure_flash_spoil(struct closure_flash *f, uint32_t off, enum cell state)
{
    uint32_t at = round_down32(off, f->flash.word);
    f->cells[at / f->flash.word] = (uint8_t)state;
    memset(f->bytes + at, state == CELL_UNREADABLE ? 0 : f->flash.erased, f->flash.word);
    f->changed[at / f->flash.sector] = true;
}
