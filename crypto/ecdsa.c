#include "crypto/ecdsa.h"

#include <assert.h>

#include "crypto/p256.h"

static_assert(P256_POINT_SIZE == 1 + 2 * 32 && P256_SIG_SIZE == 2 * 32, "sizes of P-256");

const uint8_t p256_spki_prefix[P256_SPKI_PREFIX_SIZE] = {
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01,
    0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
};

bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE])
{
    /* The library only reads the point; its struct just lacks the const. It takes the uncompressed form
     * only, which the tests hold it to. */
    unsigned char *q = (unsigned char *)(uintptr_t)point;
    const br_ec_public_key key = {BR_EC_secp256r1, q, P256_POINT_SIZE};
    return br_ecdsa_i31_vrfy_raw(p256, digest, 32, &key, sig, P256_SIG_SIZE) == 1;
}
