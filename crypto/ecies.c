#include "crypto/ecies.h"

#include <string.h>

#include "base/bytes.h"
#include "crypto/aes.h"
#include "crypto/hkdf.h"
#include "crypto/wipe.h"

bool ecies_open(uint8_t *key, size_t key_len, const uint8_t *sealed, uint8_t shared[32])
{
    static const char info[16] = "MCUBoot_ECIES_v1"; /* without its NUL */
    const uint8_t *encrypted = sealed + SHA256_SIZE;
    uint8_t keys[AES_KEY_MAX + SHA256_SIZE], tag[SHA256_SIZE];
    hkdf_sha256(keys, key_len + SHA256_SIZE, shared, 32, info, sizeof info);
    wipe(shared, 32);
    hmac_sha256(tag, keys + key_len, SHA256_SIZE, encrypted, key_len);
    bool ok = bytes_equal_ct(tag, sealed, sizeof tag);
    if (ok) {
        memcpy(key, encrypted, key_len);
        aes_ctr_xor(keys, key_len, 0, key, key_len);
    }
    wipe(keys, sizeof keys);
    wipe(tag, sizeof tag);
    return ok;
}
