/* ECIES with P-256. */
#include "core/crypto/decrypt/ecies.h"
#include "core/crypto/decrypt/key_der.h"
#include "core/image/encrypted/encrypted.h"

static bool open(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret)
{
    const uint8_t *number = key_der_p256(secret->bytes, secret->len);
    return number != NULL && ecies_p256_open(key, key_len, value, number);
}

const struct image_unwrap image_unwrap_ec256 = {
    .tlv = IMAGE_TLV_ENC_EC256,
    .len_128 = ECIES_P256_OVERHEAD + 16,
    .len_256 = ECIES_P256_OVERHEAD + 32,
    .open = open,
};
