#include "rehearse/closure/closure_flash.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "rehearse/closure/closure_runs.h"

#define NONE UINT32_MAX

static uint8_t *bytes_of(struct closure_flash *f, uint32_t s)
{
    return f->bytes + s * f->flash.sector;
}

static uint8_t *cells_of(struct closure_flash *f, uint32_t s)
{
    return f->cells + s * f->store.words;
}

/* ---- contents as numbers -------------------------------------------------------------------------------------- */

uint32_t closure_flash_name(struct closure_flash *f, uint32_t s, const uint8_t *bytes,
                            const uint8_t *cells)
{
    uint8_t then[CLOSURE_WORDS_MAX];
    for (uint32_t w = 0; w < f->store.words; w++)
        then[w] = cells[w] == CELL_VIRGIN ? CELL_STALE : cells[w];
    for (unsigned i = 0; i < ARRAY_LEN(f->later); i++)
        if (f->later[i] / f->flash.sector == s) {
            uint32_t w = f->later[i] % f->flash.sector / f->flash.word;
            then[w] = cells[w];
        }
    return store_content(&f->store, bytes, then);
}

static void save_one(struct closure_flash *f, uint32_t s)
{
    struct open_sector *o = &f->open[s];
    if (f->changed[s] && !o->live)
        f->id[s] = closure_flash_name(f, s, bytes_of(f, s), cells_of(f, s));
    else if (o->live && (f->changed[s] || o->narrowed))
        f->id[s] = closure_open_id(f, s);
    else if (o->narrowed)
        f->id[s] = f->held[s];
    f->changed[s] = o->narrowed = false;
}

void closure_flash_save_others(struct closure_flash *f, uint32_t s)
{
    for (uint32_t i = 0; i < f->sectors; i++)
        if (i != s && (f->changed[i] || f->open[i].narrowed))
            save_one(f, i);
}

void closure_flash_save(struct closure_flash *f)
{
    closure_run_end(f);
    closure_flash_save_others(f, NONE);
}

static void hold(struct closure_flash *f, uint32_t s, uint32_t id)
{
    if (f->held[s] == id)
        return;
    memcpy(bytes_of(f, s), store_bytes(&f->store, id), f->flash.sector);
    memcpy(cells_of(f, s), store_cells(&f->store, id), f->store.words);
    f->held[s] = id;
}

void closure_flash_load(struct closure_flash *f, const uint32_t *id)
{
    for (uint32_t s = 0; s < f->sectors; s++) {
        f->id[s] = id[s];
        f->disturbed[s] = f->changed[s] = false;
        closure_open_load(f, s, id[s]);
        if (!is_set(id[s]))
            hold(f, s, id[s]);
    }
    f->choices.depth = 0;
    f->beside = false;
    f->run.on = false;
    f->ops = 0;
    f->why = CLOSURE_RAN;
}

void closure_flash_settle(struct closure_flash *f, uint32_t s)
{
    struct open_sector *o = &f->open[s];
    o->live = false;
    hold(f, s, o->now[0]);
}

void closure_flash_row(const struct closure_flash *f, const uint32_t *loaded, uint32_t *id)
{
    for (uint32_t s = 0; s < f->sectors; s++)
        id[s] = is_set(loaded[s]) ? f->open[s].was[0] : loaded[s];
}

/* ---- cuts, content by content -------------------------------------------------------------------- */

_Noreturn void closure_flash_stop(struct closure_flash *f, enum closure_stop why, uint32_t where)
{
    closure_run_end(f);
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
    if (f->emit && f->choices.depth >= f->choices.reported)
        f->emit(f->ctx, s, id, c);
    if (f->wanted.kind == kind && f->wanted.op == c.op && f->wanted.arg == c.arg) {
        f->id[s] = id;
        f->changed[s] = false;
        f->held[s] = NONE;
        closure_flash_stop(f, CLOSURE_CUT, s);
    }
}

void closure_flash_offer(struct closure_flash *f, enum cut_kind kind, uint32_t arg)
{
    if (!watched(f))
        return;
    closure_flash_save(f);
    offer(f, 0, f->id[0], kind, arg);
}

struct one_sector {
    struct closure_flash *f;
    uint32_t s;
};

static void offer_draft(void *ctx, const struct draft *d, enum cut_kind kind, uint32_t arg)
{
    const struct one_sector *x = ctx;
    offer(x->f, x->s, closure_flash_name(x->f, x->s, d->bytes, d->cells), kind, arg);
}

/* Offer what a cut before the operation leaves; in an abstracted sector that this session has changed, CELL_ANY.
 * True if no other content of the sector need be offered. */
static bool offer_before(struct closure_flash *f, uint32_t s)
{
    bool abstract = f->abstract >> s & 1;
    closure_run_end(f);
    closure_flash_save_others(f, s);
    if (abstract && f->disturbed[s]) {
        offer(f, s, f->any_id, CUT_ANY, 0);
        return true;
    }
    save_one(f, s);
    offer(f, s, f->id[s], CUT_BEFORE, 0);
    if (abstract)
        offer(f, s, f->any_id, CUT_ANY, 0);
    return abstract;
}

static bool is_torn(const struct closure_flash *f, uint32_t s)
{
    if (f->disturbed[s] || f->id[s] == f->born[s] || (f->held[s] == NONE && !f->open[s].live))
        return false;
    return f->open[s].live || store_torn(&f->store, f->held[s]);
}

bool closure_flash_in_full(const struct closure_flash *f)
{
    for (uint32_t s = 0; s < f->sectors; s++)
        if (is_torn(f, s))
            return f->full;
    return true;
}

/* A content of the sector before the operation: the one in place, or number i of those of an unstable sector. */
static struct draft draft_of(const struct closure_flash *f, uint32_t s, uint32_t i)
{
    struct draft d;
    bool live = f->open[s].live;
    memcpy(d.bytes,
           live ? store_bytes(&f->store, f->open[s].all[i]) : f->bytes + s * f->flash.sector,
           f->flash.sector);
    memcpy(d.cells,
           live ? store_cells(&f->store, f->open[s].all[i]) : f->cells + s * f->store.words,
           f->store.words);
    return d;
}

/* An unstable sector: at one boot it reads as a, at another as b. */
static void offer_unstable(struct closure_flash *f, uint32_t s, const struct draft *a,
                           const struct draft *b, uint32_t arg)
{
    uint32_t x = closure_flash_name(f, s, a->bytes, a->cells);
    uint32_t y = closure_flash_name(f, s, b->bytes, b->cells);
    offer(f, s, closure_unstable_id(f, x, y), CUT_UNSTABLE, arg);
}

/* The word reads as programmed, and else blank or not at all. */
static void offer_unstable_word(struct closure_flash *f, uint32_t s, const struct draft *now,
                                uint32_t w, const uint8_t *src)
{
    struct draft after = *now, torn = *now;
    memcpy(after.bytes + w * f->flash.word, src, f->flash.word);
    after.cells[w] = CELL_WRITTEN;
    draft_word(&f->model, &torn, w, CELL_STALE);
    offer_unstable(f, s, &after, &torn, 0);
    draft_word(&f->model, &torn, w, CELL_UNREADABLE);
    offer_unstable(f, s, &after, &torn, 1);
}

/* What was written reads as it was, and else blank or not at all: all of it, or one word, the others being blank. */
static void offer_unstable_erase(struct closure_flash *f, uint32_t s, const struct draft *now)
{
    struct draft blank = *now, torn = *now;
    for (uint32_t w = 0; w < f->store.words; w++) {
        draft_word(&f->model, &blank, w, CELL_TOUCHED);
        draft_word(&f->model, &torn, w, CELL_UNREADABLE);
    }
    offer_unstable(f, s, now, &blank, 0);
    offer_unstable(f, s, now, &torn, 1);
    for (uint32_t w = 0; w < f->store.words && f->detailed >> s & 1; w++)
        if (now->cells[w] == CELL_WRITTEN) {
            struct draft one = blank;
            memcpy(one.bytes + w * f->flash.word, now->bytes + w * f->flash.word, f->flash.word);
            one.cells[w] = CELL_WRITTEN;
            offer_unstable(f, s, &one, &blank, 2 + w);
        }
}

static void offer_program(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src)
{
    struct one_sector x = {f, s};
    bool full = closure_flash_in_full(f);
    if (offer_before(f, s))
        return;
    for (uint32_t i = 0; i < (f->open[s].live ? f->open[s].unstable : 1); i++) {
        struct draft now = draft_of(f, s, i);
        cuts_of_program(&f->model, &now, w, src, full, offer_draft, &x);
        if (f->unstable && full)
            offer_unstable_word(f, s, &now, w, src);
    }
}

static void offer_erase(struct closure_flash *f, uint32_t s)
{
    struct one_sector x = {f, s};
    bool full = closure_flash_in_full(f);
    if (offer_before(f, s))
        return;
    for (uint32_t i = 0; i < (f->open[s].live ? f->open[s].unstable : 1); i++) {
        struct draft now = draft_of(f, s, i);
        cuts_of_erase(&f->model, &now, f->detailed >> s & 1, full, offer_draft, &x);
        if (f->unstable && full)
            offer_unstable_erase(f, s, &now);
    }
}

/* ---- operations ---------------------------------------------------------------------------------- */

/* src: NULL for an erase. */
static void begin_op(struct closure_flash *f, uint32_t off, const uint8_t *src)
{
    if (++f->ops > f->ops_max)
        closure_flash_stop(f, CLOSURE_ENDLESS, 0);
    const struct closure_op op = {.number = f->ops,
                                  .erase = src == NULL,
                                  .offset = off,
                                  .size = src ? f->flash.word : f->flash.sector,
                                  .bytes = src};
    if (f->watch)
        f->watch(f->watcher, &op);
}

/* A second program of a word that only reads erased. What it leaves: at worst, a word that cannot be read. */
static bool is_program_again(const struct closure_flash *f, uint32_t off, enum cell now)
{
    return closure_has(f->again, CLOSURE_AGAIN, off) && (now == CELL_STALE || now == CELL_TOUCHED);
}

/* ERR_IO if the word cannot be read afterwards, as a driver's read-back would say. */
static enum err program_word(struct closure_flash *f, uint32_t off, const uint8_t *src)
{
    uint32_t s = off / f->flash.sector, w = off % f->flash.sector / f->flash.word;
    bool again = false;
    begin_op(f, off, src);
    if (f->sets >> s & 1)
        closure_run_program(f, s, w, src);
    if (f->open[s].unstable && f->open[s].live && watched(f))
        offer_program(f, s, w, src);
    if (f->open[s].live) {
        closure_open_program(f, s, w, src);
    } else {
        again = is_program_again(f, off, (enum cell)cells_of(f, s)[w]);
        if (cells_of(f, s)[w] != CELL_VIRGIN && !again)
            closure_flash_stop(f, CLOSURE_BROKE_RULE, off);
        if (!(f->sets >> s & 1) && watched(f))
            offer_program(f, s, w, src);
        memcpy(f->bytes + off, src, f->flash.word);
        cells_of(f, s)[w] = again ? CELL_UNREADABLE : CELL_WRITTEN;
        f->held[s] = NONE;
    }
    f->changed[s] = f->disturbed[s] = true;
    return again ? ERR_IO : ERR_OK;
}

static void erase_sector(struct closure_flash *f, uint32_t s)
{
    begin_op(f, s * f->flash.sector, NULL);
    if (f->sets >> s & 1)
        closure_run_erase(f, s);
    else if (watched(f))
        offer_erase(f, s);
    memset(bytes_of(f, s), f->flash.erased, f->flash.sector);
    memset(cells_of(f, s), CELL_VIRGIN, f->store.words);
    f->held[s] = NONE;
    f->open[s].live = f->open[s].narrowed = false;
    f->changed[s] = f->disturbed[s] = true;
}

/* ---- struct flash -------------------------------------------------------------------------------- */

/* Bytes of one sector. False if a word among them cannot be read. */
static bool read_piece(struct closure_flash *f, uint32_t off, uint8_t *dst, uint32_t len)
{
    uint32_t s = off / f->flash.sector;
    if (f->open[s].live)
        closure_open_read(f, s, off % f->flash.sector, len);
    const uint8_t *cells =
        f->open[s].live ? store_cells(&f->store, f->open[s].now[0]) : cells_of(f, s);
    const uint8_t *bytes =
        f->open[s].live ? store_bytes(&f->store, f->open[s].now[0]) : bytes_of(f, s);
    bool readable = true;
    off %= f->flash.sector;
    for (uint32_t w = off / f->flash.word; w <= (off + len - 1) / f->flash.word; w++) {
        if (cells[w] == CELL_ANY)
            closure_flash_stop(f, CLOSURE_LEAKED, s);
        readable &= cells[w] != CELL_UNREADABLE;
    }
    memcpy(dst, bytes + off, len);
    return readable;
}

static enum err closure_read(struct flash *flash, uint32_t off, void *dst, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    bool readable = true;
    uint32_t n;
    for (uint32_t at = 0; at < len; at += n) {
        uint32_t left = flash->sector - (off + at) % flash->sector;
        n = len - at < left ? len - at : left;
        readable &= read_piece(f, off + at, (uint8_t *)dst + at, n);
    }
    if (!readable)
        memset(dst, 0xa5, len);
    return readable ? ERR_OK : ERR_UNREADABLE;
}

static enum err closure_program(struct flash *flash, uint32_t off, const void *src, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    enum err e = ERR_OK;
    for (uint32_t i = 0; i < len && !e; i += flash->word)
        e = program_word(f, off + i, (const uint8_t *)src + i);
    return e;
}

static enum err closure_erase(struct flash *flash, uint32_t off, uint32_t len)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    for (uint32_t i = 0; i < len; i += flash->sector)
        erase_sector(f, (off + i) / flash->sector);
    return ERR_OK;
}

/* Beside the program: to the flash it is the same erase, and a cut between begin and end is a cut in it. Nothing else
 * reaches that bank in between. */
static enum err closure_erase_begin(struct flash *flash, uint32_t off)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    if (f->beside)
        return ERR_BUSY;
    erase_sector(f, off / flash->sector);
    f->beside = true;
    return ERR_OK;
}

static enum err closure_erase_poll(struct flash *flash)
{
    struct closure_flash *f = CONTAINER_OF(flash, struct closure_flash, flash);
    enum err e = f->beside ? ERR_OK : ERR_STATE;
    f->beside = false;
    return e;
}

enum err closure_flash_init(struct closure_flash *f, uint32_t word, uint32_t sector,
                            uint32_t sectors)
{
    memset(f, 0, sizeof(*f));
    f->flash = (struct flash){.size = sector * sectors,
                              .sector = sector,
                              .word = word,
                              .erased = 0xff,
                              .read = closure_read,
                              .program = closure_program,
                              .erase = closure_erase,
                              .erase_begin = closure_erase_begin,
                              .erase_poll = closure_erase_poll};
    if (sectors > CLOSURE_SECTORS_MAX || sector > CLOSURE_SECTOR_MAX ||
        sector / word > CLOSURE_WORDS_MAX || word > CLOSURE_WORD_MAX)
        return ERR_NOMEM;
    f->model = (struct cut_model){
        .word = word, .words = sector / word, .erased = f->flash.erased, .draws = 2};
    f->sectors = sectors;
    f->ops_max = 5000;
    store_open(&f->store, sector, sector / word);
    struct draft d = {.bytes = {0}};
    memset(d.cells, CELL_ANY, sizeof(d.cells));
    f->any_id = store_content(&f->store, d.bytes, d.cells);
    memset(f->bytes, 0xff, sizeof(f->bytes));
    memset(f->cells, CELL_VIRGIN, sizeof(f->cells));
    memset(f->later, 0xff, sizeof(f->later));
    memset(f->again, 0xff, sizeof(f->again));
    for (uint32_t s = 0; s < sectors; s++) {
        f->changed[s] = true;
        f->held[s] = NONE;
    }
    closure_flash_save(f);
    return ERR_OK;
}

void closure_flash_free(struct closure_flash *f)
{
    store_close(&f->store);
    closure_runs_free(f);
}

void closure_flash_place(struct closure_flash *f, uint32_t off, const void *src, uint32_t len)
{
    memcpy(f->bytes + off, src, len);
    memset(f->cells + off / f->flash.word, CELL_WRITTEN, len / f->flash.word);
    for (uint32_t s = off / f->flash.sector; s <= (off + len - 1) / f->flash.sector; s++) {
        f->changed[s] = true;
        f->held[s] = NONE;
    }
}

void closure_flash_spoil(struct closure_flash *f, uint32_t off, enum cell state)
{
    uint32_t at = round_down32(off, f->flash.word), s = at / f->flash.sector;
    f->cells[at / f->flash.word] = (uint8_t)state;
    memset(f->bytes + at, state == CELL_UNREADABLE ? 0 : f->flash.erased, f->flash.word);
    f->changed[s] = true;
    f->held[s] = NONE;
}
