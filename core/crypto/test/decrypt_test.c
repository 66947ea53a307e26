/* Tests of what decrypts: published vectors, those that imgtool's recipe gave, OpenSSL as the other side, and
 * hostile input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/crypto/decrypt/aes.h"
#include "core/crypto/decrypt/ecies.h"
#include "core/crypto/decrypt/oaep.h"
#include "core/crypto/wipe.h"

/* Bytes of a hexadecimal text; their number. */
static size_t hex(const char *text, uint8_t *out)
{
    size_t n = 0;
    for (; text[0] != '\0'; text += 2) {
        const char pair[3] = {text[0], text[1], '\0'};
        out[n++] = (uint8_t)strtoul(pair, NULL, 16);
    }
    return n;
}

static void expect_hex(const uint8_t *got, const char *want)
{
    uint8_t bytes[256];
    size_t n = hex(want, bytes);
    assert_memory_equal(got, bytes, n);
}

static void count_up(uint8_t *out, uint8_t first, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = (uint8_t)(first + i);
}

/* ---- AES-CTR ---- */

static void ctr_is_openssls_from_anywhere(void **state)
{
    (void)state;
    static const uint8_t zero[16];
    uint8_t key[32], want[200], got[200];
    count_up(key, 3, sizeof key);
    for (size_t key_len = 16; key_len <= 32; key_len += 16) {
        int n;
        memset(want, 0, sizeof want);
        EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
        EVP_EncryptInit_ex(c, key_len == 16 ? EVP_aes_128_ctr() : EVP_aes_256_ctr(), NULL, key,
                           zero);
        EVP_EncryptUpdate(c, want, &n, want, sizeof want);
        EVP_CIPHER_CTX_free(c);
        for (uint32_t at = 0; at < 50; at++)
            for (size_t len = 0; len <= sizeof want - at; len += 1 + len / 7) {
                memset(got, 0, sizeof got);
                aes_ctr_xor(key, key_len, at, got, len);
                assert_memory_equal(got, want + at, len);
                assert_true(bytes_all(got + len, 0, sizeof got - len));
            }
    }
}

/* Far into a payload the counter has carried over bytes. */
static void ctr_counts_in_32_bits(void **state)
{
    (void)state;
    uint8_t key[16], iv[16] = {0}, want[32] = {0}, got[32] = {0};
    int n;
    count_up(key, 0xa0, sizeof key);
    iv[12] = 0x00, iv[13] = 0x0f, iv[14] = 0xff, iv[15] = 0xff;
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(c, EVP_aes_128_ctr(), NULL, key, iv);
    EVP_EncryptUpdate(c, want, &n, want, sizeof want);
    EVP_CIPHER_CTX_free(c);
    aes_ctr_xor(key, sizeof key, 0xfffff * 16u, got, sizeof got);
    assert_memory_equal(got, want, sizeof got);
}

static void ctr_payload_of_the_specification(void **state)
{
    (void)state;
    uint8_t key[16], data[32];
    count_up(key, 0xa0, sizeof key);
    count_up(data, 0, sizeof data);
    aes_ctr_xor(key, sizeof key, 0, data, sizeof data);
    expect_hex(data, "b88393ca5f51c16a5a5642f0803c7a1ea4aff4882200306bea82ae473141ac1f");
}

/* ---- AES key unwrap ---- */

/* RFC 3394 4.1 and 4.6: KEK and key of one length, as MCUboot has them. */
static const struct {
    size_t len;
    const char *wrapped, *key;
} kw_vectors[] = {
    {16, "1fa68b0a8112b447aef34bd8fb5a7b829d3e862371d2cfe5", "00112233445566778899aabbccddeeff"},
    {32, "28c9f404c4b810f4cbccb35cfb87f8263f5786e2d80ed326cbc7f0e71a99f43bfb988b9b7a02dd21",
     "00112233445566778899aabbccddeeff000102030405060708090a0b0c0d0e0f"},
};

static void kw_published_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kw_vectors); i++) {
        size_t len = kw_vectors[i].len;
        uint8_t kek[32], wrapped[40], key[32];
        count_up(kek, 0, sizeof kek);
        assert_int_equal(hex(kw_vectors[i].wrapped, wrapped), len + AES_KW_OVERHEAD);
        assert_true(aes_kw_unwrap(key, len, wrapped, kek, len));
        expect_hex(key, kw_vectors[i].key);
    }
}

static void kw_refuses_every_changed_bit(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(kw_vectors); i++) {
        size_t len = kw_vectors[i].len;
        uint8_t kek[32], wrapped[40], key[32];
        count_up(kek, 0, sizeof kek);
        (void)hex(kw_vectors[i].wrapped, wrapped);
        for (size_t bit = 0; bit < 8 * (len + AES_KW_OVERHEAD); bit++) {
            wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
            assert_false(aes_kw_unwrap(key, len, wrapped, kek, len));
            assert_true(bytes_all(key, 0, len));
            wrapped[bit / 8] ^= (uint8_t)(1u << bit % 8);
        }
        kek[0] ^= 1;
        assert_false(aes_kw_unwrap(key, len, wrapped, kek, len));
    }
}

/* ---- ECIES ---- */

/* HKDF without salt and with MCUboot's info, and HMAC, by OpenSSL. */
static void derive(const char *digest, uint8_t *keys, size_t len, const uint8_t shared[32])
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new_id(EVP_PKEY_HKDF, NULL);
    const EVP_MD *md = EVP_get_digestbyname(digest);
    const uint8_t info[] = "MCUBoot_ECIES_v1";
    assert_int_equal(EVP_PKEY_derive_init(c), 1);
    assert_int_equal(EVP_PKEY_CTX_set_hkdf_md(c, md), 1);
    assert_int_equal(EVP_PKEY_CTX_set1_hkdf_key(c, shared, 32), 1);
    assert_int_equal(EVP_PKEY_CTX_add1_hkdf_info(c, info, 16), 1);
    assert_int_equal(EVP_PKEY_derive(c, keys, &len), 1);
    EVP_PKEY_CTX_free(c);
}

static void make_tag(const char *digest, uint8_t *tag, size_t tag_len, const uint8_t *key,
                     const uint8_t *data, size_t len)
{
    size_t n;
    assert_non_null(
        EVP_Q_mac(NULL, "HMAC", NULL, digest, NULL, key, tag_len, data, len, tag, tag_len, &n));
    assert_int_equal(n, tag_len);
}

typedef bool (*open_fn)(uint8_t *key, size_t key_len, const uint8_t *value, const uint8_t *secret);

static const struct ecies_kind {
    const char *name;
    open_fn open;
    size_t point, tag;
    const char *value; /* of the recipient 40..5f, ephemeral 60..7f and image key a0..af */
} ecies_kinds[] = {
    {"P-256", ecies_p256_open, P256_POINT_SIZE, SHA256_SIZE,
     "04bf97d0ee1866aac6f80826ebadc42f3d81e1b6b8f298f5d3ebe7542b7cb483a7"
     "de8f14ddde9aa2e765b2e60ece60cfa1b095683a8f6f62af8bacee7f4dfa18ea"
     "22691dc6b206a0a609d310bc0b721847d91da310e8467dfa5eb3ce075676eaa6"
     "73ca64e5eef893825b33a3c44314b8c3"},
    {"X25519", ecies_x25519_open, X25519_SIZE, SHA256_SIZE,
     "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f"
     "4a54ddf685e67a7b3ed7e7e3badd1185862c16e1e1f7598c35671eb55c82bdd7"
     "36aca9d3cb0c77b187bd32043fc4b6dd"},
    {"X25519, SHA-512", ecies_x25519_sha512_open, X25519_SIZE, SHA512_SIZE,
     "675dd574ed7789310b3d2e7681f3790b466c773b1521fecf36577958371ea52f"
     "cd8b8d31e903d770126f44475cae27630608f5f9b4fd148a25eca11c6c785cd4"
     "f6f75d8cc5e8491cd0682cccbdaf7e98d3a4e4c8439b681406b1338536885507"
     "f6a603162682330ae414470e335885db"},
};

static void ecies_vectors_of_the_specification(void **state)
{
    (void)state;
    uint8_t secret[32], want[16];
    count_up(secret, 0x40, sizeof secret);
    count_up(want, 0xa0, sizeof want);
    for (size_t i = 0; i < ARRAY_LEN(ecies_kinds); i++) {
        const struct ecies_kind *k = &ecies_kinds[i];
        uint8_t value[160], key[16];
        assert_int_equal(hex(k->value, value), k->point + k->tag + 16);
        assert_true(k->open(key, sizeof key, value, secret));
        assert_memory_equal(key, want, sizeof key);
    }
}

static void ecies_refuses_every_changed_byte(void **state)
{
    (void)state;
    uint8_t secret[32];
    count_up(secret, 0x40, sizeof secret);
    for (size_t i = 0; i < ARRAY_LEN(ecies_kinds); i++) {
        const struct ecies_kind *k = &ecies_kinds[i];
        uint8_t value[160], key[16] = {0};
        size_t len = hex(k->value, value);
        for (size_t at = 0; at < len; at++) {
            /* RFC 7748: the top bit of u is not looked at, so another one is changed. */
            value[at] ^= 0x41;
            assert_false(k->open(key, sizeof key, value, secret));
            value[at] ^= 0x41;
        }
        secret[5] ^= 1;
        assert_false(k->open(key, sizeof key, value, secret));
        secret[5] ^= 1;
        assert_true(bytes_all(key, 0, sizeof key));
    }
}

static void points_that_are_none_are_refused(void **state)
{
    (void)state;
    uint8_t secret[32], value[160], key[16];
    count_up(secret, 0x40, sizeof secret);
    for (int form = 0; form < 8; form++) {
        (void)hex(ecies_kinds[0].value, value);
        value[0] = (uint8_t)form;
        assert_int_equal(ecies_p256_open(key, sizeof key, value, secret), form == 4);
    }
    memset(value + 1, 0, 64);
    value[0] = 4;
    assert_false(ecies_p256_open(key, sizeof key, value, secret));
    memset(value + 1, 0xff, 64); /* coordinates above the field's modulus */
    assert_false(ecies_p256_open(key, sizeof key, value, secret));
}

/* The product of a point of small order is zero whatever the secret, so anyone can make the tag to it. */
static void small_order_is_refused(void **state)
{
    (void)state;
    static const char *const points[] = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    };
    uint8_t secret[32], zero[32] = {0}, keys[48], value[80], key[16];
    count_up(secret, 0x40, sizeof secret);
    derive("SHA256", keys, sizeof keys, zero);
    for (size_t i = 0; i < ARRAY_LEN(points); i++) {
        (void)hex(points[i], value);
        memset(value + 64, 0x5a, 16);
        make_tag("SHA256", value + 32, 32, keys + 16, value + 64, 16);
        assert_false(ecies_x25519_open(key, sizeof key, value, secret));
    }
}

/* OpenSSL makes the key pair, agrees and seals; both key lengths. */
static bool seal(const struct ecies_kind *k, EVP_PKEY *own, EVP_PKEY *to, const uint8_t *key,
                 size_t key_len, uint8_t *value)
{
    const char *digest = k->tag == SHA512_SIZE ? "SHA512" : "SHA256";
    uint8_t shared[32], keys[96], pub[65], *tag = value + k->point, *wrapped = tag + k->tag;
    size_t n = sizeof shared, pub_len = sizeof pub;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
    bool ok = EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, to) == 1 &&
              EVP_PKEY_derive(c, shared, &n) == 1;
    EVP_PKEY_CTX_free(c);
    ok = ok && EVP_PKEY_get_octet_string_param(own, "pub", pub, pub_len, &pub_len) == 1 &&
         pub_len == k->point;
    memcpy(value, pub, k->point);
    derive(digest, keys, key_len + k->tag, shared);
    memcpy(wrapped, key, key_len);
    aes_ctr_xor(keys, key_len, 0, wrapped, key_len);
    make_tag(digest, tag, k->tag, keys + key_len, wrapped, key_len);
    return ok;
}

static EVP_PKEY *new_pair(const struct ecies_kind *k)
{
    return k->open == ecies_p256_open ? EVP_EC_gen("P-256")
                                      : EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
}

/* The private half, out of the PKCS#8 that a bootloader embeds. */
static const uint8_t *secret_of(const struct ecies_kind *k, EVP_PKEY *pkey, uint8_t *der,
                                size_t *der_len)
{
    unsigned char *end = der;
    PKCS8_PRIV_KEY_INFO *p8 = EVP_PKEY2PKCS8(pkey);
    *der_len = (size_t)i2d_PKCS8_PRIV_KEY_INFO(p8, &end);
    PKCS8_PRIV_KEY_INFO_free(p8);
    return k->open == ecies_p256_open ? key_der_p256(der, *der_len) : key_der_x25519(der, *der_len);
}

static void ecies_of_random_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ecies_kinds); i++)
        for (int round = 0; round < 20; round++) {
            const struct ecies_kind *k = &ecies_kinds[i];
            uint8_t want[32], key[32], value[160], der[200];
            size_t key_len = round % 2 ? 16 : 32, der_len;
            EVP_PKEY *own = new_pair(k), *to = new_pair(k);
            count_up(want, (uint8_t)round, sizeof want);
            assert_true(seal(k, own, to, want, key_len, value));
            const uint8_t *secret = secret_of(k, to, der, &der_len);
            assert_non_null(secret);
            assert_true(k->open(key, key_len, value, secret));
            assert_memory_equal(key, want, key_len);
            EVP_PKEY_free(own);
            EVP_PKEY_free(to);
        }
}

/* ---- RSA-OAEP ---- */

static EVP_PKEY *rsa_key(unsigned bits)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
}

static size_t rsa_der(EVP_PKEY *pkey, uint8_t der[2048])
{
    unsigned char *end = der;
    return (size_t)i2d_PrivateKey(pkey, &end); /* PKCS#1 for RSA */
}

static size_t oaep_encrypt(EVP_PKEY *to, const EVP_MD *md, const char *label, const uint8_t *key,
                           size_t key_len, uint8_t *out)
{
    size_t len = 512;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(to, NULL);
    assert_int_equal(EVP_PKEY_encrypt_init(c), 1);
    EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING);
    EVP_PKEY_CTX_set_rsa_oaep_md(c, md);
    EVP_PKEY_CTX_set_rsa_mgf1_md(c, md);
    if (label != NULL)
        EVP_PKEY_CTX_set0_rsa_oaep_label(c, OPENSSL_strdup(label), (int)strlen(label));
    assert_int_equal(EVP_PKEY_encrypt(c, out, &len, key, key_len), 1);
    EVP_PKEY_CTX_free(c);
    return len;
}

static void oaep_of_openssl(void **state)
{
    (void)state;
    static uint8_t der[2048];
    uint8_t want[32], value[512], data[256];
    struct rsa_secret key;
    size_t len;
    EVP_PKEY *pkey = rsa_key(2048), *other = rsa_key(2048);
    count_up(want, 7, sizeof want);
    assert_true(key_der_rsa2048(der, rsa_der(pkey, der), &key));
    for (size_t key_len = 16; key_len <= 32; key_len += 16) {
        assert_int_equal(oaep_encrypt(pkey, EVP_sha256(), NULL, want, key_len, value), 256);
        memcpy(data, value, 256);
        assert_true(rsa2048_oaep_decrypt(data, &len, &key));
        assert_int_equal(len, key_len);
        assert_memory_equal(data, want, key_len);
    }
    for (size_t at = 0; at < 256; at += 15) {
        memcpy(data, value, 256);
        data[at] ^= 1;
        assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    }
    memset(data, 0xff, 256); /* above the modulus */
    assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    memset(data, 0, 256);
    assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    (void)oaep_encrypt(pkey, EVP_sha1(), NULL, want, 16, data);
    assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    (void)oaep_encrypt(pkey, EVP_sha256(), "label", want, 16, data);
    assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    (void)oaep_encrypt(other, EVP_sha256(), NULL, want, 16, data);
    assert_false(rsa2048_oaep_decrypt(data, &len, &key));
    EVP_PKEY_free(pkey);
    EVP_PKEY_free(other);
}

/* ---- keys ---- */

/* Every truncation, every length byte more, and keys of other kinds. */
static void keys_of_another_shape_are_refused(void **state)
{
    (void)state;
    static uint8_t der[4096];
    struct rsa_secret rsa;
    size_t len;
    for (size_t i = 0; i < ARRAY_LEN(ecies_kinds); i++) {
        const struct ecies_kind *k = &ecies_kinds[i], *not_it = &ecies_kinds[i == 0];
        EVP_PKEY *pkey = new_pair(k);
        assert_non_null(secret_of(k, pkey, der, &len));
        assert_null(secret_of(not_it, pkey, der, &len));
        for (size_t n = 0; n <= len + 1; n++)
            if (n != len) {
                assert_null(key_der_p256(der, n));
                assert_null(key_der_x25519(der, n));
            }
        assert_false(key_der_rsa2048(der, len, &rsa));
        EVP_PKEY_free(pkey);
    }
    EVP_PKEY *good = rsa_key(2048), *large = rsa_key(3072), *p384 = EVP_EC_gen("P-384");
    len = rsa_der(good, der);
    for (size_t n = 0; n <= len + 1; n++)
        assert_int_equal(key_der_rsa2048(der, n, &rsa), n == len);
    assert_null(key_der_p256(der, len));
    len = rsa_der(large, der);
    assert_false(key_der_rsa2048(der, len, &rsa));
    assert_null(secret_of(&ecies_kinds[0], p384, der, &len));
    EVP_PKEY_free(good);
    EVP_PKEY_free(large);
    EVP_PKEY_free(p384);
}

static void wipe_wipes(void **state)
{
    (void)state;
    uint8_t data[9];
    memset(data, 0x77, sizeof data);
    wipe(data + 1, 7);
    assert_true(bytes_all(data + 1, 0, 7));
    assert_int_equal(data[0], 0x77);
    assert_int_equal(data[8], 0x77);
    wipe_stack();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ctr_is_openssls_from_anywhere),
        cmocka_unit_test(ctr_counts_in_32_bits),
        cmocka_unit_test(ctr_payload_of_the_specification),
        cmocka_unit_test(kw_published_vectors),
        cmocka_unit_test(kw_refuses_every_changed_bit),
        cmocka_unit_test(ecies_vectors_of_the_specification),
        cmocka_unit_test(ecies_refuses_every_changed_byte),
        cmocka_unit_test(points_that_are_none_are_refused),
        cmocka_unit_test(small_order_is_refused),
        cmocka_unit_test(ecies_of_random_keys),
        cmocka_unit_test(oaep_of_openssl),
        cmocka_unit_test(keys_of_another_shape_are_refused),
        cmocka_unit_test(wipe_wipes),
    };
    return cmocka_run_group_tests_name("decrypt", tests, NULL, NULL);
}
