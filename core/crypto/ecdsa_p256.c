/* P-256 with BearSSL's m31 code for this curve. It has no branch and no array index that depends on data, and
 * multiplies 32 by 32 bits to 64. On a Cortex-M3 that instruction takes longer for large numbers; BearSSL's m15 code
 * exists for such cores. On a Cortex-M4 it takes one cycle; for the Cortex-M7 Arm publishes no cycles, and no early
 * termination is known. Verification has no secrets, but decrypt/ecies_p256.c uses the same code with a private key. */
#include <bearssl_ec.h>

#include "core/crypto/ecdsa.h"

bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE])
{
    /* The library only reads the point; its struct lacks the const. It accepts the uncompressed form only, as the tests
     * check. */
    unsigned char *q = (unsigned char *)(uintptr_t)point;
    const br_ec_public_key key = {BR_EC_secp256r1, q, P256_POINT_SIZE};
    return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, 32, &key, sig, P256_SIG_SIZE) == 1;
}
