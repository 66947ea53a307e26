/* With the curve code that verification links already; it takes constant time (ecdsa_p256.c). */
#include <string.h>

#include <bearssl_ec.h>

#include "core/crypto/decrypt/ecies.h"
#include "core/crypto/wipe.h"

bool ecies_p256_open(uint8_t *key, size_t key_len, const uint8_t *value,
                     const uint8_t secret[P256_SIZE])
{
    uint8_t point[P256_POINT_SIZE];
    memcpy(point, value, sizeof point);
    bool ok = br_ec_p256_m31.mul(point, sizeof point, secret, P256_SIZE, BR_EC_secp256r1) == 1 &&
              ecies_open(&ecies_sha256, key, key_len, value + sizeof point, point + 1);
    wipe(point, sizeof point);
    return ok;
}
