/* The arithmetic under the curve against OpenSSL's: both moduli of P-256, numbers at the edges of words and of the modulus in
 * every pair, and drawn ones; results written over each operand. */
#include "core/crypto/number256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/obj_mac.h>

#include "core/base/compiler.h"

#define BYTES 32
#define EDGES 400

typedef void operation(uint32_t *d, const uint32_t *a, const uint32_t *b,
                       const struct modulus256 *f);
typedef int judge(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *ctx);

static BN_CTX *ctx;
static BIGNUM *moduli[2]; /* the field's and the order */
static BIGNUM *radix;     /* 2^256 */
static BIGNUM *edges[EDGES];
static unsigned edge_count;

static void to_ours(uint32_t *d, const BIGNUM *n)
{
    uint8_t bytes[BYTES];
    assert_int_equal(BN_bn2binpad(n, bytes, BYTES), BYTES);
    number_load(d, bytes);
}

static BIGNUM *to_theirs(const uint32_t *a)
{
    uint8_t bytes[BYTES];
    for (unsigned i = 0; i < BYTES; i++)
        bytes[BYTES - 1 - i] = (uint8_t)(a[i / 4] >> i % 4 * 8);
    return BN_bin2bn(bytes, BYTES, NULL);
}

static struct modulus256 modulus_of(const BIGNUM *m)
{
    struct modulus256 f;
    BIGNUM *word = BN_new(), *inverse = BN_new();
    to_ours(f.m, m);
    BN_set_bit(word, 32);
    assert_non_null(BN_mod_inverse(inverse, m, word, ctx));
    BN_sub(inverse, word, inverse);
    f.m0i = (uint32_t)BN_get_word(inverse);
    BN_free(word);
    BN_free(inverse);
    return f;
}

/* n and its neighbours, as far as they have 256 bits. */
static void add_edges(const BIGNUM *n)
{
    for (int off = -2; off <= 2; off++) {
        BIGNUM *v = BN_dup(n);
        if (off < 0)
            BN_sub_word(v, (BN_ULONG)-off);
        else
            BN_add_word(v, (BN_ULONG)off);
        assert_in_range(edge_count, 0, EDGES - 1);
        if (BN_is_negative(v) || BN_num_bits(v) > 256)
            BN_free(v);
        else
            edges[edge_count++] = v;
    }
}

/* Powers of two where words meet, the same below each modulus, halves of the moduli, and words of ones in every
 * second place. */
static void make_edges(void)
{
    BIGNUM *n = BN_new(), *below = BN_new();
    add_edges(n);
    for (int bit = 31; bit < 256; bit += 32) {
        BN_zero(n);
        BN_set_bit(n, bit);
        add_edges(n);
        for (unsigned i = 0; i < 2; i++) {
            BN_sub(below, moduli[i], n);
            add_edges(below);
        }
    }
    for (unsigned i = 0; i < 2; i++) {
        add_edges(moduli[i]);
        BN_rshift1(n, moduli[i]);
        add_edges(n);
        BN_sub(n, radix, moduli[i]);
        add_edges(n);
    }
    BN_hex2bn(&n, "ffffffff00000000ffffffff00000000ffffffff00000000ffffffff00000000");
    add_edges(n);
    BN_rshift(n, n, 32);
    add_edges(n);
    BN_free(n);
    BN_free(below);
}

static int set_up(void **state)
{
    (void)state;
    ctx = BN_CTX_new();
    EC_GROUP *curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    moduli[0] = BN_new();
    EC_GROUP_get_curve(curve, moduli[0], NULL, NULL, ctx);
    moduli[1] = BN_dup(EC_GROUP_get0_order(curve));
    EC_GROUP_free(curve);
    radix = BN_new();
    BN_set_bit(radix, 256);
    make_edges();
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    for (unsigned i = 0; i < edge_count; i++)
        BN_free(edges[i]);
    BN_free(moduli[0]);
    BN_free(moduli[1]);
    BN_free(radix);
    BN_CTX_free(ctx);
    return 0;
}

static void equal(const char *what, const uint32_t *ours, const BIGNUM *theirs)
{
    BIGNUM *n = to_theirs(ours);
    if (BN_cmp(n, theirs) != 0)
        fail_msg("%s: we have %s, OpenSSL has %s", what, BN_bn2hex(n), BN_bn2hex(theirs));
    BN_free(n);
}

/* r = a * b / 2^256 */
static int montgomery(BIGNUM *r, const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, BN_CTX *c)
{
    BIGNUM *inverse = BN_mod_inverse(NULL, radix, m, c);
    int good = BN_mod_mul(r, a, b, m, c) && BN_mod_mul(r, r, inverse, m, c);
    BN_free(inverse);
    return good;
}

static const struct {
    const char *name;
    operation *ours;
    judge *theirs;
} operations[] = {
    {"add", mod_add, BN_mod_add}, {"sub", mod_sub, BN_mod_sub}, {"mul", mod_mul, montgomery}};

/* Each operation on a and b, the result in memory of its own, in a's and in b's. */
static void compare(const BIGNUM *a, const BIGNUM *b, const BIGNUM *m, const struct modulus256 *f)
{
    BIGNUM *want = BN_new();
    number256 x, y, r;
    for (unsigned i = 0; i < ARRAY_LEN(operations); i++) {
        assert_int_equal(operations[i].theirs(want, a, b, m, ctx), 1);
        to_ours(x, a);
        to_ours(y, b);
        operations[i].ours(r, x, y, f);
        equal(operations[i].name, r, want);
        operations[i].ours(x, x, y, f);
        equal(operations[i].name, x, want);
        to_ours(x, a);
        operations[i].ours(y, x, y, f);
        equal(operations[i].name, y, want);
        if (BN_cmp(a, b) == 0) {
            operations[i].ours(x, x, x, f);
            equal(operations[i].name, x, want);
        }
    }
    BN_free(want);
}

static void operations_at_the_edges(void **state)
{
    (void)state;
    for (unsigned k = 0; k < 2; k++) {
        const struct modulus256 f = modulus_of(moduli[k]);
        for (unsigned i = 0; i < edge_count; i++)
            for (unsigned j = 0; j < edge_count; j++)
                if (BN_cmp(edges[i], moduli[k]) < 0 && BN_cmp(edges[j], moduli[k]) < 0)
                    compare(edges[i], edges[j], moduli[k], &f);
    }
}

static void operations_on_drawn_numbers(void **state)
{
    (void)state;
    BIGNUM *a = BN_new(), *b = BN_new();
    for (unsigned i = 0; i < 20000; i++) {
        const BIGNUM *m = moduli[i % 2];
        const struct modulus256 f = modulus_of(m);
        BN_rand_range(a, m);
        BN_rand_range(b, m);
        compare(a, b, m, &f);
    }
    BN_free(a);
    BN_free(b);
}

/* Everything below twice the modulus, the bit above 256 bits included. */
static void reduction(void **state)
{
    (void)state;
    BIGNUM *n = BN_new(), *want = BN_new(), *low = BN_new();
    for (unsigned k = 0; k < 2; k++) {
        const struct modulus256 f = modulus_of(moduli[k]);
        for (unsigned i = 0; i < 2 * edge_count; i++) {
            number256 d;
            BN_copy(n, edges[i / 2]);
            if (i % 2)
                BN_add(n, n, moduli[k]);
            BN_rshift1(want, n);
            if (BN_cmp(want, moduli[k]) >= 0)
                continue;
            BN_nnmod(want, n, moduli[k], ctx);
            BN_copy(low, n);
            BN_mask_bits(low, 256);
            to_ours(d, low);
            mod_reduce(d, (uint32_t)BN_is_bit_set(n, 256), &f);
            equal("reduce", d, want);
            if (!BN_is_bit_set(n, 256)) {
                to_ours(d, n);
                assert_int_equal(mod_is_below(d, &f), BN_cmp(n, moduli[k]) < 0);
            }
        }
    }
    BN_free(n);
    BN_free(want);
    BN_free(low);
}

/* Into Montgomery's form and, by a product with 1, out of it; and the inverse. */
static void forms_and_inverses(void **state)
{
    (void)state;
    BIGNUM *want = BN_new();
    for (unsigned k = 0; k < 2; k++) {
        const struct modulus256 f = modulus_of(moduli[k]);
        static const number256 one = {1};
        number256 d, unit;
        mod_one(unit, &f);
        BN_nnmod(want, radix, moduli[k], ctx);
        equal("one", unit, want);
        for (unsigned i = 0; i < edge_count; i++) {
            if (BN_cmp(edges[i], moduli[k]) >= 0)
                continue;
            to_ours(d, edges[i]);
            mod_to_montgomery(d, &f);
            BN_mod_mul(want, edges[i], radix, moduli[k], ctx);
            equal("to Montgomery", d, want);
            mod_invert(d, &f);
            mod_mul(d, d, one, &f);
            if (BN_is_zero(edges[i]))
                BN_zero(want);
            else
                assert_non_null(BN_mod_inverse(want, edges[i], moduli[k], ctx));
            equal("inverse", d, want);
        }
    }
    BN_free(want);
}

static void bits_and_zero(void **state)
{
    (void)state;
    for (unsigned i = 0; i < edge_count; i++) {
        number256 d;
        to_ours(d, edges[i]);
        assert_int_equal(number_is_zero(d), BN_is_zero(edges[i]));
        for (unsigned bit = 0; bit < NUMBER256_BITS; bit++)
            assert_int_equal(number_bit(d, bit), BN_is_bit_set(edges[i], (int)bit));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(operations_at_the_edges),
        cmocka_unit_test(operations_on_drawn_numbers),
        cmocka_unit_test(reduction),
        cmocka_unit_test(forms_and_inverses),
        cmocka_unit_test(bits_and_zero),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
