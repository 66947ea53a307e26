#include "crypto/hkdf.h"

#include <bearssl_kdf.h>

#include "crypto/wipe.h"

static void hkdf(const br_hash_class *hash, uint8_t *out, size_t out_len, const void *secret,
                 size_t secret_len, const void *info, size_t info_len)
{
    br_hkdf_context ctx;
    br_hkdf_init(&ctx, hash, BR_HKDF_NO_SALT, 0);
    br_hkdf_inject(&ctx, secret, secret_len);
    br_hkdf_flip(&ctx);
    (void)br_hkdf_produce(&ctx, info, info_len, out, out_len);
    wipe(&ctx, sizeof ctx);
}

static void hmac(const br_hash_class *hash, uint8_t *tag, const void *key, size_t key_len,
                 const void *data, size_t len)
{
    br_hmac_key_context keys;
    br_hmac_context ctx;
    br_hmac_key_init(&keys, hash, key, key_len);
    br_hmac_init(&ctx, &keys, 0);
    br_hmac_update(&ctx, data, len);
    (void)br_hmac_out(&ctx, tag);
    wipe(&ctx, sizeof ctx);
    wipe(&keys, sizeof keys);
}

void hkdf_sha256(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len)
{
    hkdf(&br_sha256_vtable, out, out_len, secret, secret_len, info, info_len);
}

void hkdf_sha512(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len)
{
    hkdf(&br_sha512_vtable, out, out_len, secret, secret_len, info, info_len);
}

void hmac_sha256(uint8_t tag[SHA256_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len)
{
    hmac(&br_sha256_vtable, tag, key, key_len, data, len);
}

void hmac_sha512(uint8_t tag[SHA512_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len)
{
    hmac(&br_sha512_vtable, tag, key, key_len, data, len);
}
