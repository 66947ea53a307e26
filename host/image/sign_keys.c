/* sign_keys.c - whose signature, which hash, for whom encrypted. */
#include <stdlib.h>
#include <string.h>

#include "host/image/keys/openssl.h"
#include "host/image/sign.h"

/* ---- the signing key ---- */

static int load_signer(const struct cli_args *a, struct key *k)
{
    const char *path = cli_value(a, "key", NULL);
    int code = key_load(path, k);
    if (code != CLI_DONE)
        return code;
    if (!k->is_private)
        code = cli_fail(CLI_BAD_FILE, cli_text("'%s' holds a public key only", path),
                        "signing needs the private key", "give the private key's file to --key");
    else if (k->kind->signature_tlv == 0)
        code = cli_fail(CLI_BAD_FILE, cli_text("%s keys cannot sign", k->kind->title),
                        cli_text("key file '%s'", path), "slipway keygen -t ed25519 -k NEW.pem");
    return code;
}

/* ---- a signature that was made elsewhere ---- */

/* A signer for image_build: returns the given signature if it verifies for this image. */
static enum err give_fixed(const struct image_signer *s, const struct image_to_sign *what,
                           uint8_t *sig, size_t *len)
{
    const struct request *r = s->ctx;
    const struct image_scheme scheme = key_scheme(r->plan.digest, r->key.kind, what->pure, 0);
    const struct image_key key = key_public(&r->key);
    size_t total = what->data_len + r->fixed_len;
    uint8_t *both = malloc(total); /* a source that holds the data, and the signature behind */
    if (both == NULL)
        return ERR_NOMEM;
    memcpy(both, what->data, what->data_len);
    memcpy(both + what->data_len, r->fixed, r->fixed_len);
    const struct image_source source = image_source_memory(both, (uint32_t)total);
    struct image_signature claim = {.source = &source,
                                    .offset = (uint32_t)what->data_len,
                                    .len = (uint32_t)r->fixed_len,
                                    .signed_len = (uint32_t)what->data_len,
                                    .digest = what->digest};
    enum image_fault fault = scheme.check(&key, &claim);
    free(both);
    if (fault != IMAGE_FAULT_NONE)
        return ERR_STATE;
    memcpy(sig, r->fixed, r->fixed_len);
    *len = r->fixed_len;
    return ERR_OK;
}

static int read_fixed(const char *path, struct request *r)
{
    struct cli_blob file;
    uint8_t bytes[3 * 1024];
    int n = 0, last = 0, code = cli_read_file(path, 4096, &file);
    if (code != CLI_DONE)
        return code;
    EVP_ENCODE_CTX *c = EVP_ENCODE_CTX_new();
    EVP_DecodeInit(c);
    bool ok = file.len <= 2048 && EVP_DecodeUpdate(c, bytes, &n, file.data, (int)file.len) >= 0 &&
              EVP_DecodeFinal(c, bytes + n, &last) == 1;
    EVP_ENCODE_CTX_free(c);
    r->fixed_len = ok ? (size_t)(n + last) : 0;
    if (r->fixed_len == 0 || r->fixed_len > sizeof r->fixed)
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds no signature", path),
                        "a signature is base64 text of at most 384 bytes",
                        "base64 -w0 SIGNATURE.bin > SIGNATURE.b64");
    memcpy(r->fixed, bytes, r->fixed_len);
    return CLI_DONE;
}

static int take_fixed(const struct cli_args *a, struct request *r)
{
    int code = read_fixed(cli_value(a, "fix-sig", NULL), r);
    if (code == CLI_DONE)
        code = key_load(cli_value(a, "fix-sig-pubkey", NULL), &r->key);
    if (code == CLI_DONE && r->key.kind->signature_tlv == 0)
        code =
            cli_fail(CLI_BAD_FILE, cli_text("%s keys cannot sign", r->key.kind->title), NULL, NULL);
    return code;
}

static int take_signer(const struct cli_args *a, struct request *r)
{
    bool fixed = cli_has(a, "fix-sig");
    if (!fixed && !cli_has(a, "key"))
        return CLI_DONE;
    int code = fixed ? take_fixed(a, r) : load_signer(a, &r->key);
    if (code != CLI_DONE)
        return code;
    r->signer = key_signer(&r->key);
    if (fixed) {
        r->signer.sign = give_fixed;
        r->signer.padded_len = 0;
        r->signer.ctx = r;
    }
    r->plan.signer = &r->signer;
    return CLI_DONE;
}

/* ---- the hash ---- */

/* --sha; "auto" is the key's own choice. */
static int take_digest(const struct cli_args *a, struct request *r)
{
    const char *bits = cli_value(a, "sha", "auto");
    const struct key_kind *kind = r->plan.signer != NULL ? r->key.kind : NULL;
    bool is_auto = strcmp(bits, "auto") == 0;
    const char *usual = kind != NULL ? kind->digests[0] : "SHA256";
    r->plan.pure = cli_has(a, "pure");
    if (r->plan.pure && kind != NULL && kind->type != KEY_ED25519)
        return cli_usage(a, "--pure is for Ed25519 keys; this one is %s", kind->title);
    if (r->plan.pure && !is_auto)
        return cli_usage(a, "--pure has its own hash; leave out --sha");
    if (r->plan.pure && kind != NULL)
        usual = "SHA512";
    r->plan.digest = digest_find(is_auto ? usual : cli_text("SHA%s", bits));
    if (r->plan.digest == NULL)
        return cli_usage(a, "--sha is auto, 256, 384 or 512, not '%s'", bits);
    if (kind != NULL && !r->plan.pure && !key_signs(kind, r->plan.digest))
        return cli_usage(a, "%s keys do not sign %s; use --sha for %s", kind->title,
                         r->plan.digest->name, kind->digests[0]);
    return CLI_DONE;
}

/* ---- encryption ---- */

/* imgtool's rule: signature and encryption of the same family, so that a bootloader needs one kind of arithmetic. */
static int check_families(const struct cli_args *a, const struct request *r)
{
    const struct key_kind *sign = r->plan.signer != NULL ? r->key.kind : NULL;
    if (sign == NULL || sign->type == KEY_ED25519 || r->recipient.kek_len != 0)
        return CLI_DONE;
    enum key_type to = r->recipient.key.kind->type;
    bool rsa = sign->type == KEY_RSA2048 || sign->type == KEY_RSA3072;
    if (rsa ? to == KEY_RSA2048 : to == sign->type)
        return CLI_DONE;
    return cli_usage(a, "a %s signature goes with %s encryption, not with %s", sign->title,
                     rsa ? "RSA-2048" : sign->title, r->recipient.key.kind->title);
}

static int take_encryption(const struct cli_args *a, struct request *r)
{
    const char *path = cli_value(a, "encrypt", NULL);
    const char *bits = cli_value(a, "encrypt-keylen", "128"),
               *hmac = cli_value(a, "hmac-sha", "auto");
    bool hmac_512 = strcmp(hmac, "512") == 0;
    if (strcmp(bits, "128") != 0 && strcmp(bits, "256") != 0)
        return cli_usage(a, "--encrypt-keylen is 128 or 256, not '%s'", bits);
    if (!hmac_512 && strcmp(hmac, "auto") != 0 && strcmp(hmac, "256") != 0)
        return cli_usage(a, "--hmac-sha is auto, 256 or 512, not '%s'", hmac);
    if (path == NULL)
        return CLI_DONE;
    int code = recipient_load(path, &r->recipient);
    if (code != CLI_DONE)
        return code;
    const struct key_kind *to = r->recipient.key.pkey != NULL ? r->recipient.key.kind : NULL;
    if (hmac_512 && (to == NULL || to->type != KEY_X25519))
        return cli_usage(a, "--hmac-sha 512 is for X25519 encryption");
    size_t len = strcmp(bits, "256") == 0 ? 32 : 16;
    code = encryption_make(&r->encryption, &r->recipient, len, hmac_512, cli_has(a, "clear"));
    if (code == CLI_DONE)
        code = check_families(a, r);
    if (code != CLI_DONE)
        return code;
    r->plan.cipher = &r->encryption.cipher;
    /* With --save-enctlv the trailer keeps the wrapped key, else the key itself. */
    r->slot.key_len = cli_has(a, "save-enctlv") ? r->encryption.cipher.tlv_len : (uint32_t)len;
    return CLI_DONE;
}

int sign_take_keys(const struct cli_args *a, struct request *r)
{
    int code = take_signer(a, r);
    if (code == CLI_DONE)
        code = take_digest(a, r);
    return code == CLI_DONE ? take_encryption(a, r) : code;
}

void sign_release_keys(struct request *r)
{
    key_free(&r->key);
    recipient_free(&r->recipient);
    encryption_wipe(&r->encryption);
}
