/* hkdf.h - HMAC and HKDF (RFC 2104, RFC 5869) with SHA-256 and SHA-512. */
#ifndef CORE_CRYPTO_DECRYPT_HKDF_H
#define CORE_CRYPTO_DECRYPT_HKDF_H

#include <stddef.h>
#include <stdint.h>

#include "core/crypto/hash.h"

/* out_len bytes, at most 255 digests, from a secret without salt. */
void hkdf_sha256(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len);
void hkdf_sha512(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len);

/* key_len is at most 64. */
void hmac_sha256(uint8_t tag[SHA256_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len);
void hmac_sha512(uint8_t tag[SHA512_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len);

#endif
