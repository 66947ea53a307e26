#include "rehearse/closure/closure_runs.h"

#include <stdlib.h>
#include <string.h>

static void *grown(void *p, uint32_t *cap, uint32_t count)
{
    while (*cap < count)
        *cap = *cap ? *cap * 2 : 64;
    p = realloc(p, *cap * sizeof(uint32_t));
    closure_must(p != NULL);
    return p;
}

/* ---- sectors that hold a set --------------------------------------------------------------------- */

void closure_open_load(struct closure_flash *f, uint32_t s, uint32_t id)
{
    struct open_sector *o = &f->open[s];
    o->live = is_set(id);
    o->narrowed = false;
    o->count = o->unstable = 0;
    if (!o->live)
        return;
    const uint32_t *ids = store_members(&f->store, &id, &o->count);
    if (o->count > o->cap) {
        uint32_t cap = o->cap;
        o->was = grown(o->was, &cap, o->count);
        o->now = grown(o->now, &o->cap, o->count);
    }
    memcpy(o->was, ids, o->count * sizeof(*ids));
    memcpy(o->now, ids, o->count * sizeof(*ids));
    o->unstable = is_unstable(id) ? o->count : 0;
    memcpy(o->all, ids, o->unstable * sizeof(*ids));
}

uint32_t closure_unstable_id(struct closure_flash *f, uint32_t a, uint32_t b)
{
    uint32_t ids[UNSTABLE_MAX] = {a, b};
    return a == b ? a : store_set(&f->store, ids, UNSTABLE_MAX) | UNSTABLE_BIT;
}

uint32_t closure_open_id(struct closure_flash *f, uint32_t s)
{
    struct open_sector *o = &f->open[s];
    if (o->unstable)
        return closure_unstable_id(f, o->all[0], o->all[1]);
    uint32_t *copy = malloc(o->count * sizeof(*copy));
    closure_must(copy != NULL);
    memcpy(copy, o->now, o->count * sizeof(*copy));
    uint32_t id = store_set(&f->store, copy, o->count);
    free(copy);
    return id;
}

static void keep_only(struct closure_flash *f, uint32_t s, uint32_t i)
{
    struct open_sector *o = &f->open[s];
    o->was[0] = o->was[i];
    o->now[0] = o->now[i];
    o->count = 1;
    o->narrowed = true;
    closure_flash_settle(f, s);
}

/* What a read of these bytes returns, as a hash: 1 for an error. */
static uint64_t shown(const struct closure_flash *f, uint32_t id, uint32_t off, uint32_t len)
{
    const uint8_t *cells = store_cells(&f->store, id);
    for (uint32_t w = off / f->flash.word; w <= (off + len - 1) / f->flash.word; w++)
        if (cells[w] == CELL_UNREADABLE)
            return 1;
    return hash_bytes(2, store_bytes(&f->store, id) + off, len);
}

static void add_part(struct choice *c, uint64_t part)
{
    for (uint32_t i = 0; i < c->count; i++)
        if (c->part[i] == part)
            return;
    if (c->count == c->cap) {
        c->cap = c->cap ? c->cap * 2 : 16;
        c->part = realloc(c->part, c->cap * sizeof(*c->part));
        closure_must(c->part != NULL);
    }
    c->part[c->count++] = part;
}

/* The choice at this point of the session; a new one, of the first part, if no earlier session came here. */
static struct choice *choice_here(struct closure_flash *f, const struct open_sector *o,
                                  uint32_t off, uint32_t len)
{
    struct choices *x = &f->choices;
    closure_must(x->depth < CLOSURE_CHOICES_MAX);
    struct choice *c = &x->at[x->depth];
    if (x->depth == x->count) {
        c->count = c->taken = 0;
        for (uint32_t i = 0; i < o->count; i++)
            add_part(c, shown(f, o->now[i], off, len));
        x->count++;
    }
    x->depth++;
    return c;
}

static bool all_alike(const struct closure_flash *f, const struct open_sector *o, uint32_t off,
                      uint32_t len)
{
    uint64_t first = shown(f, o->now[0], off, len);
    for (uint32_t i = 1; i < o->count; i++)
        if (shown(f, o->now[i], off, len) != first)
            return false;
    return true;
}

void closure_open_read(struct closure_flash *f, uint32_t s, uint32_t off, uint32_t len)
{
    struct open_sector *o = &f->open[s];
    if (all_alike(f, o, off, len))
        return;
    if (f->run.on && f->run.sector == s)
        closure_run_end(f);
    const struct choice *c = choice_here(f, o, off, len);
    uint32_t n = 0;
    for (uint32_t i = 0; i < o->count; i++)
        if (shown(f, o->now[i], off, len) == c->part[c->taken]) {
            o->was[n] = o->was[i];
            o->now[n++] = o->now[i];
        }
    o->count = n;
    o->narrowed = true;
    if (n == 1 && !o->unstable)
        closure_flash_settle(f, s);
}

bool closure_flash_next(struct closure_flash *f)
{
    struct choices *x = &f->choices;
    while (x->count > 0) {
        struct choice *c = &x->at[x->count - 1];
        if (++c->taken < c->count)
            break;
        x->count--;
    }
    x->reported = x->count;
    return x->count > 0;
}

static uint32_t programmed(struct closure_flash *f, uint32_t s, uint32_t id, uint32_t w,
                           const uint8_t *src)
{
    struct draft d;
    memcpy(d.bytes, store_bytes(&f->store, id), f->flash.sector);
    memcpy(d.cells, store_cells(&f->store, id), f->store.words);
    memcpy(d.bytes + w * f->flash.word, src, f->flash.word);
    d.cells[w] = CELL_WRITTEN;
    return closure_flash_name(f, s, d.bytes, d.cells);
}

void closure_open_program(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src)
{
    struct open_sector *o = &f->open[s];
    for (uint32_t i = 0; i < o->unstable; i++)
        if (store_cells(&f->store, o->all[i])[w] != CELL_VIRGIN)
            closure_flash_stop(f, CLOSURE_BROKE_RULE, s * f->flash.sector + w * f->flash.word);
    for (uint32_t i = 0; i < o->count; i++)
        if (store_cells(&f->store, o->now[i])[w] != CELL_VIRGIN) {
            keep_only(f, s, i);
            closure_flash_stop(f, CLOSURE_BROKE_RULE, s * f->flash.sector + w * f->flash.word);
        }
    for (uint32_t i = 0; i < o->count; i++)
        o->now[i] = programmed(f, s, o->now[i], w, src);
    for (uint32_t i = 0; i < o->unstable; i++)
        o->all[i] = programmed(f, s, o->all[i], w, src);
}

/* ---- runs ---------------------------------------------------------------------------------------- */

static void begin_run(struct closure_flash *f, uint32_t s)
{
    struct op_run *r = &f->run;
    const struct open_sector *o = &f->open[s];
    if (r->on && r->sector == s && r->count < CLOSURE_RUN_MAX)
        return;
    closure_run_end(f);
    r->on = true;
    r->sector = s;
    r->disturbed = f->disturbed[s];
    r->first_op = f->ops;
    r->count = 0;
    r->starts = o->live ? o->count : 1;
    if (r->starts > r->start_cap)
        r->start = grown(r->start, &r->start_cap, r->starts);
    if (o->live)
        memcpy(r->start, o->now, r->starts * sizeof(*r->start));
    else
        r->start[0] =
            closure_flash_name(f, s, f->bytes + s * f->flash.sector, f->cells + s * f->store.words);
    r->full = closure_flash_in_full(f);
    r->key = hash_bytes((f->detailed >> s & 1) + 2u * r->full, (const uint8_t *)r->start,
                        (uint32_t)(r->starts * sizeof(*r->start)));
}

void closure_run_program(struct closure_flash *f, uint32_t s, uint32_t w, const uint8_t *src)
{
    if (!f->emit)
        return;
    begin_run(f, s);
    struct op_run *r = &f->run;
    r->op[r->count].erase = false;
    r->op[r->count].word = (uint16_t)w;
    memcpy(r->op[r->count++].data, src, f->flash.word);
    r->key = hash_bytes(hash_mix(r->key, w + 2), src, f->flash.word);
}

void closure_run_erase(struct closure_flash *f, uint32_t s)
{
    if (!f->emit)
        return;
    begin_run(f, s);
    struct op_run *r = &f->run;
    r->op[r->count++].erase = true;
    r->key = hash_mix(r->key, 1);
}

struct list {
    struct closure_flash *f;
    uint32_t *ids, count, cap;
};

static void add(struct list *l, uint32_t id)
{
    if (l->count == l->cap)
        l->ids = grown(l->ids, &l->cap, l->count + 1);
    l->ids[l->count++] = id;
}

static void add_draft(void *ctx, const struct draft *d, enum cut_kind kind, uint32_t arg)
{
    struct list *l = ctx;
    (void)kind, (void)arg;
    add(l, closure_flash_name(l->f, l->f->run.sector, d->bytes, d->cells));
}

/* What a cut in operation number k leaves, from content id; the content after the operation. */
static uint32_t add_cuts(struct list *l, uint32_t id, uint32_t k)
{
    struct closure_flash *f = l->f;
    const struct op_run *r = &f->run;
    bool full = r->full;
    struct draft now;
    memcpy(now.bytes, store_bytes(&f->store, id), f->flash.sector);
    memcpy(now.cells, store_cells(&f->store, id), f->store.words);
    add(l, id);
    if (r->op[k].erase) {
        cuts_of_erase(&f->model, &now, f->detailed >> r->sector & 1, full, add_draft, l);
        memset(now.bytes, f->flash.erased, f->flash.sector);
        memset(now.cells, CELL_VIRGIN, f->store.words);
        return closure_flash_name(f, r->sector, now.bytes, now.cells);
    }
    cuts_of_program(&f->model, &now, r->op[k].word, r->op[k].data, full, add_draft, l);
    return programmed(f, r->sector, id, r->op[k].word, r->op[k].data);
}

static uint32_t left_by_run(struct closure_flash *f)
{
    const struct op_run *r = &f->run;
    struct list left = {.f = f};
    uint32_t *now = malloc(r->starts * sizeof(*now)), count = r->starts;
    closure_must(now != NULL);
    memcpy(now, r->start, count * sizeof(*now));
    for (uint32_t k = 0; k < r->count; k++) {
        for (uint32_t i = 0; i < count; i++)
            now[i] = add_cuts(&left, now[i], k);
        if (r->op[k].erase)
            count = 1;
    }
    uint32_t id = store_set(&f->store, left.ids, left.count);
    free(left.ids);
    free(now);
    return id;
}

static void report(struct closure_flash *f, uint32_t id, enum cut_kind kind)
{
    struct cut c = {.op = (uint16_t)f->run.first_op, .kind = (uint8_t)kind};
    f->emit(f->ctx, f->run.sector, id, c);
}

void closure_run_end(struct closure_flash *f)
{
    struct op_run *r = &f->run;
    uint32_t id;
    if (!r->on)
        return;
    r->on = false;
    if (f->choices.depth < f->choices.reported)
        return;
    closure_flash_save_others(f, r->sector);
    if (f->abstract >> r->sector & 1) {
        if (!r->disturbed)
            report(f, r->start[0], CUT_BEFORE);
        report(f, f->any_id, CUT_ANY);
        return;
    }
    r->key += r->key == 0;
    if (!store_find_run(&f->store, r->key, &id)) {
        id = left_by_run(f);
        store_put_run(&f->store, r->key, id);
    }
    report(f, id, CUT_BEFORE);
}

void closure_runs_free(struct closure_flash *f)
{
    for (uint32_t s = 0; s < CLOSURE_SECTORS_MAX; s++) {
        free(f->open[s].was);
        free(f->open[s].now);
        f->open[s] = (struct open_sector){0};
    }
    for (uint32_t i = 0; i < CLOSURE_CHOICES_MAX; i++)
        free(f->choices.at[i].part);
    memset(&f->choices, 0, sizeof(f->choices));
    free(f->run.start);
    f->run.start = NULL;
    f->run.start_cap = 0;
}
