/* rig_signature_kinds.h - for each kind of signature that a bootloader can be built for, its ELF file and imgtool's
 * images of it on the virtual board. make_kinds.py makes the files, under build/tests/kinds. */
#ifndef TESTING_SYSTEM_RIG_SIGNATURE_KINDS_H
#define TESTING_SYSTEM_RIG_SIGNATURE_KINDS_H

#include <stdbool.h>
#include <stdint.h>

#include "testing/system/rig_bootloader.h"

#define KINDS_MAX   16u
#define IMAGE_BYTES (32u * 1024u)

struct kinds_image {
    uint8_t bytes[IMAGE_BYTES];
    uint32_t len;
};

struct kind {
    struct bare bare; /* with the bootloader */
    struct kinds_image good, second, stranger;
};

/* All kinds that were made, their number in *count. Ends the program with a message if files are missing. */
struct kind *kinds_load(unsigned *count);
void kinds_free(struct kind *kinds, unsigned count);

/* Put m into slot0 and switch on. True if the bootloader jumps into it; false if it says that there is nothing to run.
 * Anything else ends the program. */
bool kinds_boot(struct kind *k, const struct kinds_image *m);

/* Instructions of one signature check. */
uint64_t kinds_instructions(struct kind *k);

#endif
