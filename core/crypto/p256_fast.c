/* ECDSA P-256 verification by BearSSL as it comes, with its code for this curve only. */
#include <bearssl_ec.h>

#include "core/crypto/ecdsa.h"

bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE])
{
    /* The library only reads the point; its struct just lacks the const. It takes the uncompressed form
     * only, which the tests hold it to. */
    unsigned char *q = (unsigned char *)(uintptr_t)point;
    const br_ec_public_key key = {BR_EC_secp256r1, q, P256_POINT_SIZE};
    return br_ecdsa_i31_vrfy_raw(&br_ec_p256_m31, digest, 32, &key, sig, P256_SIG_SIZE) == 1;
}
