#include "core/crypto/rsa.h"

enum { DER_INTEGER = 0x02, DER_SEQUENCE = 0x30, E_MAX = 4 };

/* The header of one element at *at: its tag, and a length in DER's shortest form of at most two octets, which does not
 * run past end. The length in *len; *at moves to the content. */
static bool take_header(const uint8_t **at, const uint8_t *end, uint8_t tag, size_t *len)
{
    const uint8_t *p = *at;
    if (end - p < 2 || *p++ != tag)
        return false;
    uint8_t first = *p++;
    unsigned octets = first < 0x80 ? 0 : first & 0x7fu;
    if (first == 0x80 || octets > 2 || end - p < (ptrdiff_t)octets)
        return false;
    *len = octets == 0 ? first : 0;
    for (unsigned i = 0; i < octets; i++)
        *len = *len << 8 | *p++;
    if (octets != 0 && *len < (octets == 1 ? 0x80u : 0x100u))
        return false;
    *at = p;
    return *len <= (size_t)(end - p);
}

/* A positive INTEGER in its shortest form, without the zero that keeps it positive. */
static bool take_integer(const uint8_t **at, const uint8_t *end, const uint8_t **value, size_t *len)
{
    if (!take_header(at, end, DER_INTEGER, len) || *len == 0)
        return false;
    const uint8_t *p = *at;
    *at += *len;
    if (p[0] & 0x80)
        return false;
    if (p[0] == 0) {
        if (*len < 2 || (p[1] & 0x80) == 0)
            return false;
        p++;
        --*len;
    }
    *value = p;
    return true;
}

bool rsa_public_decode(struct rsa_public *key, const uint8_t *der, size_t len)
{
    const uint8_t *at = der, *end = der + len;
    size_t content;
    return take_header(&at, end, DER_SEQUENCE, &content) && content == (size_t)(end - at) &&
           take_integer(&at, end, &key->n, &key->n_len) &&
           take_integer(&at, end, &key->e, &key->e_len) && at == end && key->e_len <= E_MAX &&
           (key->n[key->n_len - 1] & 1) != 0 && (key->e[key->e_len - 1] & 1) != 0 &&
           (key->e_len > 1 || key->e[0] >= 3);
}
