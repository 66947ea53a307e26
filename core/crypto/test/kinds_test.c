/* Tests of the other kinds of signature: published vectors, then our checks and the libraries' arithmetic judged by
 * OpenSSL, then input that is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "core/base/compiler.h"
#include "core/crypto/ecdsa.h"
#include "core/crypto/ed25519.h"
#include "core/crypto/rsa.h"

static size_t unhex(const char *text, uint8_t *out)
{
    size_t n = 0;
    unsigned byte;
    for (; sscanf(text + 2 * n, "%2x", &byte) == 1; n++)
        out[n] = (uint8_t)byte;
    return n;
}

/* ---- RSA ---- */

static EVP_PKEY *rsa_key(unsigned bits, unsigned exponent)
{
    EVP_PKEY *pkey = NULL;
    BIGNUM *e = BN_new();
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, NULL);
    assert_int_equal(BN_set_word(e, exponent), 1);
    assert_int_equal(EVP_PKEY_keygen_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_keygen_bits(c, (int)bits), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_rsa_keygen_pubexp(c, e), 1);
    assert_int_equal(EVP_PKEY_keygen(c, &pkey), 1);
    EVP_PKEY_CTX_free(c);
    BN_free(e);
    return pkey;
}

static size_t rsa_sign(EVP_PKEY *pkey, int padding, int salt, const EVP_MD *mgf,
                       const uint8_t *digest, uint8_t *sig)
{
    size_t len = RSA_BYTES_MAX;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_sign_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, padding), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()), 1);
    if (padding == RSA_PKCS1_PSS_PADDING) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(c, mgf), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(c, salt), 1);
    }
    assert_int_equal(EVP_PKEY_sign(c, sig, &len, digest, 32), 1);
    EVP_PKEY_CTX_free(c);
    return len;
}

static struct rsa_public rsa_public_of(EVP_PKEY *pkey, uint8_t der[600])
{
    struct rsa_public pub;
    unsigned char *at = der;
    int len = i2d_PublicKey(pkey, &at);
    assert_true(len > 0 && len <= 600);
    assert_true(rsa_public_decode(&pub, der, (size_t)len));
    return pub;
}

static void rsa_agrees_with_openssl(void **state)
{
    static const struct {
        unsigned bits, exponent;
    } keys[] = {{2048, 65537}, {3072, 65537}, {2048, 3}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        uint8_t der[600], digest[32], sig[RSA_BYTES_MAX];
        EVP_PKEY *pkey = rsa_key(keys[i].bits, keys[i].exponent);
        struct rsa_public pub = rsa_public_of(pkey, der);
        assert_int_equal(pub.n_len, keys[i].bits / 8);
        for (unsigned n = 0; n < 10; n++) {
            assert_int_equal(RAND_bytes(digest, sizeof digest), 1);
            assert_int_equal(rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, 32, EVP_sha256(), digest, sig),
                             pub.n_len);
            assert_true(rsa_pss_verify(&pub, digest, sig));
        }
        for (size_t at = 0; at < pub.n_len; at++) {
            sig[at] ^= (uint8_t)(1u << at % 8);
            assert_false(rsa_pss_verify(&pub, digest, sig));
            sig[at] ^= (uint8_t)(1u << at % 8);
        }
        for (size_t at = 0; at < sizeof digest; at++) {
            digest[at] ^= (uint8_t)(1u << at % 8);
            assert_false(rsa_pss_verify(&pub, digest, sig));
            digest[at] ^= (uint8_t)(1u << at % 8);
        }
        assert_true(rsa_pss_verify(&pub, digest, sig));
        EVP_PKEY_free(pkey);
    }
}

/* Other paddings, salts and mask functions are genuine signatures, but not in the form that counts. */
static void rsa_of_another_form_is_refused(void **state)
{
    uint8_t der[600], digest[32] = {1}, sig[RSA_BYTES_MAX];
    EVP_PKEY *pkey = rsa_key(2048, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der);
    (void)state;
    static const int salts[] = {0, 20, 31, 33, 222 /* the longest there is */};
    for (size_t i = 0; i < ARRAY_LEN(salts); i++) {
        rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, salts[i], EVP_sha256(), digest, sig);
        assert_false(rsa_pss_verify(&pub, digest, sig));
    }
    rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, 32, EVP_sha1(), digest, sig);
    assert_false(rsa_pss_verify(&pub, digest, sig));
    rsa_sign(pkey, RSA_PKCS1_PADDING, 0, NULL, digest, sig);
    assert_false(rsa_pss_verify(&pub, digest, sig));
    EVP_PKEY_free(pkey);
}

/* The private operation on any encoding: what only the owner of the key can make, but is not to be taken. */
static void rsa_raw(EVP_PKEY *pkey, const uint8_t *em, size_t len, uint8_t *sig)
{
    size_t out = len;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_sign_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_sign(c, sig, &out, em, len), 1);
    EVP_PKEY_CTX_free(c);
}

static void rsa_open(EVP_PKEY *pkey, const uint8_t *sig, size_t len, uint8_t *em)
{
    size_t out = len;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_NO_PADDING), 1);
    assert_int_equal(EVP_PKEY_encrypt(c, em, &out, sig, len), 1);
    EVP_PKEY_CTX_free(c);
}

static void every_part_of_the_encoding_counts(void **state)
{
    uint8_t der[600], digest[32] = {2}, sig[RSA_BYTES_MAX], em[RSA_BYTES_MAX], bad[RSA_BYTES_MAX];
    EVP_PKEY *pkey = rsa_key(2048, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der);
    (void)state;
    rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, 32, EVP_sha256(), digest, sig);
    rsa_open(pkey, sig, pub.n_len, em);
    for (size_t at = 0; at < pub.n_len; at++)
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, em, pub.n_len);
            bad[at] ^= (uint8_t)(1u << bit);
            if (memcmp(bad, pub.n, pub.n_len) >= 0)
                continue; /* not below the modulus: there is no such signature */
            rsa_raw(pkey, bad, pub.n_len, sig);
            if (rsa_pss_verify(&pub, digest, sig))
                fail_msg("bit %u of byte %zu of the encoding does not count", bit, at);
        }
    EVP_PKEY_free(pkey);
}

/* The encoding has a bit less than the modulus: with that bit set it may still be below it. */
static void the_bit_above_the_encoding_counts(void **state)
{
    uint8_t der[600], digest[32] = {4}, sig[RSA_BYTES_MAX], em[RSA_BYTES_MAX];
    EVP_PKEY *pkey = rsa_key(2048, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der);
    (void)state;
    do {
        rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, 32, EVP_sha256(), digest, sig);
        rsa_open(pkey, sig, pub.n_len, em);
        em[0] |= 0x80;
    } while (memcmp(em, pub.n, pub.n_len) >= 0);
    rsa_raw(pkey, em, pub.n_len, sig);
    assert_false(rsa_pss_verify(&pub, digest, sig));
    EVP_PKEY_free(pkey);
}

/* A modulus that leaves a bit of its octets unused has encodings that are a bit shorter: not what we read. */
static void odd_lengths_are_refused(void **state)
{
    uint8_t der[600], digest[32] = {5}, sig[RSA_BYTES_MAX];
    EVP_PKEY *pkey = rsa_key(2047, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der);
    (void)state;
    for (unsigned n = 0; n < 16; n++) {
        rsa_sign(pkey, RSA_PKCS1_PSS_PADDING, 32, EVP_sha256(), digest, sig);
        assert_false(rsa_pss_verify(&pub, digest, sig));
    }
    EVP_PKEY_free(pkey);
}

static void rsa_numbers_out_of_range_are_refused(void **state)
{
    uint8_t der[600], digest[32] = {3}, sig[RSA_BYTES_MAX];
    EVP_PKEY *pkey = rsa_key(2048, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der), odd = pub;
    (void)state;
    memset(sig, 0, sizeof sig);
    assert_false(rsa_pss_verify(&pub, digest, sig));
    sig[pub.n_len - 1] = 1;
    assert_false(rsa_pss_verify(&pub, digest, sig));
    assert_false(rsa_pss_verify(&pub, digest, pub.n));
    memset(sig, 0xff, sizeof sig);
    assert_false(rsa_pss_verify(&pub, digest, sig));
    odd.n_len = 65;
    assert_false(rsa_pss_verify(&odd, digest, sig));
    odd.n_len = RSA_BYTES_MAX + 1;
    assert_false(rsa_pss_verify(&odd, digest, sig));
    EVP_PKEY_free(pkey);
}

static void rsa_keys_that_are_none_are_refused(void **state)
{
    static const struct {
        const char *what, *hex;
        bool right;
    } keys[] = {
        {"n 5, e 3", "3006020105020103", true},
        {"e 1", "3006020105020101", false},
        {"n even", "3006020106020103", false},
        {"e even", "3006020105020104", false},
        {"n negative", "3006020185020103", false},
        {"n padded", "300702020005020103", false},
        {"n with the zero that it needs", "300702020085020103", true},
        {"e of five octets", "300a02010502050100000001", false},
        {"e of four octets", "3009020105020401000001", true},
        {"n empty", "30050200020103", false},
        {"no e", "3003020105", false},
        {"a third number", "3009020105020103020103", false},
        {"a SEQUENCE that ends early", "3005020105020103", false},
        {"an INTEGER that runs over the end", "30020201", false},
        {"an INTEGER without its octets", "30050201050201", false},
        {"one octet behind", "300602010502010300", false},
        {"length in the long form", "308106020105020103", false},
        {"length of three octets", "3083000006020105020103", false},
        {"length without end", "30800201050201030000", false},
        {"a SET", "3106020105020103", false},
        {"a BIT STRING for n", "3006030105020103", false},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
        uint8_t bytes[64];
        struct rsa_public pub;
        size_t len = unhex(keys[i].hex, bytes);
        uint8_t *der = malloc(len); /* the sanitizer sees a read behind it */
        assert_non_null(der);
        memcpy(der, bytes, len);
        if (rsa_public_decode(&pub, der, len) != keys[i].right)
            fail_msg("%s", keys[i].what);
        free(der);
    }
    uint8_t der[600];
    EVP_PKEY *pkey = rsa_key(2048, 65537);
    struct rsa_public pub = rsa_public_of(pkey, der);
    size_t whole = (size_t)(pub.e + pub.e_len - der);
    for (size_t cut = 0; cut < whole; cut++)
        assert_false(rsa_public_decode(&pub, der, cut));
    EVP_PKEY_free(pkey);
}

/* ---- ECDSA P-384 ---- */

static void p384_agrees_with_openssl(void **state)
{
    (void)state;
    EVP_PKEY *pkey = EVP_EC_gen("P-384");
    uint8_t spki[P384_SPKI_SIZE], digest[48], der[120], sig[P384_SIG_SIZE];
    unsigned char *at = spki;
    assert_int_equal(i2d_PUBKEY(pkey, &at), sizeof spki);
    assert_memory_equal(spki, p384_spki_prefix, sizeof p384_spki_prefix);
    uint8_t *point = spki + sizeof p384_spki_prefix;
    for (unsigned n = 0; n < 10; n++) {
        size_t len = sizeof der;
        EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
        assert_int_equal(RAND_bytes(digest, sizeof digest), 1);
        assert_int_equal(EVP_PKEY_sign_init(c), 1);
        assert_int_equal(EVP_PKEY_sign(c, der, &len, digest, sizeof digest), 1);
        EVP_PKEY_CTX_free(c);
        for (size_t cut = 0; cut < len; cut++)
            assert_false(ecdsa_p384_sig_decode(sig, der, cut));
        assert_true(ecdsa_p384_sig_decode(sig, der, len));
        assert_true(ecdsa_p384_verify(point, digest, sig));
    }
    for (size_t i = 0; i < sizeof sig; i += 5) {
        sig[i] ^= 4;
        assert_false(ecdsa_p384_verify(point, digest, sig));
        sig[i] ^= 4;
    }
    for (size_t i = 0; i < sizeof digest; i += 5) {
        digest[i] ^= 4;
        assert_false(ecdsa_p384_verify(point, digest, sig));
        digest[i] ^= 4;
    }
    for (size_t i = 0; i < P384_POINT_SIZE; i += 7) {
        point[i] ^= 4;
        assert_false(ecdsa_p384_verify(point, digest, sig));
        point[i] ^= 4;
    }
    uint8_t zeros[P384_SIG_SIZE] = {0};
    assert_false(ecdsa_p384_verify(point, digest, zeros));
    assert_true(ecdsa_p384_verify(point, digest, sig));
    EVP_PKEY_free(pkey);
}

/* ---- Ed25519 ---- */

static bool ed25519_verify(const uint8_t *key, const uint8_t *sig, const uint8_t *message,
                           size_t len)
{
    struct sha512 h;
    ed25519_begin(&h, key, sig);
    for (size_t i = 0; i < len; i++) /* in pieces: what the whole image is given in */
        sha512_update(&h, message + i, 1);
    return ed25519_end(&h, key, sig);
}

static void ed25519_published_vectors(void **state)
{
    /* RFC 8032, 7.1: tests 1 to 3. */
    static const struct {
        const char *key, *message, *sig;
    } vectors[] = {
        {"d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701"
         "cf9"
         "b46bd25bf5f0595bbe24655141438e7a100b"},
        {"3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d"
         "0f1"
         "1d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f7609"
         "84d"
         "c6594a7c15e9716ed28dc027beceea1ec40a"},
    };
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
        uint8_t key[32], message[8], sig[64];
        unhex(vectors[i].key, key);
        unhex(vectors[i].sig, sig);
        size_t len = unhex(vectors[i].message, message);
        assert_true(ed25519_verify(key, sig, message, len));
        assert_false(ed25519_verify(key, sig, message, len + 1));
    }
}

static size_t ed25519_sign(EVP_PKEY *pkey, const uint8_t *message, size_t len, uint8_t sig[64])
{
    size_t n = 64;
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, pkey), 1);
    assert_int_equal(EVP_DigestSign(c, sig, &n, message, len), 1);
    EVP_MD_CTX_free(c);
    return n;
}

static void ed25519_agrees_with_openssl(void **state)
{
    uint8_t key[32], message[200], sig[64];
    (void)state;
    for (unsigned n = 0; n < 40; n++) {
        EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
        size_t len = sizeof key;
        assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, key, &len), 1);
        assert_int_equal(RAND_bytes(message, sizeof message), 1);
        assert_int_equal(ed25519_sign(pkey, message, n * 5, sig), 64);
        assert_true(ed25519_verify(key, sig, message, n * 5));
        for (size_t at = n % 4; at < sizeof sig; at += 4) {
            sig[at] ^= (uint8_t)(1u << n % 8);
            assert_false(ed25519_verify(key, sig, message, n * 5));
            sig[at] ^= (uint8_t)(1u << n % 8);
        }
        for (size_t at = n % 4; at < sizeof key; at += 4) {
            key[at] ^= (uint8_t)(1u << n % 8);
            assert_false(ed25519_verify(key, sig, message, n * 5));
            key[at] ^= (uint8_t)(1u << n % 8);
        }
        EVP_PKEY_free(pkey);
    }
}

static const char order_text[] = "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed";

/* S and S + order would both satisfy the equation: only one of them is a signature. */
static void ed25519_signature_has_one_spelling(void **state)
{
    uint8_t key[32], sig[64], message[] = "one";
    size_t len = sizeof key;
    EVP_PKEY *pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    BIGNUM *order = NULL;
    (void)state;
    assert_true(BN_hex2bn(&order, order_text) > 0);
    assert_int_equal(EVP_PKEY_get_raw_public_key(pkey, key, &len), 1);
    ed25519_sign(pkey, message, sizeof message, sig);
    BIGNUM *s = BN_lebin2bn(sig + 32, 32, NULL);
    assert_int_equal(BN_add(s, s, order), 1);
    assert_int_equal(BN_bn2lebinpad(s, sig + 32, 32), 32);
    assert_false(ed25519_verify(key, sig, message, sizeof message));
    BN_free(s);
    BN_free(order);
    EVP_PKEY_free(pkey);
}

static void reduction_is_openssls(void **state)
{
    BIGNUM *order = NULL, *x = BN_new(), *r = BN_new();
    BN_CTX *c = BN_CTX_new();
    (void)state;
    assert_true(BN_hex2bn(&order, order_text) > 0);
    for (int i = -40; i < 400; i++) {
        uint8_t in[64], out[32], want[32];
        if (i < 0) { /* round multiples of the order, and the ends */
            assert_int_equal(BN_copy(x, order) != NULL, 1);
            assert_int_equal(BN_mul_word(x, (BN_ULONG)((i + 40) / 4)), 1);
            assert_int_equal(i % 4 == 0 ? 1 : BN_add_word(x, (BN_ULONG)(i & 3)), 1);
            assert_int_equal(BN_bn2lebinpad(x, in, sizeof in), sizeof in);
        } else if (i < 8) {
            memset(in, i % 2 ? 0xff : 0, sizeof in);
            in[63] = (uint8_t)(i * 32);
        } else {
            assert_int_equal(RAND_bytes(in, sizeof in), 1);
        }
        assert_true(BN_lebin2bn(in, sizeof in, x) != NULL);
        assert_int_equal(BN_nnmod(r, x, order, c), 1);
        assert_int_equal(BN_bn2lebinpad(r, want, sizeof want), sizeof want);
        ed25519_reduce(out, in);
        assert_memory_equal(out, want, sizeof want);
        assert_true(ed25519_is_reduced(out));
        assert_true(BN_lebin2bn(in, 32, x) != NULL);
        assert_int_equal(ed25519_is_reduced(in), BN_cmp(x, order) < 0);
    }
    uint8_t edge[32];
    assert_int_equal(BN_bn2lebinpad(order, edge, sizeof edge), sizeof edge);
    assert_false(ed25519_is_reduced(edge));
    edge[0]--;
    assert_true(ed25519_is_reduced(edge));
    BN_CTX_free(c);
    BN_free(order);
    BN_free(x);
    BN_free(r);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(rsa_agrees_with_openssl),
        cmocka_unit_test(rsa_of_another_form_is_refused),
        cmocka_unit_test(every_part_of_the_encoding_counts),
        cmocka_unit_test(the_bit_above_the_encoding_counts),
        cmocka_unit_test(odd_lengths_are_refused),
        cmocka_unit_test(rsa_numbers_out_of_range_are_refused),
        cmocka_unit_test(rsa_keys_that_are_none_are_refused),
        cmocka_unit_test(p384_agrees_with_openssl),
        cmocka_unit_test(ed25519_published_vectors),
        cmocka_unit_test(ed25519_agrees_with_openssl),
        cmocka_unit_test(ed25519_signature_has_one_spelling),
        cmocka_unit_test(reduction_is_openssls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
