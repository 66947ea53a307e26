/* hash.h - SHA-256, streamed. Wraps BearSSL; the context may be copied as a value. */
#ifndef CRYPTO_HASH_H
#define CRYPTO_HASH_H

#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u

/* Room for the library's context, checked against it by a static_assert in hash.c. */
struct sha256 {
    uint64_t opaque[16];
};

void sha256_init(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *data, size_t len);
void sha256_final(const struct sha256 *h, uint8_t digest[SHA256_SIZE]);

#endif
