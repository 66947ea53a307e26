/* slipway getpub, getpubhash, keyinfo - the public half of a key, for a bootloader's source or for others. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/keys/key_source.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "private or public key", CLI_REQUIRED},
    {"encoding", 'e', "ENCODING", "lang-c (default), lang-rust, pem, raw", 0},
    {"lang", 'l', "LANG", "old form of --encoding: c, rust", 0},
    {"name-suffix", 0, "SUFFIX", "append to the names in C and Rust source", 0},
    {"output", 'o', "FILE", "write to this file instead of stdout", 0},
    {0},
};

static const char *lang_c(const struct key *k, const char *suffix)
{
    return key_source_c(cli_text("%s_pub_key%s", k->kind->prefix, suffix), k->pub, k->pub_len);
}

static const char *lang_rust(const struct key *k, const char *suffix)
{
    return key_source_rust(cli_text("%s_pub_key%s", k->kind->prefix, suffix), k->pub, k->pub_len);
}

static const char *pem(const struct key *k, const char *suffix)
{
    (void)suffix;
    return key_public_pem(k);
}

static const struct {
    const char *name;
    const char *lang;                                             /* for --lang, or NULL */
    const char *(*text)(const struct key *k, const char *suffix); /* NULL: the bytes */
} encodings[] = {
    {"lang-c", "c", lang_c},
    {"lang-rust", "rust", lang_rust},
    {"pem", NULL, pem},
    {"raw", NULL, NULL},
};

static int find_encoding(const struct cli_args *a, size_t *found)
{
    const char *name = cli_value(a, "encoding", NULL), *lang = cli_value(a, "lang", NULL);
    *found = 0;
    if (name != NULL && lang != NULL)
        return cli_usage(a, "--encoding and --lang say the same; give one");
    if (name == NULL && lang == NULL)
        return CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(encodings); i++) {
        const char *own = name != NULL ? encodings[i].name : encodings[i].lang;
        *found = i;
        if (own != NULL && strcmp(own, name != NULL ? name : lang) == 0)
            return CLI_DONE;
    }
    return cli_usage(a, "unknown encoding '%s': lang-c, lang-rust, pem or raw",
                     name != NULL ? name : lang);
}

static void print_json(const struct key *k)
{
    const struct image_key public = key_public(k);
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "type", k->kind->name);
    json_bool(&j, "private", k->is_private);
    json_bool(&j, "development", k->development);
    json_hex(&j, "spki", k->pub, k->pub_len);
    json_string(&j, "keyhash", key_hash_text(&public));
    json_finish(&j);
}

static int run(const struct cli_args *a)
{
    const char *suffix;
    size_t encoding;
    struct key k;
    int code = find_encoding(a, &encoding);
    if (code == CLI_DONE)
        code = key_source_suffix(a, &suffix);
    if (code == CLI_DONE)
        code = key_load(cli_value(a, "key", NULL), &k);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json) {
        print_json(&k);
    } else if (encodings[encoding].text == NULL) {
        code = key_source_put(a, k.pub, k.pub_len, 0644);
    } else {
        const char *text = encodings[encoding].text(&k, suffix);
        code = text != NULL ? key_source_put(a, text, strlen(text), 0644)
                            : cli_fail(CLI_REFUSED, "OpenSSL could not write the key", NULL, NULL);
    }
    key_free(&k);
    return code;
}

const struct cli_command cmd_getpub = {
    .name = "getpub",
    .summary = "print the public half of a key",
    .arguments = "",
    .options = options,
    .example = "slipway getpub -k signing.pem -e lang-c -o public_key.c",
    .run = run,
};

/* ---- getpubhash ---- */

static const struct cli_option hash_options[] = {
    {"key", 'k', "FILE", "private or public key", CLI_REQUIRED},
    {"encoding", 'e', "ENCODING", "lang-c (default) or raw", 0},
    {"name-suffix", 0, "SUFFIX", "append to the names in C source", 0},
    {"output", 'o', "FILE", "write to this file instead of stdout", 0},
    {0},
};

static int put_hash(const struct cli_args *a, const struct key *k, bool raw, const char *suffix)
{
    uint8_t hash[SHA256_SIZE];
    digest_find("SHA256")->compute(k->pub, k->pub_len, hash);
    if (cli_mode.json) {
        print_json(k);
        return CLI_DONE;
    }
    if (raw)
        return key_source_put(a, hash, sizeof hash, 0644);
    const char *text =
        key_source_c(cli_text("%s_pub_key_hash%s", k->kind->prefix, suffix), hash, sizeof hash);
    return key_source_put(a, text, strlen(text), 0644);
}

static int run_hash(const struct cli_args *a)
{
    const char *suffix, *encoding = cli_value(a, "encoding", "lang-c");
    bool raw = strcmp(encoding, "raw") == 0;
    struct key k;
    if (!raw && strcmp(encoding, "lang-c") != 0)
        return cli_usage(a, "unknown encoding '%s': lang-c or raw", encoding);
    int code = key_source_suffix(a, &suffix);
    if (code == CLI_DONE)
        code = key_load(cli_value(a, "key", NULL), &k);
    if (code != CLI_DONE)
        return code;
    code = put_hash(a, &k, raw, suffix);
    key_free(&k);
    return code;
}

const struct cli_command cmd_getpubhash = {
    .name = "getpubhash",
    .summary = "print the SHA-256 of the public half of a key",
    .arguments = "",
    .options = hash_options,
    .example = "slipway getpubhash -k signing.pem -e raw | xxd -p -c 32",
    .run = run_hash,
};

/* ---- keyinfo ---- */

static const struct cli_option info_options[] = {
    {"key", 'k', "FILE", "private or public key; a passphrase is not asked for", CLI_REQUIRED},
    {"require", 0, "KIND", "private or public: exit code 2 if the key is the other", 0},
    {0},
};

static int run_info(const struct cli_args *a)
{
    const char *require = cli_value(a, "require", NULL), *path = cli_value(a, "key", NULL);
    struct key k;
    if (require != NULL && strcmp(require, "private") != 0 && strcmp(require, "public") != 0)
        return cli_usage(a, "--require is private or public, not '%s'", require);
    int code = key_load_unasked(path, &k);
    if (code != CLI_DONE)
        return code;
    const char *is = k.is_private ? "private" : "public";
    if (cli_mode.json)
        print_json(&k);
    cli_say("%s", is);
    cli_verbose("%s", k.kind->title);
    key_free(&k);
    if (require == NULL || strcmp(require, is) == 0)
        return CLI_DONE;
    return cli_fail(CLI_USAGE, cli_text("the key in '%s' is %s", path, is),
                    cli_text("--require %s", require), NULL);
}

const struct cli_command cmd_keyinfo = {
    .name = "keyinfo",
    .summary = "print whether a key file is private or public",
    .arguments = "",
    .options = info_options,
    .example = "slipway keyinfo -k signing.pem --require private",
    .run = run_info,
};
