/* sbom_file.h - which program an SBOM describes: the SHA-256 that it names. CycloneDX (any 1.x) and SPDX 2.x, as JSON, ours and
 * others'. */
#ifndef HOST_REPORT_SBOM_SBOM_FILE_H
#define HOST_REPORT_SBOM_SBOM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define SBOM_FILE_MAX (16u * 1024u * 1024u) /* bytes; jansson takes up to 50 times as much memory */

struct sbom_subject {
    char name[101];     /* of the program; cut off */
    char version[101];  /* "": not said */
    uint8_t sha256[32]; /* of the program */
};

/* Read len bytes of text, which may be anything. False: why (cap bytes) says what is wrong. */
MUST_CHECK bool sbom_file_read(struct sbom_subject *s, const char *text, size_t len, char *why,
                               size_t cap);

#endif
