/* fuzz_image_schemes - the signature checks of every kind on arbitrary keys, signatures and images. The first byte
 * chooses the kind and whether the key is a genuine one or comes from the input, too. */
#include <stdlib.h>
#include <string.h>

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#undef ERR_STATE

#include "core/base/bytes.h"
#include "core/image/image.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct image_scheme *const schemes[] = {
    &image_scheme_rsa2048,      &image_scheme_rsa3072, &image_scheme_p256,
    &image_scheme_p384,         &image_scheme_ed25519, &image_scheme_ed25519_sha512,
    &image_scheme_ed25519_pure,
};
#define KINDS ARRAY_LEN(schemes)

static uint8_t keys[KINDS][600];
static uint32_t key_len[KINDS];

static void keep(unsigned i, EVP_PKEY *pkey)
{
    unsigned char *at = keys[i];
    int len = pkey == NULL ? -1 : i < 2 ? i2d_PublicKey(pkey, &at) : i2d_PUBKEY(pkey, &at);
    if (len <= 0 || (size_t)len > sizeof keys[i])
        abort();
    key_len[i] = (uint32_t)len;
    EVP_PKEY_free(pkey);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    keep(0, EVP_RSA_gen(2048));
    keep(1, EVP_RSA_gen(3072));
    keep(2, EVP_EC_gen("P-256"));
    keep(3, EVP_EC_gen("P-384"));
    for (unsigned i = 4; i < KINDS; i++)
        keep(i, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
    return 0;
}

/* A block of exactly len bytes, so that the sanitizer sees a read behind it. */
static uint8_t *exact(const uint8_t *bytes, size_t len)
{
    uint8_t *copy = malloc(len + (len == 0));
    if (copy == NULL)
        abort();
    memcpy(copy, bytes, len);
    return copy;
}

/* Input: choice, length of the key, where the signature begins and how long it is, where the signed bytes end; then the
 * key, then the image. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 9)
        return 0;
    unsigned kind = data[0] % KINDS;
    bool own = (data[0] & 0x80) != 0;
    size_t rest = size - 9, len = own ? get_le16(data + 1) % (rest + 1) : key_len[kind];
    uint8_t *key = exact(own ? data + 9 : keys[kind], len);
    size_t skip = own ? len : 0;
    uint8_t *image = exact(data + 9 + skip, rest - skip);
    uint8_t digest[IMAGE_HASH_MAX] = {0};
    const struct image_source source = image_source_memory(image, (uint32_t)(rest - skip));
    const struct image_key trusted = {key, (uint32_t)len};
    struct image_signature s = {.source = &source,
                                .offset = get_le16(data + 3),
                                .len = get_le16(data + 5),
                                .signed_len = get_le16(data + 7) % (source.size + 1),
                                .digest = digest};
    enum image_fault fault = schemes[kind]->check(&trusted, &s);
    if (fault == IMAGE_FAULT_NONE && !own)
        abort(); /* nobody has signed with these keys */
    if ((fault == IMAGE_FAULT_READ) != (s.err != ERR_OK))
        abort();
    free(key);
    free(image);
    return 0;
}
