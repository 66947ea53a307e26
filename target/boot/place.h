/* place.h - where an image runs: in slot0, in the slot that it is in, or copied to RAM. The build takes place_slot0.c,
 * place_either.c or place_ram.c, as the upgrade strategy wants it. */
#ifndef TARGET_BOOT_PLACE_H
#define TARGET_BOOT_PLACE_H

#include "core/update/update.h"
#include "target/boards/board.h"

struct place {
    uint32_t base; /* bus address of the image's header */
    uint32_t size; /* bytes from there in which its code must be */
};

struct place place_of(const struct slot_pair *slots, const struct update_outcome *out);

/* The image as it is where it will run. False: there is none. */
bool place_source(const struct slot_pair *slots, const struct update_outcome *out,
                  struct slot_view *view, struct image_source *src);

/* For update_env: the question whether an image was built for its place, NULL where run_if_genuine alone asks it; and the
 * RAM for images, NULL if there is none. */
extern bool (*const place_runs_here)(const struct update_env *env,
                                     const struct update_outcome *out);
const struct load_ram *place_ram(void);

/* The largest image that can run, bytes. */
uint32_t place_max_size(const struct slot_pair *slots);

/* One line of log: where we jump to. */
void place_announce(const struct update_outcome *out);
NORETURN void place_jump(uint32_t vectors);

/* vectors.c: do stack pointer and reset vector of the image fit its place? It says in the log why not. */
bool vectors_in_place(const struct slot_pair *slots, const struct update_outcome *out);

#endif
