/* P-384 with BearSSL's generic code for prime curves; it has no special one. */
#include <assert.h>

#include <bearssl_ec.h>

#include "core/crypto/ecdsa.h"

static_assert(P384_POINT_SIZE == 1 + 2 * 48 && P384_SIG_SIZE == 2 * 48, "sizes of P-384");

const uint8_t p384_spki_prefix[P384_SPKI_PREFIX_SIZE] = {
    0x30, 0x76, 0x30, 0x10, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02,
    0x01, 0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22, 0x03, 0x62, 0x00,
};

bool ecdsa_p384_verify(const uint8_t point[P384_POINT_SIZE], const uint8_t digest[48],
                       const uint8_t sig[P384_SIG_SIZE])
{
    /* The library only reads the point; its struct lacks the const. */
    unsigned char *q = (unsigned char *)(uintptr_t)point;
    const br_ec_public_key key = {BR_EC_secp384r1, q, P384_POINT_SIZE};
    return br_ecdsa_i31_vrfy_raw(&br_ec_prime_i31, digest, 48, &key, sig, P384_SIG_SIZE) == 1;
}
