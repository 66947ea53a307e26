#include "core/smp/wire/base64.h"

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

size_t base64_encode(char *dst, const uint8_t *src, size_t len)
{
    char *at = dst;
    for (size_t i = 0; i < len; i += 3) {
        size_t left = len - i;
        uint32_t v = (uint32_t)src[i] << 16;
        v |= left > 1 ? (uint32_t)src[i + 1] << 8 : 0;
        v |= left > 2 ? (uint32_t)src[i + 2] : 0;
        *at++ = alphabet[v >> 18];
        *at++ = alphabet[v >> 12 & 63];
        *at++ = left > 1 ? alphabet[v >> 6 & 63] : '=';
        *at++ = left > 2 ? alphabet[v & 63] : '=';
    }
    return (size_t)(at - dst);
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    if (c == '+')
        return 62;
    return c == '/' ? 63 : -1;
}

int base64_put(struct base64_decoder *d, char c, uint8_t out[3])
{
    if (d->pad > 0 && (c != '=' || d->count == 0))
        return -1; /* nothing follows the padding but padding */
    int v = c == '=' ? 0 : digit(c);
    if (v < 0 || (c == '=' && d->count < 2))
        return -1;
    d->pad = (uint8_t)(d->pad + (c == '='));
    d->bits = d->bits << 6 | (uint32_t)v;
    if (++d->count < 4)
        return 0;
    out[0] = (uint8_t)(d->bits >> 16);
    out[1] = (uint8_t)(d->bits >> 8);
    out[2] = (uint8_t)d->bits;
    d->bits = 0;
    d->count = 0;
    return 3 - d->pad;
}

bool base64_whole(const struct base64_decoder *d)
{
    return d->count == 0;
}
