/* keys.h - keys: files in and out, signatures, hashes. OpenSSL 3 stays behind this. */
#ifndef HOST_IMAGE_KEYS_KEYS_H
#define HOST_IMAGE_KEYS_KEYS_H

#include "host/cli/core/cli.h"
#include "host/image/build/build.h"

/* Longest key file that is read, bytes. */
#define KEY_FILE_MAX (64u * 1024u)
/* Longest public half in MCUboot's encoding: RSA-3072. */
#define KEY_PUBLIC_MAX 400u

enum key_type { KEY_RSA2048, KEY_RSA3072, KEY_P256, KEY_P384, KEY_ED25519, KEY_X25519 };

/* The facts of a key type. */
struct key_kind {
    enum key_type type;
    const char *name;           /* as keygen --type takes it: "ecdsa-p256" */
    const char *title;          /* for people: "ECDSA P-256" */
    const char *prefix;         /* of the names in generated source: "ecdsa" */
    uint16_t signature_tlv;     /* 0: it does not sign */
    uint16_t padded_signature;  /* what --pad-sig fills up to; 0: nothing */
    const char *const *digests; /* digests that it signs, the default first; ends with NULL */
};
/* All kinds, in the order of enum key_type. */
#define KEY_KINDS 6u
extern const struct key_kind key_kinds[KEY_KINDS];

/* A key pair, or its public half. */
struct key {
    void *pkey; /* OpenSSL's; NULL: no key */
    bool is_private;
    bool development; /* its file carries the development mark */
    const struct key_kind *kind;
    uint8_t pub[KEY_PUBLIC_MAX]; /* as a bootloader embeds it and KEYHASH hashes it */
    uint32_t pub_len;
};

/* In front of a PEM text, where readers of PEM pass over it: the key was made by a build, for development. The mark
 * goes with the file under any name, and with its public half. */
#define KEY_DEVELOPMENT_MARK "Slipway development key: not for a product\n"

/* Load the key in the file at path: PEM or DER; PKCS#8, SEC1, PKCS#1 or a public key. A passphrase is asked for on
 * the terminal, or read from standard input if there is none. path may also be a pkcs11: URI (key_token.c).
 * CLI_DONE, or CLI_BAD_FILE with the error printed. key_free when done. */
MUST_CHECK int key_load(const char *path, struct key *k);
/* As key_load, but a key that needs a passphrase is an error. */
MUST_CHECK int key_load_unasked(const char *path, struct key *k);

/* The same from memory; file->data[file->len] must be 0. */
MUST_CHECK int key_decode(const struct cli_blob *file, struct key *k);

/* Make a new key pair. CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int key_generate(const struct key_kind *kind, struct key *k);

void key_free(struct key *k);

/* Fill in kind and public half from k->pkey. CLI_DONE, or CLI_BAD_FILE with the error printed; path is for
 * that. */
MUST_CHECK int key_identify(const char *path, struct key *k);

/* A key from a PKCS#11 token, path being its URI. CLI_DONE, or the error printed. */
MUST_CHECK int key_from_token(const char *path, struct key *k);

/* ---- writing --------------------------------------------------------------------------------- */

/* The PEM text of the private (PKCS#8) or public half; lives until cli_run returns, NULL on
 * failure. passphrase: NULL or what protects the file. */
const char *key_private_pem(const struct key *k, const char *passphrase);
const char *key_public_pem(const struct key *k);

enum key_form { KEY_FORM_PKCS8, KEY_FORM_OPENSSL };
/* The DER bytes of the private half, for getpriv. minimal: leave out what a decrypting bootloader does not need.
 * CLI_DONE, or CLI_USAGE or CLI_REFUSED with the error printed. The bytes live until cli_run returns. */
MUST_CHECK int key_private_der(const struct key *k, enum key_form form, bool minimal,
                               struct cli_blob *der);

/* ---- hashes and signatures ------------------------------------------------------------------- */

/* "SHA256", "SHA384", "SHA512"; NULL for any other name. */
const struct image_digest *digest_find(const char *name);
const struct image_digest *digest_by_tlv(uint16_t tlv);
/* True if the kind signs that digest. */
bool key_signs(const struct key_kind *kind, const struct image_digest *digest);
/* 2 * 32 digits: SHA-256 of the public half, as getpubhash prints and most KEYHASHes hold. */
const char *key_hash_text(const struct image_key *key);

/* For image_build; k must be private and outlive the signer. */
struct image_signer key_signer(const struct key *k);
struct image_key key_public(const struct key *k);

/* A signature of any bytes, apart from them, as `openssl dgst` and `openssl pkeyutl` make and check it: over SHA-256
 * (P-384: SHA-384), RSA by PSS with a salt of 32 bytes; Ed25519 over the bytes themselves. k must be private and of a
 * kind that signs. sig has room for IMAGE_SIG_MAX bytes. False: OpenSSL or the token did not sign. */
MUST_CHECK bool key_sign_bytes(const struct key *k, const struct cli_blob *bytes, uint8_t *sig,
                               size_t *len);
/* True if sig is k's signature of the bytes; both may hold anything. */
MUST_CHECK bool key_signed_bytes(const struct key *k, const struct cli_blob *bytes,
                                 const struct cli_blob *sig);

/* The kind of a public key in its embedded encoding, NULL if it is none of ours. */
const struct key_kind *key_kind_of(const struct image_key *key);

/* The scheme of a build for this hash and this kind of key (NULL: hash only). With pure the signature covers the
 * data. flags: header flags that do not matter to the caller. */
struct image_scheme key_scheme(const struct image_digest *digest, const struct key_kind *kind,
                               bool pure, uint32_t flags);

/* The scheme's allowed TLVs: every type that some build of the bootloader allows. */
const uint16_t *key_allowed_types(bool pure);

/* ---- passphrases ----------------------------------------------------------------------------- */

#define PASSPHRASE_MAX 512u
/* Ask on the terminal, without echo; from standard input's next line if there is no terminal. False: nothing
 * came. Wipe text when done. */
bool passphrase_ask(const char *prompt, char text[PASSPHRASE_MAX]);
/* Twice, until both are the same. */
bool passphrase_ask_new(char text[PASSPHRASE_MAX]);
void passphrase_wipe(char text[PASSPHRASE_MAX]);

#endif
