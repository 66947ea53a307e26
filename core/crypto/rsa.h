/* rsa.h - RSASSA-PSS verification with SHA-256 (hash and MGF1) and a salt of 32 bytes, the only form that MCUboot
 * accepts. The modular arithmetic is BearSSL's. */
#ifndef CORE_CRYPTO_RSA_H
#define CORE_CRYPTO_RSA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RSA_BYTES_MAX 384u /* RSA-3072 */

/* A public key; points into the bytes that it was decoded from. */
struct rsa_public {
    const uint8_t *n, *e; /* big-endian, without leading zeros */
    size_t n_len, e_len;  /* bytes */
};

/* Decode the len bytes at der, a PKCS#1 RSAPublicKey as MCUboot embeds and hashes it. False unless the encoding is
 * canonical, n and e are odd, and e is at least 3 and at most 4 bytes long. */
bool rsa_public_decode(struct rsa_public *key, const uint8_t *der, size_t len);

/* True if sig (key->n_len bytes) is a signature of the 32-byte digest. False, too, if key->n_len is not 66 to
 * RSA_BYTES_MAX bytes or the top bit of the modulus is not set. */
bool rsa_pss_verify(const struct rsa_public *key, const uint8_t digest[32], const uint8_t *sig);

#endif
