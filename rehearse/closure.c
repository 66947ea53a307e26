#include "rehearse/closure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define NONE UINT32_MAX

/* A state of device and application, and how it was reached first. */
struct node {
    uint32_t parent, next; /* next: where its undisturbed session ends */
    struct cut cut;        /* of the parent's session */
    uint16_t ops;          /* of its own session */
    uint8_t stage, fault, running, boots;
    uint16_t depth;
};

struct search {
    struct closure_lab lab;
    const struct closure_config *config;
    struct closure_result *r;
    struct node *nodes;
    uint32_t *ids; /* lab.f.sectors per node */
    uint32_t count, cap;
    uint32_t *index, index_size;
    uint32_t current; /* whose session runs */
    clock_t began;
};

static void must(bool ok)
{
    if (!ok) {
        fputs("closure: out of memory\n", stderr);
        abort();
    }
}

/* ---- the set ------------------------------------------------------------------------------------- */

static uint32_t *ids_of(const struct search *x, uint32_t n)
{
    return x->ids + (size_t)n * x->lab.f.sectors;
}

static uint32_t hash_state(const struct search *x, const uint32_t *id, uint8_t stage)
{
    uint64_t h = stage + 1u;
    for (uint32_t s = 0; s < x->lab.f.sectors; s++) {
        h = (h ^ id[s]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 31;
    }
    return (uint32_t)(h ^ h >> 32);
}

static uint32_t *slot_of(struct search *x, const uint32_t *id, uint8_t stage)
{
    size_t bytes = x->lab.f.sectors * sizeof(*id);
    for (uint32_t h = hash_state(x, id, stage);; h++) {
        uint32_t *at = &x->index[h & (x->index_size - 1)];
        if (*at == 0 ||
            (x->nodes[*at - 1].stage == stage && memcmp(ids_of(x, *at - 1), id, bytes) == 0))
            return at;
    }
}

static void grow(struct search *x)
{
    x->cap *= 2;
    x->nodes = realloc(x->nodes, x->cap * sizeof(*x->nodes));
    x->ids = realloc(x->ids, (size_t)x->cap * x->lab.f.sectors * sizeof(*x->ids));
    free(x->index);
    x->index_size = x->cap * 2;
    x->index = calloc(x->index_size, sizeof(*x->index));
    must(x->nodes && x->ids && x->index);
    for (uint32_t i = 0; i < x->count; i++)
        *slot_of(x, ids_of(x, i), x->nodes[i].stage) = i + 1;
}

static uint32_t insert(struct search *x, const uint32_t *id, uint8_t stage, struct cut cut)
{
    uint32_t *at = slot_of(x, id, stage);
    if (*at != 0)
        return *at - 1;
    uint32_t number = x->count++;
    *at = number + 1;
    memcpy(ids_of(x, number), id, x->lab.f.sectors * sizeof(*id));
    x->nodes[number] = (struct node){.parent = NONE, .next = NONE, .cut = cut, .stage = stage};
    if (number > 0) {
        x->nodes[number].parent = x->current;
        x->nodes[number].depth = (uint16_t)(x->nodes[x->current].depth + 1);
    }
    if (x->count == x->cap)
        grow(x);
    return number;
}

static void emitted(void *ctx, uint32_t s, uint32_t id, struct cut c)
{
    struct search *x = ctx;
    struct closure_flash *f = &x->lab.f;
    uint32_t kept = f->id[s];
    x->r->edges++;
    f->id[s] = id;
    (void)insert(x, f->id, x->lab.stage, c);
    f->id[s] = kept;
}

/* ---- reporting a violation ----------------------------------------------------------------------- */

static void append(char *text, size_t cap, const char *more)
{
    size_t len = strlen(text);
    snprintf(text + len, cap - len, "%s", more);
}

static void put_cut(char *text, size_t cap, const struct cut *c)
{
    char one[40];
    if (c->kind == CUT_NONE)
        snprintf(one, sizeof(one), " %s", c->arg ? "quiet" : "-");
    else if (c->arg)
        snprintf(one, sizeof(one), " %u.%s%u", c->op, cut_kind_name((enum cut_kind)c->kind),
                 c->arg);
    else
        snprintf(one, sizeof(one), " %u.%s", c->op, cut_kind_name((enum cut_kind)c->kind));
    append(text, cap, one);
}

static void put_head(const struct search *x, char *text, size_t cap)
{
    const struct closure_shape *s = &x->config->shape;
    snprintf(text, cap, "%s,%ux%ux%u,%s,%x:", x->config->strategy->name, (unsigned)s->word,
             (unsigned)s->sector, (unsigned)s->sectors, x->config->scene->name,
             (unsigned)x->lab.f.abstract);
}

static void put_path(const struct search *x, uint32_t n, char *text, size_t cap)
{
    uint32_t way[64], len = 0;
    for (; x->nodes[n].parent != NONE && len < ARRAY_LEN(way); n = x->nodes[n].parent)
        way[len++] = n;
    put_head(x, text, cap);
    while (len > 0)
        put_cut(text, cap, &x->nodes[way[--len]].cut);
}

static void note(struct search *x, uint32_t n, enum closure_fault fault)
{
    struct closure_result *r = x->r;
    char path[sizeof(r->replay)];
    x->nodes[n].fault = (uint8_t)fault;
    r->violations++;
    put_path(x, n, path, sizeof(path));
    if (r->violations > 1 && x->nodes[n].depth >= r->boots)
        return;
    r->boots = x->nodes[n].depth; /* of the violation reported, until ways_to_rest sets it */
    r->fault = fault;
    memcpy(r->replay, path, sizeof(path));
}

/* ---- the search ---------------------------------------------------------------------------------- */

static bool is_bounded(struct search *x)
{
    const struct closure_config *c = x->config;
    if (c->states_max && x->count > c->states_max)
        snprintf(x->r->bounded, sizeof(x->r->bounded), "more than %u states",
                 (unsigned)c->states_max);
    else if (c->seconds_max && x->current % 256 == 0 &&
             clock() - x->began > (clock_t)c->seconds_max * CLOCKS_PER_SEC)
        snprintf(x->r->bounded, sizeof(x->r->bounded), "more than %u s", (unsigned)c->seconds_max);
    return x->r->bounded[0] != 0;
}

/* False if an abstracted sector was read. */
static bool expand(struct search *x)
{
    struct closure_session s;
    struct node *n = &x->nodes[x->current];
    x->lab.stage = n->stage;
    closure_flash_load(&x->lab.f, ids_of(x, x->current));
    closure_session(&x->lab, &s);
    if (s.fault == FAULT_LEAK)
        return false;
    n = &x->nodes[x->current]; /* the array may have moved */
    n->ops = (uint16_t)x->lab.f.ops;
    n->running = s.running;
    if (s.fault) {
        note(x, x->current, s.fault);
        return true;
    }
    struct cut none = {.kind = CUT_NONE};
    uint32_t next = insert(x, x->lab.f.id, x->lab.stage, none);
    x->nodes[x->current].next = next;
    return true;
}

static bool is_rest(const struct search *x, uint32_t n)
{
    return x->nodes[n].next == n && x->nodes[n].ops == 0;
}

/* The rules of a device at rest. False if an abstracted sector was read. */
static bool check_rest(struct search *x, uint32_t n)
{
    const struct closure_scene *sc = x->config->scene;
    const struct node *at = &x->nodes[n];
    const uint8_t *end = at->stage & STAGE_QUIET ? sc->quiet_end : sc->end;
    enum closure_fault fault = FAULT_NONE;
    if (!(end[at->stage & STAGE_NUMBER] & IMG_BIT(at->running))) {
        fault = FAULT_END;
    } else {
        x->lab.f.emit = NULL;
        closure_flash_load(&x->lab.f, ids_of(x, n));
        fault = closure_check_rest(&x->lab, (enum closure_image)at->running);
        x->lab.f.emit = emitted;
    }
    if (fault == FAULT_LEAK)
        return false;
    if (fault)
        note(x, n, fault);
    return true;
}

static bool explore(struct search *x)
{
    for (x->current = 0; x->current < x->count && !is_bounded(x); x->current++) {
        if (!expand(x))
            return false;
        if (is_rest(x, x->current) && !check_rest(x, x->current))
            return false;
        if (x->r->violations && x->config->stop_at_first)
            break;
    }
    return true;
}

/* Boots and operations from each state to rest, along undisturbed sessions. */
static void ways_to_rest(struct search *x)
{
    uint32_t boots = 0, ops = 0;
    for (uint32_t i = 0; i < x->current; i++) {
        uint32_t n = i, way = 0, sum = 0;
        while (way <= CLOSURE_BOOTS_MAX && x->nodes[n].next != NONE && !is_rest(x, n)) {
            sum += x->nodes[n].ops;
            n = x->nodes[n].next;
            way++;
        }
        if (way > CLOSURE_BOOTS_MAX && !x->nodes[i].fault)
            note(x, i, FAULT_RESTLESS);
        boots = way > boots ? way : boots;
        ops = sum > ops ? sum : ops;
    }
    x->r->boots = boots;
    x->r->ops = ops;
}

/* The images that run if nothing is disturbed, before anything is. */
static void check_course(struct search *x)
{
    char course[CLOSURE_BOOTS_MAX + 2] = {0};
    struct closure_session s;
    size_t len = 0;
    x->lab.f.emit = NULL;
    x->lab.stage = x->nodes[0].stage;
    for (unsigned i = 0; i <= CLOSURE_BOOTS_MAX; i++) {
        uint32_t id[CLOSURE_SECTORS_MAX];
        memcpy(id, x->lab.f.id, sizeof(id));
        closure_flash_load(&x->lab.f, id);
        closure_session(&x->lab, &s);
        char image = (char)('A' + s.running - IMG_A);
        if (s.fault)
            break;
        if (len == 0 || course[len - 1] != image)
            course[len++] = image;
    }
    if (strcmp(course, x->config->scene->course) != 0)
        note(x, 0, s.fault ? s.fault : FAULT_COURSE);
    x->lab.f.emit = emitted;
}

static bool prepare(struct search *x, uint32_t keep_abstract)
{
    const char *why;
    enum err e =
        closure_lab_open(&x->lab, &x->config->shape, x->config->strategy, x->config->scene, &why);
    if (e) {
        snprintf(x->r->bounded, sizeof(x->r->bounded), "not possible: %s", why);
        return false;
    }
    x->lab.f.abstract = x->config->concrete ? 0 : closure_lab_payload(&x->lab) & keep_abstract;
    x->lab.f.draws = x->config->draws;
    x->lab.f.full = x->config->full;
    x->lab.f.emit = emitted;
    x->lab.f.ctx = x;
    x->cap = 4096;
    x->index_size = x->cap * 2;
    x->nodes = malloc(x->cap * sizeof(*x->nodes));
    x->ids = malloc((size_t)x->cap * x->lab.f.sectors * sizeof(*x->ids));
    x->index = calloc(x->index_size, sizeof(*x->index));
    must(x->nodes && x->ids && x->index);
    x->count = x->current = 0;
    (void)insert(x, x->lab.f.id, x->lab.stage, (struct cut){0});
    return true;
}

static void release(struct search *x)
{
    free(x->nodes);
    free(x->ids);
    free(x->index);
    closure_lab_close(&x->lab);
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
    x->r->contents = x->lab.f.store.count;
    x->r->abstracted = count_bits(x->lab.f.abstract);
    x->r->payload = count_bits(closure_lab_payload(&x->lab));
    ways_to_rest(x);
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
    do { /* again, with one sector fewer abstracted, until none leaks */
        r->edges = r->violations = 0;
        r->replay[0] = 0;
        if (!prepare(&x, keep))
            return false;
        check_course(&x);
        ok = explore(&x);
        if (ok)
            summarise(&x);
        else
            keep &= ~(1u << x.lab.f.where);
        release(&x);
    } while (!ok);
    r->ms = (uint32_t)((clock() - x.began) * 1000 / CLOCKS_PER_SEC);
    return true;
}
