/* encrypt.h - encrypted images: the image key, its wrapping in a TLV, and the payload. */
#ifndef HOST_IMAGE_ENCRYPT_H
#define HOST_IMAGE_ENCRYPT_H

#include "host/image/image_check.h"

#define ENCRYPT_TLV_MAX 256u

/* What wraps an image key: a key pair's public half, or a key-encryption key shared with the device. */
struct recipient {
    struct key key; /* key.pkey NULL: kek counts */
    uint8_t kek[32];
    size_t kek_len; /* 16 or 32 */
};

/* Load the file at path: a key as key_load takes it, or text of base64 that holds 16 or 32 bytes (RFC 3394 key
 * wrap). CLI_DONE, or CLI_BAD_FILE with the error printed. recipient_free when done. */
MUST_CHECK int recipient_load(const char *path, struct recipient *r);
void recipient_free(struct recipient *r);

/* An image key and its TLV. cipher points into the struct, which must stay where it is. */
struct encryption {
    struct image_cipher cipher;
    uint8_t key[32];
    size_t key_len;
    uint8_t tlv[ENCRYPT_TLV_MAX];
};

/* Draw an image key of key_len bytes (16 or 32) and wrap it. hmac_512: ECIES-X25519 with SHA-512. CLI_DONE, or
 * CLI_BAD_FILE (a key that cannot wrap) or CLI_REFUSED with the error printed. Wipe when done. */
MUST_CHECK int encryption_make(struct encryption *e, const struct recipient *to, size_t key_len,
                               bool hmac_512, bool clear);
void encryption_wipe(struct encryption *e);

/* Unwrap the image key of kind's TLV in b with the recipient's private half, and put the payload into clear, in
 * place. CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int image_decrypt(struct cli_blob *b, const struct image_kind *kind,
                             const struct image_header *h, const struct recipient *by,
                             const char *path);

/* Unwrap a TLV's value; true if key then holds key_len bytes. For image_decrypt and its tests. */
bool encryption_unwrap(uint16_t type, const uint8_t *tlv, size_t tlv_len,
                       const struct recipient *by, uint8_t key[32], size_t *key_len);

#endif
