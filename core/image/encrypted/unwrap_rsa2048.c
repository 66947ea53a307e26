/* RSA-OAEP with RSA-2048 and SHA-256. */
#include <assert.h>
#include <string.h>

#include "core/crypto/decrypt/oaep.h"
#include "core/image/encrypted/encrypted.h"

static_assert(RSA2048_SIZE == IMAGE_ENC_TLV_MAX, "the longest value");

static bool open(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret)
{
    struct rsa_secret rsa;
    size_t len;
    if (!key_der_rsa2048(secret->bytes, secret->len, &rsa) ||
        !rsa2048_oaep_decrypt(value, &len, &rsa) || len != key_len)
        return false;
    memcpy(key, value, key_len);
    return true;
}

const struct image_unwrap image_unwrap_rsa2048 = {
    .tlv = IMAGE_TLV_ENC_RSA2048,
    .len_128 = RSA2048_SIZE,
    .len_256 = RSA2048_SIZE,
    .open = open,
};
