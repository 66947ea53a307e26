/* findings.h - what a look at keys or configuration finds, and the documents keys.json and configuration.json. */
#ifndef HOST_EVIDENCE_FINDINGS_H
#define HOST_EVIDENCE_FINDINGS_H

#include "host/evidence/manifest_write.h"
#include "host/image/boot_elf.h"
#include "host/image/image_file.h"
#include "host/layout/layout_file.h"

/* A fault fails its check; a warning is for a person to weigh. */
enum severity { WARNING, FAULT };

struct finding {
    enum severity severity;
    const char *what, *evidence, *next; /* as cli_fail's; the last two may be NULL */
};
#define FINDINGS_MAX 48u
struct findings {
    unsigned count; /* what is beyond FINDINGS_MAX is counted as one more fault */
    struct finding finding[FINDINGS_MAX];
};
void findings_add(struct findings *f, enum severity severity, const char *what,
                  const char *evidence, const char *next);

/* The update whose keys and configuration are looked at. */
struct findings_about {
    const char *program, *command; /* for the document's head */
    const struct boot_elf *boot;
    const struct image_file *old_image, *new_image;
    const struct layout_config *config;
    bool development_allowed; /* a development key is a warning only */
};

/* The documents' bytes in *b. CLI_DONE, or an exit code with the error printed: out of memory, or the .config cannot be
 * read. */
MUST_CHECK int keys_report(const struct findings_about *a, struct cli_blob *b);
/* Of config->path, which is not NULL. */
MUST_CHECK int configuration_report(const struct findings_about *a, struct cli_blob *b);

/* For the two: begin a document of this kind; end it with the findings and the verdict. */
MUST_CHECK int findings_begin(struct document *d, const char *report,
                              const struct findings_about *a);
MUST_CHECK int findings_end(struct document *d, const struct findings *f, struct cli_blob *b);

#endif
