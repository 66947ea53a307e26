/* slipway sign (create) - from a program to an image: header, TLVs, signature, padding.
 * imgtool's options and defaults; what imgtool has and this has not yet is refused by name. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "cli/keys.h"

#define INPUT_MAX        (64u * 1024u * 1024u)
#define SLOT_MAX         (256u * 1024u * 1024u)
#define DEPENDENCIES_MAX 32
#define CUSTOM_MAX       (CLI_ARGS_MAX / 2)

static const struct cli_option options[] = {
    {"key", 'k', "FILE", "private key (PEM); without it the image has a hash only", 0},
    {"version", 'v', "VERSION", "MAJ[.MIN[.REV[+BUILD]]]", CLI_REQUIRED},
    {"header-size", 'H', "BYTES", "offset of the program in the image, 32 to 65535", CLI_REQUIRED},
    {"pad-header", 0, NULL, "put the header in front (else INFILE starts with that many zeros)", 0},
    {"slot-size", 'S', "BYTES", "size of the slot; 0: do not check the fit", CLI_REQUIRED},
    {"align", 0, "BYTES", "write unit of the flash: 1 (default), 2, 4, 8, 16, 32", 0},
    {"max-align", 0, "BYTES", "BOOT_MAX_ALIGN: 8, 16, 32 (default: align, at least 8)", 0},
    {"max-sectors", 'M', "COUNT", "sectors that the trailer keeps records for (default 128)", 0},
    {"pad", 0, NULL, "fill up to the slot size and add the trailer's magic", 0},
    {"confirm", 0, NULL, "pad, and mark the image as confirmed", 0},
    {"test", 0, NULL, "pad, for a test swap", 0},
    {"overwrite-only", 0, NULL, "the trailer of an overwrite-only bootloader", 0},
    {"erased-val", 'R', "VALUE", "what erased flash reads as: 0 or 0xff (default)", 0},
    {"security-counter", 's', "N", "add a security counter; 'auto': from the version", 0},
    {"dependencies", 'd', "LIST", "\"(IMAGE,VERSION), ...\": other images this one needs", 0},
    {"boot-record", 0, "TYPE", "add a boot record (CBOR) with this software type", 0},
    {"custom-tlv", 0, "TYPE VALUE", "add a protected TLV; VALUE is 0x... or text",
     CLI_REPEATED | CLI_PAIR},
    {"load-addr", 'L', "ADDRESS", "the image runs from RAM at this address", 0},
    {"rom-fixed", 'F', "ADDRESS", "flash address that the image is built for", 0},
    {"non-bootable", 0, NULL, "mark the image as not bootable", 0},
    {"public-key-format", 0, "FORMAT", "hash (default) or full", 0},
    {"pad-sig", 0, NULL, "pad the signature to 72 bytes", 0},
    {"endian", 'e', "ENDIAN", "little", 0},
    {"sha", 0, "BITS", "auto (default) or 256", 0},
    {"compression", 0, "KIND", "disabled", 0},
    {"vid", 0, "UUID", "not supported yet", 0},
    {"cid", 0, "UUID", "not supported yet", 0},
    {"custom-tlv-file", 0, "TYPE FILE", "not supported yet", CLI_REPEATED | CLI_PAIR},
    {"encrypt", 'E', "FILE", "not supported yet", 0},
    {"encrypt-keylen", 0, "BITS", "not supported yet", 0},
    {"hmac-sha", 0, "BITS", "not supported yet", 0},
    {"clear", 'c', NULL, "not supported yet", 0},
    {"save-enctlv", 0, NULL, "not supported yet", 0},
    {"pure", 0, NULL, "not supported yet", 0},
    {"fix-sig", 0, "FILE", "not supported yet", 0},
    {"fix-sig-pubkey", 0, "FILE", "not supported yet", 0},
    {"sig-out", 0, "FILE", "not supported yet", 0},
    {"vector-to-sign", 0, "WHAT", "not supported yet", 0},
    {"hex-addr", 'x', "ADDRESS", "not supported yet", 0},
    {0},
};

static const char *const unsupported[] = {
    "vid",
    "cid",
    "custom-tlv-file",
    "encrypt",
    "encrypt-keylen",
    "hmac-sha",
    "clear",
    "pure",
    "save-enctlv",
    "fix-sig",
    "fix-sig-pubkey",
    "sig-out",
    "vector-to-sign",
    "hex-addr",
};

/* Options of which one value is supported: the default. */
static const struct {
    const char *name, *only, *also;
} one_value[] = {
    {"endian", "little", "little"},
    {"sha", "auto", "256"},
    {"compression", "disabled", "disabled"},
};

/* Everything that the command line says, in the words of image/build.h. */
struct request {
    struct image_plan plan;
    struct image_slot_plan slot;
    bool pad;
    struct image_dependency dependencies[DEPENDENCIES_MAX];
    struct image_custom_tlv custom[CUSTOM_MAX];
};

static bool is_hex_file(const char *path)
{
    size_t len = strlen(path);
    return len >= 4 && strcmp(path + len - 4, ".hex") == 0;
}

static int check_supported(const struct cli_args *a)
{
    for (size_t i = 0; i < ARRAY_LEN(unsupported); i++)
        if (cli_has(a, unsupported[i]))
            return cli_usage(a, "option '--%s' is not supported yet", unsupported[i]);
    for (size_t i = 0; i < ARRAY_LEN(one_value); i++) {
        const char *value = cli_value(a, one_value[i].name, one_value[i].only);
        if (strcmp(value, one_value[i].only) != 0 && strcmp(value, one_value[i].also) != 0)
            return cli_usage(a, "'--%s %s' is not supported yet, only '%s'", one_value[i].name,
                             value, one_value[i].only);
    }
    for (unsigned i = 0; i < a->arg_count; i++)
        if (is_hex_file(a->arg[i]))
            return cli_usage(a, "'%s': Intel HEX is not supported yet, only binary files",
                             a->arg[i]);
    return CLI_DONE;
}

/* ---- option values that are more than a number ------------------------------------------------ */

static int take_number(const struct cli_args *a, const char *name, uint32_t fallback, uint64_t min,
                       uint64_t max, uint32_t *out)
{
    uint64_t n;
    int code = cli_number(a, name, fallback, min, max, &n);
    *out = (uint32_t)n;
    return code;
}

static int take_power_of_two(const struct cli_args *a, const char *name, uint32_t fallback,
                             uint32_t min, uint32_t *out)
{
    int code = take_number(a, name, fallback, min, 32, out);
    if (code == CLI_DONE && (*out & (*out - 1)) != 0)
        return cli_usage(a, "--%s must be a power of two from %u to 32", name, (unsigned)min);
    return code;
}

static int take_version(const struct cli_args *a, struct request *r)
{
    const char *text = cli_value(a, "version", "");
    if (image_version_parse(&r->plan.version, text))
        return CLI_DONE;
    return cli_usage(a,
                     "'%s' is no version: MAJ[.MIN[.REV[+BUILD]]], decimal, no leading zeros, "
                     "at most 255.255.65535+4294967295",
                     text);
}

static int take_slot(const struct cli_args *a, struct request *r)
{
    struct image_slot_plan *s = &r->slot;
    int code = take_number(a, "slot-size", 0, 0, SLOT_MAX, &s->size);
    if (code == CLI_DONE)
        code = take_power_of_two(a, "align", 1, 1, &s->align);
    if (code == CLI_DONE) {
        uint32_t least = s->align > IMAGE_DEFAULT_MAX_ALIGN ? s->align : IMAGE_DEFAULT_MAX_ALIGN;
        code = take_power_of_two(a, "max-align", least, IMAGE_DEFAULT_MAX_ALIGN, &s->max_align);
    }
    if (code == CLI_DONE)
        code = take_number(a, "max-sectors", IMAGE_DEFAULT_SECTORS, 1, 65536, &s->max_sectors);
    if (code != CLI_DONE)
        return code;
    s->overwrite_only = cli_has(a, "overwrite-only");
    s->confirm = cli_has(a, "confirm");
    r->pad = s->confirm || cli_has(a, "pad") || cli_has(a, "test");
    if (s->confirm && cli_has(a, "test"))
        return cli_usage(a, "--confirm and --test exclude each other");
    if (s->max_align < s->align)
        return cli_usage(a, "--max-align %u is below --align %u", (unsigned)s->max_align,
                         (unsigned)s->align);
    if (r->pad && s->size == 0)
        return cli_usage(a, "padding needs a --slot-size above 0");
    return CLI_DONE;
}

static int take_erased(const struct cli_args *a, struct request *r)
{
    uint64_t value;
    int code = cli_number(a, "erased-val", 0xff, 0, 0xff, &value);
    if (code == CLI_DONE && value != 0 && value != 0xff)
        code = cli_usage(a, "--erased-val must be 0 or 0xff");
    r->plan.erased = (uint8_t)value;
    return code;
}

static int take_security_counter(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    const char *text = cli_value(a, "security-counter", NULL);
    p->has_security_counter = text != NULL;
    if (text == NULL)
        return CLI_DONE;
    if (strcmp(text, "auto") == 0) {
        const struct image_version *v = &p->version;
        p->security_counter = ((uint32_t)v->major << 24) + ((uint32_t)v->minor << 16) + v->revision;
        return CLI_DONE;
    }
    return take_number(a, "security-counter", 0, 0, UINT32_MAX, &p->security_counter);
}

static int take_load_address(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    uint32_t load, rom;
    int code = take_number(a, "load-addr", 0, 0, UINT32_MAX, &load);
    if (code == CLI_DONE)
        code = take_number(a, "rom-fixed", 0, 0, UINT32_MAX, &rom);
    if (code != CLI_DONE)
        return code;
    if (cli_has(a, "load-addr") && cli_has(a, "rom-fixed"))
        return cli_usage(a, "--load-addr and --rom-fixed exclude each other");
    p->load_addr = load != 0 ? load : rom;
    p->flags |= load != 0 ? IMAGE_FLAG_RAM_LOAD : 0;
    p->flags |= rom != 0 ? IMAGE_FLAG_ROM_FIXED : 0;
    p->flags |= cli_has(a, "non-bootable") ? IMAGE_FLAG_NON_BOOTABLE : 0;
    return CLI_DONE;
}

static const char *skip(const char *text, const char *what)
{
    return text + strspn(text, what);
}

/* One "(IMAGE,VERSION)" at *text, which moves behind it. */
static bool take_dependency(const char **text, struct image_dependency *d)
{
    char number[8] = "", version[IMAGE_VERSION_TEXT_MAX + 1] = "";
    uint64_t image;
    int used = 0;
    if (sscanf(*text, " ( %7[0-9] , %26[0-9.+] ) %n", number, version, &used) != 2 || used == 0)
        return false;
    if (!cli_parse_number(number, &image) || image > UINT8_MAX ||
        !image_version_parse(&d->version, version))
        return false;
    d->image = (uint8_t)image;
    *text += used;
    return true;
}

static int take_dependencies(const struct cli_args *a, struct request *r)
{
    const char *list = cli_value(a, "dependencies", NULL), *at = list;
    unsigned n = 0;
    if (list == NULL)
        return CLI_DONE;
    do {
        if (n == DEPENDENCIES_MAX)
            return cli_usage(a, "more than %d dependencies", DEPENDENCIES_MAX);
        if (!take_dependency(&at, &r->dependencies[n++]))
            return cli_usage(a, "'%s' is no list of dependencies: \"(1,1.2.3), (2,1.0.0)\"", list);
        at = skip(at, " ");
        if (*at != ',' && *at != '\0')
            return cli_usage(a, "unexpected '%s' in --dependencies", at);
    } while (*at++ == ',');
    r->plan.dependencies = r->dependencies;
    r->plan.dependency_count = n;
    return CLI_DONE;
}

/* Types with a meaning of their own cannot be had as custom TLVs; all lie below this. */
static int take_custom_type(const struct cli_args *a, const char *text, struct request *r,
                            uint16_t *type)
{
    uint64_t n;
    if (!cli_parse_number(text, &n) || n < IMAGE_CUSTOM_TLV_MIN || n > IMAGE_CUSTOM_TLV_MAX)
        return cli_usage(a, "--custom-tlv type '%s' is not from 0x%04x to 0x%04x", text,
                         IMAGE_CUSTOM_TLV_MIN, IMAGE_CUSTOM_TLV_MAX);
    for (unsigned i = 0; i < r->plan.custom_count; i++)
        if (r->custom[i].type == n)
            return cli_usage(a, "--custom-tlv type '%s' is given twice", text);
    *type = (uint16_t)n;
    return CLI_DONE;
}

static int take_custom_value(const struct cli_args *a, const char *text,
                             struct image_custom_tlv *tlv)
{
    size_t len = strlen(text);
    tlv->value = (const uint8_t *)text;
    if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
        uint8_t *bytes = (uint8_t *)(uintptr_t)cli_text("%s", text); /* a place of that length */
        if (!cli_unhex(text + 2, bytes, len, &len))
            return cli_usage(a, "--custom-tlv value '%s' is not an even number of hex digits",
                             text);
        tlv->value = bytes;
    }
    if (len > UINT16_MAX)
        return cli_usage(a, "--custom-tlv value of %zu bytes is too long", len);
    tlv->len = (uint16_t)len;
    return CLI_DONE;
}

static int take_custom(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    const char *type, *value;
    int code = CLI_DONE;
    p->custom = r->custom;
    for (unsigned i = 0; (type = cli_nth_value(a, "custom-tlv", 2 * i)) != NULL; i++) {
        struct image_custom_tlv *tlv = &r->custom[i];
        value = cli_nth_value(a, "custom-tlv", 2 * i + 1);
        code = take_custom_type(a, type, r, &tlv->type);
        if (code == CLI_DONE)
            code = take_custom_value(a, value, tlv);
        if (code != CLI_DONE)
            break;
        p->custom_count++;
    }
    return code;
}

static int take_rest(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    const char *format = cli_value(a, "public-key-format", "hash");
    p->pad_header = cli_has(a, "pad-header");
    p->pad_signature = cli_has(a, "pad-sig");
    p->full_key = strcmp(format, "full") == 0;
    if (!p->full_key && strcmp(format, "hash") != 0)
        return cli_usage(a, "--public-key-format is hash or full, not '%s'", format);
    p->boot_record = cli_value(a, "boot-record", NULL);
    if (p->boot_record != NULL && strlen(p->boot_record) > IMAGE_BOOT_RECORD_MAX)
        return cli_usage(a, "--boot-record takes at most %u characters", IMAGE_BOOT_RECORD_MAX);
    return take_number(a, "header-size", 0, IMAGE_HEADER_SIZE, UINT16_MAX, &p->hdr_size);
}

static int take_request(const struct cli_args *a, struct request *r)
{
    static int (*const steps[])(const struct cli_args *, struct request *) = {
        take_version,      take_slot,         take_erased, take_security_counter,
        take_load_address, take_dependencies, take_custom, take_rest,
    };
    int code = check_supported(a);
    for (size_t i = 0; i < ARRAY_LEN(steps) && code == CLI_DONE; i++)
        code = steps[i](a, r);
    return code;
}

/* ---- from the request to the file --------------------------------------------------------------- */

static int refuse_build(const struct cli_args *a, const struct request *r, enum err err)
{
    switch (err) {
    case ERR_FORMAT:
        return cli_fail(CLI_BAD_FILE, cli_text("'%s' has no room for the header", a->arg[0]),
                        cli_text("its first %u bytes are not all zero", (unsigned)r->plan.hdr_size),
                        "add --pad-header, or link the program with that much space in front");
    case ERR_NOSPC:
        return cli_fail(CLI_BAD_FILE, "the TLVs do not fit", "a TLV area holds at most 65535 bytes",
                        NULL);
    case ERR_IO:
        return cli_fail(CLI_REFUSED, "OpenSSL could not sign", NULL, NULL);
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
    char version[IMAGE_VERSION_TEXT_MAX], digest[2 * SHA256_SIZE + 1];
    image_version_print(version, sizeof version, &r->plan.version, '+');
    cli_hex(digest, b->digest, sizeof b->digest);
    cli_say("wrote %s: version %s, image %zu bytes, %s", a->arg[1], version, b->len,
            r->plan.signer != NULL ? "signed with ECDSA P-256" : "not signed");
    cli_verbose("digest %s, file %zu bytes", digest, file_len);
    if (!cli_mode.json)
        return;
    struct json j;
    json_begin(&j, stdout);
    json_string(&j, "file", a->arg[1]);
    json_number(&j, "size", file_len);
    json_number(&j, "image_size", b->len);
    json_string(&j, "version", version);
    json_string(&j, "digest", digest);
    json_bool(&j, "signed", r->plan.signer != NULL);
    json_finish(&j);
}

static int make_file(const struct cli_args *a, struct request *r)
{
    struct image_built built;
    size_t cap = image_build_cap(&r->plan);
    if (r->slot.size > cap)
        cap = r->slot.size;
    uint8_t *out = malloc(cap);
    if (out == NULL)
        return cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    enum err err = image_build(&r->plan, out, cap, &built);
    int code = err == ERR_OK ? check_fit(a, r, built.len) : refuse_build(a, r, err);
    size_t len = built.len;
    if (code == CLI_DONE && r->pad) {
        err = image_pad(&r->slot, r->plan.erased, out, len);
        code = err == ERR_OK ? CLI_DONE : refuse_build(a, r, err);
        len = r->slot.size;
    }
    if (code == CLI_DONE)
        code = cli_write_file(a->arg[1], out, len, 0644);
    if (code == CLI_DONE)
        report(a, r, &built, len);
    free(out);
    return code;
}

static int load_signer(const struct cli_args *a, struct key *k)
{
    const char *path = cli_value(a, "key", NULL);
    int code = key_load(path, k);
    if (code != CLI_DONE || k->is_private)
        return code;
    key_free(k);
    return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds a public key only", path),
                    "signing needs the private key", NULL);
}

static int run(const struct cli_args *a)
{
    static struct request r;
    struct cli_blob input;
    struct key key = {0};
    struct image_signer signer;
    r = (struct request){0};
    int code = take_request(a, &r);
    if (code == CLI_DONE)
        code = cli_read_file(a->arg[0], INPUT_MAX, &input);
    if (code == CLI_DONE && cli_has(a, "key"))
        code = load_signer(a, &key);
    if (code != CLI_DONE)
        return code;
    r.plan.input = input.data;
    r.plan.input_len = input.len;
    if (key.pkey != NULL) {
        signer = key_signer(&key);
        r.plan.signer = &signer;
    }
    code = make_file(a, &r);
    key_free(&key);
    return code;
}

#define DETAILS                                                                                  \
    "The options, their defaults and the resulting bytes are imgtool's. OUTFILE is replaced as " \
    "a\n"                                                                                        \
    "whole or not at all."
#define EXAMPLE                                                                                 \
    "slipway sign -k signing.pem -v 1.2.3 -H 0x400 --pad-header -S 0xe0000 --align 32 app.bin " \
    "app.signed.bin"

const struct cli_command cmd_sign = {
    .name = "sign",
    .summary = "make a signed image from a program",
    .arguments = "INFILE OUTFILE",
    .min_args = 2,
    .max_args = 2,
    .options = options,
    .details = DETAILS,
    .example = EXAMPLE,
    .run = run,
};

const struct cli_command cmd_create = {
    .name = "create",
    .summary = "the same as sign",
    .arguments = "INFILE OUTFILE",
    .min_args = 2,
    .max_args = 2,
    .options = options,
    .details = DETAILS,
    .example = EXAMPLE,
    .run = run,
};
