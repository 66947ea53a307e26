/* slipway sign (create) - from a program to an image: header, TLVs, signature, encryption, padding.
 * imgtool's options and defaults; docs/migrating-from-imgtool.md lists where it differs. */
#include <stdlib.h>
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/sign.h"

static int refuse_build(const struct cli_args *a, const struct request *r, enum err err)
{
    struct image_header h;
    switch (err) {
    case ERR_FORMAT:
        if (r->input.len >= IMAGE_HEADER_SIZE && image_header_decode(&h, r->input.data))
            return cli_fail(CLI_BAD_FILE, cli_text("'%s' is an image already", a->arg[0]),
                            "it begins with an image's header",
                            "sign the program that it was made from; slipway dumpinfo shows what "
                            "it holds");
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' has no room for the header", a->arg[0]),
                        cli_text("its first %u bytes are not all zero", (unsigned)r->plan.hdr_size),
                        "add --pad-header, or link the program with that much space in front");
    case ERR_NOSPC:
        return cli_fail(CLI_BAD_FILE, "the TLVs do not fit", "a TLV area holds at most 65535 bytes",
                        NULL);
    case ERR_STATE:
        return cli_fail(
            CLI_REFUSED, "the given signature does not match this image",
            cli_text("it does not verify with the key in '%s'", cli_value(a, "fix-sig-pubkey", "")),
            "sign what --vector-to-sign writes with the same options");
    case ERR_IO:
        return cli_fail(CLI_REFUSED, "OpenSSL could not sign or encrypt", NULL, NULL);
    default:
        return cli_fail(CLI_REFUSED, "the image could not be built", err_text(err), NULL);
    }
}

/* Image and trailer must fit the slot, padded or not. */
static int check_fit(const struct cli_args *a, const struct request *r, size_t len)
{
    uint64_t trailer = image_trailer_estimate(&r->slot), need = len + trailer;
    if (r->slot.size == 0 || need <= r->slot.size)
        return CLI_DONE;
    return cli_fail(
        CLI_BAD_FILE,
        cli_text("the image of '%s' does not fit the slot: %llu bytes too many", a->arg[0],
                 (unsigned long long)(need - r->slot.size)),
        cli_text("image %zu (0x%zx) + trailer %llu (0x%llx) exceeds slot size %u (0x%x)", len, len,
                 (unsigned long long)trailer, (unsigned long long)trailer, (unsigned)r->slot.size,
                 (unsigned)r->slot.size),
        "make the program smaller, or the slot larger; --max-sectors and --align size the trailer");
}

static void report(const struct cli_args *a, const struct request *r, const struct image_built *b,
                   size_t file_len)
{
    char version[IMAGE_VERSION_TEXT_MAX], digest[2 * IMAGE_HASH_MAX + 1];
    const struct image_plan *p = &r->plan;
    image_version_print(version, sizeof version, &p->version, '+');
    cli_hex(digest, b->digest, b->digest_len);
    cli_say("wrote %s: version %s, image %zu bytes, %s%s%s%s", a->arg[1], version, b->len,
            p->signer != NULL ? "signed with " : "not signed",
            p->signer != NULL ? r->key.kind->title : "",
            p->compressed != NULL ? ", compressed" : "",
            p->cipher == NULL  ? ""
            : p->cipher->clear ? ", not encrypted until it is swapped out"
                               : ", encrypted");
    if (r->has_layout)
        cli_say("fits %s with %s (%s)", cli_value(a, "layout", ""), layout_strategy_text(&r->slots),
                r->slots.origin);
    cli_verbose("digest %s, file %zu bytes", digest, file_len);
    if (!cli_mode.json)
        return;
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "file", a->arg[1]);
    json_number(&j, "size", file_len);
    json_number(&j, "image_size", b->len);
    json_string(&j, "version", version);
    json_string(&j, "hash", p->digest->name);
    json_string(&j, "digest", digest);
    json_bool(&j, "signed", p->signer != NULL);
    json_bool(&j, "encrypted", p->cipher != NULL && !p->cipher->clear);
    json_bool(&j, "compressed", p->compressed != NULL);
    if (r->has_layout) {
        json_string(&j, "strategy", layout_strategy_text(&r->slots));
        json_bool(&j, "strategy_assumed", r->slots.assumed);
    }
    json_finish(&j);
}

/* Build the image without compression first: the compressed image carries its hash and signature in TLVs. */
static int compress(const struct cli_args *a, struct request *r, uint8_t *out, size_t cap,
                    struct image_compressed *c)
{
    struct image_built plain;
    struct image_plan plan = r->plan;
    plan.flags |= plan.cipher != NULL ? plan.cipher->flag : 0;
    plan.cipher = NULL;
    enum err err = image_build(&plan, out, cap, &plain);
    if (err != ERR_OK)
        return refuse_build(a, r, err);
    int code = check_fit(a, r, plain.len); /* the decompressed image must fit, too */
    return code == CLI_DONE ? sign_compress(a, r, &plain, c) : code;
}

static int wants_compression(const struct cli_args *a, bool *wanted)
{
    const char *kind = cli_value(a, "compression", "disabled");
    *wanted = strcmp(kind, "lzma2") == 0 || strcmp(kind, "lzma2armthumb") == 0;
    if (*wanted || strcmp(kind, "disabled") == 0)
        return CLI_DONE;
    return cli_usage(a, "--compression is disabled, lzma2 or lzma2armthumb, not '%s'", kind);
}

/* What --vector-to-sign asks for instead of an image. */
static int write_vector(const struct cli_args *a, struct request *r, uint8_t *out,
                        const struct image_built *b)
{
    bool digest = r->output == SIGN_DIGEST;
    size_t len = digest ? b->digest_len : b->hashed, file_len;
    if (digest)
        memcpy(out, b->digest, b->digest_len);
    int code = sign_write(a, r, out, len, &file_len);
    if (code == CLI_DONE)
        cli_say("wrote %s: %zu bytes to be signed (%s)", a->arg[1], len,
                digest ? r->plan.digest->name : "the image's bytes");
    return code;
}

static int make_file(const struct cli_args *a, struct request *r, uint8_t *out, size_t cap)
{
    struct image_built built;
    struct image_compressed compressed;
    size_t file_len = 0;
    bool smaller;
    const struct image_plan as_asked = r->plan;
    int code = wants_compression(a, &smaller);
    if (code == CLI_DONE && smaller)
        code = compress(a, r, out, cap, &compressed);
    if (code != CLI_DONE)
        return code;
    enum err err = image_build(&r->plan, out, cap, &built);
    if (err != ERR_OK)
        return refuse_build(a, r, err);
    r->plan.erased =
        as_asked
            .erased; /* the flash's erased value; the plan's may have been changed for the header's padding */
    if (r->output != SIGN_IMAGE)
        return write_vector(a, r, out, &built);
    code = check_fit(a, r, built.len);
    if (code == CLI_DONE)
        code = sign_check_layout(a, r, built.len);
    if (code == CLI_DONE)
        code = sign_write(a, r, out, built.len, &file_len);
    if (code == CLI_DONE)
        code = sign_write_signature(a, &built);
    if (code == CLI_DONE)
        report(a, r, &built, file_len);
    return code;
}

/* An upper bound of the bytes behind the payload. */
static size_t tlv_room(const struct request *r)
{
    struct image_plan empty = r->plan;
    empty.input_len = 0;
    return image_build_cap(&empty) - r->plan.hdr_size;
}

/* imgtool goes by the name alone, and signs the text. */
static int refuse_hex_text(const char *path, const struct cli_blob *b)
{
    struct hex_image hex;
    unsigned line;
    if (b->len == 0 || b->data[0] != ':' ||
        hex_parse((const char *)b->data, b->len, &hex, &line) != NULL)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE,
                    cli_text("'%s' is Intel HEX by its content, but not by its name", path),
                    "sign takes a file for HEX if its name ends in .hex, as imgtool does",
                    "rename it, or make it raw: objcopy -I ihex -O binary FILE FILE.bin");
}

static int read_input(const struct cli_args *a, struct request *r)
{
    struct hex_image hex;
    if (!hex_is_name(a->arg[0])) {
        const struct cli_room room = {r->plan.hdr_size, tlv_room(r)};
        r->has_room = true;
        int raw = cli_read_file_within(a->arg[0], HEX_IMAGE_MAX, room, &r->input);
        return raw == CLI_DONE ? refuse_hex_text(a->arg[0], &r->input) : raw;
    }
    int code = hex_read_file(a->arg[0], &hex);
    if (code != CLI_DONE)
        return code;
    r->input = hex.bytes;
    r->base = hex.base;
    r->has_base = true;
    if (!r->plan.pad_header || hex.base == 0)
        return CLI_DONE; /* at 0 there is nothing in front: the header moves the program */
    if (hex.base < r->plan.hdr_size)
        return cli_fail(CLI_BAD_FILE, "there is no room for the header in front of the program",
                        cli_text("'%s' begins at 0x%x, the header has 0x%x bytes", a->arg[0],
                                 (unsigned)hex.base, (unsigned)r->plan.hdr_size),
                        NULL);
    r->base -= r->plan.hdr_size;
    return CLI_DONE;
}

/* The program was read to the place that it has in an image, so that a megabyte need not be moved. What changes it, or
 * asks for it again, gets a copy. */
static bool in_place(const struct cli_args *a, const struct request *r)
{
    return r->has_room && r->plan.pad_header && r->plan.cipher == NULL && !r->pad &&
           !cli_has(a, "compression");
}

static int make(const struct cli_args *a, struct request *r)
{
    r->plan.input = r->input.data;
    r->plan.input_len = r->input.len;
    size_t cap = image_build_cap(&r->plan);
    if (in_place(a, r))
        return make_file(a, r, r->input.data - r->plan.hdr_size, cap);
    if (r->pad && r->slot.size > cap)
        cap = r->slot.size;
    uint8_t *out = malloc(cap);
    if (out == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    cli_populate(out, cap);
    int code = make_file(a, r, out, cap);
    free(out);
    return code;
}

static int run(const struct cli_args *a)
{
    static struct request r;
    memset(&r, 0, sizeof r);
    int code = sign_take_request(a, &r);
    if (code == CLI_DONE)
        code = read_input(a, &r);
    if (code == CLI_DONE)
        code = sign_take_sbom(a, &r);
    if (code == CLI_DONE)
        code = sign_take_keys(a, &r);
    if (code == CLI_DONE)
        code = sign_take_retired(a, &r);
    if (code == CLI_DONE && cli_has(a, "sig-out") && r.plan.signer == NULL)
        code = cli_usage(a, "--sig-out needs --key or --fix-sig");
    if (code == CLI_DONE)
        code = make(a, &r);
    sign_release_keys(&r);
    return code;
}

#define DETAILS                                                                                  \
    "The options, their defaults and the resulting bytes are imgtool's. OUTFILE is replaced as " \
    "a\n"                                                                                        \
    "whole or not at all."
#define EXAMPLE(command)                                                                       \
    "slipway " command " -k signing.pem -v 1.2.3 -H 0x400 --pad-header -S 0xe0000 --align 32 " \
    "app.bin app.signed.bin"

const struct cli_command cmd_sign = {
    .name = "sign",
    .summary = "make a signed image from a program",
    .arguments = "INFILE OUTFILE",
    .min_args = 2,
    .max_args = 2,
    .options = sign_options,
    .details = DETAILS,
    .example = EXAMPLE("sign"),
    .run = run,
};

const struct cli_command cmd_create = {
    .name = "create",
    .summary = "the same as sign: imgtool has both names",
    .arguments = "INFILE OUTFILE",
    .min_args = 2,
    .max_args = 2,
    .options = sign_options,
    .details = DETAILS,
    .example = EXAMPLE("create"),
    .run = run,
};
