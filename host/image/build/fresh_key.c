#include "host/image/build/fresh_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* OpenSSL has a type by this name, which we do not use; the house has an error code. */
#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#undef ERR_STATE

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    fprintf(stderr, "fresh_key: %s failed\n", what);
    abort();
}

static enum err sign(const struct image_signer *s, const struct image_to_sign *what, uint8_t *sig,
                     size_t *len)
{
    const struct fresh_key *k = s->ctx;
    EVP_PKEY_CTX *c = EVP_PKEY_CTX_new(k->pkey, NULL);
    *len = 72; /* of a P-256 signature */
    must(c != NULL && EVP_PKEY_sign_init(c) == 1 &&
             EVP_PKEY_sign(c, sig, len, what->digest, what->digest_len) == 1,
         "signing");
    EVP_PKEY_CTX_free(c);
    return ERR_OK;
}

void fresh_key_make(struct fresh_key *k)
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

void fresh_key_free(struct fresh_key *k)
{
    EVP_PKEY_free(k->pkey);
}
