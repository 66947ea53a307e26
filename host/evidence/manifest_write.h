/* manifest_write.h - the JSON documents that a pack's own code makes, in memory. */
#ifndef HOST_EVIDENCE_MANIFEST_WRITE_H
#define HOST_EVIDENCE_MANIFEST_WRITE_H

#include "host/cli/core/cli.h"
#include "host/evidence/evidence.h"

/* A document that is being made: members go to json. */
struct document {
    struct json json;
    char *text;
    size_t len;
};
/* CLI_DONE, or CLI_REFUSED with the error printed: out of memory. */
MUST_CHECK int document_begin(struct document *d);
/* Close it. The bytes in *b live until cli_run returns. */
MUST_CHECK int document_end(struct document *d, struct cli_blob *b);

/* The bytes of manifest.json. CLI_DONE, or an error printed: out of memory, or more than manifest_read takes. */
MUST_CHECK int manifest_write(const struct evidence *e, struct cli_blob *b);

#endif
