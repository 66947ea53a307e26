/* sbom.h - the bill of materials of a program: what it is linked from, as its map file says, with what component files know
 * of each part; and its two forms, CycloneDX 1.6 and SPDX 2.3.
 *
 * The same inputs give the same bytes: there is no time but the one that the caller names, no random number and no
 * folder of this machine. */
#ifndef HOST_REPORT_SBOM_SBOM_H
#define HOST_REPORT_SBOM_SBOM_H

#include "host/cli/core/cli.h"
#include "host/report/sbom/component_file.h"
#include "host/report/sbom/link_map.h"
#include "host/report/sbom/program_file.h"

#define SBOM_SHA256     32u
#define SBOM_LINKED_MAX 32u /* archives of a part that are named; more are counted */

/* A part of the program, or the program itself. */
struct sbom_part {
    const struct component *component;
    const char *id;   /* for references inside of the document: letters, digits, '-' and '.' */
    bool shared;      /* it has shared libraries; else it is linked statically */
    unsigned objects; /* that are not in an archive */
    const char *linked[SBOM_LINKED_MAX]; /* "libbearssl.a: 23 objects", "libc.so.6" */
    unsigned linked_count, archives;     /* archives: shared libraries, too */
};

struct sbom {
    struct component_list components;
    struct link_map map;
    struct program_facts facts;                /* empty: no ELF file was given */
    struct sbom_part part[COMPONENTS_MAX + 1]; /* part[0]: the program */
    unsigned count;
    bool needs[COMPONENTS_MAX + 1][COMPONENTS_MAX + 1]; /* needs[a][b]: part a refers to part b */
    uint8_t sha256[SBOM_SHA256];                        /* of the program */
    const char *file;                                   /* its name, without folder */
    const char *created;                                /* "2026-12-01T00:00:00Z" */
    const char *maker;                                  /* the version of slipway */
};

/* The lists of parts and of what needs what, from components, map and facts. CLI_DONE, or CLI_BAD_FILE with the error
 * printed: an object that no component claims, by name. map_path: for messages. */
MUST_CHECK int sbom_link(struct sbom *s, const char *map_path);

/* The document as a text of *len bytes, to be freed. NULL: out of memory. */
enum sbom_form { SBOM_CYCLONEDX, SBOM_SPDX };
char *sbom_text(const struct sbom *s, enum sbom_form form, size_t *len);

/* sbom_cyclonedx.c, sbom_spdx.c: between json_begin and json_finish. uuid: the document's. */
void sbom_cyclonedx(const struct sbom *s, struct json *j, const char *uuid);
void sbom_spdx(const struct sbom *s, struct json *j, const char *uuid);

/* What both forms say. Name and version of a compiler from its text in .comment. */
const char *sbom_compiler_name(const char *comment, const char **version);
/* "libbearssl.a: 23 objects, 2 objects"; NULL: nothing is known. */
const char *sbom_linked_text(const struct sbom_part *p);
bool sbom_is_firmware(const struct sbom *s);

#endif
