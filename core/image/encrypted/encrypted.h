/* encrypted.h - images with an encrypted payload: unwrap the image key from its TLV, and decrypt the payload.
 *
 * Header and TLV areas are never encrypted; hash and signature are over the plain text. Bytes: SPEC.md, "Encryption". A
 * struct image_payload contains the image key: its owner must wipe it. */
#ifndef CORE_IMAGE_ENCRYPTED_ENCRYPTED_H
#define CORE_IMAGE_ENCRYPTED_ENCRYPTED_H

#include "core/crypto/decrypt/aes.h"
#include "core/image/image.h"

/* Longest value of an ENC_* TLV: RSA-2048. */
#define IMAGE_ENC_TLV_MAX 256u

/* The private half, as `getpriv` and MCUboot's tools embed it: DER, or the raw key-encryption key. */
struct image_secret {
    const uint8_t *bytes;
    uint32_t len;
};

/* One way to wrap image keys. A bootloader has one. */
struct image_unwrap {
    uint16_t tlv;              /* IMAGE_TLV_ENC_... */
    uint16_t len_128, len_256; /* exact length of its value, by the image key's size */
    /* Unwrap the image key from value, which is overwritten. False: it was not wrapped for this secret, or is
     * damaged. */
    bool (*open)(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret);
};

extern const struct image_unwrap image_unwrap_rsa2048, image_unwrap_kw, image_unwrap_ec256,
    image_unwrap_x25519, image_unwrap_x25519_sha512;

/* The payload of an image: its place, and its key. */
struct image_payload {
    uint32_t start, end; /* from the image's first byte */
    uint8_t key_len;     /* 16 or 32; 0: nothing is encrypted */
    uint8_t key[AES_KEY_MAX];
};

bool image_is_encrypted(const struct image_header *h);

/* Bytes of the image key by the header's flags; 0: not encrypted, or both flags are set. */
uint8_t image_key_len(const struct image_header *h);

/* Fill in *p for the image with header h, from a key that is unwrapped already. */
void image_payload_set(struct image_payload *p, const struct image_header *h, const uint8_t *key);

/* Read header and TLVs of the image in s, which must be encrypted with a key of key_len bytes, and unwrap that key from
 * the first TLV of type u->tlv. IMAGE_FAULT_ENC_SIZE: not encrypted, or with a key of another size;
 * IMAGE_FAULT_ENC_MISSING, _ENC_LENGTH, _ENC_KEY; or a fault of header or TLVs. On any fault *p is wiped. *err: with
 * IMAGE_FAULT_READ the error of the source. */
MUST_CHECK enum image_fault image_payload_open(struct image_payload *p,
                                               const struct image_source *s, uint32_t limit,
                                               const struct image_unwrap *u,
                                               const struct image_secret *secret, uint8_t key_len,
                                               enum err *err);

/* Encrypt or decrypt len bytes from offset at of the image; bytes outside the payload stay as they are. */
void image_payload_xor(const struct image_payload *p, uint32_t at, void *bytes, uint32_t len);

/* A source that reads the image of inner decrypted. *d, inner and payload must live as long as it is used. */
struct image_decrypting {
    const struct image_source *inner;
    const struct image_payload *payload;
};
struct image_source image_source_decrypting(struct image_decrypting *d,
                                            const struct image_source *inner,
                                            const struct image_payload *payload);

#endif
