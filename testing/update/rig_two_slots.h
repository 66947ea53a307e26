/* rig_two_slots.h - for core/update/'s tests: two slots on a fake flash, small hash-only images, a bootloader
 * run, and the application's side. A device is a value: copy it with two_slots_copy. */
#ifndef TESTING_UPDATE_RIG_TWO_SLOTS_H
#define TESTING_UPDATE_RIG_TWO_SLOTS_H

#include "core/update/update.h"
#include "testing/fake_flash.h"

#define TWO_SLOTS_FLASH_MAX (16u * 1024u)

/* RAM-load: images may be loaded here, and those of a device are made to be loaded to TWO_SLOTS_LOAD. */
#define TWO_SLOTS_RAM      (4u * 1024u)
#define TWO_SLOTS_RAM_BASE 0x24000000u
#define TWO_SLOTS_LOAD     (TWO_SLOTS_RAM_BASE + 0x100u)

/* The same flash with larger sectors: for a secondary unlike the primary. */
struct two_slots_coarse {
    struct flash flash;
    struct fake_flash *fake;
};

struct device {
    struct fake_flash fake;
    struct two_slots_coarse coarse;
    uint8_t bytes[TWO_SLOTS_FLASH_MAX], words[TWO_SLOTS_FLASH_MAX];
    struct slot_pair pair;
    bool no_downgrade; /* the bootloader compares versions */
    bool plain_a;  /* IMAGE_A is in clear though images are encrypted: it came from the factory */
    enum slot ran; /* of the last boot: where the image is that ran */
    uint8_t ram[TWO_SLOTS_RAM];
};

/* How a device is built: everything in the tests' toy sizes. */
struct two_slots_shape {
    uint32_t word, align, sector, sectors; /* sectors per slot */
    const struct update_strategy *strategy;
    uint32_t scratch;    /* sectors of the scratch area */
    uint32_t per_coarse; /* above 1: so many sectors make one of the secondary */
};

enum two_slots_image {
    IMAGE_NOTHING,
    IMAGE_A, /* a little over one sector */
    IMAGE_B, /* nearly three sectors: as large as fits the toy slots */
    IMAGE_C, /* two sectors, to the byte; versions rise from A to C */
};

void two_slots_init(struct device *w, const struct two_slots_shape *shape);
void two_slots_copy(struct device *dst, const struct device *src);

/* Put an image into a slot at off, erasing the sectors it covers first. */
void two_slots_install(struct device *w, enum slot s, uint32_t off, enum two_slots_image which);

/* From here on images are encrypted under keys of key_size bytes, 16 or 32 (AES key wrap). */
void two_slots_encrypt(struct device *w, uint8_t key_size, bool plain_a);

/* The bytes of an image as it lies in slot s: in clear in the primary, unless images run in RAM, in others encrypted if
 * images are. */
const uint8_t *two_slots_image_stored(const struct device *w, enum slot s,
                                      enum two_slots_image which, uint32_t *len);

/* Does it lie there, whole? */
bool two_slots_holds(const struct device *w, enum slot s, uint32_t off, enum two_slots_image which);

/* The bytes of an image, in clear, and their number. */
const uint8_t *two_slots_image_bytes(const struct device *w, enum two_slots_image which,
                                     uint32_t *len);

/* Run the bootloader once. */
enum err two_slots_boot(struct device *w, struct update_outcome *out);

/* Run it until a run is not cut; *runs counts them. Cuts after the first, which the caller plans,
 * are drawn from *seed, at most more of them. */
enum err two_slots_boot_through(struct device *w, struct update_outcome *out, uint32_t *seed,
                                unsigned more);

/* Which image stands, whole, at the start of the primary; where images run from either slot, at that of the slot whose
 * image ran last, and in RAM too, if they run there. */
enum two_slots_image two_slots_running(const struct device *w);

uint32_t two_slots_random(uint32_t *seed);

#endif
