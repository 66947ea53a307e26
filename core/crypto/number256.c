#include "core/crypto/number256.h"

#include <string.h>

#include "core/base/bytes.h"

void number_load(uint32_t *d, const uint8_t *bytes)
{
    for (unsigned i = 0; i < NUMBER256_WORDS; i++)
        d[NUMBER256_WORDS - 1 - i] = get_be32(bytes + 4 * i);
}

bool number_is_zero(const uint32_t *a)
{
    return bytes_all(a, 0, sizeof(number256));
}

bool number_bit(const uint32_t *a, unsigned i)
{
    return (a[i / 32] >> i % 32 & 1) != 0;
}

/* ---- eight words; d may be any of the others ------------------------------------------------------ */

/* d = t + a * x; returns what does not fit. The sum of a step is at most (2^32 - 1)^2 + 2 * (2^32 - 1): it fits. */
static uint32_t add_product(uint32_t *d, const uint32_t *t, const uint32_t *a, uint32_t x)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < NUMBER256_WORDS; i++) {
        sum += (uint64_t)a[i] * x + t[i];
        d[i] = (uint32_t)sum;
        sum >>= 32;
    }
    return (uint32_t)sum;
}

/* d = a - b; returns 1 if b is larger, and d is 2^256 too large. */
static uint32_t subtract(uint32_t *d, const uint32_t *a, const uint32_t *b)
{
    uint32_t borrow = 0;
    for (unsigned i = 0; i < NUMBER256_WORDS; i++) {
        uint64_t difference = (uint64_t)a[i] - b[i] - borrow;
        d[i] = (uint32_t)difference;
        borrow = difference >> 63;
    }
    return borrow;
}

/* ---- numbers below a modulus ---------------------------------------------------------------------- */

bool mod_is_below(const uint32_t *a, const struct modulus256 *f)
{
    number256 unused;
    return subtract(unused, a, f->m) != 0;
}

void mod_reduce(uint32_t *d, uint32_t carry, const struct modulus256 *f)
{
    if (carry || !mod_is_below(d, f))
        (void)subtract(d, d, f->m);
}

void mod_add(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f)
{
    mod_reduce(d, add_product(d, a, b, 1), f);
}

void mod_sub(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f)
{
    if (subtract(d, a, b))
        (void)add_product(d, d, f->m, 1);
}

/* For each word of b, t gets the product added, then the multiple of m that makes its lowest
 * word 0, and moves down by that word. It stays below 2m. */
void mod_mul(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f)
{
    uint32_t below[1 + NUMBER256_WORDS] = {0}, *t = below + 1, carry = 0;
    for (unsigned i = 0; i < NUMBER256_WORDS; i++) {
        uint64_t top = (uint64_t)carry + add_product(t, t, a, b[i]);
        top += add_product(below, t, f->m, t[0] * f->m0i);
        t[NUMBER256_WORDS - 1] = (uint32_t)top;
        carry = (uint32_t)(top >> 32);
    }
    mod_reduce(t, carry, f);
    memcpy(d, t, sizeof(number256));
}

/* 2^256 - m, which is below m. */
void mod_one(uint32_t *d, const struct modulus256 *f)
{
    memset(d, 0, sizeof(number256));
    (void)subtract(d, d, f->m);
}

void mod_to_montgomery(uint32_t *d, const struct modulus256 *f)
{
    for (unsigned i = 0; i < NUMBER256_BITS; i++)
        mod_add(d, d, d, f);
}

/* d^(m-2) [Fermat] */
void mod_invert(uint32_t *d, const struct modulus256 *f)
{
    number256 e, base;
    memcpy(e, f->m, sizeof e);
    e[0] -= 2;
    memcpy(base, d, sizeof base);
    for (unsigned i = NUMBER256_BITS - 1; i-- > 0;) {
        mod_mul(d, d, d, f);
        if (number_bit(e, i))
            mod_mul(d, d, base, f);
    }
}
