/* sweep.h - for update/'s tests: a cut at every operation between two states of a toy device, in every way that the fake
 * flash knows, and further cuts during the recovery. */
#ifndef UPDATE_SWEEP_H
#define UPDATE_SWEEP_H

#include "update/testing/world.h"

/* Where a sweep begins, and where its undisturbed run ended. */
extern struct world start, end;

/* What a scenario leaves to be true after any cuts. */
struct goal {
    const char *name;
    bool same_flash; /* byte for byte as without cuts */
    bool may_revert; /* a cut right after the end makes the next boot a revert */
    bool (*reached)(const struct world *after);
    void (*app)(struct world *); /* what the application does before the boot, cut or not */
};

/* Old image in the primary, new one where an upload puts it, and waste behind the smaller. */
void fresh(const struct world_shape *shape, enum world_image old, enum world_image new);

void sweep(const struct goal *g);

/* Another boot finds nothing to do and changes nothing. */
bool at_rest(const struct world *x);

struct trailer_state trailer_of(const struct world *x, enum slot s);

/* sweep_either.c: all sweeps of one strategy that runs images from either slot. */
int sweep_either(const struct world_shape *of, size_t count);

#endif
