/* slipway keygen - a new key in a PEM file. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/keys/keys.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "write the private key here (PEM, PKCS#8)", CLI_REQUIRED},
    {"type", 't', "TYPE", "rsa-2048, rsa-3072, ecdsa-p256, ecdsa-p384, ed25519, x25519",
     CLI_REQUIRED},
    {"password", 'p', NULL, "ask for a passphrase that protects the file", 0},
    {"force", 0, NULL, "replace FILE if it exists", 0},
    {"development", 0, NULL, "mark it as a development key, which product builds refuse", 0},
    {0},
};

static const struct key_kind *find_kind(const char *name)
{
    for (size_t i = 0; i < ARRAY_LEN(key_kinds); i++)
        if (strcmp(key_kinds[i].name, name) == 0)
            return &key_kinds[i];
    return NULL;
}

static int write_key(const struct cli_args *a, const struct key *k)
{
    char passphrase[PASSPHRASE_MAX];
    bool locked = cli_has(a, "password");
    if (locked && !passphrase_ask_new(passphrase))
        return cli_fail(
            CLI_USAGE, "no passphrase was given",
            "nothing came from the terminal, or from standard input where there is no terminal",
            "type one when asked, or leave out --password");
    const char *pem = key_private_pem(k, locked ? passphrase : NULL);
    passphrase_wipe(passphrase);
    if (pem == NULL)
        return cli_fail(CLI_REFUSED, "OpenSSL could not write the key",
                        locked ? "a passphrase has at least 4 characters" : NULL, NULL);
    const char *path = cli_value(a, "key", NULL);
    return cli_has(a, "force") ? cli_write_file(path, pem, strlen(pem), 0600)
                               : cli_write_new_file(path, pem, strlen(pem), 0600);
}

static int run(const struct cli_args *a)
{
    const char *path = cli_value(a, "key", NULL), *type = cli_value(a, "type", "");
    const struct key_kind *kind = find_kind(type);
    struct key k;
    if (kind == NULL)
        return cli_usage(a,
                         "unknown key type '%s'; there are rsa-2048, rsa-3072, ecdsa-p256, "
                         "ecdsa-p384, ed25519 and x25519",
                         type);
    /* Checked before a passphrase is asked for; writing the file checks it again, and that check counts. */
    int code = cli_has(a, "force") ? CLI_DONE : cli_refuse_existing(path);
    if (code == CLI_DONE)
        code = key_generate(kind, &k);
    if (code != CLI_DONE)
        return code;
    k.development = cli_has(a, "development");
    code = write_key(a, &k);
    key_free(&k);
    if (code != CLI_DONE)
        return code;
    cli_say("wrote a new %s private key to %s (keep it secret)", kind->title, path);
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "key", path);
        json_string(&j, "type", kind->name);
        json_finish(&j);
    }
    return CLI_DONE;
}

const struct cli_command cmd_keygen = {
    .name = "keygen",
    .summary = "make a new key, for signing or (x25519) for encryption",
    .arguments = "",
    .options = options,
    .details =
        "An existing file is not replaced, unless --force is given. Only its owner can read the\n"
        "new file.",
    .example = "slipway keygen -t ecdsa-p256 -k signing.pem",
    .run = run,
};
