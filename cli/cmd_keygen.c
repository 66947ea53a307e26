/* slipway keygen - a new signing key in a PEM file. */
#include <string.h>

#include "cli/commands.h"
#include "cli/keys.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "write the private key here (PEM, PKCS#8)", CLI_REQUIRED},
    {"type", 't', "TYPE", "ecdsa-p256", CLI_REQUIRED},
    {"password", 'p', NULL, "protect the key with a passphrase (not supported yet)", 0},
    {0},
};

/* What imgtool can make besides. */
static const char *const other_types[] = {"rsa-2048", "rsa-3072", "ecdsa-p384", "ed25519",
                                          "x25519"};

static int check_type(const struct cli_args *a, const char *type)
{
    if (strcmp(type, "ecdsa-p256") == 0)
        return CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(other_types); i++)
        if (strcmp(type, other_types[i]) == 0)
            return cli_usage(a, "%s keys are not supported yet, only ecdsa-p256", type);
    return cli_usage(a, "unknown key type '%s'; ecdsa-p256 is what there is", type);
}

static int run(const struct cli_args *a)
{
    const char *path = cli_value(a, "key", NULL);
    struct key k;
    int code = check_type(a, cli_value(a, "type", ""));
    if (code != CLI_DONE)
        return code;
    if (cli_has(a, "password"))
        return cli_usage(a, "keys with a passphrase are not supported yet");
    code = key_generate(&k);
    if (code != CLI_DONE)
        return code;
    const char *pem = key_private_pem(&k);
    code = pem != NULL ? cli_write_file(path, pem, strlen(pem), 0600)
                       : cli_fail(CLI_REFUSED, "OpenSSL could not write the key", NULL, NULL);
    key_free(&k);
    if (code != CLI_DONE)
        return code;
    cli_say("wrote a new ECDSA P-256 private key to %s (keep it secret)", path);
    if (cli_mode.json) {
        struct json j;
        json_begin(&j, stdout);
        json_string(&j, "key", path);
        json_string(&j, "type", "ecdsa-p256");
        json_finish(&j);
    }
    return CLI_DONE;
}

const struct cli_command cmd_keygen = {
    .name = "keygen",
    .summary = "make a new signing key",
    .arguments = "",
    .options = options,
    .details =
        "An existing file is overwritten, as imgtool does. The file is readable by its owner only.",
    .example = "slipway keygen -t ecdsa-p256 -k signing.pem",
    .run = run,
};
