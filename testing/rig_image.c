#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "testing/rig_image.h"

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "testing/rig_image: %s failed\n", what);
    abort();
}

void test_image_make(struct test_image *m, const struct fresh_key *k)
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

void test_image_append_signature(struct test_image *m, const struct fresh_key *k)
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
