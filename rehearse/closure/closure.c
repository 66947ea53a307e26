#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rehearse/closure/closure_search.h"

/* ---- the set ------------------------------------------------------------------------------------- */

static uint32_t *slot_of(struct search *x, const uint32_t *id, uint8_t stage)
{
    size_t bytes = x->model.f.sectors * sizeof(*id);
    uint64_t hash = hash_bytes(stage + 1u, (const uint8_t *)id, (uint32_t)bytes);
    for (uint32_t h = (uint32_t)(hash ^ hash >> 32);; h++) {
        uint32_t *at = &x->index[h & (x->index_size - 1)];
        if (*at == 0 ||
            (x->states[*at - 1].stage == stage && memcmp(ids_of(x, *at - 1), id, bytes) == 0))
            return at;
    }
}

static void grow(struct search *x)
{
    x->cap *= 2;
    x->states = realloc(x->states, x->cap * sizeof(*x->states));
    x->ids = realloc(x->ids, (size_t)x->cap * x->model.f.sectors * sizeof(*x->ids));
    free(x->index);
    x->index_size = x->cap * 2;
    x->index = calloc(x->index_size, sizeof(*x->index));
    closure_must(x->states && x->ids && x->index);
    for (uint32_t i = 0; i < x->count; i++)
        *slot_of(x, ids_of(x, i), x->states[i].stage) = i + 1;
}

static uint32_t insert(struct search *x, const uint32_t *id, uint8_t stage)
{
    uint32_t *at = slot_of(x, id, stage);
    if (*at != 0)
        return *at - 1;
    uint32_t number = x->count++;
    *at = number + 1;
    memcpy(x->ids + (size_t)number * x->model.f.sectors, id, x->model.f.sectors * sizeof(*id));
    x->states[number] = (struct state){.parent = NO_STATE, .stage = stage};
    if (number > 0) {
        x->states[number].parent = x->current;
        x->states[number].depth = (uint16_t)(x->states[x->current].depth + 1);
    }
    if (x->count == x->cap)
        grow(x);
    return number;
}

static void emitted(void *ctx, uint32_t s, uint32_t id, struct cut c)
{
    struct search *x = ctx;
    struct closure_flash *f = &x->model.f;
    uint32_t kept = f->id[s], members;
    (void)c;
    (void)store_members(&f->store, &id, &members);
    x->r->edges += members;
    f->id[s] = id;
    (void)insert(x, f->id, x->model.stage);
    f->id[s] = kept;
}

/* ---- the search ---------------------------------------------------------------------------------- */

static void record_violation(struct search *x, uint32_t n, enum closure_fault fault)
{
    if (x->r->violations++ > 0 && x->states[n].depth >= x->states[x->worst].depth)
        return;
    x->r->fault = fault;
    x->worst = n;
    closure_flash_row(&x->model.f, ids_of(x, n), x->worst_row);
}

static bool is_bounded(struct search *x)
{
    const struct closure_config *c = x->config;
    if (c->states_max && x->count > c->states_max)
        snprintf(x->r->bounded, sizeof(x->r->bounded), "the search ended at its limit of %u states",
                 (unsigned)c->states_max);
    else if (c->seconds_max && x->current % 256 == 0 &&
             clock() - x->began > (clock_t)c->seconds_max * CLOCKS_PER_SEC)
        snprintf(x->r->bounded, sizeof(x->r->bounded),
                 "the search ended at its limit of %u s of processor time",
                 (unsigned)c->seconds_max);
    return x->r->bounded[0] != 0;
}

static enum closure_fault check_rest(struct search *x, const struct closure_session *s)
{
    x->model.f.emit = NULL;
    enum closure_fault fault = closure_check_rest(&x->model, s);
    x->model.f.emit = emitted;
    return fault;
}

static void add_outcome(struct search *x, uint32_t next, uint32_t ops)
{
    if (x->outcome_count == x->outcome_cap) {
        x->outcome_cap *= 2;
        x->outcomes = realloc(x->outcomes, x->outcome_cap * sizeof(*x->outcomes));
        closure_must(x->outcomes != NULL);
    }
    x->outcomes[x->outcome_count++] = (struct outcome){.next = next, .ops = (uint16_t)ops};
    x->states[x->current].outcomes++;
}

/* One session on the current state, on those parts of its sets that the choices name. False if an abstracted sector was
 * read. */
static bool run_part(struct search *x)
{
    struct closure_session s;
    uint32_t n = x->current, next = n, ops;
    uint8_t stage = x->states[n].stage;
    x->model.stage = stage;
    closure_flash_load(&x->model.f, ids_of(x, n));
    closure_session(&x->model, &s);
    x->r->sessions++;
    ops = x->model.f.ops;
    if (!s.fault && ops == 0 && x->model.stage == stage)
        s.fault = check_rest(x, &s);
    else if (!s.fault)
        next = insert(x, x->model.f.id, x->model.stage);
    if (s.fault == FAULT_LEAK)
        return false;
    if (s.fault)
        record_violation(x, n, s.fault);
    add_outcome(x, next, ops);
    return true;
}

static bool expand(struct search *x)
{
    x->states[x->current].outcome = x->outcome_count;
    x->model.f.choices.count = x->model.f.choices.reported = 0;
    do {
        if (!run_part(x))
            return false;
    } while (closure_flash_next(&x->model.f));
    return true;
}

static bool explore(struct search *x)
{
    for (x->current = 0; x->current < x->count && !is_bounded(x); x->current++) {
        if (!expand(x))
            return false;
        if (x->r->violations && x->config->stop_at_first)
            break;
    }
    return true;
}

/* ---- the way to rest ----------------------------------------------------------------------------- */

struct way {
    uint32_t boots, ops;
};

static struct way way_from(const struct search *x, uint32_t n, const struct way *ways)
{
    struct way w = {0};
    const struct state *s = &x->states[n];
    for (uint32_t i = 0; i < s->outcomes; i++) {
        const struct outcome *o = &x->outcomes[s->outcome + i];
        if (o->next == n)
            continue;
        uint32_t boots = 1 + ways[o->next].boots, ops = o->ops + ways[o->next].ops;
        w.boots = boots > w.boots ? boots : w.boots;
        w.ops = ops > w.ops ? ops : w.ops;
    }
    return w;
}

/* The longest undisturbed way from each state to rest, in boots and operations. Pass n knows ways of n sessions. */
static void ways_to_rest(struct search *x)
{
    struct way *now = calloc(x->count, sizeof(*now)), *then = calloc(x->count, sizeof(*then));
    closure_must(now && then);
    for (unsigned pass = 0; pass <= CLOSURE_BOOTS_MAX; pass++) {
        struct way *swap = then;
        then = now;
        now = swap;
        for (uint32_t n = 0; n < x->current; n++)
            now[n] = way_from(x, n, then);
    }
    for (uint32_t n = 0; n < x->current; n++) {
        x->r->boots = now[n].boots > x->r->boots ? now[n].boots : x->r->boots;
        x->r->ops = now[n].ops > x->r->ops ? now[n].ops : x->r->ops;
        if (now[n].boots > CLOSURE_BOOTS_MAX) {
            closure_flash_load(&x->model.f, ids_of(x, n));
            record_violation(x, n, FAULT_RESTLESS);
        }
    }
    free(now);
    free(then);
}

/* Before the search: without a cut the images must run in the order that the scene names. */
static void check_course(struct search *x)
{
    char course[CLOSURE_BOOTS_MAX + 2] = {0};
    struct closure_session s;
    size_t len = 0;
    x->model.f.emit = NULL;
    x->model.stage = x->states[0].stage;
    for (unsigned i = 0; i <= CLOSURE_BOOTS_MAX; i++) {
        uint32_t id[CLOSURE_SECTORS_MAX];
        memcpy(id, x->model.f.id, sizeof(id));
        closure_flash_load(&x->model.f, id);
        closure_session(&x->model, &s);
        char image = (char)('A' + s.running - IMG_A);
        if (s.fault)
            break;
        if (len == 0 || course[len - 1] != image)
            course[len++] = image;
    }
    if (strcmp(course, x->config->scene->course) != 0) {
        closure_flash_load(&x->model.f, ids_of(x, 0));
        record_violation(x, 0, s.fault ? s.fault : FAULT_COURSE);
    }
    x->model.f.emit = emitted;
}

/* ---- one row ------------------------------------------------------------------------------------- */

static bool prepare(struct search *x, uint32_t keep_abstract)
{
    const struct closure_config *c = x->config;
    const char *why;
    enum err e = closure_model_open(&x->model, &c->shape, c->strategy, c->scene, &why);
    if (e) {
        snprintf(x->r->bounded, sizeof(x->r->bounded), "not possible: %s", why);
        return false;
    }
    struct closure_flash *f = &x->model.f;
    f->abstract = c->concrete ? 0 : closure_model_payload(&x->model) & keep_abstract;
    f->model.draws = c->draws;
    f->full = c->full;
    f->sets = c->concrete ? 0 : closure_model_payload(&x->model) & ~keep_abstract;
    f->emit = emitted;
    f->ctx = x;
    x->cap = x->outcome_cap = 4096;
    x->index_size = x->cap * 2;
    x->states = malloc(x->cap * sizeof(*x->states));
    x->ids = malloc((size_t)x->cap * f->sectors * sizeof(*x->ids));
    x->index = calloc(x->index_size, sizeof(*x->index));
    x->outcomes = malloc(x->outcome_cap * sizeof(*x->outcomes));
    closure_must(x->states && x->ids && x->index && x->outcomes);
    x->count = x->current = x->outcome_count = 0;
    (void)insert(x, f->id, x->model.stage);
    return true;
}

static void release(struct search *x)
{
    free(x->states);
    free(x->ids);
    free(x->index);
    free(x->outcomes);
    closure_model_close(&x->model);
}

static uint32_t count_bits(uint32_t v)
{
    uint32_t n = 0;
    for (; v; v &= v - 1)
        n++;
    return n;
}

static void summarise(struct search *x)
{
    x->r->states = x->count;
    x->r->contents = x->model.f.store.count;
    x->r->abstracted = count_bits(x->model.f.abstract);
    x->r->payload = count_bits(closure_model_payload(&x->model));
    ways_to_rest(x);
    if (x->r->violations)
        closure_path(x, x->r->replay, sizeof(x->r->replay));
}

bool closure_run(const struct closure_config *config, struct closure_result *r)
{
    static struct search x;
    uint32_t keep = UINT32_MAX;
    bool ok;
    memset(r, 0, sizeof(*r));
    x.config = config;
    x.r = r;
    x.began = clock();
    do { /* again with one abstracted sector fewer, until none is read */
        r->edges = r->violations = r->sessions = 0;
        if (!prepare(&x, keep))
            return false;
        check_course(&x);
        ok = explore(&x);
        if (ok)
            summarise(&x);
        else
            keep &= ~(1u << x.model.f.where);
        release(&x);
    } while (!ok);
    r->ms = (uint32_t)((clock() - x.began) * 1000 / CLOCKS_PER_SEC);
    return true;
}
