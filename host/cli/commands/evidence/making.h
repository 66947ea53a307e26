/* making.h - a pack under way: its files are read (making_inputs.c), the checks are run (making_checks.c), each by this
 * program's own command in a process of its own (own_command.c). */
#ifndef HOST_CLI_COMMANDS_EVIDENCE_MAKING_H
#define HOST_CLI_COMMANDS_EVIDENCE_MAKING_H

#include "host/evidence/evidence.h"
#include "host/evidence/findings.h"
#include "host/image/package/zip_file.h"

enum { OLD_IMAGE, NEW_IMAGE, IMAGES };

struct making {
    const struct cli_args *a;
    const char *name; /* of the pack's folder */
    struct evidence e;
    struct zip_file files;
    struct key key; /* that signs; pkey NULL: none */
    struct boot_elf boot;
    struct image_file image[IMAGES];
    struct layout_config config;
    const char *layout; /* NULL: neither given nor found */
    const char
        *bound_sbom; /* the path of the SBOM that the new image names; NULL: it is not there */
    /* Why it cannot be judged, in words; NULL: it can. */
    const char *no_boot, *no_image[IMAGES], *no_config;
};

/* Read and hash the files of the command line, and what lies beside them. What is only malformed is left to the checks;
 * CLI_DONE, or an exit code with the error printed if a file cannot be read, or is not what the command takes. */
MUST_CHECK int making_read(struct making *m);

/* Read a file whole, and name it among the inputs. The same results. */
MUST_CHECK int making_input(struct making *m, const char *role, const char *path,
                            struct cli_blob *b);

/* Are the files still those that were hashed? Each check reads them again by name. CLI_DONE, or CLI_BAD_FILE with the error
 * printed. */
MUST_CHECK int making_check_inputs(const struct making *m);

/* ---- making_sboms.c ---- */

/* Put the SBOMs into the pack: behind making_read. The same results. */
MUST_CHECK int making_read_sboms(struct making *m);
/* Why the new image's SBOM cannot be checked; NULL: it can. */
const char *making_no_sbom(const struct making *m);

/* ---- making_checks.c ---- */

/* Run every check, and put its document into the pack. CLI_DONE whatever came of them. */
MUST_CHECK int making_check(struct making *m);

/* ---- own_command.c ---- */

#define OWN_WORDS_MAX 300u
struct own_command {
    const char *words[OWN_WORDS_MAX]; /* behind the program's name */
    unsigned count;
    const char *progress; /* "rehearse 200 cuts"; NULL: it is quick */
};
void own_add(struct own_command *c, const char *word);
/* The command's last words: files, whatever they are called. */
void own_add_files(struct own_command *c, const char *const *paths, unsigned count);
/* The words as a person types them. */
const char *own_text(const struct own_command *c);
/* What it has printed to stdout goes to *out, and what it has printed last to stderr to *last (never NULL). beside: a path in
 * the folder for its temporary files. CLI_DONE whatever its exit code, or an exit code with the error printed. */
MUST_CHECK int own_run(const struct own_command *c, const char *beside, struct cli_blob *out,
                       const char **last);

#endif
