/* slipway verify - what a bootloader with this key would say to this image. */
#include <string.h>

#include "cli/commands.h"
#include "cli/keys.h"

#define IMAGE_FILE_MAX (256u * 1024u * 1024u)

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "public or private key (PEM); without it only the hash is checked", 0},
    {0},
};

/* What to do about a fault; those that are not listed need no advice or have none. */
static const struct {
    enum image_fault fault;
    const char *next;
} hints[] = {
    {IMAGE_FAULT_NO_IMAGE, "give the file that `slipway sign` wrote"},
    {IMAGE_FAULT_MAGIC, "give the file that `slipway sign` wrote, not the program itself"},
    {IMAGE_FAULT_TOO_LARGE, "the file is cut off; transfer or sign it again"},
    {IMAGE_FAULT_TLV_OVERRUN, "the file is cut off or damaged; transfer or sign it again"},
    {IMAGE_FAULT_HASH_MISMATCH, "the file was changed after signing; sign it again"},
    {IMAGE_FAULT_SIGNATURE_WRONG, "sign it again with the key that belongs to this public key"},
    {IMAGE_FAULT_SIGNATURE_MISSING, "slipway sign -k KEY ..., or verify without --key"},
    {IMAGE_FAULT_KEY_UNKNOWN,
     "verify with the key that signed it (slipway dumpinfo shows its KEYHASH)"},
};

static const char *hint(enum image_fault fault)
{
    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (hints[i].fault == fault)
            return hints[i].next;
    return NULL;
}

static const char *hex_text(const uint8_t *bytes, size_t len)
{
    char hex[2 * 64 + 1];
    cli_hex(hex, bytes, len);
    return cli_text("%s", hex);
}

static const char *key_evidence(const struct key *k)
{
    uint8_t hash[SHA256_SIZE];
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, k->spki, sizeof k->spki);
    sha256_final(&h, hash);
    return cli_text("the given key's hash is %s", hex_text(hash, sizeof hash));
}

static const char *evidence(const struct image_report *r, const struct cli_blob *file,
                            const struct key *k)
{
    switch (r->fault) {
    case IMAGE_FAULT_TOO_LARGE:
        return cli_text("the file has %zu bytes", file->len);
    case IMAGE_FAULT_KEY_UNKNOWN:
        return key_evidence(k);
    case IMAGE_FAULT_HASH_MISMATCH:
        return cli_text("computed %s", hex_text(r->hash, sizeof r->hash));
    case IMAGE_FAULT_READ:
        return err_text(r->err);
    default:
        return r->offset != 0 ? cli_text("at offset 0x%x", (unsigned)r->offset) : NULL;
    }
}

static void say_genuine(const char *path, const struct image_report *r, bool with_key)
{
    char version[IMAGE_VERSION_TEXT_MAX];
    const char *digest = hex_text(r->hash, sizeof r->hash);
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
    json_number(&j, "size", r->size);
    json_string(&j, "signature", with_key ? "verified" : "not checked");
    json_finish(&j);
}

static int check(const char *path, const struct cli_blob *file, const struct key *k)
{
    uint8_t buf[4096];
    bool with_key = k->pkey != NULL;
    const struct image_key trusted = {k->spki, sizeof k->spki};
    const struct image_policy policy = {
        .keys = &trusted,
        .key_count = with_key ? 1 : 0,
        .limit = (uint32_t)file->len,
        .allow_non_bootable = true,
    };
    const struct image_source s = image_source_memory(file->data, (uint32_t)file->len);
    struct image_report r;
    if (image_verify(&s, &policy, buf, sizeof buf, NULL, &r) != IMAGE_GENUINE)
        return cli_fail(CLI_REFUSED, cli_text("%s: %s", path, image_fault_text(r.fault)),
                        evidence(&r, file, k), hint(r.fault));
    say_genuine(path, &r, with_key);
    return CLI_DONE;
}

static int run(const struct cli_args *a)
{
    struct cli_blob file;
    struct key k = {0};
    int code = cli_read_file(a->arg[0], IMAGE_FILE_MAX, &file);
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
