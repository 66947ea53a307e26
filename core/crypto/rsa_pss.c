/* EMSA-PSS verification [RFC 8017, 9.1.2] around the library's public operation. All of it is public data, so nothing
 * here needs to take constant time. */
#include <string.h>

#include <bearssl_rsa.h>

#include "core/base/bytes.h"
#include "core/crypto/hash.h"
#include "core/crypto/rsa.h"

enum { HASH = SHA256_SIZE, SALT = HASH, TRAILER = 0xbc, BYTES_MIN = HASH + SALT };

/* mask ^= MGF1-SHA-256(seed) [RFC 8017, B.2.1]. */
static void unmask(uint8_t *mask, size_t len, const uint8_t seed[HASH])
{
    uint8_t block[HASH];
    for (size_t at = 0; at < len; at++) {
        if (at % HASH == 0) {
            const uint8_t counter[4] = {0, 0, 0, (uint8_t)(at / HASH)}; /* at most 11 blocks */
            struct sha256 h;
            sha256_init(&h);
            sha256_update(&h, seed, HASH);
            sha256_update(&h, counter, sizeof counter);
            sha256_final(&h, block);
        }
        mask[at] ^= block[at % HASH];
    }
}

/* em: len bytes, overwritten. The encoded message has 8 * len - 1 bits, because the modulus has its top bit set. */
static bool is_encoding_of(uint8_t *em, size_t len, const uint8_t digest[HASH])
{
    static const uint8_t zeros[8];
    size_t db = len - HASH - 1, padding = db - SALT - 1;
    const uint8_t *hash = em + db, *salt = em + db - SALT;
    uint8_t own[HASH], other = 0;
    if (em[len - 1] != TRAILER || (em[0] & 0x80) != 0)
        return false;
    unmask(em, db, hash);
    em[0] &= 0x7f;
    for (size_t i = 0; i < padding; i++)
        other |= em[i];
    if (other != 0 || em[padding] != 1)
        return false;
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, zeros, sizeof zeros);
    sha256_update(&h, digest, HASH);
    sha256_update(&h, salt, SALT);
    sha256_final(&h, own);
    return bytes_equal_ct(own, hash, HASH);
}

bool rsa_pss_verify(const struct rsa_public *key, const uint8_t digest[HASH], const uint8_t *sig)
{
    uint8_t em[RSA_BYTES_MAX];
    /* The library only reads the numbers; its struct lacks the const. */
    const br_rsa_public_key pk = {(unsigned char *)(uintptr_t)key->n, key->n_len,
                                  (unsigned char *)(uintptr_t)key->e, key->e_len};
    if (key->n_len < BYTES_MIN + 2 || key->n_len > sizeof em || (key->n[0] & 0x80) == 0)
        return false;
    memcpy(em, sig, key->n_len);
    return br_rsa_i31_public(em, key->n_len, &pk) == 1 && is_encoding_of(em, key->n_len, digest);
}
