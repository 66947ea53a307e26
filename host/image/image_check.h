/* image_check.h - any image in a file, read and judged as a bootloader built for it would. */
#ifndef HOST_IMAGE_IMAGE_CHECK_H
#define HOST_IMAGE_IMAGE_CHECK_H

#include "host/image/keys/keys.h"

#define IMAGE_FILE_MAX (256u * 1024u * 1024u)

/* Which hash, signature and encryption an image has; nothing is verified. */
struct image_kind {
    const struct image_digest *digest; /* NULL: no hash TLV of a known type */
    uint16_t signature_tlv;            /* of the last signature; 0: none */
    bool pure, encrypted;
    uint16_t encryption_tlv; /* 0: none */
    uint32_t encryption_at;  /* its value */
    uint16_t encryption_len;
};

/* The file at path ("-": standard input), binary or, by its name or content, Intel HEX. CLI_DONE, or CLI_BAD_FILE with
 * the error printed: also for HEX with an image that is not at its beginning. */
MUST_CHECK int image_read_file(const char *path, struct cli_blob *b);

/* Header and TLVs of an image of any kind, without judging content; *at is where a fault was found. */
MUST_CHECK enum image_fault image_survey(const struct cli_blob *b, struct image_kind *kind,
                                         struct image_header *h, uint32_t *at);

/* Verify as a bootloader does that trusts these keys (all of one kind; count 0: hash only) and is built for the
 * image's type of hash. An encrypted image must be decrypted before. */
enum image_verdict image_check(const struct cli_blob *b, const struct image_key *keys,
                               unsigned count, const struct key_kind *kind,
                               struct image_report *report);

/* Evidence and next step to print with image_fault_text when an image was refused; NULL: none. */
const char *image_fault_evidence(const struct image_report *r, const struct cli_blob *b,
                                 const struct image_key *key);
const char *image_fault_hint(enum image_fault fault);

/* "SHA256", "ECDSASIG", ...: imgtool's names. "UNKNOWN" for the rest. */
const char *image_tlv_name(uint16_t type);

#endif
