/* rig_evidence.h - a small evidence pack in memory: all checks passed, with documents as the commands write them. */
#ifndef TESTING_RIG_EVIDENCE_H
#define TESTING_RIG_EVIDENCE_H

#include "host/evidence/evidence.h"
#include "host/image/keys/keys.h"
#include "host/image/package/zip_file.h"

struct rig_evidence {
    struct evidence e;     /* without its files until it is finished */
    struct zip_file files; /* documents; when it is finished the whole pack */
};

/* For cmocka's groups: a folder (rig_folder), and a key. */
extern struct key rig_signer;
int rig_evidence_set_up(void **state);
int rig_evidence_tear_down(void **state);

/* All of it lives until cli_release. */
void rig_evidence_begin(struct rig_evidence *r);
/* Another text for a file of the pack, which may be new. */
void rig_evidence_put(struct rig_evidence *r, const char *name, const char *text);
/* In the text of a file that is there. The test fails if from is not in it. */
void rig_evidence_change(struct rig_evidence *r, const char *name, const char *from,
                         const char *to);
/* Put the check of this name another way; NULL: there is none. */
struct evidence_check *rig_evidence_check(struct rig_evidence *r, const char *name);
/* List the files, write the manifest, and sign it (key NULL: not). */
void rig_evidence_finish(struct rig_evidence *r, const struct key *key);
/* Both, with nothing changed between. */
void rig_evidence_make(struct rig_evidence *r, const struct key *key);
/* As a zip file, whatever its files are called. */
void rig_evidence_save(const struct rig_evidence *r, const char *path);

#endif
