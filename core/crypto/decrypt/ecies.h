/* ecies.h - the ECIES of MCUboot's ENC_EC256 and ENC_X25519 TLVs, the latter with either hash: from an ephemeral public key, a tag and an
 * encrypted key to the key. Constant time in the private key and in all that is derived from it. */
#ifndef CORE_CRYPTO_DECRYPT_ECIES_H
#define CORE_CRYPTO_DECRYPT_ECIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/ecdsa.h"
#include "core/crypto/hash.h"

#define X25519_SIZE 32u
#define P256_SIZE   32u /* of a private key and of a coordinate */

/* Bytes of a TLV's value beside the key. */
#define ECIES_P256_OVERHEAD          (P256_POINT_SIZE + SHA256_SIZE)
#define ECIES_X25519_OVERHEAD        (X25519_SIZE + SHA256_SIZE)
#define ECIES_X25519_SHA512_OVERHEAD (X25519_SIZE + SHA512_SIZE)

/* The key of key_len bytes (16 or 32) in value, which is the overhead and key_len bytes. False: the point is not on
 * the curve, or the tag is wrong; key is then not written. secret is big-endian. */
bool ecies_p256_open(uint8_t *key, size_t key_len, const uint8_t *value,
                     const uint8_t secret[P256_SIZE]);

/* The same. False also for a point of small order, whose product is zero for any secret. secret as RFC 7748 has it. */
bool ecies_x25519_open(uint8_t *key, size_t key_len, const uint8_t *value,
                       const uint8_t secret[X25519_SIZE]);

/* The same with SHA-512 in HMAC and HKDF, and so a tag of 64 bytes. */
bool ecies_x25519_sha512_open(uint8_t *key, size_t key_len, const uint8_t *value,
                              const uint8_t secret[X25519_SIZE]);

/* What HKDF and HMAC hash with. */
struct ecies_hash {
    size_t tag_len;
    const void *digest; /* the library's br_hash_class, which stays out of this header */
};
extern const struct ecies_hash ecies_sha256, ecies_sha512;

/* What all have in common: wrapped is tag and encrypted key, shared the 32 bytes that were agreed on; they are
 * wiped. */
bool ecies_open(const struct ecies_hash *h, uint8_t *key, size_t key_len, const uint8_t *wrapped,
                uint8_t shared[32]);

#endif
