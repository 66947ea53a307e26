/* fuzz_image_encrypted - image keys out of arbitrary TLVs and whole images, for every kind of wrapping, and the
 * reader of embedded keys. The mutator starts from images that do unwrap, so no corpus is kept. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/crypto/decrypt/key_der.h"
#include "core/image/encrypted/encrypted.h"
#include "testing/rig_image.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max);

/* RFC 3394 4.1: the key-encryption key 00..0f, and what it wraps. */
static const uint8_t kek[16] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
static const uint8_t wrapped[24] = {0x1f, 0xa6, 0x8b, 0x0a, 0x81, 0x12, 0xb4, 0x47,
                                    0xae, 0xf3, 0x4b, 0xd8, 0xfb, 0x5a, 0x7b, 0x82,
                                    0x9d, 0x3e, 0x86, 0x23, 0x71, 0xd2, 0xcf, 0xe5};
/* PKCS#8 around 32 bytes 40..5f, as getpriv writes it. */
static const uint8_t x25519[48] = {
    0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x6e, 0x04, 0x22, 0x04, 0x20,
    0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x4b, 0x4c, 0x4d, 0x4e, 0x4f,
    0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58, 0x59, 0x5a, 0x5b, 0x5c, 0x5d, 0x5e, 0x5f};

static void check(bool ok)
{
    if (!ok)
        abort();
}

/* Whatever the image, the payload lies inside it, the other bytes stay as they are, and no key is left behind a
 * fault. */
static void open_image(const struct image_source *s, const struct image_unwrap *u,
                       const struct image_secret *secret)
{
    struct image_payload p;
    struct image_decrypting d;
    uint8_t a[64], b[64];
    enum err err;
    enum image_fault fault = image_payload_open(&p, s, s->size, u, secret, 16, &err);
    check(fault == IMAGE_FAULT_NONE || bytes_all(&p, 0, sizeof p));
    if (fault != IMAGE_FAULT_NONE)
        return;
    check(p.key_len == 16 && p.start <= p.end && p.end <= s->size);
    struct image_source clear = image_source_decrypting(&d, s, &p);
    for (uint32_t at = 0; at < s->size && at < 4096; at += 61) {
        uint32_t n = s->size - at < sizeof a ? s->size - at : (uint32_t)sizeof a;
        check(image_source_read(s, at, a, n) == ERR_OK &&
              image_source_read(&clear, at, b, n) == ERR_OK);
        for (uint32_t i = 0; i < n; i++)
            check(a[i] == b[i] || (at + i >= p.start && at + i < p.end));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct image_source s = image_source_memory(data, (uint32_t)size);
    const struct image_secret shared = {kek, sizeof kek}, own = {x25519, sizeof x25519},
                              hostile = {data, (uint32_t)size};
    struct rsa_secret rsa;
    open_image(&s, &image_unwrap_kw, &shared);
    open_image(&s, &image_unwrap_x25519, &own);
    open_image(&s, &image_unwrap_kw, &hostile);
    (void)key_der_p256(data, size);
    (void)key_der_x25519(data, size);
    (void)key_der_rsa2048(data, size, &rsa);
    return 0;
}

/* A small image that says that it is encrypted, with the wrapped key in its last TLV; or a key. */
static size_t start(uint8_t *data, size_t max, unsigned seed)
{
    static struct test_image m;
    if (seed % 5 == 0 && max >= sizeof x25519) {
        memcpy(data, x25519, sizeof x25519);
        return sizeof x25519;
    }
    test_image_make(&m, NULL);
    put_le32(m.bytes + 16, IMAGE_FLAG_ENCRYPTED_AES128);
    test_image_append(&m, IMAGE_TLV_ENC_KW, wrapped, sizeof wrapped);
    if (m.len > max)
        return 0;
    memcpy(data, m.bytes, m.len);
    return m.len;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    if (size < IMAGE_HEADER_SIZE || seed % 16 == 0)
        size = start(data, max, seed / 16);
    size = LLVMFuzzerMutate(data, size, max);
    if (size >= IMAGE_HEADER_SIZE && seed % 8 > 1) {
        put_le32(data, IMAGE_MAGIC);
        put_le32(data + 16, IMAGE_FLAG_ENCRYPTED_AES128);
    }
    return size;
}
