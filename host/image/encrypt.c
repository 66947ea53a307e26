#include "host/image/encrypt.h"

#include <string.h>

#include "host/image/keys/openssl.h"

#define WRAP_OVERHEAD 8u /* RFC 3394 */

/* ---- recipients ---- */

/* Text of base64, white space ignored, to at most cap bytes. 0: it is something else. */
static size_t from_base64(const struct cli_blob *file, uint8_t *out, size_t cap)
{
    uint8_t bytes[256];
    int n = 0, last = 0;
    if (file->len > 256)
        return 0;
    EVP_ENCODE_CTX *c = EVP_ENCODE_CTX_new();
    EVP_DecodeInit(c);
    bool ok = EVP_DecodeUpdate(c, bytes, &n, file->data, (int)file->len) >= 0 &&
              EVP_DecodeFinal(c, bytes + n, &last) == 1;
    EVP_ENCODE_CTX_free(c);
    size_t len = ok ? (size_t)(n + last) : 0;
    if (len > cap)
        len = 0;
    memcpy(out, bytes, len);
    OPENSSL_cleanse(bytes, sizeof bytes);
    return len;
}

int recipient_load(const char *path, struct recipient *r)
{
    struct cli_blob file;
    *r = (struct recipient){0};
    if (strncmp(path, "pkcs11:", 7) != 0) {
        int code = cli_read_file(path, KEY_FILE_MAX, &file);
        if (code != CLI_DONE)
            return code;
        r->kek_len = from_base64(&file, r->kek, sizeof r->kek);
        if (r->kek_len == 16 || r->kek_len == 32)
            return CLI_DONE;
        r->kek_len = 0;
    }
    return key_load(path, &r->key);
}

void recipient_free(struct recipient *r)
{
    key_free(&r->key);
    OPENSSL_cleanse(r->kek, sizeof r->kek);
}

/* ---- ECIES ---- */

/* Where the parts of an ECIES TLV stand, for each type. */
struct ecies {
    uint16_t type;
    enum key_type key;
    size_t point, tag; /* bytes */
    const char *md;
};
static const struct ecies ecies_kinds[] = {
    {IMAGE_TLV_ENC_EC256, KEY_P256, 65, 32, "SHA256"},
    {IMAGE_TLV_ENC_X25519, KEY_X25519, 32, 32, "SHA256"},
    {IMAGE_TLV_ENC_X25519_SHA512, KEY_X25519, 32, 64, "SHA512"},
};

static const struct ecies *find_ecies(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(ecies_kinds); i++)
        if (ecies_kinds[i].type == type)
            return &ecies_kinds[i];
    return NULL;
}

static bool agree(EVP_PKEY *own, EVP_PKEY *peer, uint8_t shared[32])
{
    size_t len = 32;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(own, NULL);
    bool ok = c != NULL && EVP_PKEY_derive_init(c) == 1 && EVP_PKEY_derive_set_peer(c, peer) == 1 &&
              EVP_PKEY_derive(c, shared, &len) == 1 && len == 32;
    EVP_PKEY_CTX_free(c);
    return ok;
}

/* RFC 5869 without salt: first the AES key, then the key of the tag. */
static bool expand(const struct ecies *kind, const uint8_t shared[32], uint8_t *out, size_t len)
{
    char info[] = "MCUBoot_ECIES_v1", md[8];
    uint8_t secret[32];
    memcpy(secret, shared, sizeof secret);
    snprintf(md, sizeof md, "%s", kind->md);
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *c = kdf != NULL ? EVP_KDF_CTX_new(kdf) : NULL;
    const OSSL_PARAM params[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, md, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, secret, sizeof secret),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, sizeof info - 1),
        OSSL_PARAM_construct_end(),
    };
    bool ok = c != NULL && EVP_KDF_derive(c, out, len, params) == 1;
    EVP_KDF_CTX_free(c);
    EVP_KDF_free(kdf);
    OPENSSL_cleanse(secret, sizeof secret);
    return ok;
}

/* AES-CTR from an all-zero counter block, in place. */
static bool apply_ctr(const uint8_t *key, size_t key_len, uint8_t *data, size_t len)
{
    static const uint8_t zero[16];
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    bool ok =
        c != NULL && EVP_EncryptInit_ex(c, key_len == 32 ? EVP_aes_256_ctr() : EVP_aes_128_ctr(),
                                        NULL, key, zero) == 1;
    for (size_t at = 0; ok && at < len;) {
        int n = len - at < 1u << 30 ? (int)(len - at) : 1 << 30, out = 0;
        ok = EVP_EncryptUpdate(c, data + at, &out, data + at, n) == 1 && out == n;
        at += (size_t)n;
    }
    EVP_CIPHER_CTX_free(c);
    return ok;
}

static bool tag_of(const struct ecies *kind, const uint8_t *key, const uint8_t *data, size_t len,
                   uint8_t *tag)
{
    size_t n = 0;
    return EVP_Q_mac(NULL, "HMAC", NULL, kind->md, NULL, key, kind->tag, data, len, tag, kind->tag,
                     &n) != NULL &&
           n == kind->tag;
}

/* The two keys behind an agreement; out has room for 32 + 64. */
static bool derive(const struct ecies *kind, EVP_PKEY *own, EVP_PKEY *peer, size_t key_len,
                   uint8_t out[96])
{
    uint8_t shared[32];
    bool ok = agree(own, peer, shared) && expand(kind, shared, out, key_len + kind->tag);
    OPENSSL_cleanse(shared, sizeof shared);
    return ok;
}

static bool wrap_ecies(struct encryption *e, const struct ecies *kind, const struct key *to)
{
    struct key own;
    uint8_t keys[96];
    if (key_generate(&key_kinds[kind->key], &own) != CLI_DONE)
        return false;
    uint8_t *tag = e->tlv + kind->point, *wrapped = tag + kind->tag;
    memcpy(e->tlv, own.pub + own.pub_len - kind->point, kind->point);
    memcpy(wrapped, e->key, e->key_len);
    bool ok = derive(kind, own.pkey, to->pkey, e->key_len, keys) &&
              apply_ctr(keys, e->key_len, wrapped, e->key_len) &&
              tag_of(kind, keys + e->key_len, wrapped, e->key_len, tag);
    e->cipher.tlv_len = (uint16_t)(kind->point + kind->tag + e->key_len);
    OPENSSL_cleanse(keys, sizeof keys);
    key_free(&own);
    return ok;
}

/* A public key from the bytes that stand in the TLV. */
static EVP_PKEY *peer_from(const struct ecies *kind, const uint8_t *point)
{
    if (kind->key == KEY_X25519)
        return EVP_PKEY_new_raw_public_key(EVP_PKEY_X25519, NULL, point, kind->point);
    uint8_t spki[P256_SPKI_SIZE];
    const unsigned char *at = spki;
    memcpy(spki, p256_spki_prefix, sizeof p256_spki_prefix);
    memcpy(spki + sizeof p256_spki_prefix, point, kind->point);
    return d2i_PUBKEY(NULL, &at, sizeof spki);
}

static bool unwrap_ecies(const struct ecies *kind, const uint8_t *tlv, size_t key_len,
                         const struct key *by, uint8_t *key)
{
    uint8_t keys[96], tag[64];
    const uint8_t *wrapped = tlv + kind->point + kind->tag;
    EVP_PKEY *peer = by->kind->type == kind->key ? peer_from(kind, tlv) : NULL;
    bool ok = peer != NULL && derive(kind, by->pkey, peer, key_len, keys) &&
              tag_of(kind, keys + key_len, wrapped, key_len, tag) &&
              CRYPTO_memcmp(tag, tlv + kind->point, kind->tag) == 0;
    if (ok) {
        memcpy(key, wrapped, key_len);
        ok = apply_ctr(keys, key_len, key, key_len);
    }
    EVP_PKEY_free(peer);
    OPENSSL_cleanse(keys, sizeof keys);
    return ok;
}

/* ---- RSA-OAEP and key wrap ---- */

static bool set_oaep(EVP_PKEY_CTX *c)
{
    return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_OAEP_PADDING) == 1 &&
           EVP_PKEY_CTX_set_rsa_oaep_md(c, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) == 1;
}

static bool wrap_rsa(struct encryption *e, const struct key *to)
{
    size_t len = sizeof e->tlv;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(to->pkey, NULL);
    bool ok = c != NULL && EVP_PKEY_encrypt_init(c) == 1 && set_oaep(c) &&
              EVP_PKEY_encrypt(c, e->tlv, &len, e->key, e->key_len) == 1;
    EVP_PKEY_CTX_free(c);
    e->cipher.tlv_len = (uint16_t)len;
    return ok;
}

static bool unwrap_rsa(const uint8_t *tlv, size_t tlv_len, const struct key *by, uint8_t key[32],
                       size_t *key_len)
{
    uint8_t plain[384];
    size_t len = sizeof plain;
    EVP_PKEY_CTX *c = by->kind->type == KEY_RSA2048 ? EVP_PKEY_CTX_new(by->pkey, NULL) : NULL;
    bool ok = c != NULL && EVP_PKEY_decrypt_init(c) == 1 && set_oaep(c) &&
              EVP_PKEY_decrypt(c, plain, &len, tlv, tlv_len) == 1 && (len == 16 || len == 32);
    EVP_PKEY_CTX_free(c);
    if (ok) {
        memcpy(key, plain, len);
        *key_len = len;
    }
    OPENSSL_cleanse(plain, sizeof plain);
    return ok;
}

static bool run_wrap(const uint8_t *kek, size_t kek_len, bool wrap, const uint8_t *in, size_t len,
                     uint8_t *out)
{
    int n = 0, last = 0;
    uint8_t result[32 + 2 * WRAP_OVERHEAD];
    const EVP_CIPHER *aes = kek_len == 32 ? EVP_aes_256_wrap() : EVP_aes_128_wrap();
    EVP_CIPHER_CTX *c = EVP_CIPHER_CTX_new();
    if (c != NULL)
        EVP_CIPHER_CTX_set_flags(c, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
    bool ok = c != NULL && EVP_CipherInit_ex(c, aes, NULL, kek, NULL, wrap ? 1 : 0) == 1 &&
              EVP_CipherUpdate(c, result, &n, in, (int)len) == 1 &&
              EVP_CipherFinal_ex(c, result + n, &last) == 1 &&
              (size_t)(n + last) == (wrap ? len + WRAP_OVERHEAD : len - WRAP_OVERHEAD);
    EVP_CIPHER_CTX_free(c);
    if (ok)
        memcpy(out, result, (size_t)(n + last));
    OPENSSL_cleanse(result, sizeof result);
    return ok;
}

static bool unwrap_kw(const uint8_t *tlv, size_t tlv_len, const struct recipient *by,
                      uint8_t key[32], size_t *key_len)
{
    *key_len = tlv_len - WRAP_OVERHEAD;
    return by->kek_len != 0 && by->kek_len == *key_len &&
           run_wrap(by->kek, by->kek_len, false, tlv, tlv_len, key);
}

/* ---- both ways ---- */

static enum err encrypt_payload(const struct image_cipher *c, uint8_t *data, size_t len)
{
    const struct encryption *e = c->ctx;
    return apply_ctr(e->key, e->key_len, data, len) ? ERR_OK : ERR_IO;
}

static int cannot_wrap(const struct key *k)
{
    const char *why = k->kind->type == KEY_RSA3072 ? "a bootloader takes 256 bytes of RSA, no more"
                      : k->kind->type == KEY_P384  ? "there is no TLV for a key wrapped with P-384"
                                                   : "such keys sign only";
    return cli_fail(CLI_BAD_FILE, cli_text("%s keys cannot encrypt an image", k->kind->title), why,
                    "use an RSA-2048, ECDSA P-256 or X25519 public key");
}

/* Which TLV a recipient's key asks for; 0: none. */
static uint16_t tlv_for(const struct recipient *to, bool hmac_512)
{
    if (to->kek_len != 0)
        return IMAGE_TLV_ENC_KW;
    switch (to->key.kind->type) {
    case KEY_RSA2048:
        return IMAGE_TLV_ENC_RSA2048;
    case KEY_P256:
        return IMAGE_TLV_ENC_EC256;
    case KEY_X25519:
        return hmac_512 ? IMAGE_TLV_ENC_X25519_SHA512 : IMAGE_TLV_ENC_X25519;
    default:
        return 0;
    }
}

static bool wrap(struct encryption *e, const struct recipient *to)
{
    const struct ecies *kind = find_ecies(e->cipher.tlv_type);
    if (kind != NULL)
        return wrap_ecies(e, kind, &to->key);
    if (to->kek_len == 0)
        return wrap_rsa(e, &to->key);
    e->cipher.tlv_len = (uint16_t)(e->key_len + WRAP_OVERHEAD);
    return run_wrap(to->kek, to->kek_len, true, e->key, e->key_len, e->tlv);
}

int encryption_make(struct encryption *e, const struct recipient *to, size_t key_len, bool hmac_512,
                    bool clear)
{
    *e = (struct encryption){.key_len = key_len};
    e->cipher = (struct image_cipher){
        .flag = key_len == 32 ? IMAGE_FLAG_ENCRYPTED_AES256 : IMAGE_FLAG_ENCRYPTED_AES128,
        .tlv_type = tlv_for(to, hmac_512),
        .tlv = e->tlv,
        .clear = clear,
        .encrypt = encrypt_payload,
        .ctx = e,
    };
    if (e->cipher.tlv_type == 0)
        return cannot_wrap(&to->key);
    if (to->kek_len != 0 && to->kek_len != key_len)
        return cli_fail(CLI_BAD_FILE,
                        "the key-encryption key has another length than the image key",
                        cli_text("%zu against %zu bits", 8 * to->kek_len, 8 * key_len),
                        cli_text("add --encrypt-keylen %zu", 8 * to->kek_len));
    if (RAND_priv_bytes(e->key, (int)key_len) == 1 && wrap(e, to))
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, "OpenSSL could not wrap the image key",
                    ERR_reason_error_string(ERR_get_error()), NULL);
}

void encryption_wipe(struct encryption *e)
{
    OPENSSL_cleanse(e, sizeof *e);
}

bool encryption_unwrap(uint16_t type, const uint8_t *tlv, size_t tlv_len,
                       const struct recipient *by, uint8_t key[32], size_t *key_len)
{
    const struct ecies *kind = find_ecies(type);
    if (kind != NULL) {
        size_t around = kind->point + kind->tag;
        *key_len = tlv_len - around;
        return (tlv_len == around + 16 || tlv_len == around + 32) && by->key.pkey != NULL &&
               unwrap_ecies(kind, tlv, *key_len, &by->key, key);
    }
    if (type == IMAGE_TLV_ENC_KW)
        return (tlv_len == 16 + WRAP_OVERHEAD || tlv_len == 32 + WRAP_OVERHEAD) &&
               unwrap_kw(tlv, tlv_len, by, key, key_len);
    return type == IMAGE_TLV_ENC_RSA2048 && by->key.pkey != NULL &&
           unwrap_rsa(tlv, tlv_len, &by->key, key, key_len);
}

int image_decrypt(struct cli_blob *b, const struct image_kind *kind, const struct image_header *h,
                  const struct recipient *by, const char *path)
{
    uint8_t key[32];
    size_t key_len = 0, want = (h->flags & IMAGE_FLAG_ENCRYPTED_AES256) != 0 ? 32 : 16;
    bool ok = encryption_unwrap(kind->encryption_tlv, b->data + kind->encryption_at,
                                kind->encryption_len, by, key, &key_len) &&
              key_len == want && apply_ctr(key, key_len, b->data + h->hdr_size, h->img_size);
    OPENSSL_cleanse(key, sizeof key);
    ERR_clear_error();
    if (ok)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, cli_text("%s: the image key does not unwrap", path),
                    cli_text("its TLV is %s, %u bytes", image_tlv_name(kind->encryption_tlv),
                             kind->encryption_len),
                    "give the private half of the key that it was encrypted for");
}
