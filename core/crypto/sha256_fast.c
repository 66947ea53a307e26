/* SHA-256 by BearSSL. */
#include "core/crypto/hash.h"

#include <assert.h>
#include <stdalign.h>

#include <bearssl_hash.h>

/* hash.h keeps the library's type out of the house; it must still fit into what the house gives
 * it. A struct br_sha256_context holds no pointer into itself, so copying struct sha256 copies it. */
static_assert(sizeof(br_sha256_context) <= sizeof(struct sha256), "struct sha256 is too small");
static_assert(alignof(br_sha256_context) <= alignof(struct sha256), "struct sha256 misaligned");

void sha256_init(struct sha256 *h)
{
    br_sha256_init((br_sha256_context *)(void *)h->opaque);
}

void sha256_update(struct sha256 *h, const void *data, size_t len)
{
    if (len > 0)
        br_sha256_update((br_sha256_context *)(void *)h->opaque, data, len);
}

void sha256_final(const struct sha256 *h, uint8_t digest[SHA256_SIZE])
{
    br_sha256_out((const br_sha256_context *)(const void *)h->opaque, digest);
}
