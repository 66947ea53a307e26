/* closure.h - every flash state that any number of power cuts can reach, and what becomes of it.
 *
 * From the scene's first state the closure runs power sessions; each yields all contents that a cut at
 * any of its operations leaves, in every class; what was not seen before joins the set, until
 * nothing is new. Host code; running out of memory ends the program. How it works, and why its abstraction is sound:
 * rehearse/closure/DESIGN.md.
 *
 *     struct closure_config c = {.draws = 2};
 *     struct closure_result r;
 *     const char *end;
 *     if (closure_parse("offset,8x128x4,revert", &c, &end) && c.scene != NULL && closure_run(&c, &r))
 *         ... r.violations, r.replay ...                                                          */
#ifndef REHEARSE_CLOSURE_CLOSURE_H
#define REHEARSE_CLOSURE_CLOSURE_H

#include "rehearse/closure/closure_event.h"

#define CLOSURE_BOOTS_MAX 6u  /* undisturbed sessions after which every device must be at rest */
#define CLOSURE_PATH_MAX  64u /* cuts that lead to a violation */

struct closure_config {
    const struct closure_strategy *strategy;
    struct closure_shape shape;
    const struct closure_scene *scene;
    bool full;           /* struct closure_flash: full */
    bool concrete;       /* no abstraction and no sets: every content by itself */
    bool stop_at_first;  /* do not go on after a violation */
    uint32_t states_max; /* give up beyond; 0: no limit */
    uint32_t seconds_max;
    unsigned draws; /* random subsets of the bits of a torn word */
};

struct closure_result {
    uint32_t states,
        sessions;        /* sessions: as many for a state as it has parts that read differently */
    uint64_t edges;      /* contents that cuts left, in all sessions */
    uint32_t contents;   /* different ones, of a sector */
    uint32_t boots, ops; /* longest way to rest, undisturbed */
    uint32_t violations;
    uint32_t ms;
    uint32_t abstracted, payload; /* sectors; abstracted <= payload */
    enum closure_fault fault;     /* of the shortest violation */
    char bounded[80];             /* what ended the search early; "" if it is complete */
    /* Of the shortest violation: for closure_replay. Room for a row and its cuts. */
    char replay[120 + CLOSURE_PATH_MAX * 20];
};

/* Search one row. False, with the reason in r->bounded, if the device cannot be built. One search at a time: its
 * state is static. */
bool closure_run(const struct closure_config *config, struct closure_result *r);

/* Run the sessions of a violation's replay text again; the sink gets each flash operation, log line and outcome. *fault
 * is the violation in which it ends, FAULT_NONE if there is none. False, with *why as evidence, if the text cannot be
 * run: no row, a geometry that the strategy does not allow, a cut that does not come. One replay at a time: its state
 * is static. */
bool closure_replay(const char *text, const struct closure_sink *sink, enum closure_fault *fault,
                    const char **why);

/* Where the areas of the row's small device are, in the order of their offsets. Returns how many; 0 if the device cannot
 * be built. Not during a search or replay. */
struct closure_area {
    char name[24];         /* "primary slot", "image 1, secondary" */
    uint32_t offset, size; /* bytes */
    uint32_t trailer;      /* bytes at its end: the sectors with the trailer; 0: it has none */
};
#define CLOSURE_AREAS_MAX 6u
unsigned closure_areas(const struct closure_config *config,
                       struct closure_area areas[CLOSURE_AREAS_MAX]);

/* "offset,8x128x4,test": strategy, word x sector x sectors per slot, scene; without the scene c->scene is NULL. Sets
 * these members only. False if it is no row. *end is behind what was read. */
bool closure_parse(const char *text, struct closure_config *config, const char **end);

/* The row's name, as closure_parse reads it. config->scene is not NULL. */
#define CLOSURE_NAME_MAX 80u
void closure_row_name(const struct closure_config *config, char name[CLOSURE_NAME_MAX]);

/* One step of a replay: " 12.lostT5", " -", " quiet". False if it is none. *p goes on behind it. */
bool closure_parse_cut(const char **p, struct cut *c);

/* Rows by the depth of the search: make closure, --small, --large. */
struct closure_device {
    const char *strategy;
    struct closure_shape shape;
    const char *scene; /* this one only; NULL: all that it can play */
};
struct closure_set {
    const struct closure_device *devices;
    unsigned count;
};
extern const struct closure_set closure_default_set, closure_small_set, closure_large_set;

/* Run count rows in so many processes. row is called for each, in order, in the caller's process, as results come in;
 * tick (may be NULL) many times a second while rows run, with the number of those that have ended. Returns the number of
 * rows with a violation or that were bounded; negative: no process or memory. */
int closure_farm(const struct closure_config *configs, unsigned count, unsigned workers,
                 void (*row)(void *ctx, const struct closure_config *c,
                             const struct closure_result *r),
                 void (*tick)(void *ctx, unsigned ended), void *ctx);

/* Fill configs (room for cap) with every scene that the strategy of base can play, with the rest of base. Returns how
 * many. */
unsigned closure_expand_scenes(const struct closure_config *base, struct closure_config *configs,
                               unsigned cap);

/* The same for every device of the set. */
unsigned closure_expand(const struct closure_set *set, const struct closure_config *base,
                        struct closure_config *configs, unsigned cap);

#endif
