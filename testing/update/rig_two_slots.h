/* rig_two_slots.h - for core/update/'s tests: two slots on a fake flash, small hash-only images, a bootloader
 * run, and the application's side. A world is a value: copy it with world_copy. */
#ifndef TESTING_UPDATE_RIG_TWO_SLOTS_H
#define TESTING_UPDATE_RIG_TWO_SLOTS_H

#include "core/update/update.h"
#include "testing/fake_flash.h"

#define WORLD_FLASH_MAX (16u * 1024u)

/* RAM-load: images may be loaded here, and those of a world are made to be loaded to WORLD_LOAD. */
#define WORLD_RAM      (4u * 1024u)
#define WORLD_RAM_BASE 0x24000000u
#define WORLD_LOAD     (WORLD_RAM_BASE + 0x100u)

/* The same flash with larger sectors: for a secondary unlike the primary. */
struct world_coarse {
    struct flash flash;
    struct fake_flash *fake;
};

struct world {
    struct fake_flash fake;
    struct world_coarse coarse;
    uint8_t bytes[WORLD_FLASH_MAX], words[WORLD_FLASH_MAX];
    struct slot_pair pair;
    bool no_downgrade; /* the bootloader compares versions */
    bool plain_a;  /* IMAGE_A is in clear though images are encrypted: it came from the factory */
    enum slot ran; /* of the last boot: where the image is that ran */
    uint8_t ram[WORLD_RAM];
};

/* How a world is built: everything in the tests' toy sizes. */
struct world_shape {
    uint32_t word, align, sector, sectors; /* sectors per slot */
    const struct update_strategy *strategy;
    uint32_t scratch;    /* sectors of the scratch area */
    uint32_t per_coarse; /* above 1: so many sectors make one of the secondary */
};

enum world_image {
    IMAGE_NOTHING,
    IMAGE_A, /* a little over one sector */
    IMAGE_B, /* nearly three sectors: as large as fits the toy slots */
    IMAGE_C, /* two sectors, to the byte; versions rise from A to C */
};

void world_init(struct world *w, const struct world_shape *shape);
void world_copy(struct world *dst, const struct world *src);

/* Put an image into a slot at off, erasing the sectors it covers first. */
void world_install(struct world *w, enum slot s, uint32_t off, enum world_image which);

/* From here on images are encrypted under keys of key_size bytes, 16 or 32 (AES key wrap). */
void world_encrypt(struct world *w, uint8_t key_size, bool plain_a);

/* The bytes of an image as it lies in slot s: in clear in the primary, unless images run in RAM, in others encrypted if
 * images are. */
const uint8_t *world_image_stored(const struct world *w, enum slot s, enum world_image which,
                                  uint32_t *len);

/* Does it lie there, whole? */
bool world_holds(const struct world *w, enum slot s, uint32_t off, enum world_image which);

/* The bytes of an image, in clear, and their number. */
const uint8_t *world_image_bytes(const struct world *w, enum world_image which, uint32_t *len);

/* Run the bootloader once. */
enum err world_boot(struct world *w, struct update_outcome *out);

/* Run it until a run is not cut; *runs counts them. Cuts after the first, which the caller plans,
 * are drawn from *seed, at most more of them. */
enum err world_boot_through(struct world *w, struct update_outcome *out, uint32_t *seed,
                            unsigned more);

/* Which image stands, whole, at the start of the primary; where images run from either slot, at that of the slot whose
 * image ran last, and in RAM too, if they run there. */
enum world_image world_running(const struct world *w);

uint32_t world_random(uint32_t *seed);

#endif
