/* signature.h - who vouches for a pack: a signature of the manifest's bytes, beside it with the public key. */
#ifndef HOST_EVIDENCE_SIGNATURE_H
#define HOST_EVIDENCE_SIGNATURE_H

#include "host/image/keys/keys.h"
#include "host/image/package/zip_file.h"

/* Load the key at path (key_load) if it can sign a pack. CLI_DONE, or the error printed; key_free in either case. */
MUST_CHECK int signature_key(const char *path, struct key *k);

/* Add manifest.sig and manifest.pub.pem to a pack that has its manifest. CLI_DONE, or CLI_REFUSED with the error
 * printed. */
MUST_CHECK int signature_add(const struct key *k, struct zip_file *z);

enum signature_state {
    SIGNATURE_ABSENT,
    SIGNATURE_GIVEN,    /* by the given key */
    SIGNATURE_ENCLOSED, /* by the key in the pack: whoever changes a pack can enclose another one */
    SIGNATURE_WRONG,
};
struct signature {
    enum signature_state state;
    const char *key; /* "ECDSA P-256, hash 1234...": the one that it was checked with; NULL: none */
    const char *why; /* it is wrong; otherwise NULL */
};
/* Check the pack's signature with this key, or with the enclosed one if given is NULL. */
struct signature signature_check(const struct zip_file *z, const struct key *given);

#endif
