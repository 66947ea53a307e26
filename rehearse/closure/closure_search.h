/* closure_search.h - internal to the closure: the search, with the states found so far. */
#ifndef REHEARSE_CLOSURE_CLOSURE_SEARCH_H
#define REHEARSE_CLOSURE_CLOSURE_SEARCH_H

#include <time.h>

#include "rehearse/closure/closure.h"

#define NO_STATE UINT32_MAX

/* A state of device and application, and from where it was reached first. */
struct state {
    uint32_t parent;
    uint32_t outcome,
        outcomes; /* of its sessions: as many as there are parts that read differently */
    uint16_t depth;
    uint8_t stage;
};

/* How an undisturbed session ends. */
struct outcome {
    uint32_t next; /* the state it leaves; the same one at rest and after a fault */
    uint16_t ops;
};

struct search {
    struct closure_model model;
    const struct closure_config *config;
    struct closure_result *r;
    struct state *states;
    uint32_t *ids; /* model.f.sectors per state */
    uint32_t count, cap;
    uint32_t *index, index_size;
    struct outcome *outcomes;
    uint32_t outcome_count, outcome_cap;
    uint32_t current; /* whose session runs */
    clock_t began;
    uint32_t worst; /* state of the shortest violation, and contents that lead to it */
    uint32_t worst_row[CLOSURE_SECTORS_MAX];
};

static inline const uint32_t *ids_of(const struct search *x, uint32_t n)
{
    return x->ids + (size_t)n * x->model.f.sectors;
}

/* closure_path.c: the cuts that lead to worst_row, as a text for closure_replay. */
void closure_path(struct search *x, char *text, size_t cap);

#endif
