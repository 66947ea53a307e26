/* keys.c - the kinds of keys, and keys from files. */
#include "host/image/keys/keys.h"

#include <string.h>

#include "core/crypto/ed25519.h"
#include "host/image/keys/openssl.h"

static const char *const only_256[] = {"SHA256", NULL};
static const char *const only_384[] = {"SHA384", NULL};
static const char *const edwards[] = {"SHA256", "SHA512", NULL};
static const char *const no_digest[] = {NULL};

const struct key_kind key_kinds[KEY_KINDS] = {
    {KEY_RSA2048, "rsa-2048", "RSA-2048", "rsa", IMAGE_TLV_RSA2048_PSS, 0, only_256},
    {KEY_RSA3072, "rsa-3072", "RSA-3072", "rsa", IMAGE_TLV_RSA3072_PSS, 0, only_256},
    {KEY_P256, "ecdsa-p256", "ECDSA P-256", "ecdsa", IMAGE_TLV_ECDSA_SIG, P256_SIG_PADDED,
     only_256},
    {KEY_P384, "ecdsa-p384", "ECDSA P-384", "ecdsap384", IMAGE_TLV_ECDSA_SIG, P384_SIG_PADDED,
     only_384},
    {KEY_ED25519, "ed25519", "Ed25519", "ed25519", IMAGE_TLV_ED25519, 0, edwards},
    {KEY_X25519, "x25519", "X25519", "x25519", 0, 0, no_digest},
};

/* ---- what kind it is ---- */

static const struct {
    const char *group;
    enum key_type type;
} curves[] = {{"prime256v1", KEY_P256}, {"secp384r1", KEY_P384}};

/* The kind, or NULL and in *what what the key is instead. */
static const struct key_kind *kind_of(const EVP_PKEY *pkey, const char **what)
{
    char group[64];
    int bits = EVP_PKEY_get_bits(pkey);
    switch (EVP_PKEY_get_base_id(pkey)) {
    case EVP_PKEY_RSA:
        if (bits == 2048 || bits == 3072)
            return &key_kinds[bits == 2048 ? KEY_RSA2048 : KEY_RSA3072];
        *what =
            cli_text("an RSA key of %d bits%s", bits, bits < 2048 ? ", which is too small" : "");
        return NULL;
    case EVP_PKEY_ED25519:
        return &key_kinds[KEY_ED25519];
    case EVP_PKEY_X25519:
        return &key_kinds[KEY_X25519];
    case EVP_PKEY_EC:
        *what = "an EC key whose curve has no name (explicit parameters)";
        if (EVP_PKEY_get_group_name(pkey, group, sizeof group, NULL) != 1)
            return NULL;
        for (size_t i = 0; i < ARRAY_LEN(curves); i++)
            if (strcmp(group, curves[i].group) == 0)
                return &key_kinds[curves[i].type];
        *what = cli_text("an EC key on the curve %s", group);
        return NULL;
    default:
        *what = cli_text("a key of type %s", OBJ_nid2sn(EVP_PKEY_get_base_id(pkey)));
        return NULL;
    }
}

/* ---- the public half, as it is embedded ---- */

static bool coordinate(const EVP_PKEY *pkey, const char *name, uint8_t *out, int len)
{
    BIGNUM *n = NULL;
    bool ok = EVP_PKEY_get_bn_param(pkey, name, &n) == 1 && BN_bn2binpad(n, out, len) == len;
    BN_free(n);
    return ok;
}

/* The key of a token does not give its parameters; its public half, exported and read again, does. */
static EVP_PKEY *plain_public(EVP_PKEY *pkey)
{
    unsigned char *der = NULL;
    int len = i2d_PUBKEY(pkey, &der);
    const unsigned char *at = der;
    EVP_PKEY *copy = len > 0 ? d2i_PUBKEY(NULL, &at, len) : NULL;
    OPENSSL_free(der);
    return copy;
}

/* Built from the coordinates, so that a file with a compressed point gives the same bytes. */
static bool encode_point(struct key *k, uint8_t *point, int len)
{
    EVP_PKEY *pub = plain_public(k->pkey);
    point[0] = POINT_CONVERSION_UNCOMPRESSED;
    bool ok = pub != NULL && coordinate(pub, OSSL_PKEY_PARAM_EC_PUB_X, point + 1, len) &&
              coordinate(pub, OSSL_PKEY_PARAM_EC_PUB_Y, point + 1 + len, len);
    EVP_PKEY_free(pub);
    return ok;
}

static bool encode_ec(struct key *k)
{
    bool p256 = k->kind->type == KEY_P256;
    const uint8_t *prefix = p256 ? p256_spki_prefix : p384_spki_prefix;
    size_t prefix_len = p256 ? sizeof p256_spki_prefix : sizeof p384_spki_prefix;
    int len = p256 ? 32 : 48;
    unsigned char *der = NULL;
    k->pub_len = (uint32_t)(prefix_len + 1 + 2 * (size_t)len);
    /* Most files have this encoding already. */
    bool ok = i2d_PUBKEY(k->pkey, &der) == (int)k->pub_len && memcmp(der, prefix, prefix_len) == 0;
    memcpy(k->pub, ok ? der : prefix, ok ? k->pub_len : prefix_len);
    OPENSSL_free(der);
    return ok || encode_point(k, k->pub + prefix_len, len);
}

/* The encoder that encode_public would go on to use first collects every other one. */
static bool encode_ed25519(struct key *k)
{
    size_t len = ED25519_PUBLIC_SIZE;
    memcpy(k->pub, ed25519_spki_prefix, ED25519_SPKI_PREFIX_SIZE);
    k->pub_len = ED25519_SPKI_SIZE;
    return EVP_PKEY_get_raw_public_key(k->pkey, k->pub + ED25519_SPKI_PREFIX_SIZE, &len) == 1 &&
           len == ED25519_PUBLIC_SIZE;
}

static bool encode_public(struct key *k)
{
    if (k->kind->type == KEY_P256 || k->kind->type == KEY_P384)
        return encode_ec(k);
    if (k->kind->type == KEY_ED25519 && encode_ed25519(k))
        return true;
    bool rsa = k->kind->type == KEY_RSA2048 || k->kind->type == KEY_RSA3072;
    unsigned char *der = NULL;
    int len = rsa ? i2d_PublicKey(k->pkey, &der) : i2d_PUBKEY(k->pkey, &der);
    bool ok = len > 0 && (size_t)len <= sizeof k->pub;
    if (ok)
        memcpy(k->pub, der, (size_t)len);
    k->pub_len = ok ? (uint32_t)len : 0;
    OPENSSL_free(der);
    return ok;
}

int key_identify(const char *path, struct key *k)
{
    const char *what = "";
    k->kind = kind_of(k->pkey, &what);
    if (k->kind == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds %s", path, what),
                        "MCUboot's keys are RSA-2048, RSA-3072, ECDSA P-256 and P-384, Ed25519, "
                        "and X25519 for encryption",
                        "slipway keygen -t ecdsa-p256 -k NEW.pem");
    if (encode_public(k))
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("the key in '%s' has no usable public half", path),
                    "its point or modulus cannot be encoded",
                    "slipway keygen -t ecdsa-p256 -k NEW.pem");
}

/* ---- files ---- */

/* How OpenSSL gets a passphrase, and whether it asked for one. */
struct unlock {
    bool may_ask, wanted, given;
};

static int give_passphrase(char *buf, int size, int writing, void *state)
{
    struct unlock *u = state;
    char text[PASSPHRASE_MAX];
    (void)writing;
    bool first = !u->wanted;
    u->wanted = true;
    if (!u->may_ask || !first || !passphrase_ask("Enter key passphrase: ", text))
        return -1;
    u->given = true;
    size_t len = strlen(text);
    int used = len <= (size_t)size ? (int)len : -1;
    if (used > 0)
        memcpy(buf, text, len);
    passphrase_wipe(text);
    return used;
}

static EVP_PKEY *decode(const struct cli_blob *file, int selection, struct unlock *u)
{
    EVP_PKEY *pkey = NULL;
    const unsigned char *at = file->data;
    size_t len = file->len;
    OSSL_DECODER_CTX *c =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, NULL, NULL, NULL, selection, NULL, NULL);
    if (c != NULL && OSSL_DECODER_CTX_set_pem_password_cb(c, give_passphrase, u) == 1 &&
        OSSL_DECODER_from_data(c, &at, &len) != 1) {
        EVP_PKEY_free(pkey);
        pkey = NULL;
    }
    OSSL_DECODER_CTX_free(c);
    ERR_clear_error();
    return pkey;
}

static int refuse_locked(const char *path, const struct unlock *u)
{
    if (u->given)
        return cli_fail(CLI_BAD_FILE, cli_text("the key in '%s' cannot be decrypted", path),
                        "the passphrase is wrong, or the file is damaged",
                        cli_text("openssl pkey -in %s -noout asks for it again", path));
    return cli_fail(CLI_BAD_FILE, cli_text("the key in '%s' is encrypted", path),
                    "it needs a passphrase, and slipway cannot ask for one here",
                    cli_text("openssl pkey -in %s -out PLAIN.pem", path));
}

/* Why a file is not a key, in words. */
static const char *diagnosis(const struct cli_blob *f)
{
    const char *text = (const char *)f->data;
    const char *begin = f->len > 0 ? strstr(text, "-----BEGIN ") : NULL;
    if (f->len == 0)
        return "the file is empty";
    if (begin != NULL && strstr(begin, "-----END ") == NULL)
        return "the PEM text is cut off: there is no END line";
    if (begin != NULL && strncmp(begin + 11, "CERTIFICATE", 11) == 0)
        return "it is a certificate; extract the key: openssl x509 -pubkey -noout";
    if (begin != NULL)
        return cli_text("it says '%.*s', but what follows is not a readable key",
                        (int)strcspn(begin, "\r\n"), begin);
    if (f->data[0] == 0x30 && f->len > 4 && f->data[1] == 0x82) {
        size_t whole = 4 + ((size_t)f->data[2] << 8) + f->data[3];
        if (whole != f->len)
            return cli_text("DER of %zu bytes, but the file has %zu", whole, f->len);
    }
    return "it is not a PEM or DER file with a private or public key";
}

/* ---- one key of a PEM file ---- */

/* A block of PEM: from its BEGIN to the end of its END line. */
struct pem_block {
    const char *label; /* behind "BEGIN " */
    size_t label_len;
    struct cli_blob text;
};

/* The next block from *at on; *at goes behind it. */
static bool next_block(const char **at, struct pem_block *b)
{
    static const char begin[] = "-----BEGIN ", end[] = "-----END ";
    const char *from = strstr(*at, begin);
    const char *to = from != NULL ? strstr(from, end) : NULL;
    if (to == NULL)
        return false;
    to += strcspn(to, "\r\n");
    b->label = from + strlen(begin);
    b->label_len = strcspn(b->label, "-\r\n");
    b->text = (struct cli_blob){(uint8_t *)(uintptr_t)from, (size_t)(to - from)};
    *at = to;
    return true;
}

static bool is_called(const struct pem_block *b, const char *end)
{
    size_t n = strlen(end);
    return b->label_len >= n && strncmp(b->label + b->label_len - n, end, n) == 0;
}

/* What OpenSSL is given: of a PEM file the private key alone, else the public one. Curve parameters, certificates,
 * public halves and text may stand around it. *private_keys: how many there are. */
static struct cli_blob key_part(const struct cli_blob *file, unsigned *private_keys)
{
    struct cli_blob part = *file;
    struct pem_block b;
    bool has_public = false;
    *private_keys = 0;
    if (file->len == 0 || file->data[0] == 0x30) /* DER */
        return part;
    for (const char *at = (const char *)file->data; next_block(&at, &b);) {
        if (is_called(&b, "PRIVATE KEY") && (*private_keys)++ == 0)
            part = b.text;
        if (is_called(&b, "PUBLIC KEY") && *private_keys == 0 && !has_public) {
            part = b.text;
            has_public = true;
        }
    }
    return part;
}

static int parse(const char *path, const struct cli_blob *whole, struct unlock u, struct key *k)
{
    unsigned private_keys;
    const struct cli_blob part = key_part(whole, &private_keys), *file = &part;
    if (private_keys > 1)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds %u private keys", path, private_keys),
                        "it is not clear which of them is meant",
                        "put the one that is meant into a file of its own");
    *k = (struct key){.pkey = decode(file, EVP_PKEY_KEYPAIR, &u)};
    k->is_private = k->pkey != NULL;
    if (k->pkey == NULL && !u.wanted)
        k->pkey = decode(file, EVP_PKEY_PUBLIC_KEY, &u);
    if (k->pkey == NULL && u.wanted)
        return refuse_locked(path, &u);
    if (k->pkey == NULL)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds no readable key", path),
                        diagnosis(whole), "slipway keygen -t ecdsa-p256 -k NEW.pem");
    k->development = strstr((const char *)whole->data, KEY_DEVELOPMENT_MARK) != NULL;
    int code = key_identify(path, k);
    if (code != CLI_DONE)
        key_free(k);
    return code;
}

/* Only tokens need OpenSSL's configuration file, which may name the provider. Reading it, and cleaning up at the end,
 * takes time, so other keys go without. Only the first call counts. */
static void start_openssl(bool configured)
{
    const uint64_t config = configured ? OPENSSL_INIT_LOAD_CONFIG : OPENSSL_INIT_NO_LOAD_CONFIG;
    (void)!OPENSSL_init_crypto(config | (configured ? 0 : OPENSSL_INIT_NO_ATEXIT), NULL);
}

static int load(const char *path, struct unlock how, struct key *k)
{
    struct cli_blob file;
    bool token = strncmp(path, "pkcs11:", 7) == 0;
    *k = (struct key){0};
    start_openssl(token);
    if (token)
        return key_from_token(path, k);
    int code = cli_read_file(path, KEY_FILE_MAX, &file);
    if (code != CLI_DONE)
        return code;
    return parse(path, &file, how, k);
}

int key_decode(const struct cli_blob *file, struct key *k)
{
    return parse("the given bytes", file, (struct unlock){0}, k);
}

int key_load(const char *path, struct key *k)
{
    return load(path, (struct unlock){.may_ask = true}, k);
}

int key_load_unasked(const char *path, struct key *k)
{
    return load(path, (struct unlock){0}, k);
}

/* ---- making ---- */

static EVP_PKEY *generate(enum key_type type)
{
    switch (type) {
    case KEY_RSA2048:
        return EVP_RSA_gen(2048);
    case KEY_RSA3072:
        return EVP_RSA_gen(3072);
    case KEY_P256:
        return EVP_EC_gen("P-256");
    case KEY_P384:
        return EVP_EC_gen("P-384");
    case KEY_ED25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    case KEY_X25519:
        return EVP_PKEY_Q_keygen(NULL, NULL, "X25519");
    }
    return NULL;
}

int key_generate(const struct key_kind *kind, struct key *k)
{
    *k = (struct key){.pkey = generate(kind->type), .is_private = true, .kind = kind};
    if (k->pkey != NULL && encode_public(k))
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

struct image_key key_public(const struct key *k)
{
    return (struct image_key){k->pub, k->pub_len};
}
