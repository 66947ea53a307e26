/* ecdsa.h - ECDSA P-256 verification. Wraps BearSSL, constant time, no heap. */
#ifndef CRYPTO_ECDSA_H
#define CRYPTO_ECDSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define P256_POINT_SIZE 65u /* 0x04, X, Y */
#define P256_SIG_SIZE   64u /* r, s, big-endian */

/* True if the raw signature r||s is one of the 32-byte digest under the uncompressed point.
 * A point that is not on the curve, or r or s out of range, gives false. */
bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE]);

#endif
