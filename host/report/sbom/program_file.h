/* program_file.h - what an ELF file says of how it was made: the compilers, and the shared libraries that it needs.
 * 32 and 64 bits, little endian: our firmware and a PC's program. */
#ifndef HOST_REPORT_SBOM_PROGRAM_FILE_H
#define HOST_REPORT_SBOM_PROGRAM_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define PROGRAM_FILE_MAX (256u * 1024u * 1024u)
#define COMPILERS_MAX    16u
#define LIBRARIES_MAX    256u

struct program_facts {
    /* Each once, as .comment has it: "GCC: (Debian 12.2.0-14) 12.2.0". */
    const char *compiler[COMPILERS_MAX];
    unsigned compiler_count;
    const char *library[LIBRARIES_MAX]; /* DT_NEEDED, in its order */
    unsigned library_count;
};

/* Does the file begin as an ELF file does? */
bool program_is_elf(const uint8_t *bytes, size_t len);

/* Read len bytes, one NUL behind them; the texts point into them. False: why (cap bytes) says what is wrong. */
MUST_CHECK bool program_facts_read(struct program_facts *f, const uint8_t *bytes, size_t len,
                                   char *why, size_t cap);

#endif
