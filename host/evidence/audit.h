/* audit.h - a pack against itself: is it whole, who signed it, and does what it says follow from its documents? */
#ifndef HOST_EVIDENCE_AUDIT_H
#define HOST_EVIDENCE_AUDIT_H

#include "host/evidence/evidence.h"
#include "host/evidence/signature.h"

#define AUDIT_WRONG_MAX 24u

struct audit {
    struct evidence manifest; /* evidence_free */
    struct signature signature;
    struct evidence_judgement judged[EVIDENCE_CHECKS_MAX]; /* of each check with a document */
    unsigned wrong_count;               /* 0: what the pack says is what it shows */
    const char *wrong[AUDIT_WRONG_MAX]; /* the first of them */
};

/* Check the pack's files; given: the key that must have signed it, NULL: whichever is enclosed. CLI_DONE whatever is found
 * wrong; if there is no manifest to check by, CLI_BAD_FILE, or CLI_REFUSED if it is not the one that was signed, with the
 * error printed. path: for that error. */
MUST_CHECK int audit_pack(const char *path, const struct zip_file *z, const struct key *given,
                          struct audit *a);

/* Compare a file with the input of this role; its SHA-256 in digits. */
void audit_input(struct audit *a, const char *role, const char *path, const char *sha256);

/* The SHA-256 of bytes, in digits; lives until cli_run returns. */
const char *evidence_sha256(const struct cli_blob *b);

#endif
