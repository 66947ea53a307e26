/* Signatures made to hit the curve's special cases, judged by OpenSSL: for a chosen nonce point R, digest e and s, the
 * key is (s R - e G) / r, so any of them can be what an attacker likes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/obj_mac.h>
#include <openssl/param_build.h>

#include "core/base/compiler.h"
#include "core/crypto/ecdsa.h"

static BN_CTX *ctx;
static EC_GROUP *curve;
static const BIGNUM *order;

struct signed_digest {
    uint8_t point[P256_POINT_SIZE], digest[32], sig[P256_SIG_SIZE];
};

static int set_up(void **state)
{
    (void)state;
    ctx = BN_CTX_new();
    curve = EC_GROUP_new_by_curve_name(NID_X9_62_prime256v1);
    order = EC_GROUP_get0_order(curve);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    EC_GROUP_free(curve);
    BN_CTX_free(ctx);
    return 0;
}

/* OpenSSL's word on it. A point that it does not even take is a refusal. */
static bool openssl_says(const struct signed_digest *c)
{
    bool good = false;
    uint8_t *der = NULL;
    EVP_PKEY *key = NULL;
    char group[] = "P-256";
    OSSL_PARAM params[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 5),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, (void *)(uintptr_t)c->point,
                                sizeof c->point),
        OSSL_PARAM_END,
    };
    EVP_PKEY_CTX *import = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
    ECDSA_SIG *sig = ECDSA_SIG_new();
    ECDSA_SIG_set0(sig, BN_bin2bn(c->sig, 32, NULL), BN_bin2bn(c->sig + 32, 32, NULL));
    int der_len = i2d_ECDSA_SIG(sig, &der);
    assert_int_equal(EVP_PKEY_fromdata_init(import), 1);
    if (EVP_PKEY_fromdata(import, &key, EVP_PKEY_PUBLIC_KEY, params) == 1) {
        EVP_PKEY_CTX *verify = EVP_PKEY_CTX_new(key, NULL);
        assert_int_equal(EVP_PKEY_verify_init(verify), 1);
        good = EVP_PKEY_verify(verify, der, (size_t)der_len, c->digest, sizeof c->digest) == 1;
        EVP_PKEY_CTX_free(verify);
    }
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(import);
    ECDSA_SIG_free(sig);
    OPENSSL_free(der);
    return good;
}

/* 0 modulo the order. Its half of the sum is infinity, where BearSSL's addition gives up: it refuses such a signature, good
 * or not. Nobody has an image with such a hash. */
static bool is_zero(const uint8_t digest[32])
{
    BIGNUM *e = BN_bin2bn(digest, 32, NULL);
    bool zero = BN_is_zero(e) || BN_cmp(e, order) == 0;
    BN_free(e);
    return zero;
}

static void agree(const char *name, const struct signed_digest *c, bool want)
{
    bool theirs = openssl_says(c), ours = ecdsa_p256_verify(c->point, c->digest, c->sig);
    if (theirs != want || ours != (want && !is_zero(c->digest)))
        fail_msg("%s: OpenSSL says %d, we say %d, meant was %d", name, theirs, ours, want);
}

static BIGNUM *number(const char *hex)
{
    BIGNUM *n = NULL;
    assert_true(BN_hex2bn(&n, hex) > 0);
    return n;
}

/* Add the order to the 32 bytes at p; false if that does not fit. */
static bool add_order(uint8_t *p)
{
    BIGNUM *n = BN_bin2bn(p, 32, NULL);
    assert_int_equal(BN_add(n, n, order), 1);
    bool fits = BN_bn2binpad(n, p, 32) == 32;
    BN_free(n);
    return fits;
}

/* The case, which must be good, and the same with a bit changed in each of its parts, and with numbers that are
 * the same only modulo the order. */
static void agree_around(const char *name, const struct signed_digest *c)
{
    struct signed_digest spoilt = *c;
    agree(name, c, true);
    spoilt.digest[31] ^= 1;
    agree(name, &spoilt, openssl_says(&spoilt));
    spoilt = *c;
    spoilt.sig[31] ^= 1;
    agree(name, &spoilt, false);
    spoilt = *c;
    spoilt.sig[63] ^= 1; /* for one s, this is n - s, which is as good */
    agree(name, &spoilt, openssl_says(&spoilt));
    for (unsigned half = 0; half < 64; half += 32) {
        spoilt = *c;
        if (add_order(spoilt.sig + half))
            agree(name, &spoilt, false);
    }
}

static BIGNUM *drawn(void)
{
    BIGNUM *n = BN_new();
    assert_int_equal(BN_rand_range(n, order), 1);
    return n;
}

/* a / b modulo the order, in a new number. */
static BIGNUM *divided(const BIGNUM *a, const BIGNUM *b)
{
    BIGNUM *q = BN_mod_inverse(NULL, b, order, ctx);
    assert_non_null(q);
    assert_int_equal(BN_mod_mul(q, q, a, order, ctx), 1);
    return q;
}

static EC_POINT *times_generator(const BIGNUM *k)
{
    EC_POINT *r = EC_POINT_new(curve);
    assert_int_equal(EC_POINT_mul(curve, r, k, NULL, NULL, ctx), 1);
    return r;
}

/* x of a point, modulo the order. */
static BIGNUM *r_of(const EC_POINT *nonce)
{
    BIGNUM *r = BN_new();
    assert_int_equal(EC_POINT_get_affine_coordinates(curve, nonce, r, NULL, ctx), 1);
    assert_int_equal(BN_nnmod(r, r, order, ctx), 1);
    return r;
}

static void put_key(struct signed_digest *c, const EC_POINT *q)
{
    size_t n =
        EC_POINT_point2oct(curve, q, POINT_CONVERSION_UNCOMPRESSED, c->point, sizeof c->point, ctx);
    assert_int_equal(n, sizeof c->point);
}

static void put_numbers(struct signed_digest *c, const BIGNUM *e, const BIGNUM *r, const BIGNUM *s)
{
    assert_int_equal(BN_bn2binpad(e, c->digest, 32), 32);
    assert_int_equal(BN_bn2binpad(r, c->sig, 32), 32);
    assert_int_equal(BN_bn2binpad(s, c->sig + 32, 32), 32);
}

/* A key that makes e and s a signature with this nonce; false if it would be infinity. */
static bool craft(struct signed_digest *c, const EC_POINT *nonce, const BIGNUM *e, const BIGNUM *s)
{
    BIGNUM *r = r_of(nonce), *u = divided(s, r), *v = divided(e, r);
    EC_POINT *key = EC_POINT_new(curve);
    assert_int_equal(BN_sub(v, order, v), 1);
    assert_int_equal(EC_POINT_mul(curve, key, v, nonce, u, ctx), 1);
    bool usable = !EC_POINT_is_at_infinity(curve, key);
    if (usable) {
        put_key(c, key);
        put_numbers(c, e, r, s);
    }
    EC_POINT_free(key);
    BN_free(u);
    BN_free(v);
    BN_free(r);
    return usable;
}

/* A signature by private key d. */
static void sign(struct signed_digest *c, const BIGNUM *d, const BIGNUM *e, const BIGNUM *k)
{
    EC_POINT *nonce = times_generator(k), *key = times_generator(d);
    BIGNUM *r = r_of(nonce), *sum = BN_new();
    assert_int_equal(BN_mod_mul(sum, r, d, order, ctx), 1);
    assert_int_equal(BN_mod_add(sum, sum, e, order, ctx), 1);
    BIGNUM *s = divided(sum, k);
    put_key(c, key);
    put_numbers(c, e, r, s);
    BN_free(s);
    BN_free(sum);
    BN_free(r);
    EC_POINT_free(nonce);
    EC_POINT_free(key);
}

static const char *const digests[] = {
    "0",
    "1",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550", /* n - 1 */
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632552",
    "FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF",
    "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A8", /* (n - 1) / 2 */
};

static const char *const scalars[] = {
    "1",
    "2",
    "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632550",
    "80000000000000000000000000000000",
    "7FFFFFFF800000007FFFFFFFFFFFFFFFDE737D56D38BCF4279DCE5617E3192A9",
    NULL, /* drawn */
};

static BIGNUM *scalar(unsigned i)
{
    return scalars[i] != NULL ? number(scalars[i]) : drawn();
}

/* Digest, nonce and s at the ends of their ranges. */
static void chosen_digest_nonce_and_s(void **state)
{
    (void)state;
    struct signed_digest c;
    for (unsigned d = 0; d < ARRAY_LEN(digests); d++)
        for (unsigned k = 0; k < ARRAY_LEN(scalars); k++)
            for (unsigned i = 0; i < ARRAY_LEN(scalars); i++) {
                BIGNUM *e = number(digests[d]), *s = scalar(i), *nonce = scalar(k);
                EC_POINT *r = times_generator(nonce);
                if (craft(&c, r, e, s))
                    agree_around(digests[d], &c);
                EC_POINT_free(r);
                BN_free(nonce);
                BN_free(e);
                BN_free(s);
            }
}

/* x of the nonce's point is n or more: r is what is left of it, and only that. */
static void nonce_with_x_above_the_order(void **state)
{
    (void)state;
    struct signed_digest c;
    EC_POINT *r = EC_POINT_new(curve);
    BIGNUM *x = BN_dup(order), *e = drawn(), *s = drawn();
    for (unsigned found = 0, odd = 0; found < 3; odd ^= 1) {
        BN_add_word(x, 1);
        if (EC_POINT_set_compressed_coordinates(curve, r, x, (int)odd, ctx) != 1)
            continue;
        assert_true(craft(&c, r, e, s));
        agree_around("x above n", &c);
        found++;
    }
    BN_free(x);
    BN_free(e);
    BN_free(s);
    EC_POINT_free(r);
}

/* Keys that are G, -G, 2G and -2G: sums of generator and key are doublings, or infinity. */
static void keys_next_to_the_generator(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= 4; i++) {
        struct signed_digest c;
        BIGNUM *d = BN_new(), *e = drawn(), *k = drawn();
        BN_set_word(d, (i + 1) / 2);
        if (i % 2 == 0)
            BN_sub(d, order, d);
        sign(&c, d, e, k);
        agree_around("key next to the generator", &c);
        BN_free(d);
        BN_free(e);
        BN_free(k);
    }
}

/* u1 G = u2 Q, so that the two halves are one point; and u1 G = -u2 Q, where the sum is infinity, whatever s. */
static void both_halves_equal_or_opposite(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 20; i++) {
        struct signed_digest c;
        BIGNUM *e = drawn(), *k = drawn();
        EC_POINT *nonce = times_generator(k);
        BIGNUM *r = r_of(nonce), *d = divided(e, r);
        sign(&c, d, e, k);
        agree_around("equal halves", &c);
        BN_sub(d, order, d);
        EC_POINT *key = times_generator(d);
        put_key(&c, key); /* r and s stay: s may be anything */
        agree("infinity", &c, false);
        memset(c.sig, 0, 32);
        agree("infinity, r 0", &c, false);
        EC_POINT_free(key);
        EC_POINT_free(nonce);
        BN_free(e);
        BN_free(k);
        BN_free(r);
        BN_free(d);
    }
}

static void drawn_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 100; i++) {
        struct signed_digest c;
        BIGNUM *d = drawn(), *e = drawn(), *k = drawn();
        sign(&c, d, e, k);
        agree_around("drawn", &c);
        c.point[64] ^= 1;
        agree("beside the curve", &c, false);
        BN_free(d);
        BN_free(e);
        BN_free(k);
    }
}

/* A coordinate of p or more is refused, where the remainder is good too. */
static void coordinates_out_of_range(void **state)
{
    (void)state;
    struct signed_digest c;
    BIGNUM *x = number("1"), *p = BN_new();
    EC_POINT *q = EC_POINT_new(curve);
    EC_GROUP_get_curve(curve, p, NULL, NULL, ctx);
    while (EC_POINT_set_compressed_coordinates(curve, q, x, 0, ctx) != 1)
        BN_add_word(x, 1);
    /* 3 times the generator and 7 times the key: e/s is 3 and r/s is 7. */
    EC_POINT *nonce = EC_POINT_new(curve);
    BIGNUM *e = number("3"), *k = number("7"), *r, *s;
    EC_POINT_mul(curve, nonce, e, q, k, ctx);
    r = r_of(nonce);
    s = divided(r, k);
    BN_mod_mul(e, e, s, order, ctx);
    put_numbers(&c, e, r, s);
    put_key(&c, q);
    agree("small x", &c, true);
    BN_add(x, x, p);
    BN_bn2binpad(x, c.point + 1, 32);
    agree("x + p", &c, false);
    EC_POINT_free(nonce);
    EC_POINT_free(q);
    BN_free(e);
    BN_free(k);
    BN_free(r);
    BN_free(s);
    BN_free(x);
    BN_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(chosen_digest_nonce_and_s),
        cmocka_unit_test(nonce_with_x_above_the_order),
        cmocka_unit_test(keys_next_to_the_generator),
        cmocka_unit_test(both_halves_equal_or_opposite),
        cmocka_unit_test(drawn_keys),
        cmocka_unit_test(coordinates_out_of_range),
    };
    return cmocka_run_group_tests_name("p256", tests, set_up, tear_down);
}
