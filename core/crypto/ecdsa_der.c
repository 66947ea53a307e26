#include <string.h>

#include "core/crypto/ecdsa.h"

enum { DER_INTEGER = 0x02, DER_SEQUENCE = 0x30 };

/* What is left to read. Only take_* move it, and never past its end. */
struct der {
    const uint8_t *at;
    size_t left;
};

static bool take_byte(struct der *d, uint8_t *byte)
{
    if (d->left == 0)
        return false;
    *byte = *d->at++;
    d->left--;
    return true;
}

/* A definite length of at most two octets behind the first: a signature is far below 64 KiB. */
static bool take_length(struct der *d, size_t *len)
{
    uint8_t first, octet;
    if (!take_byte(d, &first))
        return false;
    *len = first;
    if (first < 0x80)
        return true;
    if (first != 0x81 && first != 0x82)
        return false;
    *len = 0;
    for (unsigned i = first & 0x7fu; i > 0; i--) {
        if (!take_byte(d, &octet))
            return false;
        *len = *len << 8 | octet;
    }
    return true;
}

/* The content of the next element, which must have the tag, in *content. */
static bool take_element(struct der *d, uint8_t tag, struct der *content)
{
    uint8_t found;
    size_t len;
    if (!take_byte(d, &found) || found != tag || !take_length(d, &len) || len > d->left)
        return false;
    content->at = d->at;
    content->left = len;
    d->at += len;
    d->left -= len;
    return true;
}

/* An INTEGER as size bytes, big-endian. */
static bool take_coordinate(struct der *d, uint8_t *out, size_t size)
{
    struct der integer;
    if (!take_element(d, DER_INTEGER, &integer) || integer.left == 0)
        return false;
    size_t n = integer.left < size ? integer.left : size;
    memset(out, 0, size - n);
    memcpy(out + size - n, integer.at + integer.left - n, n);
    return true;
}

static bool decode(uint8_t *sig, size_t size, const uint8_t *der, size_t len)
{
    struct der all = {der, len};
    struct der sequence;
    return take_element(&all, DER_SEQUENCE, &sequence) && take_coordinate(&sequence, sig, size) &&
           take_coordinate(&sequence, sig + size, size);
}

bool ecdsa_p256_sig_decode(uint8_t sig[P256_SIG_SIZE], const uint8_t *der, size_t len)
{
    return decode(sig, P256_SIG_SIZE / 2, der, len);
}

bool ecdsa_p384_sig_decode(uint8_t sig[P384_SIG_SIZE], const uint8_t *der, size_t len)
{
    return decode(sig, P384_SIG_SIZE / 2, der, len);
}
