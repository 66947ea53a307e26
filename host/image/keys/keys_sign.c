/* keys_sign.c - hashes, signatures, and checking them for every kind of key. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "host/image/keys/keys.h"
#include "host/image/keys/openssl.h"

/* ---- hashes ---- */

static void hash_of(const EVP_MD *md, const void *data, size_t len, uint8_t *digest)
{
    if (EVP_Digest(data, len, digest, NULL, md, NULL) != 1)
        abort(); /* OpenSSL without SHA-2 */
}

static void sha256_of(const void *data, size_t len, uint8_t *digest)
{
    hash_of(EVP_sha256(), data, len, digest);
}

static void sha384_of(const void *data, size_t len, uint8_t *digest)
{
    hash_of(EVP_sha384(), data, len, digest);
}

static void sha512_of(const void *data, size_t len, uint8_t *digest)
{
    hash_of(EVP_sha512(), data, len, digest);
}

static const struct image_digest digests[] = {
    {IMAGE_TLV_SHA256, 32, "SHA256", sha256_of},
    {IMAGE_TLV_SHA384, 48, "SHA384", sha384_of},
    {IMAGE_TLV_SHA512, 64, "SHA512", sha512_of},
};

const struct image_digest *digest_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(digests); i++)
        if (strcmp(digests[i].name, name) == 0)
            return &digests[i];
    return NULL;
}

const struct image_digest *digest_by_tlv(uint16_t tlv)
{
    for (size_t i = 0; i < ARRAY_LEN(digests); i++)
        if (digests[i].tlv == tlv)
            return &digests[i];
    return NULL;
}

bool key_signs(const struct key_kind *kind, const struct image_digest *digest)
{
    for (const char *const *d = kind->digests; *d != NULL; d++)
        if (strcmp(*d, digest->name) == 0)
            return true;
    return false;
}

const char *key_hash_text(const struct image_key *key)
{
    uint8_t hash[32];
    char hex[2 * sizeof hash + 1];
    sha256_of(key->spki, key->spki_len, hash);
    cli_hex(hex, hash, sizeof hash);
    return cli_text("%s", hex);
}

/* ---- signing ---- */

/* RSASSA-PSS with SHA-256 throughout and a salt of 32 bytes is the only form that MCUboot's readers take. */
static bool set_padding(EVP_PKEY_CTX *c, const struct key_kind *kind)
{
    if (kind->type != KEY_RSA2048 && kind->type != KEY_RSA3072)
        return true;
    return EVP_PKEY_CTX_set_rsa_padding(c, RSA_PKCS1_PSS_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(c, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_mgf1_md(c, EVP_sha256()) == 1 &&
           EVP_PKEY_CTX_set_rsa_pss_saltlen(c, 32) == 1;
}

/* Ed25519 hashes its message itself: the digest, or with pure the image. */
static bool sign_message(EVP_PKEY *pkey, const uint8_t *message, size_t message_len, uint8_t *sig,
                         size_t *len)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && EVP_DigestSignInit(c, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestSign(c, sig, len, message, message_len) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}

static bool sign_digest(EVP_PKEY *pkey, const struct key_kind *kind, const uint8_t *digest,
                        size_t digest_len, uint8_t *sig, size_t *len)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    bool ok = c != NULL && EVP_PKEY_sign_init(c) == 1 && set_padding(c, kind) &&
              EVP_PKEY_sign(c, sig, len, digest, digest_len) == 1;
    EVP_PKEY_CTX_free(c);
    return ok;
}

static enum err sign(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len)
{
    struct key *k = s->ctx;
    *len = IMAGE_SIG_MAX;
    bool ok;
    if (k->kind->type == KEY_ED25519)
        ok = sign_message(k->pkey, what->pure ? what->data : what->digest,
                          what->pure ? what->data_len : what->digest_len, sig, len);
    else
        ok = sign_digest(k->pkey, k->kind, what->digest, what->digest_len, sig, len);
    return ok ? ERR_OK : ERR_IO;
}

struct image_signer key_signer(const struct key *k)
{
    return (struct image_signer){
        .sign = sign,
        .tlv = k->kind->signature_tlv,
        .padded_len = k->kind->padded_signature,
        .key = key_public(k),
        .ctx = (void *)(uintptr_t)k,
    };
}

/* ---- checking ---- */

static EVP_PKEY *decode_public(const struct image_key *key)
{
    const unsigned char *at = key->spki;
    EVP_PKEY *pkey = d2i_PUBKEY(NULL, &at, (long)key->spki_len);
    at = key->spki;
    if (pkey == NULL)
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &at, (long)key->spki_len);
    ERR_clear_error();
    return pkey;
}

static const struct key_kind *kind_of_public(EVP_PKEY *pkey)
{
    int bits = EVP_PKEY_get_bits(pkey);
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        return bits == 2048   ? &key_kinds[KEY_RSA2048]
               : bits == 3072 ? &key_kinds[KEY_RSA3072]
                              : NULL;
    case EVP_PKEY_EC:
        return bits == 256 ? &key_kinds[KEY_P256] : bits == 384 ? &key_kinds[KEY_P384] : NULL;
    case EVP_PKEY_ED25519:
        return &key_kinds[KEY_ED25519];
    case EVP_PKEY_X25519:
        return &key_kinds[KEY_X25519];
    default:
        return NULL;
    }
}

const struct key_kind *key_kind_of(const struct image_key *key)
{
    EVP_PKEY *pkey = decode_public(key);
    const struct key_kind *kind = pkey != NULL ? kind_of_public(pkey) : NULL;
    EVP_PKEY_free(pkey);
    return kind;
}

/* The bootloader's parser decides what is a signature. OpenSSL gets its SEQUENCE, without the zeros of --pad-sig. */
static bool cut_to_der(const struct key_kind *kind, const uint8_t *sig, size_t *len)
{
    uint8_t numbers[P384_SIG_SIZE];
    bool ok = kind->type == KEY_P256 ? ecdsa_p256_sig_decode(numbers, sig, *len)
                                     : ecdsa_p384_sig_decode(numbers, sig, *len);
    if (ok)
        *len = 2u + sig[1]; /* both curves' are so short that the length is one octet */
    return ok;
}

static bool verify_digest(EVP_PKEY *pkey, const struct key_kind *kind, const uint8_t *digest,
                          size_t digest_len, const uint8_t *sig, size_t len)
{
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(pkey, NULL);
    bool ok = c != NULL && EVP_PKEY_verify_init(c) == 1 && set_padding(c, kind) &&
              EVP_PKEY_verify(c, sig, len, digest, digest_len) == 1;
    EVP_PKEY_CTX_free(c);
    return ok;
}

static bool verify_message(EVP_PKEY *pkey, const uint8_t *message, size_t message_len,
                           const uint8_t *sig, size_t len)
{
    EVP_MD_CTX *c = EVP_MD_CTX_new();
    bool ok = c != NULL && EVP_DigestVerifyInit(c, NULL, NULL, NULL, pkey) == 1 &&
              EVP_DigestVerify(c, sig, len, message, message_len) == 1;
    EVP_MD_CTX_free(c);
    return ok;
}

/* ---- signatures apart from what they sign ---- */

static const struct image_digest *digest_of(const struct key_kind *kind)
{
    return digest_find(kind->digests[0]);
}

bool key_sign_bytes(const struct key *k, const struct cli_blob *bytes, uint8_t *sig, size_t *len)
{
    uint8_t digest[IMAGE_HASH_MAX];
    *len = IMAGE_SIG_MAX;
    if (k->kind->type == KEY_ED25519)
        return sign_message(k->pkey, bytes->data, bytes->len, sig, len);
    digest_of(k->kind)->compute(bytes->data, bytes->len, digest);
    return sign_digest(k->pkey, k->kind, digest, digest_of(k->kind)->size, sig, len);
}

bool key_signed_bytes(const struct key *k, const struct cli_blob *bytes, const struct cli_blob *sig)
{
    uint8_t digest[IMAGE_HASH_MAX];
    bool right = false;
    if (k->kind->type == KEY_ED25519) {
        right = verify_message(k->pkey, bytes->data, bytes->len, sig->data, sig->len);
    } else if (k->kind->signature_tlv != 0) {
        digest_of(k->kind)->compute(bytes->data, bytes->len, digest);
        right =
            verify_digest(k->pkey, k->kind, digest, digest_of(k->kind)->size, sig->data, sig->len);
    }
    ERR_clear_error();
    return right;
}

/* ---- an image's signature ---- */

/* What a digest's length leaves open: P-384 and Ed25519 sign only theirs. */
static enum image_fault check_with(const struct image_key *key, struct image_signature *s,
                                   size_t digest_len)
{
    uint8_t sig[IMAGE_SIG_MAX];
    if (s->len > sizeof sig)
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    s->err = image_source_read(s->source, s->offset, sig, s->len);
    if (s->err != ERR_OK)
        return IMAGE_FAULT_READ;
    EVP_PKEY *pkey = decode_public(key);
    const struct key_kind *kind = pkey != NULL ? kind_of_public(pkey) : NULL;
    enum image_fault fault = IMAGE_FAULT_KEY_UNKNOWN;
    size_t len = s->len;
    if (kind != NULL && kind->signature_tlv == IMAGE_TLV_ECDSA_SIG &&
        !cut_to_der(kind, sig, &len)) {
        fault = IMAGE_FAULT_SIGNATURE_FORMAT;
    } else if (kind != NULL && kind->signature_tlv != 0) {
        bool right = kind->type == KEY_ED25519
                         ? verify_message(pkey, s->digest, digest_len, sig, len)
                         : verify_digest(pkey, kind, s->digest, digest_len, sig, len);
        fault = right ? IMAGE_FAULT_NONE : IMAGE_FAULT_SIGNATURE_WRONG;
    }
    EVP_PKEY_free(pkey);
    ERR_clear_error();
    return fault;
}

static enum image_fault check_256(const struct image_key *key, struct image_signature *s)
{
    return check_with(key, s, 32);
}

static enum image_fault check_384(const struct image_key *key, struct image_signature *s)
{
    return check_with(key, s, 48);
}

static enum image_fault check_512(const struct image_key *key, struct image_signature *s)
{
    return check_with(key, s, 64);
}

/* The signature covers the image's bytes, so they are read again. */
static enum image_fault check_pure(const struct image_key *key, struct image_signature *s)
{
    uint8_t sig[64];
    if (s->len != sizeof sig)
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    uint8_t *data = malloc(s->signed_len);
    s->err = data == NULL ? ERR_NOMEM : image_source_read(s->source, s->offset, sig, s->len);
    if (s->err == ERR_OK)
        s->err = image_source_read(s->source, 0, data, s->signed_len);
    EVP_PKEY *pkey = s->err == ERR_OK ? decode_public(key) : NULL;
    enum image_fault fault = s->err != ERR_OK ? IMAGE_FAULT_READ : IMAGE_FAULT_KEY_UNKNOWN;
    if (pkey != NULL && EVP_PKEY_get_base_id(pkey) == EVP_PKEY_ED25519)
        fault = verify_message(pkey, data, s->signed_len, sig, sizeof sig)
                    ? IMAGE_FAULT_NONE
                    : IMAGE_FAULT_SIGNATURE_WRONG;
    EVP_PKEY_free(pkey);
    free(data);
    ERR_clear_error();
    return fault;
}

/* ---- schemes ---- */

static_assert(sizeof(struct sha512) <= IMAGE_HASH_STATE, "the hash's state");

static void init_384(void *state)
{
    sha384_init(state);
}

static void init_512(void *state)
{
    sha512_init(state);
}

static void update(void *state, const void *data, size_t len)
{
    sha512_update(state, data, len);
}

static void final_384(const void *state, uint8_t *digest)
{
    sha384_final(state, digest);
}

static void final_512(const void *state, uint8_t *digest)
{
    sha512_final(state, digest);
}

/* A bootloader allows one kind of each TLV; this tool reads all kinds. */
static const uint16_t every_type[] = {IMAGE_TLV_SIG_PURE, IMAGE_TLV_ENC_X25519_SHA512, 0};
static const uint16_t not_pure[] = {IMAGE_TLV_ENC_X25519_SHA512, 0};

const uint16_t *key_allowed_types(bool pure)
{
    return pure ? every_type : not_pure;
}

struct image_scheme key_scheme(const struct image_digest *digest, const struct key_kind *kind,
                               bool pure, uint32_t flags)
{
    struct image_scheme s =
        image_scheme_p256; /* for SHA-256 and P-256, the bootloader's own code */
    if (digest->tlv != IMAGE_TLV_SHA256) {
        bool wide = digest->tlv == IMAGE_TLV_SHA512;
        s.hash_tlv = digest->tlv;
        s.hash_size = digest->size;
        s.hash_init = wide ? init_512 : init_384;
        s.hash_update = update;
        s.hash_final = wide ? final_512 : final_384;
        s.check = wide ? check_512 : check_384;
    } else if (kind != NULL && kind->type != KEY_P256) {
        s.check = check_256;
    }
    if (pure)
        s.check = check_pure;
    s.signature_tlv = kind != NULL ? kind->signature_tlv : 0;
    s.allowed = key_allowed_types(pure || kind == NULL);
    s.flags = flags;
    return s;
}
