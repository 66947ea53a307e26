#include "testing/fake_p256.h"

#include <string.h>

#include "core/crypto/ecdsa.h"

#define KEYS 2u

/* r || s of this digest under this point. Both are positive and of full length: DER then has one form. */
static void make_code(const uint8_t *point, const uint8_t *digest, uint8_t code[P256_SIG_SIZE])
{
    for (uint8_t half = 0; half < 2; half++) {
        struct sha256 h;
        sha256_init(&h);
        sha256_update(&h, point, P256_POINT_SIZE);
        sha256_update(&h, digest, SHA256_SIZE);
        sha256_update(&h, &half, 1);
        sha256_final(&h, code + 32 * half);
        code[32 * half] = (uint8_t)((code[32 * half] & 0x7f) | 1);
    }
}

bool ecdsa_p256_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t digest[32],
                       const uint8_t sig[P256_SIG_SIZE])
{
    uint8_t code[P256_SIG_SIZE];
    make_code(point, digest, code);
    return memcmp(code, sig, sizeof code) == 0;
}

struct image_key fake_p256_key(unsigned number)
{
    static uint8_t spki[KEYS][P256_SPKI_SIZE];
    uint8_t *key = spki[number % KEYS], *point = key + P256_SPKI_PREFIX_SIZE;
    memcpy(key, p256_spki_prefix, P256_SPKI_PREFIX_SIZE);
    point[0] = 4;
    for (unsigned i = 1; i < P256_POINT_SIZE; i++)
        point[i] = (uint8_t)(i * (number + 1));
    return (struct image_key){key, P256_SPKI_SIZE};
}

static enum err sign(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len)
{
    uint8_t code[P256_SIG_SIZE];
    const uint8_t head[] = {0x30, 68, 0x02, 32}, between[] = {0x02, 32};
    make_code(s->key.spki + P256_SPKI_PREFIX_SIZE, what->digest, code);
    memcpy(sig, head, 4);
    memcpy(sig + 4, code, 32);
    memcpy(sig + 36, between, 2);
    memcpy(sig + 38, code + 32, 32);
    *len = 70;
    return ERR_OK;
}

const struct image_signer *fake_p256_signer(unsigned number)
{
    static struct image_signer signers[KEYS];
    struct image_signer *s = &signers[number % KEYS];
    *s = (struct image_signer){
        .sign = sign, .tlv = IMAGE_TLV_ECDSA_SIG, .padded_len = 72, .key = fake_p256_key(number)};
    return s;
}
