/* ecdsa.h - ECDSA verification, P-256 and P-384. Wraps BearSSL, constant time, no heap. */
#ifndef CORE_CRYPTO_ECDSA_H
#define CORE_CRYPTO_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define P256_POINT_SIZE 65u /* 0x04, X, Y */
#define P256_SIG_SIZE   64u /* r, s, big-endian */
#define P384_POINT_SIZE 97u
#define P384_SIG_SIZE   96u

/* Length to which imgtool pads a DER signature with --pad-sig; before MCUboot 1.5 it always did. */
#define P256_SIG_PADDED 72u
#define P384_SIG_PADDED 103u

/* A P-256 public key as MCUboot embeds and hashes it: SubjectPublicKeyInfo in DER, which is
 * always this prefix (id-ecPublicKey, prime256v1, BIT STRING) and the uncompressed point. */
#define P256_SPKI_PREFIX_SIZE 26u
#define P256_SPKI_SIZE        (P256_SPKI_PREFIX_SIZE + P256_POINT_SIZE)
extern const uint8_t p256_spki_prefix[P256_SPKI_PREFIX_SIZE];

/* The same of a P-384 key (secp384r1). */
#define P384_SPKI_PREFIX_SIZE 23u
#define P384_SPKI_SIZE        (P384_SPKI_PREFIX_SIZE + P384_POINT_SIZE)
extern const uint8_t p384_spki_prefix[P384_SPKI_PREFIX_SIZE];

/* True if the raw signature r||s of the 32-byte digest verifies with the public key, an uncompressed point.
 * A point that is not on the curve, or r or s out of range, gives false. */
bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE]);

/* The same with P-384 and a 48-byte digest. */
bool ecdsa_p384_verify(const uint8_t point[P384_POINT_SIZE], const uint8_t digest[48],
                       const uint8_t sig[P384_SIG_SIZE]);

/* Decode the len bytes at der (SEQUENCE of INTEGER r, INTEGER s) to r||s. False unless the encoding is canonical and
 * both numbers are positive and have at most 32 bytes. Zeros may follow if they pad it to P256_SIG_PADDED bytes: such
 * images are in the field. */
bool ecdsa_p256_sig_decode(uint8_t sig[P256_SIG_SIZE], const uint8_t *der, size_t len);

/* The same with 48 bytes each and P384_SIG_PADDED. */
bool ecdsa_p384_sig_decode(uint8_t sig[P384_SIG_SIZE], const uint8_t *der, size_t len);

#endif
