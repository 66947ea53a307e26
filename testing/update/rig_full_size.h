/* rig_full_size.h - for core/update/'s tests: the STM32H753's geometry, slots of 7 x 128 KiB, words of 32 bytes,
 * M = 128, images of 301,064 and 351,064 bytes, copies of 1 KiB; and every flash call of a boot, to be
 * compared with the lists that were recorded from MCUboot's boot core. */
#ifndef TESTING_UPDATE_RIG_FULL_SIZE_H
#define TESTING_UPDATE_RIG_FULL_SIZE_H

#include "core/update/update.h"
#include "testing/fake_flash.h"

enum { FULL_WORD = 32, FULL_SECTOR = 0x20000, FULL_SLOT = 7 * FULL_SECTOR };
enum { FULL_SIZE = 2 * FULL_SLOT + FULL_SECTOR }; /* the last sector is the scratch area */
enum { FULL_OLD_SIZE = 301064, FULL_NEW_SIZE = 351064 };

/* A call, those of the copies (1 KiB) told from the single words of the trailers. */
struct full_op {
    char what; /* E erase, W word, C copy: calls in a row */
    uint32_t off;
    uint8_t first; /* W: first byte written; 0 any */
};

struct full {
    struct fake_flash fake;
    struct slot_pair pair;
    uint8_t bytes[FULL_SIZE], words[FULL_SIZE / FULL_WORD];
    uint8_t old_image[FULL_OLD_SIZE + 64], new_image[FULL_NEW_SIZE + 64];
    struct full_op ops[80];
    unsigned op_count, calls;
};
extern struct full full;

/* The old image in the primary, the new one where an upload puts it. */
void full_device(const struct update_strategy *strategy);

/* size bytes of image into out, which has room for them filled up to a word. */
void full_build(uint8_t *out, uint32_t size, uint8_t seed);

/* Boot, which must ask for and do want, without a resume, and end with a genuine image. */
void full_boot(enum swap_type want);

void full_expect(const struct full_op *want, unsigned count, unsigned calls);

#define P(x) (x)
#define S(x) (FULL_SLOT + (x))
#define T(x) (2 * FULL_SLOT + (x))

#endif
