#include <string.h>

/* OpenSSL has a type by this name, which we do not use; the house has an error code. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#undef ERR_STATE

#include "cli/cli.h"
#include "cli/keys.h"

#define P256_GROUP "prime256v1"

/* What a person calls the key type, for the refusal. */
static const char *type_name(const EVP_PKEY *pkey)
{
    char group[64];
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
        return "RSA";
    case EVP_PKEY_ED25519:
        return "Ed25519";
    case EVP_PKEY_X25519:
        return "X25519";
    case EVP_PKEY_EC:
        if (EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1)
            return "EC keys with explicit curve parameters, that is, unnamed-curve";
        return strcmp(group, "secp384r1") == 0 ? "ECDSA P-384" : cli_text("EC (%s)", group);
    default:
        return "such";
    }
}

static bool is_p256(const EVP_PKEY *pkey)
{
    char group[64];
    return EVP_PKEY_get_base_id(pkey) == EVP_PKEY_EC &&
           EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) == 1 &&
           strcmp(group, P256_GROUP) == 0;
}

static bool coordinate(const EVP_PKEY *pkey, const char *name, uint8_t out[32])
{
    BIGNUM *n = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, name, &n) == 1 && BN_bn2binpad(n, out, 32) == 32;
    BN_free(n);
    return ok;
}

/* Built from the coordinates, so that a file with a compressed point gives the same 91 bytes. */
static bool encode_spki(struct key *k)
{
    uint8_t *point = k->spki + P256_SPKI_PREFIX_SIZE;
    memcpy(k->spki, p256_spki_prefix, P256_SPKI_PREFIX_SIZE);
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    return coordinate(k->pkey, OSSL_PKEY_PARAM_EC_PUB_X, point + 1) &&
           coordinate(k->pkey, OSSL_PKEY_PARAM_EC_PUB_Y, point + 33);
}

/* OpenSSL asks for a passphrase only if the file needs one. */
static int note_passphrase(char *buf, int size, int writing, void *asked)
{
    (void)buf, (void)size, (void)writing;
    *(bool *)asked = true;
    return -1;
}

static EVP_PKEY *parse(const struct cli_blob *file, bool *is_private, bool *locked)
{
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->len);
    if (bio == NULL)
        return NULL;
    EVP_PKEY *pkey = PEM_read_bio_PrivateKey(bio, NULL, note_passphrase, locked);
    *is_private = pkey != NULL;
    if (pkey == NULL && !*locked && BIO_reset(bio) == 1)
        pkey = PEM_read_bio_PUBKEY(bio, NULL, note_passphrase, locked);
    BIO_free(bio);
    ERR_clear_error();
    return pkey;
}

static int refuse_type(const char *path, const EVP_PKEY *pkey)
{
    return cli_fail(CLI_BAD_FILE,
                    cli_text("%s keys are not supported yet, only ECDSA P-256", type_name(pkey)),
                    cli_text("key file '%s'", path), "slipway keygen -t ecdsa-p256 -k NEW.pem");
}

static int refuse_file(const char *path, bool locked)
{
    if (locked)
        return cli_fail(CLI_BAD_FILE, cli_text("the key in '%s' is encrypted", path),
                        "keys with a passphrase are not supported yet",
                        cli_text("openssl pkey -in %s -out PLAIN.pem", path));
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds no key that can be read", path),
                    "it is no PEM file with a private or public key",
                    "slipway keygen -t ecdsa-p256 -k NEW.pem");
}

int key_load(const char *path, struct key *k)
{
    struct cli_blob file;
    bool locked = false;
    *k = (struct key){0};
    int code = cli_read_file(path, KEY_FILE_MAX, &file);
    if (code != CLI_DONE)
        return code;
    EVP_PKEY *pkey = parse(&file, &k->is_private, &locked);
    if (pkey == NULL)
        return refuse_file(path, locked);
    k->pkey = pkey;
    if (!is_p256(pkey))
        code = refuse_type(path, pkey);
    else if (!encode_spki(k))
        code = refuse_file(path, false);
    if (code != CLI_DONE)
        key_free(k);
    return code;
}

int key_generate(struct key *k)
{
    *k = (struct key){.pkey = EVP_EC_gen("P-256"), .is_private = true};
    if (k->pkey != NULL && encode_spki(k))
        return CLI_DONE;
    key_free(k);
    return cli_fail(CLI_REFUSED, "OpenSSL could not make a key",
                    ERR_reason_error_string(ERR_get_error()), NULL);
}

void key_free(struct key *k)
{
    EVP_PKEY_free(k->pkey);
    k->pkey = NULL;
}

static const char *pem_text(BIO *bio, int written)
{
    char *text;
    long len = bio != NULL ? BIO_get_mem_data(bio, &text) : 0;
    const char *kept = written == 1 && len > 0 ? cli_text("%.*s", (int)len, text) : NULL;
    BIO_free(bio);
    return kept;
}

const char *key_private_pem(const struct key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int written =
        bio != NULL ? PEM_write_bio_PKCS8PrivateKey(bio, k->pkey, NULL, NULL, 0, NULL, NULL) : 0;
    return pem_text(bio, written);
}

const char *key_public_pem(const struct key *k)
{
    BIO *bio = BIO_new(BIO_s_mem());
    int written =
        bio != NULL ? PEM_write_bio(bio, "PUBLIC KEY", "", k->spki, sizeof k->spki) > 0 : 0;
    return pem_text(bio, written);
}

static enum err sign(const struct image_signer *s, const uint8_t digest[SHA256_SIZE], uint8_t *sig,
                     size_t *len)
{
    const struct key *k = s->ctx;
    *len = IMAGE_SIG_MAX;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->pkey, NULL);
    bool ok = c != NULL && EVP_PKEY_sign_init(c) == 1 &&
              EVP_PKEY_sign(c, sig, len, digest, SHA256_SIZE) == 1;
    EVP_PKEY_CTX_free(c);
    return ok ? ERR_OK : ERR_IO;
}

struct image_signer key_signer(const struct key *k)
{
    return (struct image_signer){
        .sign = sign,
        .key = {.spki = k->spki, .spki_len = sizeof k->spki},
        .ctx = (void *)(uintptr_t)k,
    };
}
