/* manifest.h - manifest.json of a package, as nRF Connect SDK writes it (format-version 0 and 1); what is read of it, and
 * what others read that we write: docs/zero-copy-update.md. */
#ifndef HOST_IMAGE_PACKAGE_MANIFEST_H
#define HOST_IMAGE_PACKAGE_MANIFEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define MANIFEST_FILES_MAX 8u
#define MANIFEST_TEXT_MAX  100u /* of each of its texts, bytes */

struct manifest_file {
    char name[MANIFEST_TEXT_MAX + 1];
    char version[MANIFEST_TEXT_MAX + 1]; /* "2.0.0+0"; "": not stated */
    uint32_t size, image;
    bool in_place; /* version_MCUBOOT+XIP: it runs in its slot, and was linked for that */
    uint8_t slot;  /* in_place: 0 or 1, of this image's two */
    bool has_load_address;
    uint32_t load_address; /* where the program begins, or its slot */
};
struct manifest {
    unsigned count; /* at least 1 */
    struct manifest_file file[MANIFEST_FILES_MAX];
};

/* Read a manifest: len bytes at text, which may be anything. False: why (cap bytes) says what is wrong. */
MUST_CHECK bool manifest_parse(const char *text, size_t len, struct manifest *m, char *why,
                               size_t cap);

#endif
