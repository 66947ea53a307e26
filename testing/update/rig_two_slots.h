/* rig_two_slots.h - for core/update/'s tests: two slots on a fake flash, small hash-only images, a bootloader
 * run, and the application's side. A device is a value: copy it with two_slots_copy. */
#ifndef TESTING_UPDATE_RIG_TWO_SLOTS_H
#define TESTING_UPDATE_RIG_TWO_SLOTS_H

#include "core/update/update.h"
#include "testing/fake_flash.h"

#define TWO_SLOTS_FLASH_MAX (16u * 1024u)

/* RAM-load: the RAM for images, and the load address of all images. */
#define TWO_SLOTS_RAM      (4u * 1024u)
#define TWO_SLOTS_RAM_BASE 0x24000000u
#define TWO_SLOTS_LOAD     (TWO_SLOTS_RAM_BASE + 0x100u)

/* The same flash with larger sectors, for a secondary whose sectors differ from the primary's. */
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
    /* IMAGE_A is not encrypted although the others are: it was programmed in the factory. */
    bool plain_a;
    enum slot ran; /* the slot whose image ran in the last boot */
    uint8_t ram[TWO_SLOTS_RAM];
};

/* The geometry of a device, in small sizes. */
struct two_slots_shape {
    uint32_t word, align, sector, sectors; /* sectors per slot */
    const struct update_strategy *strategy;
    uint32_t scratch;    /* sectors of the scratch area */
    uint32_t per_coarse; /* above 1: sectors that make one sector of the secondary */
};

enum two_slots_image {
    IMAGE_NOTHING,
    IMAGE_A, /* a little over one sector */
    IMAGE_B, /* nearly three sectors, the most that fits */
    IMAGE_C, /* exactly two sectors; versions rise from A to C */
};

void two_slots_init(struct device *w, const struct two_slots_shape *shape);
void two_slots_copy(struct device *dst, const struct device *src);

/* Erase the sectors of an image at off of a slot, and write it. */
void two_slots_install(struct device *w, enum slot s, uint32_t off, enum two_slots_image which);

/* From this call on images are encrypted with keys of key_size bytes, 16 or 32, wrapped with AES key wrap. */
void two_slots_encrypt(struct device *w, uint8_t key_size, bool plain_a);

/* The bytes of an image as stored in slot s: encrypted if images are encrypted, except in the primary of a strategy
 * that is not RAM-load. */
const uint8_t *two_slots_image_stored(const struct device *w, enum slot s,
                                      enum two_slots_image which, uint32_t *len);

/* True if the slot has this image at off, complete. */
bool two_slots_holds(const struct device *w, enum slot s, uint32_t off, enum two_slots_image which);

/* The plain bytes of an image, and their number. */
const uint8_t *two_slots_image_bytes(const struct device *w, enum two_slots_image which,
                                     uint32_t *len);

/* Run the bootloader once. */
enum err two_slots_boot(struct device *w, struct update_outcome *out);

/* Run the bootloader until a run is not cut. The caller plans the first cut; at most more further cuts are drawn from
 * *seed. */
enum err two_slots_boot_through(struct device *w, struct update_outcome *out, uint32_t *seed,
                                unsigned more);

/* The image that is complete at the start of the primary. With direct-XIP and RAM-load: of the slot whose image ran
 * last; with RAM-load also in RAM. */
enum two_slots_image two_slots_running(const struct device *w);

uint32_t two_slots_random(uint32_t *seed);

#endif
