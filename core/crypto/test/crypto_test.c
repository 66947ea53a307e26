/* Tests of core/crypto/: published vectors, then BearSSL judged by OpenSSL, then hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>

#include "core/base/compiler.h"
#include "core/crypto/ecdsa.h"
#include "core/crypto/hash.h"

static void hash_of(const void *data, size_t len, uint8_t out[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, data, len);
    sha256_final(&h, out);
}

static void sha256_published_vectors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const uint8_t digest[SHA256_SIZE];
    } vectors[] = {
        /* FIPS 180-4 example and the empty message. */
        {"abc", {0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40,
                 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17,
                 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad}},
        {"", {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
              0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
              0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55}},
    };
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        uint8_t out[SHA256_SIZE];
        hash_of(vectors[i].text, strlen(vectors[i].text), out);
        assert_memory_equal(out, vectors[i].digest, sizeof out);
    }
}

/* Every split of a message, and a context copied in the middle, give OpenSSL's digest. */
static void sha256_streams_and_copies(void **state)
{
    (void)state;
    uint8_t text[200], want[SHA256_SIZE], out[SHA256_SIZE];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 7);
    assert_int_equal(EVP_Digest(text, sizeof text, want, NULL, EVP_sha256(), NULL), 1);
    for (size_t split = 0; split <= sizeof text; split++) {
        struct sha256 h, copy;
        sha256_init(&h);
        sha256_update(&h, text, split);
        copy = h;
        sha256_update(&h, "spoil the original", 18);
        sha256_update(&copy, text + split, sizeof text - split);
        sha256_final(&copy, out);
        assert_memory_equal(out, want, sizeof out);
        sha256_final(&copy, out); /* final does not use the context up */
        assert_memory_equal(out, want, sizeof out);
    }
}

/* Every length around the ends of five blocks, where padding takes one block or two; and one of 3 MB, in odd pieces. */
static void sha256_of_every_length(void **state)
{
    (void)state;
    uint8_t text[330], want[SHA256_SIZE], out[SHA256_SIZE];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (uint8_t)(i * 31 + 5);
    for (size_t len = 0; len <= sizeof text; len++) {
        assert_int_equal(EVP_Digest(text, len, want, NULL, EVP_sha256(), NULL), 1);
        hash_of(text, len, out);
        assert_memory_equal(out, want, sizeof out);
    }
    struct sha256 h;
    EVP_MD_CTX *theirs = EVP_MD_CTX_new();
    sha256_init(&h);
    assert_int_equal(EVP_DigestInit_ex(theirs, EVP_sha256(), NULL), 1);
    for (unsigned i = 0; i < 20000; i++) {
        size_t len = i % sizeof text;
        sha256_update(&h, text, len);
        assert_int_equal(EVP_DigestUpdate(theirs, text, len), 1);
    }
    sha256_final(&h, out);
    assert_int_equal(EVP_DigestFinal_ex(theirs, want, NULL), 1);
    assert_memory_equal(out, want, sizeof out);
    EVP_MD_CTX_free(theirs);
}

/* RFC 6979, A.2.5: P-256 with SHA-256, message "sample". */
static const uint8_t rfc_point[P256_POINT_SIZE] = {
    0x04, 0x60, 0xfe, 0xd4, 0xba, 0x25, 0x5a, 0x9d, 0x31, 0xc9, 0x61, 0xeb, 0x74,
    0xc6, 0x35, 0x6d, 0x68, 0xc0, 0x49, 0xb8, 0x92, 0x3b, 0x61, 0xfa, 0x6c, 0xe6,
    0x69, 0x62, 0x2e, 0x60, 0xf2, 0x9f, 0xb6, 0x79, 0x03, 0xfe, 0x10, 0x08, 0xb8,
    0xbc, 0x99, 0xa4, 0x1a, 0xe9, 0xe9, 0x56, 0x28, 0xbc, 0x64, 0xf2, 0xf1, 0xb2,
    0x0c, 0x2d, 0x7e, 0x9f, 0x51, 0x77, 0xa3, 0xc2, 0x94, 0xd4, 0x46, 0x22, 0x99,
};
static const uint8_t rfc_sig[P256_SIG_SIZE] = {
    0xef, 0xd4, 0x8b, 0x2a, 0xac, 0xb6, 0xa8, 0xfd, 0x11, 0x40, 0xdd, 0x9c, 0xd4, 0x5e, 0x81, 0xd6,
    0x9d, 0x2c, 0x87, 0x7b, 0x56, 0xaa, 0xf9, 0x91, 0xc3, 0x4d, 0x0e, 0xa8, 0x4e, 0xaf, 0x37, 0x16,
    0xf7, 0xcb, 0x1c, 0x94, 0x2d, 0x65, 0x7c, 0x41, 0xd4, 0x36, 0xc7, 0xa1, 0xb6, 0xe2, 0x9f, 0x65,
    0xf3, 0xe9, 0x00, 0xdb, 0xb9, 0xaf, 0xf4, 0x06, 0x4d, 0xc4, 0xab, 0x2f, 0x84, 0x3a, 0xcd, 0xa8,
};

static bool rfc_verify(const uint8_t point[P256_POINT_SIZE], const uint8_t sig[P256_SIG_SIZE])
{
    uint8_t digest[SHA256_SIZE];
    hash_of("sample", 6, digest);
    return ecdsa_p256_verify(point, digest, sig);
}

static void ecdsa_published_vector(void **state)
{
    (void)state;
    assert_true(rfc_verify(rfc_point, rfc_sig));
}

/* One flipped bit anywhere in point, digest or signature is a refusal. */
static void ecdsa_refuses_each_changed_byte(void **state)
{
    (void)state;
    uint8_t point[P256_POINT_SIZE], sig[P256_SIG_SIZE], digest[SHA256_SIZE];
    for (size_t i = 0; i < sizeof point; i++) {
        memcpy(point, rfc_point, sizeof point);
        point[i] ^= (uint8_t)(1u << (i % 8));
        assert_false(rfc_verify(point, rfc_sig));
    }
    for (size_t i = 0; i < sizeof sig; i++) {
        memcpy(sig, rfc_sig, sizeof sig);
        sig[i] ^= (uint8_t)(1u << (i % 8));
        assert_false(rfc_verify(rfc_point, sig));
    }
    for (size_t i = 0; i < sizeof digest; i++) {
        hash_of("sample", 6, digest);
        digest[i] ^= 0x10;
        assert_false(ecdsa_p256_verify(rfc_point, digest, rfc_sig));
    }
}

/* The group order n of P-256. */
static const uint8_t order[32] = {
    0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
};

static void ecdsa_refuses_numbers_out_of_range(void **state)
{
    (void)state;
    uint8_t zero[32] = {0}, ones[32], one[32] = {[31] = 1};
    memset(ones, 0xff, sizeof ones);
    const uint8_t *const odd[] = {zero, order, ones, one, rfc_sig, rfc_sig + 32};
    for (size_t r = 0; r < ARRAY_LEN(odd); r++) {
        for (size_t s = 0; s < ARRAY_LEN(odd); s++) {
            uint8_t sig[P256_SIG_SIZE];
            memcpy(sig, odd[r], 32);
            memcpy(sig + 32, odd[s], 32);
            bool genuine = odd[r] == rfc_sig && odd[s] == rfc_sig + 32;
            assert_int_equal(rfc_verify(rfc_point, sig), genuine);
        }
    }
    uint8_t point[P256_POINT_SIZE] = {0x04}; /* (0, 0) is not on the curve */
    assert_false(rfc_verify(point, rfc_sig));
    memcpy(point, rfc_point, sizeof point);
    for (uint8_t form = 0; form < 8; form++) { /* infinity, compressed, hybrid */
        point[0] = form;
        assert_int_equal(rfc_verify(point, rfc_sig), form == 4);
    }
    memset(point + 1, 0xff, sizeof point - 1);
    point[0] = 0x04;
    assert_false(rfc_verify(point, rfc_sig));
}

/* Signatures that OpenSSL makes, through our DER reader. Enough of them that r and s with and
 * without a leading zero occur. */
static void ecdsa_agrees_with_openssl(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    assert_non_null(key);
    uint8_t point[P256_POINT_SIZE];
    size_t point_len;
    assert_int_equal(EVP_PKEY_get_octet_string_param(key, "pub", point, sizeof point, &point_len),
                     1);
    assert_int_equal(point_len, sizeof point);
    for (unsigned i = 0; i < 40; i++) {
        uint8_t digest[SHA256_SIZE], der[80], sig[P256_SIG_SIZE];
        size_t der_len = sizeof der;
        hash_of(&i, sizeof i, digest);
        EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(key, NULL);
        assert_int_equal(EVP_PKEY_sign_init(c), 1);
        assert_int_equal(EVP_PKEY_sign(c, der, &der_len, digest, sizeof digest), 1);
        EVP_PKEY_CTX_free(c);
        assert_true(ecdsa_p256_sig_decode(sig, der, der_len));
        assert_true(ecdsa_p256_verify(point, digest, sig));
        digest[i % 32] ^= 1;
        assert_false(ecdsa_p256_verify(point, digest, sig));
        for (size_t cut = 0; cut < der_len; cut++)
            assert_false(ecdsa_p256_sig_decode(sig, der, cut));
    }
    EVP_PKEY_free(key);
}

struct der_case {
    const char *name;
    uint8_t der[48];
    size_t len;
    bool ok;
    uint8_t r, s; /* last bytes */
};

/* Wycheproof's vectors (tests/interop/wycheproof_test.py) have the same and more, of real signatures. */
static void der_reader_takes_one_spelling(void **state)
{
    (void)state;
    static const struct der_case cases[] = {
        {"short integers", {0x30, 6, 2, 1, 5, 2, 1, 7}, 8, true, 5, 7},
        {"a zero for the sign", {0x30, 7, 2, 2, 0, 0x80, 2, 1, 7}, 9, true, 0x80, 7},
        {"zeros behind, not to 72", {0x30, 6, 2, 1, 5, 2, 1, 7, 0, 0}, 10, false, 0, 0},
        {"zeros inside, behind", {0x30, 8, 2, 1, 5, 2, 1, 7, 0, 0}, 10, false, 0, 0},
        {"one-octet long length", {0x30, 0x81, 6, 2, 1, 5, 2, 1, 7}, 9, false, 0, 0},
        {"two-octet long length", {0x30, 0x82, 0, 6, 2, 1, 5, 2, 1, 7}, 10, false, 0, 0},
        {"long length of an integer", {0x30, 7, 2, 0x81, 1, 5, 2, 1, 7}, 9, false, 0, 0},
        {"a zero too many", {0x30, 7, 2, 2, 0, 5, 2, 1, 7}, 9, false, 0, 0},
        {"negative", {0x30, 6, 2, 1, 0x80, 2, 1, 7}, 8, false, 0, 0},
        {"zero", {0x30, 6, 2, 1, 0, 2, 1, 7}, 8, false, 0, 0},
        {"a third integer", {0x30, 9, 2, 1, 5, 2, 1, 7, 2, 1, 7}, 11, false, 0, 0},
        {"empty", {0}, 0, false, 0, 0},
        {"wrong outer tag", {0x31, 6, 2, 1, 5, 2, 1, 7}, 8, false, 0, 0},
        {"wrong inner tag", {0x30, 6, 2, 1, 5, 3, 1, 7}, 8, false, 0, 0},
        {"sequence past the end by 1", {0x30, 7, 2, 1, 5, 2, 1, 7}, 8, false, 0, 0},
        {"second integer past the sequence", {0x30, 5, 2, 1, 5, 2, 1, 7}, 8, false, 0, 0},
        {"first integer past the sequence", {0x30, 6, 2, 7, 5, 2, 1, 7}, 8, false, 0, 0},
        {"one integer only", {0x30, 3, 2, 1, 5}, 5, false, 0, 0},
        {"integer without content", {0x30, 5, 2, 0, 2, 1, 7}, 7, false, 0, 0},
        {"indefinite length", {0x30, 0x80, 2, 1, 5, 2, 1, 7, 0, 0}, 10, false, 0, 0},
        {"three-octet length", {0x30, 0x83, 0, 0, 6, 2, 1, 5, 2, 1, 7}, 11, false, 0, 0},
        {"length cut off", {0x30, 0x82, 0}, 3, false, 0, 0},
        {"length of 64 KiB", {0x30, 0x82, 0xff, 0xff, 2, 1, 5, 2, 1, 7}, 10, false, 0, 0},
    };
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct der_case *c = &cases[i];
        uint8_t sig[P256_SIG_SIZE];
        if (ecdsa_p256_sig_decode(sig, c->der, c->len) != c->ok)
            fail_msg("%s", c->name);
        if (!c->ok)
            continue;
        assert_int_equal(sig[31], c->r);
        assert_int_equal(sig[63], c->s);
        assert_int_equal(sig[0] | sig[30] | sig[32] | sig[62], 0);
    }
}

static void der_integer_of_33_is_refused_unless_a_zero_leads(void **state)
{
    (void)state;
    for (uint8_t first = 0; first < 2; first++) {
        uint8_t der[80] = {0x30, 38, 0x02, 33, first}, sig[P256_SIG_SIZE];
        for (uint8_t i = 0; i < 32; i++)
            der[5 + i] = (uint8_t)(0x80 + i);
        memcpy(der + 37, (const uint8_t[]){0x02, 1, 7}, 3);
        assert_int_equal(ecdsa_p256_sig_decode(sig, der, 40), first == 0);
    }
}

/* Only to the length that imgtool's --pad-sig gives, and only zeros. */
static void der_is_padded_with_zeros_to_one_length(void **state)
{
    (void)state;
    uint8_t der[110] = {0x30, 6, 2, 1, 5, 2, 1, 7}, sig[P384_SIG_SIZE];
    for (size_t len = 9; len < sizeof der; len++) {
        assert_int_equal(ecdsa_p256_sig_decode(sig, der, len), len == P256_SIG_PADDED);
        assert_int_equal(ecdsa_p384_sig_decode(sig, der, len), len == P384_SIG_PADDED);
    }
    for (size_t at = 8; at < P384_SIG_PADDED; at++) {
        der[at] = 1;
        assert_int_equal(ecdsa_p256_sig_decode(sig, der, P256_SIG_PADDED), at >= P256_SIG_PADDED);
        assert_false(ecdsa_p384_sig_decode(sig, der, P384_SIG_PADDED));
        der[at] = 0;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sha256_published_vectors),
        cmocka_unit_test(sha256_streams_and_copies),
        cmocka_unit_test(sha256_of_every_length),
        cmocka_unit_test(ecdsa_published_vector),
        cmocka_unit_test(ecdsa_refuses_each_changed_byte),
        cmocka_unit_test(ecdsa_refuses_numbers_out_of_range),
        cmocka_unit_test(ecdsa_agrees_with_openssl),
        cmocka_unit_test(der_reader_takes_one_spelling),
        cmocka_unit_test(der_integer_of_33_is_refused_unless_a_zero_leads),
        cmocka_unit_test(der_is_padded_with_zeros_to_one_length),
    };
    return cmocka_run_group_tests_name("crypto", tests, NULL, NULL);
}
