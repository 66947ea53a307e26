/* component_file.h - what is known of the parts of a program: a text in the form of Debian's control files, which
 * docs/sbom.md describes for users.
 *
 *     Name: BearSSL
 *     Version: 0.6
 *     License: MIT
 *     Files: core/crypto/libbearssl.a
 *
 * Paragraphs are separated by empty lines; a line that begins with a space continues a field; # begins a comment line. */
#ifndef HOST_REPORT_SBOM_COMPONENT_FILE_H
#define HOST_REPORT_SBOM_COMPONENT_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"

#define COMPONENT_FILE_MAX   (256u * 1024u) /* bytes */
#define COMPONENTS_MAX       256u           /* in all files together */
#define COMPONENT_VALUES_MAX 256u           /* lines of a field */
#define COMPONENT_TEXT_MAX   1000u /* bytes of one; CycloneDX's versions may have 1024 characters */

enum component_field {
    COMPONENT_NAME,
    COMPONENT_VERSION,
    COMPONENT_LICENSE,      /* an SPDX expression */
    COMPONENT_LICENSE_TEXT, /* of the LicenseRef- in it, or where that text is */
    COMPONENT_SUPPLIER,
    COMPONENT_HOMEPAGE,    /* http:// or https:// */
    COMPONENT_PURL,        /* package URL, pkg:... */
    COMPONENT_SOURCE_FILE, /* name of the file that its source was unpacked from */
    COMPONENT_COMMENT,
    COMPONENT_FIELDS,
};

/* Lines of a field that may have several. */
struct component_values {
    const char *line[COMPONENT_VALUES_MAX];
    unsigned count;
};

struct component {
    const char *text[COMPONENT_FIELDS]; /* NULL: not said */
    bool product; /* Role: product. It is the program itself, not a part of it */
    /* Patterns of what it is linked from; * stands for any text, with / in it, too. */
    struct component_values files;
    /* Source-SHA256: of the source file; any of them may have been used. */
    struct component_values sha256;
};

/* The product is component[0], which has no field until a paragraph or the caller says one. */
struct component_list {
    struct component component[COMPONENTS_MAX + 1];
    unsigned count;
};

void component_list_init(struct component_list *l);

/* Add the paragraphs of len bytes at text, one NUL behind them. The text is written to, and must live as long as the
 * list. What an earlier file says of the product holds; a later one adds what is missing. False: why (cap bytes) says
 * what is wrong, and in which line. */
MUST_CHECK bool component_list_add(struct component_list *l, char *text, size_t len, char *why,
                                   size_t cap);

/* The first component one of whose patterns fits this file of a link; NULL: none. A pattern without / is compared with
 * the last part of path only. */
const struct component *component_of(const struct component_list *l, const char *path);

#endif
