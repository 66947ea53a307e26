/* ecies.h - the ECIES of MCUboot's ENC_EC256 and ENC_X25519 TLVs: unwrap the image key from an ephemeral public key, a
 * tag and the encrypted key. Takes constant time for the private key and everything derived from it. */
#ifndef CORE_CRYPTO_DECRYPT_ECIES_H
#define CORE_CRYPTO_DECRYPT_ECIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/ecdsa.h"
#include "core/crypto/hash.h"

#define X25519_SIZE 32u
#define P256_SIZE   32u /* of a private key and of a coordinate */

/* Bytes of a TLV's value besides the key. */
#define ECIES_P256_OVERHEAD          (P256_POINT_SIZE + SHA256_SIZE)
#define ECIES_X25519_OVERHEAD        (X25519_SIZE + SHA256_SIZE)
#define ECIES_X25519_SHA512_OVERHEAD (X25519_SIZE + SHA512_SIZE)

/* Unwrap the key of key_len bytes (16 or 32) from value, which has ECIES_P256_OVERHEAD + key_len bytes. False: the
 * point is not on the curve, or the tag is wrong; key is then not written. secret is big-endian. */
bool ecies_p256_open(uint8_t *key, size_t key_len, const uint8_t *value,
                     const uint8_t secret[P256_SIZE]);

/* The same with X25519; secret is encoded as in RFC 7748. False, too, for a point of small order, with which the shared
 * secret is zero for any private key. */
bool ecies_x25519_open(uint8_t *key, size_t key_len, const uint8_t *value,
                       const uint8_t secret[X25519_SIZE]);

/* The same with SHA-512 in HMAC and HKDF, so the tag has 64 bytes. */
bool ecies_x25519_sha512_open(uint8_t *key, size_t key_len, const uint8_t *value,
                              const uint8_t secret[X25519_SIZE]);

/* The hash of HKDF and HMAC. */
struct ecies_hash {
    size_t tag_len;
    const void *digest; /* a br_hash_class of BearSSL, whose header is not included here */
};
extern const struct ecies_hash ecies_sha256, ecies_sha512;

/* The common part: wrapped is the tag and the encrypted key; shared is the shared secret of 32 bytes, which is
 * wiped. */
bool ecies_open(const struct ecies_hash *h, uint8_t *key, size_t key_len, const uint8_t *wrapped,
                uint8_t shared[32]);

#endif
