#include "core/crypto/ed25519.h"

#include <stddef.h>

#include "core/base/bytes.h"
#include "private/ed25519_ref10.h"

const uint8_t ed25519_spki_prefix[ED25519_SPKI_PREFIX_SIZE] = {
    0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00,
};

/* libsodium's curve code calls it. */
int sodium_is_zero(const unsigned char *n, const size_t len);
int sodium_is_zero(const unsigned char *n, const size_t len)
{
    unsigned char other = 0;
    for (size_t i = 0; i < len; i++)
        other |= n[i];
    return other == 0;
}

void ed25519_begin(struct sha512 *h, const uint8_t key[ED25519_PUBLIC_SIZE],
                   const uint8_t sig[ED25519_SIG_SIZE])
{
    sha512_init(h);
    sha512_update(h, sig, 32);
    sha512_update(h, key, ED25519_PUBLIC_SIZE);
}

/* R = S * B - k * A. The encodings are compared, so only the canonical encoding of R is accepted. */
bool ed25519_end(const struct sha512 *h, const uint8_t key[ED25519_PUBLIC_SIZE],
                 const uint8_t sig[ED25519_SIG_SIZE])
{
    uint8_t digest[SHA512_SIZE], k[32], r[32];
    ge25519_p3 minus_a;
    ge25519_p2 point;
    if (!ed25519_is_reduced(sig + 32) || ge25519_frombytes_negate_vartime(&minus_a, key) != 0)
        return false;
    sha512_final(h, digest);
    ed25519_reduce(k, digest);
    ge25519_double_scalarmult_vartime(&point, k, &minus_a, sig + 32);
    ge25519_tobytes(r, &point);
    return bytes_equal_ct(r, sig, sizeof r);
}
