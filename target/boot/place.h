/* place.h - where an image runs: in slot0, in either slot, or in RAM. The build takes place_slot0.c, place_either.c or
 * place_ram.c, depending on the upgrade strategy. */
#ifndef TARGET_BOOT_PLACE_H
#define TARGET_BOOT_PLACE_H

#include "core/update/update.h"
#include "target/boards/board.h"

struct place {
    uint32_t base; /* bus address of the image's header */
    uint32_t size; /* bytes from base within which its code must lie */
};

/* Where the image that out names runs. */
struct place place_of(const struct slot_pair *slots, const struct update_outcome *out);

/* *src reads the image where it will run. False: there is none. */
bool place_source(const struct slot_pair *slots, const struct update_outcome *out,
                  struct slot_view *view, struct image_source *src);

/* For update_env: runs_here, NULL if only run_if_genuine checks the vectors; and the RAM for images, NULL without
 * RAM-load. */
extern bool (*const place_runs_here)(const struct update_env *env,
                                     const struct update_outcome *out);
const struct load_ram *place_ram(void);

/* The largest image that can be uploaded and run, bytes. */
uint32_t place_max_size(const struct slot_pair *slots);

/* Log where the bootloader jumps to. */
void place_announce(const struct update_outcome *out);
NORETURN void place_jump(uint32_t vectors);

/* vectors.c: was the image built for this part, and linked for its place? Logs why not. */
bool vectors_in_place(const struct slot_pair *slots, const struct update_outcome *out);

#endif
