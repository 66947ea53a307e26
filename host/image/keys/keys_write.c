/* keys_write.c - keys as text and bytes: PEM files, and the private halves that getpriv prints. */
#include <string.h>

#include "host/image/keys/keys.h"
#include "host/image/keys/openssl.h"

static const char *pem_text(const struct key *k, BIO *bio, int written)
{
    char *text;
    long len = bio != NULL ? BIO_get_mem_data(bio, &text) : 0;
    const char *mark = k->development ? KEY_DEVELOPMENT_MARK : "";
    const char *kept = written == 1 && len > 0 ? cli_text("%s%.*s", mark, (int)len, text) : NULL;
    BIO_free(bio);
    return kept;
}

const char *key_private_pem(const struct key *k, const char *passphrase)
{
    BIO *bio = BIO_new(BIO_s_mem());
    const EVP_CIPHER *cipher = passphrase != NULL ? EVP_aes_256_cbc() : NULL;
    int len = passphrase != NULL ? (int)strlen(passphrase) : 0;
    int written = bio != NULL ? PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, cipher, passphrase, len,
                                                              NULL, NULL)
                              : 0;
    return pem_text(k, bio, written);
}

/* RSA keys are embedded as PKCS#1 but written as SubjectPublicKeyInfo, like all others. */
const char *key_public_pem(const struct key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    bool rsa = k->kind->type == KEY_RSA2048 || k->kind->type == KEY_RSA3072;
    int written = 0;
    if (bio != NULL && rsa)
        written = PEM_write_bio_PUBKEY(bio, k->pkey);
    else if (bio != NULL)
        written = PEM_write_bio(bio, "PUBLIC KEY", "", k->pub, k->pub_len) > 0;
    return pem_text(k, bio, written);
}

/* ---- getpriv ---- */

/* A copy that lives as long as what cli_text returns. */
static void keep(struct cli_blob *b, const unsigned char *bytes, size_t len)
{
    void *place = cli_memory(len);
    memcpy(place, bytes, len);
    *b = (struct cli_blob){place, len};
}

static bool encode(const EVP_PKEY *pkey, const char *structure, struct cli_blob *der)
{
    unsigned char *bytes = NULL;
    size_t len = 0;
    OSSL_ENCODER_CTX *c =
        OSSL_ENCODER_CTX_new_for_pkey(pkey, EVP_PKEY_KEYPAIR, "DER", structure, NULL);
    bool ok = c != NULL && OSSL_ENCODER_to_data(c, &bytes, &len) == 1;
    if (ok)
        keep(der, bytes, len);
    OPENSSL_clear_free(bytes, len);
    OSSL_ENCODER_CTX_free(c);
    return ok;
}

/* The public point may be left out; a copy gets that flag, the caller's key stays as it is. */
static bool encode_ec_minimal(const EVP_PKEY *pkey, const char *structure, struct cli_blob *der)
{
    EVP_PKEY *copy = EVP_PKEY_dup((EVP_PKEY *)(uintptr_t)pkey);
    bool ok = copy != NULL &&
              EVP_PKEY_set_int_param(copy, OSSL_PKEY_PARAM_EC_INCLUDE_PUBLIC, 0) == 1 &&
              encode(copy, structure, der);
    EVP_PKEY_free(copy);
    return ok;
}

/* Length octets of DER for less than 64 KiB. */
static size_t put_length(uint8_t *out, size_t len)
{
    if (len < 0x80) {
        out[0] = (uint8_t)len;
        return 1;
    }
    if (len < 0x100) {
        out[0] = 0x81;
        out[1] = (uint8_t)len;
        return 2;
    }
    out[0] = 0x82;
    out[1] = (uint8_t)(len >> 8);
    out[2] = (uint8_t)len;
    return 3;
}

/* INTEGER n; a zero in front keeps it positive. Returns its length, 0 on failure. */
static size_t put_integer(uint8_t *out, size_t cap, const BIGNUM *n)
{
    size_t bytes = (size_t)BN_num_bits(n) / 8 + 1;
    if (bytes + 4 > cap)
        return 0;
    out[0] = 0x02;
    size_t at = 1 + put_length(out + 1, bytes);
    return BN_bn2binpad(n, out + at, (int)bytes) == (int)bytes ? at + bytes : 0;
}

/* RSAPrivateKey cut off behind the primes: version, n, e, d, p, q. */
static bool encode_rsa_minimal(const EVP_PKEY *pkey, struct cli_blob *der)
{
    static const char *const names[] = {OSSL_PKEY_PARAM_RSA_N, OSSL_PKEY_PARAM_RSA_E,
                                        OSSL_PKEY_PARAM_RSA_D, OSSL_PKEY_PARAM_RSA_FACTOR1,
                                        OSSL_PKEY_PARAM_RSA_FACTOR2};
    uint8_t body[2048] = {0x02, 0x01, 0x00}, head[4] = {0x30}, whole[sizeof body + sizeof head];
    size_t len = 3;
    bool ok = true;
    for (size_t i = 0; i < ARRAY_LEN(names) && ok; i++) {
        BIGNUM *n = NULL;
        size_t put = EVP_PKEY_get_bn_param(pkey, names[i], &n) == 1
                         ? put_integer(body + len, sizeof body - len, n)
                         : 0;
        BN_clear_free(n);
        ok = put != 0;
        len += put;
    }
    size_t head_len = 1 + put_length(head + 1, len);
    memcpy(whole, head, head_len);
    memcpy(whole + head_len, body, len);
    if (ok)
        keep(der, whole, head_len + len);
    OPENSSL_cleanse(body, sizeof body);
    OPENSSL_cleanse(whole, sizeof whole);
    return ok;
}

int key_private_der(const struct key *k, enum key_form form, bool minimal, struct cli_blob *der)
{
    bool ec = k->kind->type == KEY_P256 || k->kind->type == KEY_P384;
    bool rsa = k->kind->type == KEY_RSA2048 || k->kind->type == KEY_RSA3072;
    const char *structure = form == KEY_FORM_PKCS8 ? "PrivateKeyInfo" : "type-specific";
    bool ok;
    if (minimal && ec)
        ok = encode_ec_minimal(k->pkey, structure, der);
    else if (minimal && rsa)
        ok = encode_rsa_minimal(k->pkey, der);
    else
        ok = encode(k->pkey, structure, der);
    if (ok)
        return CLI_DONE;
    return cli_fail(CLI_REFUSED, "OpenSSL could not write the private key",
                    ERR_reason_error_string(ERR_get_error()), "a key on a token does not leave it");
}
