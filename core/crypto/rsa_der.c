#include "core/crypto/der.h"
#include "core/crypto/rsa.h"

enum { E_MAX = 4 };

bool rsa_public_decode(struct rsa_public *key, const uint8_t *der, size_t len)
{
    const uint8_t *at = der, *end = der + len;
    size_t content;
    return der_take_sequence(&at, end, &content) && content == (size_t)(end - at) &&
           der_take_positive(&at, end, &key->n, &key->n_len) &&
           der_take_positive(&at, end, &key->e, &key->e_len) && at == end && key->e_len <= E_MAX &&
           (key->n[key->n_len - 1] & 1) != 0 && (key->e[key->e_len - 1] & 1) != 0 &&
           (key->e_len > 1 || key->e[0] >= 3);
}
