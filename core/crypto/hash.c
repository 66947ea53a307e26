#include "core/crypto/hash.h"

#include <assert.h>
#include <stdalign.h>
#include <string.h>

#include <bearssl_hash.h>

/* hash.h does not show the library's types, so their size is checked here. No context has a pointer into itself, so a
 * copy of the struct is a copy of the context. */
static_assert(sizeof(br_sha256_context) <= sizeof(struct sha256), "struct sha256 is too small");
static_assert(alignof(br_sha256_context) <= alignof(struct sha256), "struct sha256 misaligned");
static_assert(sizeof(br_sha512_context) <= sizeof(struct sha512), "struct sha512 is too small");
static_assert(alignof(br_sha512_context) <= alignof(struct sha512), "struct sha512 misaligned");
static_assert(sizeof(br_sha384_context) == sizeof(br_sha512_context), "one context for both");

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

/* More than two blocks, of which the last one and the last word are not full. */
bool sha256_unit_agrees(const struct sha256_unit *unit)
{
    uint8_t message[157], own[SHA256_SIZE], other[SHA256_SIZE];
    struct sha256 h;
    for (size_t i = 0; i < sizeof message; i++)
        message[i] = (uint8_t)(7 * i);
    unit->init(&h);
    unit->update(&h, message, sizeof message);
    unit->final(&h, other);
    if (!unit->answers())
        return false;
    sha256_init(&h);
    sha256_update(&h, message, sizeof message);
    sha256_final(&h, own);
    return memcmp(own, other, sizeof own) == 0;
}

void sha384_init(struct sha512 *h)
{
    br_sha384_init((br_sha384_context *)(void *)h->opaque);
}

void sha512_init(struct sha512 *h)
{
    br_sha512_init((br_sha512_context *)(void *)h->opaque);
}

void sha512_update(struct sha512 *h, const void *data, size_t len)
{
    if (len > 0)
        br_sha512_update((br_sha512_context *)(void *)h->opaque, data, len);
}

void sha384_final(const struct sha512 *h, uint8_t digest[SHA384_SIZE])
{
    br_sha384_out((const br_sha384_context *)(const void *)h->opaque, digest);
}

void sha512_final(const struct sha512 *h, uint8_t digest[SHA512_SIZE])
{
    br_sha512_out((const br_sha512_context *)(const void *)h->opaque, digest);
}
