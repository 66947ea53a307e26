/* evidence.h - an evidence pack: what was checked of one update, with which files, and what came of it.
 *
 * A pack is a folder and a zip file with the same files: manifest.json, a document of each check, SBOMs, README.txt. The
 * manifest names the inputs (which are not in the pack) and every other file by size and SHA-256; manifest.sig is a
 * signature of the manifest's bytes. docs/evidence.md has its members.
 *
 * Texts are pointers: to the caller's texts where a pack is made, into the parsed manifest where one is read. This header
 * is for files with jansson, too, so it does without cli.h. */
#ifndef HOST_EVIDENCE_EVIDENCE_H
#define HOST_EVIDENCE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"

#define EVIDENCE_SCHEMA        1
#define EVIDENCE_INPUTS_MAX    24u
#define EVIDENCE_CHECKS_MAX    24u
#define EVIDENCE_FILES_MAX     44u /* besides the manifest, its signature and its key */
#define EVIDENCE_LIBRARIES_MAX 8u

#define EVIDENCE_MANIFEST  "manifest.json"
#define EVIDENCE_SIGNATURE "manifest.sig"
#define EVIDENCE_KEY       "manifest.pub.pem"
#define EVIDENCE_README    "README.txt"

#define EVIDENCE_INPUT_MAX (64u << 20) /* bytes of a file that is checked */

enum evidence_outcome { EVIDENCE_NOT_RUN, EVIDENCE_PASSED, EVIDENCE_FAILED };
#define EVIDENCE_OUTCOMES 3u
/* "not run", "passed", "failed". */
extern const char *const evidence_outcome_names[EVIDENCE_OUTCOMES];

/* A file that was checked. */
struct evidence_input {
    const char *role;   /* "bootloader", "old image", "new image", "layout", ... */
    const char *path;   /* as it was typed */
    const char *sha256; /* 64 digits */
    uint64_t bytes;
    const char *version;  /* of an image: "2.0.0"; otherwise NULL */
    const char *hash;     /* of an image: its hash TLV, in digits; otherwise NULL */
    uint64_t image_bytes; /* of an image: header to last TLV; otherwise 0 */
};

struct evidence_check {
    const char *name; /* evidence_kinds */
    enum evidence_outcome outcome;
    uint64_t warnings;
    const char *summary; /* "200 cuts, 0 bricks"; why it failed or was not run */
    const char
        *command; /* to type for the same document; NULL: the check has no command of its own */
    const char *document; /* a file of the pack; NULL: not run */
};

struct evidence_file {
    const char *name;
    uint64_t bytes;
    const char *sha256;
};

struct evidence_library {
    const char *name, *version;
};

struct evidence {
    const char *program;        /* "slipway 0.1.0" */
    const char *program_sha256; /* of the program's file; NULL: unknown */
    const char *command;        /* that made the pack, without --key and --out */
    const char *part;           /* "stm32h753"; NULL: unknown */
    const char *board;          /* the configuration's CONFIG_BOARD; NULL: unknown */
    uint64_t seed, cuts;        /* of the rehearsal; cuts: as asked for */
    unsigned library_count, input_count, check_count, file_count;
    struct evidence_library library[EVIDENCE_LIBRARIES_MAX];
    struct evidence_input input[EVIDENCE_INPUTS_MAX];
    struct evidence_check check[EVIDENCE_CHECKS_MAX];
    struct evidence_file file[EVIDENCE_FILES_MAX];
    bool passed;  /* the verdict */
    void *parsed; /* manifest_read's; NULL otherwise */
};

/* The first input in that role, or NULL. */
const struct evidence_input *evidence_input(const struct evidence *e, const char *role);
/* A check that failed, or was not run though the verdict needs it, or has no result though its command was run. */
bool evidence_is_against(const struct evidence_check *c);
/* No check is. */
bool evidence_passed(const struct evidence *e);

/* Name the libraries that this program runs with (libraries.c). */
void evidence_libraries(struct evidence *e);

/* ---- what is checked (judge.c) ---- */

struct evidence_judgement {
    enum evidence_outcome outcome;
    uint64_t warnings;
    char summary[320];
};

/* A check that every pack has, once. */
struct evidence_kind {
    const char *name;     /* "verify old" */
    const char *document; /* "verify-old.json" */
    const char *role;     /* of the input that it is about; NULL: of several */
    bool required;        /* without it there is no favourable verdict */
};
#define EVIDENCE_KINDS 8u
extern const struct evidence_kind evidence_kinds[EVIDENCE_KINDS];
const struct evidence_kind *evidence_kind(const char *name);

/* What the document of this check says: len bytes at text, which may be anything. False: it does not say an outcome, or
 * contradicts itself or the inputs; then j->summary says how. */
MUST_CHECK bool evidence_judge(const struct evidence *e, const struct evidence_kind *kind,
                               const char *text, size_t len, struct evidence_judgement *j);

/* ---- manifest_read.c ---- */

#define MANIFEST_BYTES_MAX (4u << 20) /* jansson takes up to 50 times as much memory */

/* Read a manifest: len bytes at text, which may be anything. False: why (cap bytes) says what is wrong. evidence_free in
 * either case. */
MUST_CHECK bool manifest_read(const char *text, size_t len, struct evidence *e, char *why,
                              size_t cap);
void evidence_free(struct evidence *e);

#endif
