/* garbage_fill.h - meaningless flash contents, drawn from a seed: images of every malformed kind,
 * trailers and status areas that say anything, noise, words that cannot be read. */
#ifndef TESTS_SWEEP_GARBAGE_FILL_H
#define TESTS_SWEEP_GARBAGE_FILL_H

#include "testing/system/rig_firmware.h"

enum { GARBAGE_A, GARBAGE_B, GARBAGE_ASTRAY, GARBAGE_STRANGER, GARBAGE_IMAGES };

struct garbage {
    uint64_t state;                        /* of the generator */
    struct rig_file image[GARBAGE_IMAGES]; /* the first two may run */
    char what[200];                        /* one line: what was put where */
    bool must_run; /* a genuine image in slot0, and nothing that speaks of a swap */
};

/* Load the images. */
void garbage_open(struct garbage *g);
void garbage_close(struct garbage *g);

/* Fill both slots of a board whose flash is erased but for the bootloader. */
void garbage_fill(struct garbage *g, struct vboard *v, uint64_t seed);

uint32_t garbage_draw(struct garbage *g, uint32_t below);

#endif
