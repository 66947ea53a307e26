/* ieee754.c - see ieee754.h. Every operation unpacks its operands into sign, exponent and a 64-bit significand,
 * calculates with some bits to spare, the last of them "sticky", and rounds in one place. */
#include "vboard/cpu/ieee754.h"

#include "core/base/compiler.h"

const struct ieee_format ieee_half = {5, 10}, ieee_single = {8, 23}, ieee_double = {11, 52};

enum kind { ZERO, FINITE, INFINITE, QUIET_NAN, SIGNALLING_NAN };

/* FINITE: sig / 2^63 * 2^exp, bit 63 of sig is set. NaN: sig is the fraction, at the top. */
struct number {
    enum kind kind;
    bool sign;
    int exp;
    uint64_t sig;
};

#define TOP (1ull << 63)

static int exp_max(const struct ieee_format *f)
{
    return (1 << f->exp_bits) - 1;
}
static int bias(const struct ieee_format *f)
{
    return exp_max(f) >> 1;
}
static uint64_t sign_bit(const struct ieee_format *f)
{
    return 1ull << (f->exp_bits + f->frac_bits);
}

/* ---- bits ---- */

static unsigned leading_zeros(uint64_t v) /* v is not 0 */
{
    unsigned n = 0;
    for (unsigned step = 32; step; step /= 2) {
        if (v >> (64 - step) == 0) {
            n += step;
            v <<= step;
        }
    }
    return n;
}

/* Shift right; what falls out leaves a trace in bit 0. */
static uint64_t shift_sticky(uint64_t v, unsigned n)
{
    if (n >= 64)
        return v != 0;
    return n == 0 ? v : v >> n | (v << (64 - n) != 0);
}

struct wide { /* 128 bits */
    uint64_t high, low;
};

static struct wide wide_multiply(uint64_t a, uint64_t b)
{
    uint64_t ah = a >> 32, al = (uint32_t)a, bh = b >> 32, bl = (uint32_t)b;
    uint64_t low = al * bl, m1 = ah * bl, m2 = al * bh;
    uint64_t middle = (low >> 32) + (uint32_t)m1 + (uint32_t)m2;
    return (struct wide){ah * bh + (m1 >> 32) + (m2 >> 32) + (middle >> 32),
                         middle << 32 | (uint32_t)low};
}

static struct wide wide_shift_sticky(struct wide v, unsigned n)
{
    if (n == 0)
        return v;
    if (n >= 64)
        return (struct wide){0, shift_sticky(v.high, n - 64) | (v.low != 0)};
    return (struct wide){v.high >> n, shift_sticky(v.low, n) | v.high << (64 - n)};
}

static struct wide wide_shift_left(struct wide v, unsigned n)
{
    if (n == 0)
        return v;
    if (n >= 64)
        return (struct wide){v.low << (n - 64), 0};
    return (struct wide){v.high << n | v.low >> (64 - n), v.low << n};
}

static struct wide wide_add(struct wide a, struct wide b)
{
    uint64_t low = a.low + b.low;
    return (struct wide){a.high + b.high + (low < a.low), low};
}

static struct wide wide_sub(struct wide a, struct wide b)
{
    return (struct wide){a.high - b.high - (a.low < b.low), a.low - b.low};
}

static bool wide_less(struct wide a, struct wide b)
{
    return a.high != b.high ? a.high < b.high : a.low < b.low;
}

/* ---- in and out ---- */

static struct number unpack(const struct ieee_format *f, uint32_t *fpscr, uint64_t v)
{
    struct number n = {.kind = FINITE, .sign = (v & sign_bit(f)) != 0};
    int exp = (int)(v >> f->frac_bits) & exp_max(f);
    uint64_t frac = v << (64 - f->frac_bits);
    bool alternative = f == &ieee_half && (*fpscr & FPSCR_AHP);
    if (exp == exp_max(f) && !alternative) {
        n.sig = frac;
        n.kind = frac == 0 ? INFINITE : frac & TOP ? QUIET_NAN : SIGNALLING_NAN;
        return n;
    }
    if (exp != 0) {
        n.exp = exp - bias(f);
        n.sig = TOP | frac >> 1;
        return n;
    }
    if (frac != 0 && (*fpscr & FPSCR_FZ) && f != &ieee_half) {
        *fpscr |= FPSCR_IDC;
        frac = 0;
    }
    if (frac == 0) {
        n.kind = ZERO;
        return n;
    }
    unsigned zeros = leading_zeros(frac);
    n.exp = -bias(f) - (int)zeros;
    n.sig = frac << zeros;
    return n;
}

static uint64_t zero(const struct ieee_format *f, bool sign)
{
    return sign ? sign_bit(f) : 0;
}

static uint64_t infinity(const struct ieee_format *f, bool sign)
{
    return zero(f, sign) | (uint64_t)exp_max(f) << f->frac_bits;
}

static uint64_t default_nan(const struct ieee_format *f)
{
    return infinity(f, false) | 1ull << (f->frac_bits - 1);
}

static uint64_t invalid(const struct ieee_format *f, uint32_t *fpscr)
{
    *fpscr |= FPSCR_IOC;
    return default_nan(f);
}

static bool is_nan(struct number n)
{
    return n.kind >= QUIET_NAN;
}

/* n as the result of an operation in f. */
static uint64_t quiet_nan(const struct ieee_format *f, uint32_t *fpscr, struct number n)
{
    if (n.kind == SIGNALLING_NAN)
        *fpscr |= FPSCR_IOC;
    if (*fpscr & FPSCR_DN)
        return default_nan(f);
    return infinity(f, n.sign) | (n.sig | TOP) >> (64 - f->frac_bits);
}

/* A signalling NaN wins, then the first quiet one. */
static bool propagates(const struct ieee_format *f, uint32_t *fpscr, const struct number *in,
                       unsigned count, uint64_t *result)
{
    for (unsigned kind = SIGNALLING_NAN; kind >= QUIET_NAN; kind--) {
        for (unsigned i = 0; i < count; i++) {
            if (in[i].kind == kind) {
                *result = quiet_nan(f, fpscr, in[i]);
                return true;
            }
        }
    }
    return false;
}

/* rest: what is below the last bit kept, of which half is one half. */
static bool rounds_up(enum ieee_rounding rounding, bool sign, bool odd, uint64_t rest,
                      uint64_t half)
{
    switch (rounding) {
    case ROUND_NEAREST:
        return rest > half || (rest == half && odd);
    case ROUND_UP:
        return rest != 0 && !sign;
    case ROUND_DOWN:
        return rest != 0 && sign;
    case ROUND_AWAY:
        return rest >= half;
    default:
        return false;
    }
}

static uint64_t overflow(const struct ieee_format *f, uint32_t *fpscr, enum ieee_rounding rounding,
                         bool sign)
{
    bool to_infinity = rounding == ROUND_NEAREST || rounding == ROUND_AWAY ||
                       rounding == (sign ? ROUND_DOWN : ROUND_UP);
    if (f == &ieee_half && (*fpscr & FPSCR_AHP)) { /* no infinity there: saturates */
        *fpscr |= FPSCR_IOC;
        return zero(f, sign) | (sign_bit(f) - 1);
    }
    *fpscr |= FPSCR_OFC | FPSCR_IXC;
    return infinity(f, sign) - !to_infinity;
}

/* n is FINITE. Bit 0 of its significand may be sticky. */
static uint64_t pack(const struct ieee_format *f, uint32_t *fpscr, enum ieee_rounding rounding,
                     struct number n)
{
    unsigned drop = 63 - f->frac_bits;
    int exp = n.exp + bias(f), largest = exp_max(f);
    bool tiny = exp <= 0;
    if (f == &ieee_half && (*fpscr & FPSCR_AHP))
        largest++;
    if (tiny && (*fpscr & FPSCR_FZ) && f != &ieee_half) {
        *fpscr |= FPSCR_UFC;
        return zero(f, n.sign);
    }
    if (exp >= largest)
        return overflow(f, fpscr, rounding, n.sign);
    uint64_t sig = tiny ? shift_sticky(n.sig, 1u - (unsigned)exp) : n.sig;
    uint64_t kept = sig >> drop, rest = sig & ((1ull << drop) - 1);
    kept += rounds_up(rounding, n.sign, kept & 1, rest, 1ull << (drop - 1));
    /* the leading one of kept, or a carry, counts as one in the exponent */
    uint64_t result = kept + (tiny ? 0 : (uint64_t)(exp - 1) << f->frac_bits);
    if (result >> f->frac_bits >= (uint64_t)largest)
        return overflow(f, fpscr, rounding, n.sign);
    if (rest != 0)
        *fpscr |= tiny ? FPSCR_UFC | FPSCR_IXC : FPSCR_IXC;
    return zero(f, n.sign) | result;
}

/* sig * 2^(exp - 63), sig not 0 and not yet with its one at the top. */
static uint64_t normalize(const struct ieee_format *f, uint32_t *fpscr, enum ieee_rounding rounding,
                          struct number n)
{
    unsigned zeros = leading_zeros(n.sig);
    n.kind = FINITE;
    n.sig <<= zeros;
    n.exp -= (int)zeros;
    return pack(f, fpscr, rounding, n);
}

/* ---- sums ---- */

/* Zero as a difference: minus only when rounding down. */
static uint64_t cancelled(const struct ieee_format *f, uint32_t fpscr)
{
    return zero(f, ieee_mode(fpscr) == ROUND_DOWN);
}

/* The significand of each is 128 bits: that of the number, and low. */
static uint64_t sum(const struct ieee_format *f, uint32_t *fpscr, struct number a, uint64_t a_low,
                    struct number b, uint64_t b_low)
{
    struct wide x = wide_shift_sticky((struct wide){a.sig, a_low}, 1);
    struct wide y = wide_shift_sticky((struct wide){b.sig, b_low}, 1);
    int exp = a.exp > b.exp ? a.exp : b.exp;
    x = wide_shift_sticky(x, (unsigned)(exp - a.exp));
    y = wide_shift_sticky(y, (unsigned)(exp - b.exp));
    struct number n = {.kind = FINITE, .sign = a.sign, .exp = exp + 1};
    struct wide r;
    if (a.sign == b.sign) {
        r = wide_add(x, y);
    } else if (wide_less(x, y)) {
        r = wide_sub(y, x);
        n.sign = b.sign;
    } else {
        r = wide_sub(x, y);
    }
    if ((r.high | r.low) == 0)
        return cancelled(f, *fpscr);
    unsigned zeros = r.high ? leading_zeros(r.high) : 64 + leading_zeros(r.low);
    r = wide_shift_left(r, zeros);
    n.exp -= (int)zeros;
    n.sig = r.high | (r.low != 0);
    return pack(f, fpscr, ieee_mode(*fpscr), n);
}

static uint64_t add(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b,
                    bool subtract)
{
    struct number in[2] = {unpack(f, fpscr, a), unpack(f, fpscr, b)};
    uint64_t nan;
    if (propagates(f, fpscr, in, 2, &nan))
        return nan;
    in[1].sign ^= subtract;
    bool differ = in[0].sign != in[1].sign;
    if (in[0].kind == INFINITE && in[1].kind == INFINITE && differ)
        return invalid(f, fpscr);
    for (unsigned i = 0; i < 2; i++) {
        if (in[i].kind == INFINITE)
            return infinity(f, in[i].sign);
    }
    if (in[0].kind == ZERO && in[1].kind == ZERO)
        return differ ? cancelled(f, *fpscr) : zero(f, in[0].sign);
    for (unsigned i = 0; i < 2; i++) {
        if (in[i].kind == ZERO)
            return pack(f, fpscr, ieee_mode(*fpscr), in[!i]);
    }
    return sum(f, fpscr, in[0], 0, in[1], 0);
}

uint64_t ieee_add(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    return add(f, fpscr, a, b, false);
}

uint64_t ieee_sub(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    return add(f, fpscr, a, b, true);
}

/* ---- products ---- */

static bool zero_times_infinity(struct number a, struct number b)
{
    return (a.kind == ZERO && b.kind == INFINITE) || (a.kind == INFINITE && b.kind == ZERO);
}

/* The product of two FINITE numbers; *low has the lower half of its significand. */
static struct number multiply(struct number a, struct number b, uint64_t *low)
{
    struct wide p = wide_multiply(a.sig, b.sig);
    struct number n = {.kind = FINITE, .sign = a.sign != b.sign, .exp = a.exp + b.exp + 1};
    if (!(p.high & TOP)) {
        p = wide_shift_left(p, 1);
        n.exp--;
    }
    n.sig = p.high;
    *low = p.low;
    return n;
}

uint64_t ieee_mul(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    struct number in[2] = {unpack(f, fpscr, a), unpack(f, fpscr, b)};
    uint64_t result, low;
    bool sign = in[0].sign != in[1].sign;
    if (propagates(f, fpscr, in, 2, &result))
        return result;
    if (zero_times_infinity(in[0], in[1]))
        return invalid(f, fpscr);
    if (in[0].kind == INFINITE || in[1].kind == INFINITE)
        return infinity(f, sign);
    if (in[0].kind == ZERO || in[1].kind == ZERO)
        return zero(f, sign);
    struct number n = multiply(in[0], in[1], &low);
    n.sig |= low != 0;
    return pack(f, fpscr, ieee_mode(*fpscr), n);
}

uint64_t ieee_fma(const struct ieee_format *f, uint32_t *fpscr, uint64_t addend, uint64_t a,
                  uint64_t b)
{
    struct number in[3] = {unpack(f, fpscr, addend), unpack(f, fpscr, a), unpack(f, fpscr, b)};
    uint64_t result, low;
    bool impossible = zero_times_infinity(in[1], in[2]);
    if (in[0].kind == QUIET_NAN && impossible)
        return invalid(f, fpscr);
    if (propagates(f, fpscr, in, 3, &result))
        return result;
    bool sign = in[1].sign != in[2].sign;
    bool infinite = in[1].kind == INFINITE || in[2].kind == INFINITE;
    if (impossible || (infinite && in[0].kind == INFINITE && in[0].sign != sign))
        return invalid(f, fpscr);
    if (infinite || in[0].kind == INFINITE)
        return infinity(f, infinite ? sign : in[0].sign);
    if (in[1].kind == ZERO || in[2].kind == ZERO) {
        if (in[0].kind != ZERO)
            return pack(f, fpscr, ieee_mode(*fpscr), in[0]);
        return in[0].sign == sign ? zero(f, sign) : cancelled(f, *fpscr);
    }
    struct number n = multiply(in[1], in[2], &low);
    if (in[0].kind != ZERO)
        return sum(f, fpscr, n, low, in[0], 0);
    n.sig |= low != 0;
    return pack(f, fpscr, ieee_mode(*fpscr), n);
}

/* ---- quotients and roots ---- */

static struct number divide(struct number a, struct number b)
{
    struct number n = {.kind = FINITE, .sign = a.sign != b.sign, .exp = a.exp - b.exp};
    uint64_t rest = a.sig;
    bool carry = false;
    if (rest < b.sig) { /* the first bit of the quotient is to be a one */
        carry = true;
        rest <<= 1;
        n.exp--;
    }
    for (unsigned i = 0; i < 64; i++) {
        n.sig <<= 1;
        if (carry || rest >= b.sig) {
            rest -= b.sig;
            n.sig |= 1;
        }
        carry = rest >> 63;
        rest <<= 1;
    }
    n.sig |= carry || rest != 0;
    return n;
}

uint64_t ieee_div(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    struct number in[2] = {unpack(f, fpscr, a), unpack(f, fpscr, b)};
    uint64_t nan;
    bool sign = in[0].sign != in[1].sign;
    if (propagates(f, fpscr, in, 2, &nan))
        return nan;
    if (in[0].kind == in[1].kind && in[0].kind != FINITE)
        return invalid(f, fpscr);
    if (in[1].kind == ZERO && in[0].kind != INFINITE)
        *fpscr |= FPSCR_DZC;
    if (in[0].kind == INFINITE || in[1].kind == ZERO)
        return infinity(f, sign);
    if (in[0].kind == ZERO || in[1].kind == INFINITE)
        return zero(f, sign);
    return pack(f, fpscr, ieee_mode(*fpscr), divide(in[0], in[1]));
}

#define ROOT_BITS 57 /* 53, some to round by, and the remainder still fits 64 bits */

uint64_t ieee_sqrt(const struct ieee_format *f, uint32_t *fpscr, uint64_t a)
{
    struct number in = unpack(f, fpscr, a);
    if (is_nan(in))
        return quiet_nan(f, fpscr, in);
    if (in.kind == ZERO)
        return zero(f, in.sign);
    if (in.sign)
        return invalid(f, fpscr);
    if (in.kind == INFINITE)
        return infinity(f, false);
    /* Two bits of the operand make one of the root; with an odd exponent the first pair is 1x. */
    bool odd = in.exp & 1;
    uint64_t root = 0, rest = 0, operand = in.sig;
    for (unsigned i = 0; i < ROOT_BITS; i++) {
        unsigned take = i == 0 && !odd ? 1 : 2;
        rest = rest << 2 | operand >> (64 - take);
        operand <<= take;
        uint64_t trial = root << 2 | 1;
        root <<= 1;
        if (rest >= trial) {
            rest -= trial;
            root |= 1;
        }
    }
    struct number n = {.kind = FINITE, .exp = (in.exp - odd) / 2};
    n.sig = root << (64 - ROOT_BITS) | (rest != 0 || operand != 0);
    return pack(f, fpscr, ieee_mode(*fpscr), n);
}

/* ---- comparisons ---- */

/* -1, 0, 1 for a < b, a == b, a > b; neither is a NaN. */
static int order(struct number a, struct number b)
{
    int sign = a.sign ? -1 : 1;
    if (a.kind == ZERO && b.kind == ZERO)
        return 0;
    if (a.kind == ZERO)
        return b.sign ? 1 : -1;
    if (b.kind == ZERO || a.sign != b.sign)
        return sign;
    if (a.kind != b.kind)
        return a.kind == INFINITE ? sign : -sign;
    if (a.kind == INFINITE)
        return 0;
    if (a.exp != b.exp)
        return a.exp > b.exp ? sign : -sign;
    return a.sig == b.sig ? 0 : a.sig > b.sig ? sign : -sign;
}

unsigned ieee_compare(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b,
                      bool signal)
{
    enum { UNORDERED = 3, EQUAL = 6, LESS = 8, GREATER = 2 };
    struct number x = unpack(f, fpscr, a), y = unpack(f, fpscr, b);
    if (is_nan(x) || is_nan(y)) {
        if (signal || x.kind == SIGNALLING_NAN || y.kind == SIGNALLING_NAN)
            *fpscr |= FPSCR_IOC;
        return UNORDERED;
    }
    int way = order(x, y);
    return way == 0 ? EQUAL : way < 0 ? LESS : GREATER;
}

static uint64_t extreme(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b,
                        bool max)
{
    struct number in[2] = {unpack(f, fpscr, a), unpack(f, fpscr, b)};
    uint64_t nan;
    for (unsigned i = 0; i < 2; i++) { /* a quiet NaN loses against everything, and then: */
        if (in[i].kind == QUIET_NAN && in[!i].kind != QUIET_NAN)
            in[i] = (struct number){.kind = INFINITE, .sign = max};
    }
    if (propagates(f, fpscr, in, 2, &nan))
        return nan;
    int way = order(in[0], in[1]);
    if (way == 0 && in[0].kind == ZERO)
        return zero(f, max ? in[0].sign && in[1].sign : in[0].sign || in[1].sign);
    struct number n = in[max ? way < 0 : way > 0];
    if (n.kind == ZERO)
        return zero(f, n.sign);
    return n.kind == INFINITE ? infinity(f, n.sign) : pack(f, fpscr, ieee_mode(*fpscr), n);
}

uint64_t ieee_max(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    return extreme(f, fpscr, a, b, true);
}

uint64_t ieee_min(const struct ieee_format *f, uint32_t *fpscr, uint64_t a, uint64_t b)
{
    return extreme(f, fpscr, a, b, false);
}

/* ---- signs and conversions ---- */

uint64_t ieee_negate(const struct ieee_format *f, uint64_t a)
{
    return a ^ sign_bit(f);
}

uint64_t ieee_abs(const struct ieee_format *f, uint64_t a)
{
    return a & ~sign_bit(f);
}

/* The magnitude of n * 2^fraction, rounded; it must be below 2^61. *rest: what was below the point, not 0 if
 * inexact. */
static uint64_t integral(struct number n, unsigned fraction, enum ieee_rounding rounding,
                         uint64_t *rest)
{
    uint64_t quarters = shift_sticky(n.sig, (unsigned)(61 - n.exp - (int)fraction));
    *rest = quarters & 3;
    return (quarters >> 2) + rounds_up(rounding, n.sign, quarters & 4, *rest, 2);
}

uint64_t ieee_round(const struct ieee_format *f, uint32_t *fpscr, uint64_t a,
                    enum ieee_rounding rounding, bool exact)
{
    struct number n = unpack(f, fpscr, a);
    uint64_t rest;
    if (is_nan(n))
        return quiet_nan(f, fpscr, n);
    if (n.kind == ZERO)
        return zero(f, n.sign);
    if (n.kind == INFINITE || n.exp >= f->frac_bits)
        return a;
    n.sig = integral(n, 0, rounding, &rest);
    n.exp = 63;
    if (exact && rest != 0)
        *fpscr |= FPSCR_IXC;
    return n.sig == 0 ? zero(f, n.sign) : normalize(f, fpscr, ROUND_ZERO, n);
}

uint64_t ieee_convert(const struct ieee_format *to, const struct ieee_format *from, uint32_t *fpscr,
                      uint64_t a)
{
    struct number n = unpack(from, fpscr, a);
    bool alternative = to == &ieee_half && (*fpscr & FPSCR_AHP);
    if (is_nan(n) && alternative) {
        *fpscr |= FPSCR_IOC;
        return zero(to, n.sign);
    }
    if (is_nan(n))
        return quiet_nan(to, fpscr, n);
    if (n.kind == INFINITE)
        return alternative ? overflow(to, fpscr, ROUND_NEAREST, n.sign) : infinity(to, n.sign);
    return n.kind == ZERO ? zero(to, n.sign) : pack(to, fpscr, ieee_mode(*fpscr), n);
}

static uint64_t saturated(uint32_t *fpscr, uint64_t v)
{
    *fpscr |= FPSCR_IOC;
    return v;
}

uint64_t ieee_to_fixed(const struct ieee_format *f, uint32_t *fpscr, uint64_t a,
                       struct ieee_fixed to)
{
    struct number n = unpack(f, fpscr, a);
    uint64_t most = (1ull << (to.width - to.is_signed)) - 1, least = to.is_signed ? most + 1 : 0;
    uint64_t limit = n.sign ? least : most, rest, magnitude;
    if (is_nan(n))
        return saturated(fpscr, 0);
    if (n.kind == ZERO)
        return 0;
    if (n.kind == INFINITE || n.exp + to.fraction > to.width)
        return saturated(fpscr, n.sign ? -limit : limit);
    magnitude = integral(n, to.fraction, to.rounding, &rest);
    if (magnitude > limit)
        return saturated(fpscr, n.sign ? -limit : limit);
    if (rest != 0)
        *fpscr |= FPSCR_IXC;
    return n.sign ? -magnitude : magnitude;
}

uint64_t ieee_from_fixed(const struct ieee_format *f, uint32_t *fpscr, uint64_t v,
                         struct ieee_fixed from)
{
    uint64_t sign = from.is_signed ? 1ull << (from.width - 1) : 0;
    v &= (1ull << from.width) - 1;
    struct number n = {.sign = (v & sign) != 0, .exp = 63 - from.fraction};
    n.sig = n.sign ? (sign << 1) - v : v;
    return n.sig == 0 ? 0 : normalize(f, fpscr, from.rounding, n);
}
