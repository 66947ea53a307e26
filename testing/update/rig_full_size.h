/* rig_full_size.h - for core/update/'s tests: the STM32H753's geometry (slots of 7 x 128 KiB, words of 32 bytes,
 * max_sectors 128), images of 301,064 and 351,064 bytes, copies of 1 KiB; and the flash calls of a boot, to be compared
 * with lists that were recorded from MCUboot's boot core. */
#ifndef TESTING_UPDATE_RIG_FULL_SIZE_H
#define TESTING_UPDATE_RIG_FULL_SIZE_H

#include "core/update/update.h"
#include "testing/fake_flash.h"

enum { FULL_WORD = 32, FULL_SECTOR = 0x20000, FULL_SLOT = 7 * FULL_SECTOR };
enum { FULL_SIZE = 2 * FULL_SLOT + FULL_SECTOR }; /* the last sector is the scratch area */
enum { FULL_OLD_SIZE = 301064, FULL_NEW_SIZE = 351064 };

/* A flash call: an erase, a single word (trailers), or copies of 1 KiB. */
struct full_op {
    char what; /* E erase, W word, C consecutive copies */
    uint32_t off;
    uint8_t first; /* W: first byte written; 0: any */
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

/* Build an image of size bytes into out, which has room for size rounded up to a word. */
void full_build(uint8_t *out, uint32_t size, uint8_t seed);

/* Boot: swap type want must be requested and performed, without a resume, and the image must be genuine. */
void full_boot(enum swap_type want);

/* Compare the flash calls of the boot with the list want, and their number with calls. */
void full_expect(const struct full_op *want, unsigned count, unsigned calls);

#define P(x) (x)
#define S(x) (FULL_SLOT + (x))
#define T(x) (2 * FULL_SLOT + (x))

#endif
