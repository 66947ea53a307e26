/* scheme_hash.h - the hash functions with the types of struct image_scheme; for the files scheme_*.c only. */
#ifndef CORE_IMAGE_SCHEME_HASH_H
#define CORE_IMAGE_SCHEME_HASH_H

#include <assert.h>

#include "core/image/image.h"

static_assert(sizeof(struct sha256) <= IMAGE_HASH_STATE &&
                  sizeof(struct sha512) <= IMAGE_HASH_STATE,
              "the hash's state");

static inline void scheme_sha256_init(void *state)
{
    sha256_init(state);
}

static inline void scheme_sha256_update(void *state, const void *data, size_t len)
{
    sha256_update(state, data, len);
}

static inline void scheme_sha256_final(const void *state, uint8_t *digest)
{
    sha256_final(state, digest);
}

static inline void scheme_sha384_init(void *state)
{
    sha384_init(state);
}

static inline void scheme_sha384_final(const void *state, uint8_t *digest)
{
    sha384_final(state, digest);
}

static inline void scheme_sha512_init(void *state)
{
    sha512_init(state);
}

static inline void scheme_sha512_update(void *state, const void *data, size_t len)
{
    sha512_update(state, data, len);
}

static inline void scheme_sha512_final(const void *state, uint8_t *digest)
{
    sha512_final(state, digest);
}

#define SCHEME_SHA256                                                                        \
    .hash_tlv = IMAGE_TLV_SHA256, .hash_size = SHA256_SIZE, .hash_init = scheme_sha256_init, \
    .hash_update = scheme_sha256_update, .hash_final = scheme_sha256_final
#define SCHEME_SHA384                                                                        \
    .hash_tlv = IMAGE_TLV_SHA384, .hash_size = SHA384_SIZE, .hash_init = scheme_sha384_init, \
    .hash_update = scheme_sha512_update, .hash_final = scheme_sha384_final
#define SCHEME_SHA512                                                                        \
    .hash_tlv = IMAGE_TLV_SHA512, .hash_size = SHA512_SIZE, .hash_init = scheme_sha512_init, \
    .hash_update = scheme_sha512_update, .hash_final = scheme_sha512_final

#endif
