/* keys.h - signing keys: PEM files in and out, signatures. OpenSSL 3 stays behind this. */
#ifndef CLI_KEYS_H
#define CLI_KEYS_H

#include "crypto/ecdsa.h"
#include "image/build.h"

/* Longest key file that is read, bytes. */
#define KEY_FILE_MAX (64u * 1024u)

/* A P-256 key pair, or its public half. */
struct key {
    void *pkey; /* OpenSSL's */
    bool is_private;
    uint8_t spki[P256_SPKI_SIZE];
};

/* Load the PEM file at path: PKCS#8, SEC1 ("EC PRIVATE KEY") or a public key. CLI_DONE, or
 * CLI_BAD_FILE with the error printed. key_free when done. */
MUST_CHECK int key_load(const char *path, struct key *k);

/* Make a new key pair. CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int key_generate(struct key *k);

void key_free(struct key *k);

/* The PEM text of the private (PKCS#8) or public half; lives until cli_run returns, NULL on
 * failure. */
const char *key_private_pem(const struct key *k);
const char *key_public_pem(const struct key *k);

/* For image_build; k must be private and outlive the signer. */
struct image_signer key_signer(const struct key *k);

#endif
