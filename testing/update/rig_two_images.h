/* rig_two_images.h - for core/update/'s tests: up to two images with their slots, a scratch area and a ratchet on one
 * fake flash; images with counter, dependency and retired key; a bootloader for all of it. A family is a value:
 * copy it with family_copy. */
#ifndef TESTING_UPDATE_RIG_TWO_IMAGES_H
#define TESTING_UPDATE_RIG_TWO_IMAGES_H

#include "core/update/rollback/rollback.h"
#include "host/image/build/build.h"
#include "testing/fake_flash.h"

#define FAMILY_FLASH_MAX (24u * 1024u)
#define FAMILY_IMAGE_MAX 2048u
#define FAMILY_KEY       16u /* bytes of an image key */

struct family_shape {
    const struct update_strategy *strategy;
    uint32_t word, align, sector, sectors; /* sectors per slot */
    uint32_t scratch;                      /* sectors of the scratch area */
};

/* An image: what it says of itself, and its bytes once family_build has made them. */
struct member {
    uint8_t major;                     /* version */
    uint8_t size;                      /* tenths of a sector */
    int counter;                       /* below 0: none */
    int needs;                         /* number of another image; below 0: none */
    uint8_t version;                   /* major version of that, at least */
    const uint8_t *retires;            /* SHA-256 of a key, or NULL */
    const struct image_signer *signer; /* NULL: not signed */
    uint32_t len;
    uint8_t bytes[FAMILY_IMAGE_MAX];  /* in clear, as in a primary */
    uint8_t sealed[FAMILY_IMAGE_MAX]; /* as it comes: encrypted, if the family's images are */
};

struct family {
    struct fake_flash fake;
    uint8_t bytes[FAMILY_FLASH_MAX], words[FAMILY_FLASH_MAX];
    struct slot_pair pair[2];
    unsigned count; /* images */
    struct update_guard guard;
    const struct image_key *keys;
    unsigned key_count;
};

/* From here on images are encrypted. Their keys are wrapped in a way of the tests' own. */
void family_encrypt(struct family *f);

void family_init(struct family *f, const struct family_shape *s, unsigned count);
void family_copy(struct family *dst, const struct family *src);

/* Make the bytes for this flash. */
void family_build(const struct family *f, struct member *m);

/* Put an image at the start of a primary, or where uploads go in a secondary, as if uploaded long ago. */
void family_install(struct family *f, unsigned image, enum slot s, const struct member *m);

/* Run the bootloader once; or until a run is not cut, with more cuts drawn from *seed. out has two entries. */
enum err family_boot(struct family *f, struct update_outcome *out);
enum err family_boot_through(struct family *f, struct update_outcome *out, uint32_t *seed,
                             unsigned more);
/* The same from start, in w, with the first cut at operation n in the way how. */
enum err family_boot_cut(struct family *w, const struct family *start, struct update_outcome *out,
                         uint32_t n, int how, unsigned more);

/* Over a test's table of shapes; and only those whose strategy can go back. */
#define FOR_EACH_SHAPE(s) \
    for (const struct family_shape *s = shapes; s < shapes + ARRAY_LEN(shapes); s++)
#define FOR_EACH_SWAP(s) FOR_EACH_SHAPE(s) if (s->strategy->reverts)

/* Is this the image that stands, whole, in the primary? */
bool family_runs(const struct family *f, unsigned image, const struct member *m);

/* Does it stand, as it came, at offset off of the secondary? */
bool family_keeps(const struct family *f, unsigned image, uint32_t off, const struct member *m);

/* The lowest security counter that may run, as the ratchet has it. */
uint32_t family_counter(struct family *f, unsigned image);

#endif
