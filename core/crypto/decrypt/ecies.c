#include "core/crypto/decrypt/ecies.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/crypto/decrypt/aes.h"
#include "core/crypto/decrypt/hkdf.h"
#include "core/crypto/wipe.h"

const struct ecies_hash ecies_sha256 = {SHA256_SIZE, hkdf_sha256, hmac_sha256};
const struct ecies_hash ecies_sha512 = {SHA512_SIZE, hkdf_sha512, hmac_sha512};

bool ecies_open(const struct ecies_hash *h, uint8_t *key, size_t key_len, const uint8_t *sealed,
                uint8_t shared[32])
{
    static const char info[16] = "MCUBoot_ECIES_v1"; /* without its NUL */
    const uint8_t *encrypted = sealed + h->tag_len;
    uint8_t keys[AES_KEY_MAX + SHA512_SIZE], tag[SHA512_SIZE];
    h->hkdf(keys, key_len + h->tag_len, shared, 32, info, sizeof info);
    wipe(shared, 32);
    h->hmac(tag, keys + key_len, h->tag_len, encrypted, key_len);
    bool ok = bytes_equal_ct(tag, sealed, h->tag_len);
    if (ok) {
        memcpy(key, encrypted, key_len);
        aes_ctr_xor(keys, key_len, 0, key, key_len);
    }
    wipe(keys, sizeof keys);
    wipe(tag, sizeof tag);
    return ok;
}
