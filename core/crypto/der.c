#include "core/crypto/der.h"

enum { DER_INTEGER = 0x02, DER_SEQUENCE = 0x30 };

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

bool der_take_sequence(const uint8_t **at, const uint8_t *end, size_t *len)
{
    return take_header(at, end, DER_SEQUENCE, len);
}

bool der_take_positive(const uint8_t **at, const uint8_t *end, const uint8_t **value, size_t *len)
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
