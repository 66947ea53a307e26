/* slipway getpriv - the private half of a key, for the source of a bootloader that decrypts. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/keys/key_source.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "private key", CLI_REQUIRED},
    {"format", 'f', "FORMAT", "pkcs8 (default, not RSA) or openssl (default for RSA, not X25519)",
     0},
    {"minimal", 0, NULL, "leave out what decryption does not need", 0},
    {"output", 'o', "FILE", "write to this file instead of stdout", 0},
    {0},
};

/* What imgtool's bootloader can read: RSA only as PKCS#1, X25519 only as PKCS#8, Ed25519 not at all. */
static int find_form(const struct cli_args *a, const struct key *k, enum key_form *form)
{
    bool rsa = k->kind->type == KEY_RSA2048 || k->kind->type == KEY_RSA3072;
    const char *name = cli_value(a, "format", rsa ? "openssl" : "pkcs8");
    if (strcmp(name, "openssl") != 0 && strcmp(name, "pkcs8") != 0)
        return cli_usage(a, "unknown format '%s': openssl or pkcs8", name);
    *form = strcmp(name, "pkcs8") == 0 ? KEY_FORM_PKCS8 : KEY_FORM_OPENSSL;
    if (k->kind->type == KEY_ED25519)
        return cli_usage(a, "Ed25519 keys sign and do not decrypt; getpriv is for decryption keys");
    if ((rsa && *form == KEY_FORM_PKCS8) ||
        (k->kind->type == KEY_X25519 && *form == KEY_FORM_OPENSSL))
        return cli_usage(a, "%s keys have no form '%s'", k->kind->title, name);
    return CLI_DONE;
}

static int put(const struct cli_args *a, const struct key *k)
{
    enum key_form form = KEY_FORM_PKCS8;
    struct cli_blob der;
    int code = find_form(a, k, &form);
    if (code == CLI_DONE)
        code = key_private_der(k, form, cli_has(a, "minimal"), &der);
    if (code != CLI_DONE)
        return code;
    const char *text = key_source_c("enc_priv_key", der.data, der.len);
    return key_source_put(a, text, strlen(text), 0600);
}

static int run(const struct cli_args *a)
{
    const char *path = cli_value(a, "key", NULL);
    struct key k;
    int code = key_load(path, &k);
    if (code != CLI_DONE)
        return code;
    code = k.is_private ? put(a, &k)
                        : cli_fail(CLI_USAGE, cli_text("'%s' holds a public key only", path), NULL,
                                   "slipway getpub prints public keys");
    key_free(&k);
    return code;
}

const struct cli_command cmd_getpriv = {
    .name = "getpriv",
    .summary = "print the private half of a decryption key as C source",
    .arguments = "",
    .options = options,
    .details =
        "For a bootloader that decrypts images. Whoever has the output can decrypt them, too.",
    .example = "slipway getpriv -k encryption.pem --minimal",
    .run = run,
};
