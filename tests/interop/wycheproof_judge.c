/* wycheproof_judge - the verdicts of the bootloader's code and of the host program's on wycheproof_test.py's vectors.
 *
 * Standard input has one vector a line: its kind and three values in hexadecimal, "-" for an empty one. Signatures:
 * public key as MCUboot embeds it, message, signature. The others: secret as a bootloader embeds it, bytes of the
 * image key (a number), value of the TLV. The answer is one line: the device's verdict and the host's, each "no",
 * "yes" or the image key. */
#include <inttypes.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/image/encrypted/encrypted.h"
#include "host/image/encrypt.h"

struct bytes {
    uint8_t *at;
    size_t len;
};

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "wycheproof_judge: %s\n", what);
    exit(2);
}

/* Exactly as large as what is in it, so that AddressSanitizer sees a reader that leaves it. */
static struct bytes from_hex(const char *text)
{
    must(text != NULL, "a value is missing");
    size_t len = strcmp(text, "-") == 0 ? 0 : strlen(text) / 2;
    struct bytes b = {malloc(len), len};
    must(b.at != NULL || len == 0, "memory");
    for (size_t i = 0; i < len; i++) {
        unsigned byte;
        must(sscanf(text + 2 * i, "%2x", &byte) == 1, "not hexadecimal");
        b.at[i] = (uint8_t)byte;
    }
    return b;
}

static uint8_t *put_tlv(uint8_t *at, uint16_t type, const void *value, size_t len)
{
    put_le16(at, type);
    put_le16(at + 2, (uint16_t)len);
    if (len > 0)
        memcpy(at + 4, value, len);
    return at + 4 + len;
}

/* ---- signatures ------------------------------------------------------------------------------ */

static const struct signature_kind {
    const char *name;
    const struct image_scheme *device;
    enum key_type key;
    const char *digest;
    bool pure;
} signature_kinds[] = {
    {"p256", &image_scheme_p256, KEY_P256, "SHA256", false},
    {"p384", &image_scheme_p384, KEY_P384, "SHA384", false},
    {"rsa2048", &image_scheme_rsa2048, KEY_RSA2048, "SHA256", false},
    {"rsa3072", &image_scheme_rsa3072, KEY_RSA3072, "SHA256", false},
    {"ed25519", &image_scheme_ed25519_pure, KEY_ED25519, "SHA512", true},
};

/* The message, and behind it the TLVs that an image of this kind has. */
static const char *check(const struct image_scheme *scheme, const struct image_source *source,
                         const struct image_key *key, uint32_t message_len, uint32_t sig_len)
{
    alignas(max_align_t) uint8_t state[IMAGE_HASH_STATE];
    uint8_t digest[IMAGE_HASH_MAX], byte;
    scheme->hash_init(state);
    for (uint32_t i = 0; i < message_len; i++) {
        must(image_source_read(source, i, &byte, 1) == ERR_OK, "reading the message");
        scheme->hash_update(state, &byte, 1);
    }
    scheme->hash_final(state, digest);
    struct image_signature s = {.source = source,
                                .offset = source->size - sig_len,
                                .len = sig_len,
                                .signed_len = message_len,
                                .digest = digest};
    return scheme->check(key, &s) == IMAGE_FAULT_NONE ? "yes" : "no";
}

static void judge_signature(const struct signature_kind *kind, const struct bytes v[3])
{
    const struct image_key key = {v[0].at, (uint32_t)v[0].len};
    const struct bytes message = v[1], sig = v[2];
    static const uint8_t one = 1;
    size_t mark = kind->pure ? 4 + 1 : 0, total = IMAGE_TLV_INFO_SIZE + mark + 4 + sig.len;
    uint8_t *image = malloc(message.len + total), *at = image + message.len;
    must(image != NULL, "memory");
    if (message.len > 0)
        memcpy(image, message.at, message.len);
    put_le16(at, IMAGE_TLV_INFO_MAGIC);
    put_le16(at + 2, (uint16_t)total);
    at += IMAGE_TLV_INFO_SIZE;
    if (kind->pure)
        at = put_tlv(at, IMAGE_TLV_SIG_PURE, &one, 1);
    put_tlv(at, kind->device->signature_tlv, sig.at, sig.len);
    const struct image_source source = image_source_memory(image, (uint32_t)(message.len + total));
    const struct image_scheme host =
        key_scheme(digest_find(kind->digest), &key_kinds[kind->key], kind->pure, 0);
    printf("%s %s\n", check(kind->device, &source, &key, (uint32_t)message.len, (uint32_t)sig.len),
           check(&host, &source, &key, (uint32_t)message.len, (uint32_t)sig.len));
    free(image);
}

/* ---- image keys ------------------------------------------------------------------------------ */

static const struct {
    const char *name;
    const struct image_unwrap *device;
} wrap_kinds[] = {
    {"kw", &image_unwrap_kw},
    {"oaep", &image_unwrap_rsa2048},
    {"ec256", &image_unwrap_ec256},
    {"x25519", &image_unwrap_x25519},
    {"x25519-sha512", &image_unwrap_x25519_sha512},
};

static void print_key(bool ok, const uint8_t *key, size_t len, char end)
{
    if (!ok)
        printf("no");
    for (size_t i = 0; ok && i < len; i++)
        printf("%02x", key[i]);
    putchar(end);
}

/* Out of an encrypted image with that TLV alone, as a bootloader does. */
static bool device_unwraps(const struct image_unwrap *kind, const struct bytes *secret,
                           uint8_t key_len, const struct bytes *value, uint8_t *key)
{
    /* A key-encryption key of the other length is MCUboot's limit and not the composition's. */
    if (kind == &image_unwrap_kw && (secret->len == 16 || secret->len == 32) &&
        secret->len != key_len)
        return value->len == key_len + AES_KW_OVERHEAD &&
               aes_kw_unwrap(key, key_len, value->at, secret->at, secret->len);
    size_t total = IMAGE_TLV_INFO_SIZE + 4 + value->len, payload = 16;
    uint8_t *image = calloc(1, IMAGE_HEADER_SIZE + payload + total), *at = image;
    must(image != NULL, "memory");
    const struct image_header h = {.hdr_size = IMAGE_HEADER_SIZE,
                                   .img_size = (uint32_t)payload,
                                   .flags = key_len == 32 ? IMAGE_FLAG_ENCRYPTED_AES256
                                                          : IMAGE_FLAG_ENCRYPTED_AES128};
    put_le32(at, IMAGE_MAGIC);
    put_le16(at + 8, h.hdr_size);
    put_le32(at + 12, h.img_size);
    put_le32(at + 16, h.flags);
    at += IMAGE_HEADER_SIZE + payload;
    put_le16(at, IMAGE_TLV_INFO_MAGIC);
    put_le16(at + 2, (uint16_t)total);
    put_tlv(at + IMAGE_TLV_INFO_SIZE, kind->tlv, value->at, value->len);
    const struct image_source source =
        image_source_memory(image, (uint32_t)(IMAGE_HEADER_SIZE + payload + total));
    const struct image_secret own = {secret->at, (uint32_t)secret->len};
    struct image_payload p;
    enum err err;
    enum image_fault fault =
        image_payload_open(&p, &source, source.size, kind, &own, key_len, &err);
    /* An image that is not well-formed would be refused for that. */
    must(fault == IMAGE_FAULT_NONE || fault == IMAGE_FAULT_ENC_KEY ||
             fault == IMAGE_FAULT_ENC_LENGTH,
         "the image around a TLV is wrong");
    memcpy(key, p.key, p.key_len);
    free(image);
    return fault == IMAGE_FAULT_NONE;
}

static bool host_unwraps(uint16_t tlv, const struct bytes *secret, uint8_t key_len,
                         const struct bytes *value, uint8_t *key)
{
    struct recipient by = {.kek_len = 0};
    size_t len = 0;
    if (tlv == IMAGE_TLV_ENC_KW) {
        if (secret->len > sizeof by.kek)
            return false;
        memcpy(by.kek, secret->at, secret->len);
        by.kek_len = secret->len;
    } else {
        struct cli_blob file = {.data = malloc(secret->len + 1), .len = secret->len};
        must(file.data != NULL, "memory");
        memcpy(file.data, secret->at, secret->len);
        file.data[file.len] = 0;
        must(key_decode(&file, &by.key) == CLI_DONE, "the host does not know a private key");
        free(file.data);
    }
    bool ok = encryption_unwrap(tlv, value->at, value->len, &by, key, &len) && len == key_len;
    key_free(&by.key);
    return ok;
}

static void judge_wrap(const struct image_unwrap *kind, const struct bytes *secret, uint8_t key_len,
                       const struct bytes *value)
{
    uint8_t key[AES_KEY_MAX];
    must(key_len == 16 || key_len == 32, "an image key has 16 or 32 bytes");
    print_key(device_unwraps(kind, secret, key_len, value, key), key, key_len, ' ');
    print_key(host_unwraps(kind->tlv, secret, key_len, value, key), key, key_len, '\n');
}

static void judge(const char *kind, const char *const fields[3])
{
    struct bytes v[3];
    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        v[i] = from_hex(fields[i]);
    bool known = false;
    for (size_t i = 0; i < ARRAY_LEN(signature_kinds); i++)
        if (strcmp(signature_kinds[i].name, kind) == 0) {
            judge_signature(&signature_kinds[i], v);
            known = true;
        }
    for (size_t i = 0; i < ARRAY_LEN(wrap_kinds); i++)
        if (strcmp(wrap_kinds[i].name, kind) == 0) {
            must(v[1].len == 1, "the length of an image key is one byte");
            judge_wrap(wrap_kinds[i].device, &v[0], v[1].at[0], &v[2]);
            known = true;
        }
    must(known, "an unknown kind");
    for (size_t i = 0; i < ARRAY_LEN(v); i++)
        free(v[i].at);
}

int main(void)
{
    char *line = NULL;
    size_t room = 0;
    while (getline(&line, &room, stdin) > 0) {
        char *rest = line;
        const char *kind = strtok_r(rest, " \n", &rest);
        const char *fields[3];
        for (size_t i = 0; i < ARRAY_LEN(fields); i++)
            fields[i] = strtok_r(NULL, " \n", &rest);
        must(kind != NULL, "an empty line");
        judge(kind, fields);
        cli_release();
    }
    free(line);
    return 0;
}
