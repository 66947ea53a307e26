/* encrypted.h - images whose payload is encrypted: the image key out of its TLV, and the payload in clear.
 *
 * Header and TLV areas are never encrypted; hash and signature are over the program in clear. Bytes: SPEC.md,
 * "Encryption". Whoever holds a struct image_payload holds the image key, and wipes it. */
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

/* How image keys are wrapped. A bootloader knows one kind. */
struct image_unwrap {
    uint16_t tlv;              /* IMAGE_TLV_ENC_... */
    uint16_t len_128, len_256; /* exact length of its value, by the image key's size */
    /* The image key out of the value; false if it was not wrapped for this secret, or is damaged. value is scratch
     * of the callee, too. */
    bool (*open)(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret);
};

extern const struct image_unwrap image_unwrap_rsa2048, image_unwrap_kw, image_unwrap_ec256,
    image_unwrap_x25519, image_unwrap_x25519_sha512;

/* Where in an image the payload is, and its key. */
struct image_payload {
    uint32_t start, end; /* from the image's first byte */
    uint8_t key_len;     /* 16 or 32; 0: nothing is encrypted */
    uint8_t key[AES_KEY_MAX];
};

bool image_is_encrypted(const struct image_header *h);

/* Bytes of the image key by the header's flags; 0: not encrypted, or with both flags, which is no size. */
uint8_t image_key_len(const struct image_header *h);

/* The payload of the image with header h under a key that is known already. */
void image_payload_set(struct image_payload *p, const struct image_header *h, const uint8_t *key);

/* Read header and TLVs of the image in s, which must be encrypted with a key of key_len bytes, and unwrap that key: of
 * the first TLV of kind u. IMAGE_FAULT_ENC_SIZE: not encrypted, or with a key of another size; IMAGE_FAULT_ENC_MISSING,
 * _ENC_LENGTH, _ENC_KEY; or what is wrong with header or TLVs. On any fault p->key_len is 0. err: with
 * IMAGE_FAULT_READ what the source said. */
MUST_CHECK enum image_fault image_payload_open(struct image_payload *p,
                                               const struct image_source *s, uint32_t limit,
                                               const struct image_unwrap *u,
                                               const struct image_secret *secret, uint8_t key_len,
                                               enum err *err);

/* Encrypt or decrypt what of the len bytes, which stand at offset at of the image, is payload. */
void image_payload_xor(const struct image_payload *p, uint32_t at, void *bytes, uint32_t len);

/* The image of inner in clear. d and inner live as long as the source. */
struct image_decrypting {
    const struct image_source *inner;
    const struct image_payload *payload;
};
struct image_source image_source_decrypting(struct image_decrypting *d,
                                            const struct image_source *inner,
                                            const struct image_payload *payload);

#endif
