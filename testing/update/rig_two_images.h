/* rig_two_images.h - for core/update/'s tests: up to two images with their slots, a scratch area and a rollback store
 * on one fake flash; images with counter, dependency and retired key; a bootloader for all of it. A pair of images is a
 * value: copy it with two_images_copy. */
#ifndef TESTING_UPDATE_RIG_TWO_IMAGES_H
#define TESTING_UPDATE_RIG_TWO_IMAGES_H

#include "core/update/rollback/rollback.h"
#include "host/image/build/build.h"
#include "testing/fake_flash.h"

#define TWO_IMAGES_FLASH_MAX (24u * 1024u)
#define TWO_IMAGES_IMAGE_MAX 2048u
#define TWO_IMAGES_KEY       16u /* bytes of an image key */

struct two_images_shape {
    const struct update_strategy *strategy;
    uint32_t word, align, sector, sectors; /* sectors per slot */
    uint32_t scratch;                      /* sectors of the scratch area */
};

/* The contents of an image, and its bytes after two_images_build. */
struct member {
    uint8_t major;                     /* version */
    uint8_t size;                      /* tenths of a sector */
    int counter;                       /* below 0: none */
    int needs;                         /* number of the image that it depends on; below 0: none */
    uint8_t version;                   /* lowest major version of that image */
    const uint8_t *retires;            /* SHA-256 of a key, or NULL */
    const struct image_signer *signer; /* NULL: not signed */
    uint32_t len;
    uint8_t bytes[TWO_IMAGES_IMAGE_MAX];     /* plain text, as in a primary */
    uint8_t encrypted[TWO_IMAGES_IMAGE_MAX]; /* as uploaded: encrypted after two_images_encrypt */
};

struct two_images {
    struct fake_flash fake;
    uint8_t bytes[TWO_IMAGES_FLASH_MAX], words[TWO_IMAGES_FLASH_MAX];
    struct slot_pair pair[2];
    unsigned count; /* images */
    struct rollback_protection rollback;
    const struct image_key *keys;
    unsigned key_count;
};

/* From this call on images are encrypted. Their keys are wrapped in a way that only these tests use. */
void two_images_encrypt(struct two_images *f);

void two_images_init(struct two_images *f, const struct two_images_shape *s, unsigned count);
void two_images_copy(struct two_images *dst, const struct two_images *src);

/* Build the bytes of an image. */
void two_images_build(const struct two_images *f, struct member *m);

/* Write an image to the start of a primary, or to the upload offset of a secondary. */
void two_images_install(struct two_images *f, unsigned image, enum slot s, const struct member *m);

/* Run the bootloader once; or until a run is not cut, with at most more cuts drawn from *seed. out has two entries. */
enum err two_images_boot(struct two_images *f, struct update_outcome *out);
enum err two_images_boot_through(struct two_images *f, struct update_outcome *out, uint32_t *seed,
                                 unsigned more);
/* Copy start to w, and do the same there, with the first cut at operation n in the way how. */
enum err two_images_boot_cut(struct two_images *w, const struct two_images *start,
                             struct update_outcome *out, uint32_t n, int how, unsigned more);

/* Loop over a test's table of shapes; only over those whose strategy can revert. */
#define FOR_EACH_SHAPE(s) \
    for (const struct two_images_shape *s = shapes; s < shapes + ARRAY_LEN(shapes); s++)
#define FOR_EACH_SWAP(s) FOR_EACH_SHAPE(s) if (s->strategy->reverts)

/* True if the primary has this image, complete. */
bool two_images_runs(const struct two_images *f, unsigned image, const struct member *m);

/* True if the secondary has this image as uploaded at offset off. */
bool two_images_keeps(const struct two_images *f, unsigned image, uint32_t off,
                      const struct member *m);

/* The security counter in the rollback store. */
uint32_t two_images_counter(struct two_images *f, unsigned image);

#endif
