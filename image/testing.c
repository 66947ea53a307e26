#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL has a type by this name, which we do not use; the house has an error code. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#undef ERR_STATE

#include "base/bytes.h"
#include "image/testing.h"

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "image/testing: %s failed\n", what);
    abort();
}

static enum err sign(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len)
{
    const struct test_key *k = s->ctx;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->pkey, NULL);
    *len = 72; /* of a P-256 signature */
    must(c != NULL && EVP_PKEY_sign_init(c) == 1 &&
             EVP_PKEY_sign(c, sig, len, what->digest, what->digest_len) == 1,
         "signing");
    EVP_PKEY_CTX_free(c);
    return ERR_OK;
}

void test_key_make(struct test_key *k)
{
    size_t len = 0;
    k->pkey = EVP_EC_gen("P-256");
    memcpy(k->spki, p256_spki_prefix, P256_SPKI_PREFIX_SIZE);
    must(k->pkey != NULL &&
             EVP_PKEY_get_octet_string_param(k->pkey, OSSL_PKEY_PARAM_PUB_KEY,
                                             k->spki + P256_SPKI_PREFIX_SIZE, P256_POINT_SIZE,
                                             &len) == 1 &&
             len == P256_POINT_SIZE,
         "making a key");
    k->key = (struct image_key){.spki = k->spki, .spki_len = sizeof k->spki};
    k->signer = (struct image_signer){
        .sign = sign, .tlv = IMAGE_TLV_ECDSA_SIG, .padded_len = 72, .key = k->key, .ctx = k};
}

void test_key_free(struct test_key *k)
{
    EVP_PKEY_free(k->pkey);
}

void test_image_make(struct test_image *m, const struct test_key *k)
{
    static const uint8_t payload[48] = "a program of forty-eight bytes, vectors and all";
    static const struct image_dependency dependency = {1, {1, 2, 3, 4}};
    static const struct image_custom_tlv custom[] = {
        {0x00a0, (const uint8_t *)"\x12\x34", 2},
        {0x01a1, (const uint8_t *)"", 0},
    };
    const struct image_plan plan = {
        .version = {1, 2, 3, 4},
        .hdr_size = 64,
        .input = payload,
        .input_len = sizeof payload,
        .pad_header = true,
        .erased = 0xff,
        .has_security_counter = true,
        .security_counter = 7,
        .dependencies = &dependency,
        .dependency_count = 1,
        .custom = custom,
        .custom_count = 2,
        .signer = k != NULL ? &k->signer : NULL,
    };
    struct image_built built;
    must(image_build(&plan, m->bytes, sizeof m->bytes, &built) == ERR_OK, "image_build");
    m->len = (uint32_t)built.len;
}

uint32_t test_image_area(const struct test_image *m)
{
    struct image_header h;
    must(image_header_decode(&h, m->bytes), "decoding the header");
    return h.hdr_size + h.img_size + h.protected_size;
}

static void set_total(struct test_image *m)
{
    uint32_t area = test_image_area(m);
    put_le16(m->bytes + area + 2, (uint16_t)(m->len - area));
}

void test_image_append(struct test_image *m, uint16_t type, const void *value, uint16_t len)
{
    must(m->len + 4u + len <= sizeof m->bytes, "finding room for a TLV");
    put_le16(m->bytes + m->len, type);
    put_le16(m->bytes + m->len + 2, len);
    if (len > 0)
        memcpy(m->bytes + m->len + 4, value, len);
    m->len += 4u + len;
    set_total(m);
}

void test_image_digest(const struct test_image *m, uint8_t digest[SHA256_SIZE])
{
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, m->bytes, test_image_area(m));
    sha256_final(&h, digest);
}

void test_image_append_signature(struct test_image *m, const struct test_key *k)
{
    uint8_t digest[SHA256_SIZE], hash[SHA256_SIZE], sig[IMAGE_SIG_MAX];
    size_t len;
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, k->spki, sizeof k->spki);
    sha256_final(&h, hash);
    test_image_append(m, IMAGE_TLV_KEYHASH, hash, sizeof hash);
    test_image_digest(m, digest);
    const struct image_to_sign what = {.digest = digest, .digest_len = sizeof digest};
    must(k->signer.sign(&k->signer, &what, sig, &len) == ERR_OK, "signing");
    test_image_append(m, IMAGE_TLV_ECDSA_SIG, sig, (uint16_t)len);
}

void test_image_drop_tlvs(struct test_image *m)
{
    m->len = test_image_area(m) + IMAGE_TLV_INFO_SIZE;
    set_total(m);
}
