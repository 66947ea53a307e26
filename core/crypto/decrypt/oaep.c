#include "core/crypto/decrypt/oaep.h"

#include <bearssl_rsa.h>

/* The library only reads the numbers; its struct lacks the const. */
static unsigned char *number(const struct der_span *n)
{
    return (unsigned char *)(uintptr_t)n->bytes;
}

bool rsa2048_oaep_decrypt(uint8_t data[RSA2048_SIZE], size_t *len, const struct rsa_secret *key)
{
    const br_rsa_private_key sk = {
        .n_bitlen = 8 * RSA2048_SIZE,
        .p = number(&key->p),
        .plen = key->p.len,
        .q = number(&key->q),
        .qlen = key->q.len,
        .dp = number(&key->dp),
        .dplen = key->dp.len,
        .dq = number(&key->dq),
        .dqlen = key->dq.len,
        .iq = number(&key->iq),
        .iqlen = key->iq.len,
    };
    *len = RSA2048_SIZE;
    return br_rsa_i31_oaep_decrypt(&br_sha256_vtable, NULL, 0, &sk, data, len) == 1;
}
