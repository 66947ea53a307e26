#include <string.h>

#include "core/base/bytes.h"
#include "core/crypto/der.h"
#include "core/crypto/ecdsa.h"

/* Take a number, and write it as size bytes, big-endian. */
static bool take_number(const uint8_t **at, const uint8_t *end, uint8_t *out, size_t size)
{
    const uint8_t *value;
    size_t len;
    if (!der_take_positive(at, end, &value, &len) || len > size)
        return false;
    memset(out, 0, size - len);
    memcpy(out + size - len, value, len);
    return true;
}

/* padded: the length to which imgtool pads a signature. */
static bool decode(uint8_t *sig, size_t size, const uint8_t *der, size_t len, size_t padded)
{
    const uint8_t *at = der, *end = der + len;
    size_t content;
    if (!der_take_sequence(&at, end, &content))
        return false;
    const uint8_t *behind = at + content;
    return take_number(&at, behind, sig, size) && take_number(&at, behind, sig + size, size) &&
           at == behind && (at == end || (len == padded && bytes_all(at, 0, (size_t)(end - at))));
}

bool ecdsa_p256_sig_decode(uint8_t sig[P256_SIG_SIZE], const uint8_t *der, size_t len)
{
    return decode(sig, P256_SIG_SIZE / 2, der, len, P256_SIG_PADDED);
}

bool ecdsa_p384_sig_decode(uint8_t sig[P384_SIG_SIZE], const uint8_t *der, size_t len)
{
    return decode(sig, P384_SIG_SIZE / 2, der, len, P384_SIG_PADDED);
}
