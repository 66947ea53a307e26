/* ECDSA P-256 verification for little flash. On numbers of 256 bits (number256.h) the curve is one table of steps, the
 * complete addition formula for a = -3 [Renes, Costello, Batina 2015, algorithm 4]. It holds for every pair of
 * points of the curve, equal, opposite and infinite ones included, so there is no special case that a chosen signature
 * could reach. Signatures and keys are public: nothing here takes care to hide what it works on. */
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/crypto/ecdsa.h"
#include "core/crypto/number256.h"

static const struct modulus256 p = {
    {0xffffffff, 0xffffffff, 0xffffffff, 0, 0, 0, 1, 0xffffffff},
    1,
};
static const struct modulus256 n = {
    {0xfc632551, 0xf3b9cac2, 0xa7179e84, 0xbce6faad, 0xffffffff, 0xffffffff, 0, 0xffffffff},
    0xee00bc4f,
};

/* The curve's b and its generator, times 2^256 modulo p: as Montgomery products take them. */
static const number256 curve_b = {0x29c4bddf, 0xd89cdf62, 0x78843090, 0xacf005cd,
                                  0xf7212ed6, 0xe5a220ab, 0x04874834, 0xdc30061d};
static const number256 generator[2] = {
    {0x18a9143c, 0x79e730d4, 0x5fedb601, 0x75ba95fc, 0x77622510, 0x79fb732b, 0xa53755c6,
     0x18905f76},
    {0xce95560a, 0xddf25357, 0xba19e45c, 0x8b4ab8e4, 0xdd21f325, 0xd2e88688, 0x25885d85,
     0x8571ff18},
};

/* ---- the curve: programs of steps over the registers below, all in Montgomery's form ---------------- */

enum { X1, Y1, Z1, X2, Y2, Z2, X3, Y3, Z3, T0, T1, T2, T3, T4, B, ONE, REGISTERS };
enum { END, ADD, SUB, MUL };

#define STEP(op, d, a, b) ((op) << 12 | (d) << 8 | (a) << 4 | (b))

/* (X3 : Y3 : Z3) = (X1 : Y1 : Z1) + (X2 : Y2 : Z2) */
static const uint16_t addition[] = {
    STEP(MUL, T0, X1, X2), STEP(MUL, T1, Y1, Y2), STEP(MUL, T2, Z1, Z2), STEP(ADD, T3, X1, Y1),
    STEP(ADD, T4, X2, Y2), STEP(MUL, T3, T3, T4), STEP(ADD, T4, T0, T1), STEP(SUB, T3, T3, T4),
    STEP(ADD, T4, Y1, Z1), STEP(ADD, X3, Y2, Z2), STEP(MUL, T4, T4, X3), STEP(ADD, X3, T1, T2),
    STEP(SUB, T4, T4, X3), STEP(ADD, X3, X1, Z1), STEP(ADD, Y3, X2, Z2), STEP(MUL, X3, X3, Y3),
    STEP(ADD, Y3, T0, T2), STEP(SUB, Y3, X3, Y3), STEP(MUL, Z3, B, T2),  STEP(SUB, X3, Y3, Z3),
    STEP(ADD, Z3, X3, X3), STEP(ADD, X3, X3, Z3), STEP(SUB, Z3, T1, X3), STEP(ADD, X3, T1, X3),
    STEP(MUL, Y3, B, Y3),  STEP(ADD, T1, T2, T2), STEP(ADD, T2, T1, T2), STEP(SUB, Y3, Y3, T2),
    STEP(SUB, Y3, Y3, T0), STEP(ADD, T1, Y3, Y3), STEP(ADD, Y3, T1, Y3), STEP(ADD, T1, T0, T0),
    STEP(ADD, T0, T1, T0), STEP(SUB, T0, T0, T2), STEP(MUL, T1, T4, Y3), STEP(MUL, T2, T0, Y3),
    STEP(MUL, Y3, X3, Z3), STEP(ADD, Y3, Y3, T2), STEP(MUL, X3, T3, X3), STEP(SUB, X3, X3, T1),
    STEP(MUL, Z3, T4, Z3), STEP(MUL, T1, T3, T0), STEP(ADD, Z3, Z3, T1), END,
};

/* T0 = X^3 - 3X + b - Y^2 of point 2: 0 on the curve. */
static const uint16_t equation[] = {
    STEP(MUL, T0, X2, X2),  STEP(SUB, T0, T0, ONE), STEP(SUB, T0, T0, ONE),
    STEP(SUB, T0, T0, ONE), STEP(MUL, T0, T0, X2),  STEP(ADD, T0, T0, B),
    STEP(MUL, T1, Y2, Y2),  STEP(SUB, T0, T0, T1),  END,
};

static void run(number256 *r, const uint16_t *step)
{
    static void (*const ops[])(uint32_t *, const uint32_t *, const uint32_t *,
                               const struct modulus256 *) = {
        [ADD] = mod_add, [SUB] = mod_sub, [MUL] = mod_mul};
    for (; *step != END; step++)
        ops[*step >> 12](r[*step >> 8 & 15], r[*step >> 4 & 15], r[*step & 15], &p);
}

typedef number256 point[3];

/* Point 1 += q, which may be point 1 itself. */
static void add_point(number256 *r, const number256 *q)
{
    memcpy(r[X2], q, sizeof(point));
    run(r, addition);
    memcpy(r[X1], r[X3], sizeof(point));
}

/* Point 1 = u1 * generator + u2 * key; false if the key is not on the curve. Not inlined: tests/sweep finds
 * it by name. */
static NOINLINE bool combine(number256 *r, const uint32_t *u1, const uint32_t *u2,
                             const uint8_t *key)
{
    point sums[3]; /* generator, key, both */
    memset(r, 0, REGISTERS * sizeof *r);
    memcpy(r[B], curve_b, sizeof curve_b);
    mod_one(r[ONE], &p);
    for (unsigned i = 0; i < 2; i++) {
        number_load(r[X2 + i], key + 32 * i);
        if (!mod_is_below(r[X2 + i], &p))
            return false;
        mod_to_montgomery(r[X2 + i], &p);
    }
    run(r, equation);
    if (!number_is_zero(r[T0]))
        return false;
    memcpy(r[Z2], r[ONE], sizeof(number256));
    memcpy(sums[1], r[X2], sizeof(point));
    memcpy(r[X1], generator, sizeof generator);
    memcpy(r[Z1], r[ONE], sizeof(number256));
    memcpy(sums[0], r[X1], sizeof(point));
    add_point(r, sums[1]);
    memcpy(sums[2], r[X1], sizeof(point));
    memset(r[X1], 0, sizeof(point)); /* infinity is (0 : 1 : 0) */
    memcpy(r[Y1], r[ONE], sizeof(number256));
    for (unsigned i = NUMBER256_BITS; i-- > 0;) {
        unsigned which = number_bit(u1, i) + 2u * number_bit(u2, i);
        add_point(r, r);
        if (which > 0)
            add_point(r, sums[which - 1]);
    }
    return true;
}

/* Is the number256 in 1..n-1? */
static bool load_scalar(uint32_t *d, const uint8_t *bytes)
{
    number_load(d, bytes);
    return !number_is_zero(d) && mod_is_below(d, &n);
}

/* sig is right if the point e/s * generator + r/s * key has an x that is r modulo n. Infinity has none: its x
 * comes out as 0, which r is not. */
NOINLINE bool ecdsa_p256_verify(const uint8_t key[P256_POINT_SIZE], const uint8_t digest[32],
                                const uint8_t sig[P256_SIG_SIZE])
{
    number256 r, w, u1, u2, reg[REGISTERS];
    if (key[0] != 4 || !load_scalar(r, sig) || !load_scalar(w, sig + 32))
        return false;
    mod_to_montgomery(w, &n);
    mod_invert(w, &n);
    number_load(u1, digest);
    mod_reduce(u1, 0, &n);
    mod_mul(u1, u1, w, &n);
    mod_mul(u2, r, w, &n);
    if (!combine(reg, u1, u2, key + 1))
        return false;
    mod_invert(reg[Z1], &p);
    mod_mul(reg[X1], reg[X1], reg[Z1], &p);
    const number256 one = {1};
    mod_mul(reg[X1], reg[X1], one, &p);
    mod_reduce(reg[X1], 0, &n);
    return bytes_equal_ct(reg[X1], r, sizeof r);
}
