/* ECIES with X25519, and SHA-256 or SHA-512. */
#include "core/crypto/decrypt/ecies.h"
#include "core/crypto/decrypt/key_der.h"
#include "core/image/encrypted/encrypted.h"

static bool open(uint8_t *key, size_t key_len, uint8_t *value, const struct image_secret *secret)
{
    const uint8_t *number = key_der_x25519(secret->bytes, secret->len);
    return number != NULL && ecies_x25519_open(key, key_len, value, number);
}

static bool open_sha512(uint8_t *key, size_t key_len, uint8_t *value,
                        const struct image_secret *secret)
{
    const uint8_t *number = key_der_x25519(secret->bytes, secret->len);
    return number != NULL && ecies_x25519_sha512_open(key, key_len, value, number);
}

const struct image_unwrap image_unwrap_x25519 = {
    .tlv = IMAGE_TLV_ENC_X25519,
    .len_128 = ECIES_X25519_OVERHEAD + 16,
    .len_256 = ECIES_X25519_OVERHEAD + 32,
    .open = open,
};

const struct image_unwrap image_unwrap_x25519_sha512 = {
    .tlv = IMAGE_TLV_ENC_X25519_SHA512,
    .len_128 = ECIES_X25519_SHA512_OVERHEAD + 16,
    .len_256 = ECIES_X25519_SHA512_OVERHEAD + 32,
    .open = open_sha512,
};
