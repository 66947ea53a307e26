/* Tests of every kind of image that a bootloader can be built for: genuine, spoilt at every byte, cut at every length,
 * and each kind's images before every other kind's judge. Keys and signatures are OpenSSL's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#undef ERR_STATE

#include "core/base/bytes.h"
#include "core/crypto/ecdsa.h"
#include "core/crypto/ed25519.h"
#include "host/image/build/build.h"

static void sha256_of(const void *data, size_t len, uint8_t *digest)
{
    SHA256(data, len, digest);
}

static void sha384_of(const void *data, size_t len, uint8_t *digest)
{
    SHA384(data, len, digest);
}

static void sha512_of(const void *data, size_t len, uint8_t *digest)
{
    SHA512(data, len, digest);
}

static const struct image_digest with_sha256 = {IMAGE_TLV_SHA256, 32, "SHA256", sha256_of};
static const struct image_digest with_sha384 = {IMAGE_TLV_SHA384, 48, "SHA384", sha384_of};
static const struct image_digest with_sha512 = {IMAGE_TLV_SHA512, 64, "SHA512", sha512_of};

static EVP_PKEY *rsa2048(void)
{
    return EVP_RSA_gen(2048);
}

static EVP_PKEY *rsa3072(void)
{
    return EVP_RSA_gen(3072);
}

static EVP_PKEY *p256(void)
{
    return EVP_EC_gen("P-256");
}

static EVP_PKEY *p384(void)
{
    return EVP_EC_gen("P-384");
}

static EVP_PKEY *ed25519(void)
{
    return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
}

static const struct kind {
    const char *name;
    const struct image_scheme *scheme;
    const struct image_digest *digest;
    EVP_PKEY *(*make)(void);
    unsigned family; /* kinds that take each other's keys */
    bool pure;
} kinds[] = {
    {"RSA-2048", &image_scheme_rsa2048, &with_sha256, rsa2048, 0, false},
    {"RSA-3072", &image_scheme_rsa3072, &with_sha256, rsa3072, 1, false},
    {"P-256", &image_scheme_p256, &with_sha256, p256, 2, false},
    {"P-384", &image_scheme_p384, &with_sha384, p384, 3, false},
    {"Ed25519", &image_scheme_ed25519, &with_sha256, ed25519, 4, false},
    {"Ed25519, SHA-512", &image_scheme_ed25519_sha512, &with_sha512, ed25519, 4, false},
    {"Ed25519, pure", &image_scheme_ed25519_pure, &with_sha512, ed25519, 4, true},
};
#define KINDS    ARRAY_LEN(kinds)
#define FAMILIES 5u

/* One key and one stranger's key for each family. */
static struct pair {
    EVP_PKEY *pkey;
    uint8_t pub[600];
    struct image_key key;
} keys[FAMILIES], strangers[FAMILIES];

static enum err sign(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len)
{
    const struct kind *k = s->ctx;
    EVP_PKEY *pkey = keys[k->family].pkey;
    const uint8_t *message = what->pure ? what->data : what->digest;
    size_t message_len = what->pure ? what->data_len : what->digest_len;
    *len = IMAGE_SIG_MAX;
    if (k->family == 4) {
        EVP_MD_CTX *c = EVP_MD_CTX_new();
        assert_int_equal(EVP_DigestSignInit(c, NULL, NULL, NULL, pkey), 1);
        assert_int_equal(EVP_DigestSign(c, sig, len, message, message_len), 1);
        EVP_MD_CTX_free(c);
        return ERR_OK;
    }
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_sign_init(c), 1);
    if (k->family < 2) {
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING), 1);
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()), 1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(c, 32), 1);
    }
    assert_int_equal(EVP_PKEY_sign(c, sig, len, message, message_len), 1);
    EVP_PKEY_CTX_free(c);
    return ERR_OK;
}

static void make_pair(struct pair *p, const struct kind *k)
{
    unsigned char *at = p->pub;
    p->pkey = k->make();
    int len = k->family < 2 ? i2d_PublicKey(p->pkey, &at) : i2d_PUBKEY(p->pkey, &at);
    assert_true(len > 0 && (size_t)len <= sizeof p->pub);
    p->key = (struct image_key){p->pub, (uint32_t)len};
}

static int make_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        if (keys[kinds[i].family].pkey == NULL) {
            make_pair(&keys[kinds[i].family], &kinds[i]);
            make_pair(&strangers[kinds[i].family], &kinds[i]);
        }
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FAMILIES; i++) {
        EVP_PKEY_free(keys[i].pkey);
        EVP_PKEY_free(strangers[i].pkey);
    }
    return 0;
}

struct made {
    uint8_t bytes[2048];
    uint32_t len, signature; /* offset of the signature */
};

static void make(struct made *m, const struct kind *k)
{
    static const uint8_t payload[48] = "a program of forty-eight bytes, vectors and all";
    const struct image_signer signer = {.sign = sign,
                                        .tlv = k->scheme->signature_tlv,
                                        .key = keys[k->family].key,
                                        .ctx = (void *)(uintptr_t)k};
    const struct image_plan plan = {
        .version = {1, 2, 3, 4},
        .hdr_size = 64,
        .input = payload,
        .input_len = sizeof payload,
        .pad_header = true,
        .erased = 0xff,
        .has_security_counter = true,
        .digest = k->digest,
        .signer = &signer,
        .pure = k->pure,
    };
    struct image_built built;
    assert_int_equal(image_build(&plan, m->bytes, sizeof m->bytes, &built), ERR_OK);
    m->len = (uint32_t)built.len;
    m->signature = m->len - built.signature_len;
}

static enum image_fault judge(const struct image_scheme *scheme, const struct image_key *key,
                              unsigned count, const uint8_t *bytes, uint32_t len)
{
    uint8_t buf[64], *exact = malloc(len > 0 ? len : 1); /* the sanitizer sees a read behind it */
    struct image_report r;
    memcpy(exact, bytes, len);
    const struct image_source s = image_source_memory(exact, len);
    const struct image_policy p = {.keys = key, .key_count = count, .limit = len, .scheme = scheme};
    enum image_verdict v = image_verify(&s, &p, buf, sizeof buf, NULL, &r);
    free(exact);
    assert_int_equal(v == IMAGE_GENUINE, r.fault == IMAGE_FAULT_NONE);
    return r.fault;
}

static enum image_fault judge_own(const struct kind *k, const struct made *m)
{
    return judge(k->scheme, &keys[k->family].key, 1, m->bytes, m->len);
}

static void genuine_by_its_own_key_only(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct made m;
        make(&m, &kinds[i]);
        const struct image_key *stranger = &strangers[kinds[i].family].key;
        const struct image_key both[] = {*stranger, keys[kinds[i].family].key};
        assert_int_equal(judge_own(&kinds[i], &m), IMAGE_FAULT_NONE);
        assert_int_equal(judge(kinds[i].scheme, both, 2, m.bytes, m.len), IMAGE_FAULT_NONE);
        assert_int_equal(judge(kinds[i].scheme, stranger, 1, m.bytes, m.len),
                         IMAGE_FAULT_KEY_UNKNOWN);
    }
}

/* A build for one kind takes no other kind's image: not even where the keys are the same. */
static void no_kind_takes_another(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++)
        for (size_t j = 0; j < KINDS; j++) {
            struct made m;
            make(&m, &kinds[i]);
            const struct image_key all[] = {keys[0].key, keys[1].key, keys[2].key, keys[3].key,
                                            keys[4].key};
            enum image_fault fault = judge(kinds[j].scheme, all, FAMILIES, m.bytes, m.len);
            if ((fault == IMAGE_FAULT_NONE) != (i == j))
                fail_msg("an image of kind %s before a judge of kind %s: %s", kinds[i].name,
                         kinds[j].name, image_fault_text(fault));
        }
}

/* The right reason: before the signature everything is the hash's or the format's, in it the signature's. */
static bool right_reason(const struct made *m, uint32_t at, enum image_fault fault)
{
    if (at >= m->signature)
        return fault == IMAGE_FAULT_SIGNATURE_WRONG || fault == IMAGE_FAULT_SIGNATURE_FORMAT;
    return fault != IMAGE_FAULT_NONE && fault != IMAGE_FAULT_READ;
}

static void every_changed_byte_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct made m;
        make(&m, &kinds[i]);
        for (uint32_t at = 0; at < m.len; at++) {
            m.bytes[at] ^= (uint8_t)(1u << at % 8);
            enum image_fault fault = judge_own(&kinds[i], &m);
            m.bytes[at] ^= (uint8_t)(1u << at % 8);
            if (!right_reason(&m, at, fault))
                fail_msg("%s: byte %u of %u: %s", kinds[i].name, (unsigned)at, (unsigned)m.len,
                         image_fault_text(fault));
        }
        for (uint32_t len = 0; len < m.len; len++)
            assert_int_not_equal(
                judge(kinds[i].scheme, &keys[kinds[i].family].key, 1, m.bytes, len),
                IMAGE_FAULT_NONE);
    }
}

/* Keys that are not what their length says: a judge does not crash on its own table. */
static void odd_keys_verify_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct made m;
        struct pair *p = &keys[kinds[i].family];
        make(&m, &kinds[i]);
        for (uint32_t cut = 0; cut < p->key.spki_len; cut += 3) {
            uint8_t *exact = malloc(cut + 1);
            memcpy(exact, p->pub, cut);
            const struct image_key shorter = {exact, cut};
            assert_int_not_equal(judge(kinds[i].scheme, &shorter, 1, m.bytes, m.len),
                                 IMAGE_FAULT_NONE);
            struct image_signature s = {.signed_len = m.len};
            const struct image_source source = image_source_memory(m.bytes, m.len);
            s.source = &source;
            s.offset = m.signature;
            s.len = m.len - m.signature;
            s.digest = m.bytes;
            assert_int_equal(kinds[i].scheme->check(&shorter, &s), IMAGE_FAULT_KEY_UNKNOWN);
            free(exact);
        }
    }
}

/* The signature, which is the last TLV, at another length: cut off, or with zeros behind it. */
static void resize_signature(struct made *m, uint32_t len)
{
    uint32_t old = m->len - m->signature, area = 64 + 48 + get_le16(m->bytes + 10);
    assert_true(m->signature + len <= sizeof m->bytes);
    memset(m->bytes + m->len, 0, sizeof m->bytes - m->len);
    m->len = m->signature + len;
    put_le16(m->bytes + m->signature - 2, (uint16_t)len);
    put_le16(m->bytes + area + 2, (uint16_t)(get_le16(m->bytes + area + 2) + len - old));
}

/* Zeros may fill a DER signature up to one length; every other one has its own. */
static enum image_fault fault_of_length(const struct image_scheme *scheme, uint32_t own,
                                        uint32_t len)
{
    uint32_t padded = scheme == &image_scheme_p256   ? P256_SIG_PADDED
                      : scheme == &image_scheme_p384 ? P384_SIG_PADDED
                                                     : own;
    if (len == own || (len > own && len == padded))
        return IMAGE_FAULT_NONE;
    return IMAGE_FAULT_SIGNATURE_FORMAT;
}

static void a_signature_has_its_length(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct made whole, m;
        make(&whole, &kinds[i]);
        uint32_t own = whole.len - whole.signature;
        for (uint32_t len = 0; len < 800; len++) {
            m = whole;
            resize_signature(&m, len);
            enum image_fault fault = judge_own(&kinds[i], &m);
            if (fault != fault_of_length(kinds[i].scheme, own, len))
                fail_msg("%s: a signature of %u bytes, its own has %u: %s", kinds[i].name,
                         (unsigned)len, (unsigned)own, image_fault_text(fault));
        }
    }
}

static enum image_fault check_with(const struct kind *k, const struct image_key *key,
                                   uint32_t signature_len)
{
    static const uint8_t bytes[1024];
    const struct image_source source = image_source_memory(bytes, sizeof bytes);
    struct image_signature s = {
        .source = &source, .len = signature_len, .signed_len = 64, .digest = bytes};
    return k->scheme->check(key, &s);
}

/* RSA keys that are well spelt, with signatures that would go with them, or with the judge. */
static void rsa_keys_have_their_size(void **state)
{
    (void)state;
    static const unsigned bits[] = {1024, 2040, 2048, 2056, 3064, 3072, 3080};
    for (size_t i = 0; i < ARRAY_LEN(bits); i++) {
        uint8_t pub[600];
        unsigned char *at = pub;
        EVP_PKEY *pkey = EVP_RSA_gen(bits[i]);
        const struct image_key key = {pub, (uint32_t)i2d_PublicKey(pkey, &at)};
        for (unsigned judge_of = 0; judge_of < 2; judge_of++) {
            uint32_t own = judge_of == 0 ? 2048 : 3072;
            enum image_fault want =
                own == bits[i] ? IMAGE_FAULT_SIGNATURE_WRONG : IMAGE_FAULT_KEY_UNKNOWN;
            assert_int_equal(check_with(&kinds[judge_of], &key, own / 8), want);
            if (own != bits[i])
                assert_int_equal(check_with(&kinds[judge_of], &key, bits[i] / 8), want);
        }
        EVP_PKEY_free(pkey);
    }
}

/* The others' keys have one length and begin in one way; with another byte they are keys of something else. */
static void other_keys_have_their_prefix(void **state)
{
    (void)state;
    for (size_t i = 2; i < KINDS; i++) {
        struct pair spoilt = keys[kinds[i].family];
        uint32_t prefix = kinds[i].family == 2   ? P256_SPKI_PREFIX_SIZE
                          : kinds[i].family == 3 ? P384_SPKI_PREFIX_SIZE
                                                 : ED25519_SPKI_PREFIX_SIZE;
        spoilt.key.spki = spoilt.pub;
        for (uint32_t at = 0; at < prefix; at++) {
            spoilt.pub[at] ^= 1;
            assert_int_equal(check_with(&kinds[i], &spoilt.key, 64), IMAGE_FAULT_KEY_UNKNOWN);
            spoilt.pub[at] ^= 1;
        }
        spoilt.key.spki_len++;
        assert_int_equal(check_with(&kinds[i], &spoilt.key, 64), IMAGE_FAULT_KEY_UNKNOWN);
    }
}

/* ---- pure ---- */

static uint32_t find(const struct made *m, uint16_t type)
{
    uint32_t at = 64 + 48 + get_le16(m->bytes + 10) + 4;
    while (at < m->len && get_le16(m->bytes + at) != type)
        at += 4u + get_le16(m->bytes + at + 2);
    assert_true(at < m->len);
    return at;
}

/* Without its mark, or with another value in it, a pure signature counts nowhere. */
static void pure_needs_its_mark(void **state)
{
    const struct kind *pure = &kinds[KINDS - 1];
    struct made m, bad;
    (void)state;
    make(&m, pure);
    uint32_t mark = find(&m, IMAGE_TLV_SIG_PURE), area = 64 + 48 + get_le16(m.bytes + 10);
    for (unsigned value = 0; value < 256; value++) {
        bad = m;
        bad.bytes[mark + 4] = (uint8_t)value;
        assert_int_equal(judge_own(pure, &bad),
                         value == 1 ? IMAGE_FAULT_NONE : IMAGE_FAULT_SIGNATURE_FORMAT);
    }
    bad = m;
    memmove(bad.bytes + mark, bad.bytes + mark + 5, m.len - mark - 5);
    bad.len -= 5;
    put_le16(bad.bytes + area + 2, (uint16_t)(get_le16(bad.bytes + area + 2) - 5));
    assert_int_equal(judge_own(pure, &bad), IMAGE_FAULT_SIGNATURE_FORMAT);
    /* A mark of two bytes is none; the hash behind it moves along. */
    bad = m;
    memmove(bad.bytes + mark + 6, bad.bytes + mark + 5, m.len - mark - 5);
    bad.bytes[mark + 2] = 2;
    bad.bytes[mark + 5] = 0;
    bad.len++;
    put_le16(bad.bytes + area + 2, (uint16_t)(get_le16(bad.bytes + area + 2) + 1));
    assert_int_equal(judge_own(pure, &bad), IMAGE_FAULT_SIGNATURE_FORMAT);
}

/* A source that fails at its nth read. */
struct failing {
    const struct made *m;
    unsigned *left;
};

static enum err read_until(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    const struct failing *f = s->ctx;
    if ((*f->left)-- == 0)
        return ERR_UNREADABLE;
    memcpy(dst, f->m->bytes + off, len);
    return ERR_OK;
}

/* A flash word that does not decode is a reason to refuse, wherever the judge meets it: the second reading of a pure
 * image included. */
static void every_read_may_fail(void **state)
{
    (void)state;
    for (size_t i = 0; i < KINDS; i++) {
        struct made m;
        make(&m, &kinds[i]);
        for (unsigned n = 0;; n++) {
            unsigned left = n;
            const struct failing f = {&m, &left};
            const struct image_source s = {read_until, &f, m.len};
            const struct image_policy p = {.keys = &keys[kinds[i].family].key,
                                           .key_count = 1,
                                           .limit = m.len,
                                           .scheme = kinds[i].scheme};
            struct image_report r;
            uint8_t buf[64];
            enum image_verdict v = image_verify(&s, &p, buf, sizeof buf, NULL, &r);
            if (left != UINT32_MAX) { /* more reads were allowed than there are */
                assert_int_equal(v, IMAGE_GENUINE);
                assert_true(n > 10);
                break;
            }
            assert_int_equal(v, IMAGE_REFUSED);
            assert_int_equal(r.fault, IMAGE_FAULT_READ);
            assert_int_equal(r.err, ERR_UNREADABLE);
        }
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(genuine_by_its_own_key_only),   cmocka_unit_test(no_kind_takes_another),
        cmocka_unit_test(every_changed_byte_is_refused), cmocka_unit_test(odd_keys_verify_nothing),
        cmocka_unit_test(a_signature_has_its_length),    cmocka_unit_test(rsa_keys_have_their_size),
        cmocka_unit_test(other_keys_have_their_prefix),  cmocka_unit_test(pure_needs_its_mark),
        cmocka_unit_test(every_read_may_fail),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
