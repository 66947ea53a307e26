/* words.h - a pack in words: README.txt, and what the commands print. All live until cli_run returns. */
#ifndef HOST_EVIDENCE_WORDS_H
#define HOST_EVIDENCE_WORDS_H

#include "host/cli/core/cli.h"
#include "host/evidence/evidence.h"
#include "host/image/keys/keys.h"

/* README.txt: what the pack is, what came of it, and how to check it, also without slipway. key: the one that signs the
 * pack; NULL: none does. */
const char *evidence_readme(const struct evidence *e, const struct key *key);

/* "passed, 1 warning: no finding" */
const char *evidence_check_text(const struct evidence_check *c);

/* A line for each check that keeps the verdict from being favourable. */
const char *evidence_against(const struct evidence *e);

/* Refuse in words on stderr: with --json a document on stdout says the same. CLI_REFUSED. */
int evidence_refuse(const char *what, const char *evidence, const char *next);

/* "ECDSA P-256, hash 1234..." */
const char *evidence_key_text(const struct key *k);

#endif
