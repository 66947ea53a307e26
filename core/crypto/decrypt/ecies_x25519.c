#include <string.h>

#include <bearssl_ec.h>

#include "core/base/bytes.h"
#include "core/crypto/decrypt/ecies.h"
#include "core/crypto/wipe.h"

static bool open(const struct ecies_hash *h, uint8_t *key, size_t key_len, const uint8_t *value,
                 const uint8_t *secret)
{
    uint8_t u[X25519_SIZE];
    memcpy(u, value, sizeof u);
    bool ok = br_ec_c25519_i31.mul(u, sizeof u, secret, X25519_SIZE, BR_EC_curve25519) == 1 &&
              !bytes_all(u, 0, sizeof u) && ecies_open(h, key, key_len, value + sizeof u, u);
    wipe(u, sizeof u);
    return ok;
}

bool ecies_x25519_open(uint8_t *key, size_t key_len, const uint8_t *value,
                       const uint8_t secret[X25519_SIZE])
{
    return open(&ecies_sha256, key, key_len, value, secret);
}

bool ecies_x25519_sha512_open(uint8_t *key, size_t key_len, const uint8_t *value,
                              const uint8_t secret[X25519_SIZE])
{
    return open(&ecies_sha512, key, key_len, value, secret);
}
