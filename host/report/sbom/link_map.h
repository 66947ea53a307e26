/* link_map.h - which objects a program is linked from, as the map file of GNU ld says (-Wl,-Map=FILE).
 *
 * The file may be anything: every line is measured, nothing in it is followed. */
#ifndef HOST_REPORT_SBOM_LINK_MAP_H
#define HOST_REPORT_SBOM_LINK_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"

#define LINK_MAP_MAX (256u * 1024u * 1024u) /* bytes of a file; one of ours has 1 MB */

/* An object, or a member of an archive. A thin archive's members are objects of their own: ld names their files. */
struct link_object {
    const char *name;     /* as the map has it: FILE, or ARCHIVE(MEMBER) */
    const char *path;     /* of the file or the archive */
    const char *member;   /* NULL: not in an archive */
    const char *for_whom; /* name of the object that first referred to it; NULL: not said */
    /* The program has bytes of it. After link-time optimization nobody can tell whose bytes are whose; then every
     * object that the linker took in counts. */
    bool linked;
};

struct link_map {
    struct link_object *object; /* in the order in which the map names them */
    unsigned count;
    bool optimized; /* at link time (-flto) */
    /* Shared libraries were loaded. Which of them the program needs stands in its ELF file. */
    bool shared_libraries;
    const struct link_object **sorted, **members; /* for link_map_find */
    unsigned member_count;
};

/* Read len bytes of text, and one NUL behind them. What *m points to lives until cli_run returns. False: why (cap
 * bytes) says what is wrong: it is not such a file, or it is torn. */
MUST_CHECK bool link_map_read(struct link_map *m, const char *text, size_t len, char *why,
                              size_t cap);

/* The object of this name. After link-time optimization, which leaves the archive out of some names, a member's name
 * will do, if only one archive has it. NULL: there is none. */
const struct link_object *link_map_find(const struct link_map *m, const char *name);

#endif
