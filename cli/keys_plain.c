/* keys_plain.c - the key file as `keygen` and imgtool write it: PEM, PKCS#8, no passphrase, RSA, EC or Ed25519.
 *
 * OpenSSL's general way first collects every decoder for every structure and type: ten of the fifteen million
 * instructions that a key cost, and more than the signature. Here its templates for the one structure are used, so the
 * functions are those that it calls deprecated: they name a type. For the same reason the randomness comes straight from
 * the kernel, which is where the library's generator has its seed from; setting that up takes longer than a signature. */
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#define OPENSSL_SUPPRESS_DEPRECATED
#include "cli/keys.h"
#include "cli/openssl.h"

#define ERR_STATE OPENSSL_ERR_STATE
#include <openssl/x509.h>
#undef ERR_STATE

static int kernel_bytes(unsigned char *out, int len)
{
    for (int have = 0; have < len;) {
        ssize_t n = getrandom(out + have, (size_t)(len - have), 0);
        if (n < 0 && errno != EINTR)
            return 0;
        have += n > 0 ? (int)n : 0;
    }
    return 1;
}

static int kernel_status(void)
{
    return 1;
}

void key_randomness(void)
{
    static const RAND_METHOD kernel = {
        .bytes = kernel_bytes, .pseudorand = kernel_bytes, .status = kernel_status};
    (void)!RAND_set_rand_method(&kernel);
}

/* The library's lists of algorithms and of error texts, for which nobody will ask; they cost more than a signature. Whether
 * they are made is settled once in a process. */
static void without_lists(void)
{
    (void)!OPENSSL_init_crypto(OPENSSL_INIT_NO_ADD_ALL_CIPHERS | OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
                                   OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
                               NULL);
}

static EVP_PKEY *plain_rsa(const unsigned char *der, int len)
{
    RSA *rsa = d2i_RSAPrivateKey(NULL, &der, len);
    EVP_PKEY *pkey = rsa != NULL ? EVP_PKEY_new() : NULL;
    if (pkey != NULL && EVP_PKEY_assign_RSA(pkey, rsa) == 1)
        return pkey;
    RSA_free(rsa);
    EVP_PKEY_free(pkey);
    return NULL;
}

static EVP_PKEY *plain_ec(const unsigned char *der, int len, const X509_ALGOR *alg)
{
    const void *curve = NULL;
    int type = V_ASN1_UNDEF;
    X509_ALGOR_get0(NULL, &type, &curve, alg);
    EC_KEY *ec = type == V_ASN1_OBJECT ? EC_KEY_new_by_curve_name(OBJ_obj2nid(curve)) : NULL;
    EVP_PKEY *pkey = ec != NULL && d2i_ECPrivateKey(&ec, &der, len) != NULL ? EVP_PKEY_new() : NULL;
    if (pkey != NULL && EVP_PKEY_assign_EC_KEY(pkey, ec) == 1)
        return pkey;
    EC_KEY_free(ec);
    EVP_PKEY_free(pkey);
    return NULL;
}

/* An OCTET STRING of 32 bytes. */
static EVP_PKEY *plain_ed25519(const unsigned char *der, int len)
{
    if (len != 34 || der[0] != 0x04 || der[1] != 32)
        return NULL;
    return EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, der + 2, 32);
}

static EVP_PKEY *from_pkcs8(const unsigned char *der, long len)
{
    const unsigned char *at = der;
    PKCS8_PRIV_KEY_INFO *info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &at, len);
    const ASN1_OBJECT *type = NULL;
    const X509_ALGOR *alg = NULL;
    const unsigned char *inner = NULL;
    int inner_len = 0;
    EVP_PKEY *pkey = NULL;
    if (info == NULL || PKCS8_pkey_get0(&type, &inner, &inner_len, &alg, info) != 1)
        type = NULL;
    switch (type != NULL ? OBJ_obj2nid(type) : NID_undef) {
    case NID_rsaEncryption:
        pkey = plain_rsa(inner, inner_len);
        break;
    case NID_X9_62_id_ecPublicKey:
        pkey = plain_ec(inner, inner_len, alg);
        break;
    case NID_ED25519:
        pkey = plain_ed25519(inner, inner_len);
        break;
    default:
        break;
    }
    PKCS8_PRIV_KEY_INFO_free(info);
    return pkey;
}

void *key_plain(const struct cli_blob *file, bool alone)
{
    char *name = NULL, *header = NULL;
    unsigned char *der = NULL;
    long len = 0;
    EVP_PKEY *pkey = NULL;
    BIO *bio = BIO_new_mem_buf(file->data, (int)file->len);
    if (bio != NULL && PEM_read_bio(bio, &name, &header, &der, &len) == 1 &&
        strcmp(name, PEM_STRING_PKCS8INF) == 0 && header[0] == '\0') {
        if (alone)
            without_lists();
        pkey = from_pkcs8(der, len);
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    if (der != NULL)
        OPENSSL_clear_free(der, (size_t)len);
    BIO_free(bio);
    if (pkey == NULL)
        ERR_clear_error();
    return pkey;
}

/* ---- signatures ---- */

/* The nonce is the library's hash of the private key, of random bytes and, in the place of the message, which is not hashed
 * yet, of this moment: a machine that is set back to a snapshot, and its random numbers with it, repeats none. */
static bool choose_nonce(BIGNUM *k, const EC_KEY *ec, BN_CTX *c)
{
    struct {
        struct timespec now;
        pid_t process;
    } moment;
    memset(&moment, 0, sizeof moment);
    moment.process = getpid();
    return clock_gettime(CLOCK_REALTIME, &moment.now) == 0 &&
           BN_generate_dsa_nonce(k, EC_GROUP_get0_order(EC_KEY_get0_group(ec)),
                                 EC_KEY_get0_private_key(ec), (const unsigned char *)&moment,
                                 sizeof moment, c) == 1;
}

/* r is kG's x, kinv is k^(order - 2), both modulo the order; in time that does not depend on k. */
static bool half_signature(const EC_KEY *ec, BIGNUM *kinv, BIGNUM *r, BN_CTX *c)
{
    const EC_GROUP *group = EC_KEY_get0_group(ec);
    const BIGNUM *order = EC_GROUP_get0_order(group);
    EC_POINT *point = EC_POINT_new(group);
    BIGNUM *k = BN_secure_new(), *x = BN_new(), *power = BN_dup(order);
    bool ok = point != NULL && k != NULL && x != NULL && power != NULL && choose_nonce(k, ec, c);
    if (ok)
        BN_set_flags(k, BN_FLG_CONSTTIME);
    ok = ok && EC_POINT_mul(group, point, k, NULL, NULL, c) == 1 &&
         EC_POINT_get_affine_coordinates(group, point, x, NULL, c) == 1 &&
         BN_nnmod(r, x, order, c) == 1 && !BN_is_zero(r) && BN_sub_word(power, 2) == 1 &&
         BN_mod_exp_mont_consttime(kinv, k, power, order, c, NULL) == 1;
    BN_free(power);
    BN_free(x);
    BN_clear_free(k);
    EC_POINT_free(point);
    return ok;
}

/* RSA and Ed25519 begin with the hash. */
bool key_prepares(const struct key *k)
{
    return k->is_plain && k->kind->signature_tlv == IMAGE_TLV_ECDSA_SIG;
}

void key_plain_prepare(struct key *k)
{
    const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(k->pkey);
    BN_CTX *c = BN_CTX_secure_new();
    BIGNUM *kinv = BN_secure_new(), *r = BN_new();
    if (ec != NULL && c != NULL && kinv != NULL && r != NULL && half_signature(ec, kinv, r, c)) {
        k->kinv = kinv;
        k->r = r;
    } else {
        BN_clear_free(kinv);
        BN_free(r);
    }
    BN_CTX_free(c);
}

void key_plain_forget(struct key *k)
{
    BN_clear_free(k->kinv);
    BN_free(k->r);
    k->kinv = k->r = NULL;
}

bool key_plain_sign(struct key *k, const uint8_t *digest, size_t digest_len, uint8_t *sig,
                    size_t *len)
{
    const EC_KEY *ec = EVP_PKEY_get0_EC_KEY(k->pkey);
    unsigned n = 0;
    bool ok = ec != NULL && ECDSA_sign_ex(0, digest, (int)digest_len, sig, &n, k->kinv, k->r,
                                          (EC_KEY *)(uintptr_t)ec) == 1;
    key_plain_forget(k); /* two signatures with one nonce tell the key */
    *len = n;
    return ok;
}
