/* P-256 over the library's code for this curve alone, in its m31 form: it has no branch and no index that depends on a
 * number, and it multiplies 32 by 32 bits into 64. On a Cortex-M3 that instruction takes longer for large numbers, which
 * is what the library's m15 form is for. A Cortex-M4 takes one cycle for any; for the Cortex-M7 Arm prints no cycles, and
 * no early end is known. Verifying hides nothing in any case; decrypt/ecies_p256.c, which does, rests on this. */
#include <bearssl_ec.h>

#include "core/crypto/ecdsa.h"

bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE])
{
    /* Only read; the library's struct just lacks the const. It takes the uncompressed form only, which the tests hold
     * it to. */
    unsigned char *q = (unsigned char *)(uintptr_t)point;
    const br_ec_public_key key = {BR_EC_secp256r1, q, P256_POINT_SIZE};
    return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, 32, &key, sig, P256_SIG_SIZE) == 1;
}
