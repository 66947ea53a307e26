/* slipway verify - what a bootloader with this key would say to this image. */
#include <string.h>

#include "cli/commands.h"
#include "cli/image_check.h"

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "public or private key; without it only the hash is checked", 0},
    {0},
};

static void say_genuine(const char *path, const struct image_report *r, const struct image_kind *i,
                        const struct key *k)
{
    char version[IMAGE_VERSION_TEXT_MAX], digest[2 * IMAGE_HASH_MAX + 1];
    bool with_key = k->pkey != NULL;
    cli_hex(digest, r->hash, i->digest->size);
    image_version_print(version, sizeof version, &r->header.version, '+');
    cli_say("Image was correctly validated");
    cli_say("Image version: %s", version);
    cli_say("Image digest: %s", digest);
    if (!with_key)
        cli_say("Only the hash was checked: no --key");
    if (!cli_mode.json)
        return;
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "file", path);
    json_bool(&j, "valid", true);
    json_string(&j, "version", version);
    json_string(&j, "digest", digest);
    json_string(&j, "hash", i->digest->name);
    json_number(&j, "size", r->size);
    json_string(&j, "signature", with_key ? "verified" : "not checked");
    if (with_key)
        json_string(&j, "key_type", k->kind->name);
    json_finish(&j);
}

static int refuse(const char *path, const struct image_report *r, const struct cli_blob *file,
                  const struct key *k)
{
    const struct image_key key = key_public(k);
    return cli_fail(CLI_REFUSED, cli_text("%s: %s", path, image_fault_text(r->fault)),
                    image_fault_evidence(r, file, k->pkey != NULL ? &key : NULL),
                    image_fault_hint(r->fault));
}

static int check(const char *path, const struct cli_blob *file, const struct key *k)
{
    const struct image_key trusted = key_public(k);
    struct image_report r;
    struct image_kind kind;
    struct image_header h;
    uint32_t at;
    if (image_check(file, &trusted, k->pkey != NULL ? 1 : 0, k->kind, &r) != IMAGE_GENUINE ||
        image_survey(file, &kind, &h, &at) != IMAGE_FAULT_NONE)
        return refuse(path, &r, file, k);
    say_genuine(path, &r, &kind, k);
    return CLI_DONE;
}

static int run(const struct cli_args *a)
{
    struct cli_blob file;
    struct key k = {0};
    int code = image_read_file(a->arg[0], &file);
    if (code == CLI_DONE && cli_has(a, "key"))
        code = key_load(cli_value(a, "key", NULL), &k);
    if (code != CLI_DONE)
        return code;
    code = check(a->arg[0], &file, &k);
    key_free(&k);
    return code;
}

const struct cli_command cmd_verify = {
    .name = "verify",
    .summary = "check an image's hash and signature",
    .arguments = "IMGFILE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details = "Exit code 0: genuine; 1: not, and why; 4: a file could not be read.",
    .example = "slipway verify -k signing.pem app.signed.bin",
    .run = run,
};
