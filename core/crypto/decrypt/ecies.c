#include "core/crypto/decrypt/ecies.h"

#include <string.h>

#include <bearssl_hash.h>
#include <bearssl_hmac.h>
#include <bearssl_kdf.h>

#include "core/base/bytes.h"
#include "core/crypto/decrypt/aes.h"
#include "core/crypto/wipe.h"

const struct ecies_hash ecies_sha256 = {SHA256_SIZE, &br_sha256_vtable};
const struct ecies_hash ecies_sha512 = {SHA512_SIZE, &br_sha512_vtable};

/* HKDF without salt, from a shared secret of 32 bytes. */
static void derive(const struct ecies_hash *h, uint8_t *keys, size_t len, const uint8_t *shared)
{
    static const char info[16] = "MCUBoot_ECIES_v1"; /* without its NUL */
    br_hkdf_context ctx;
    br_hkdf_init(&ctx, h->digest, BR_HKDF_NO_SALT, 0);
    br_hkdf_inject(&ctx, shared, 32);
    br_hkdf_flip(&ctx);
    (void)br_hkdf_produce(&ctx, info, sizeof info, keys, len);
    wipe(&ctx, sizeof ctx);
}

/* HMAC, with a key as long as the tag. */
static void make_tag(const struct ecies_hash *h, uint8_t *tag, const uint8_t *key, const void *data,
                     size_t len)
{
    br_hmac_key_context schedule;
    br_hmac_context ctx;
    br_hmac_key_init(&schedule, h->digest, key, h->tag_len);
    br_hmac_init(&ctx, &schedule, 0);
    br_hmac_update(&ctx, data, len);
    (void)br_hmac_out(&ctx, tag);
    wipe(&schedule, sizeof schedule);
    wipe(&ctx, sizeof ctx);
}

bool ecies_open(const struct ecies_hash *h, uint8_t *key, size_t key_len, const uint8_t *wrapped,
                uint8_t shared[32])
{
    const uint8_t *encrypted = wrapped + h->tag_len;
    uint8_t keys[AES_KEY_MAX + SHA512_SIZE], tag[SHA512_SIZE];
    derive(h, keys, key_len + h->tag_len, shared);
    wipe(shared, 32);
    make_tag(h, tag, keys + key_len, encrypted, key_len);
    bool ok = bytes_equal_ct(tag, wrapped, h->tag_len);
    if (ok) {
        memcpy(key, encrypted, key_len);
        aes_ctr_xor(keys, key_len, 0, key, key_len);
    }
    wipe(keys, sizeof keys);
    wipe(tag, sizeof tag);
    return ok;
}
