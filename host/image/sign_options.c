/* sign_options.c - the options of `slipway sign`, and what they mean. imgtool's names, defaults and units. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/base/bytes.h"
#include "host/image/sign.h"
#include "host/report/sbom/uuid.h"

const struct cli_option sign_options[] = {
    {"key", 'k', "FILE", "private key that signs; without it the image has only a hash", 0},
    {"version", 'v', "VERSION", "MAJ[.MIN[.REV[+BUILD]]]", CLI_REQUIRED},
    {"header-size", 'H', "BYTES", "offset of the program in the image, 32 to 65535", 0},
    {"pad-header", 0, NULL, "put the header in front (else INFILE starts with that many zeros)", 0},
    {"slot-size", 'S', "BYTES", "size of the slot; 0: do not check the fit", 0},
    {"layout", 0, "FILE",
     "board's .dts or .dtb: take sizes and write unit from it, and check that the image can be "
     "swapped",
     0},
    {"board", 'b', "FILE.dts", "the board's devicetree, if --layout is an overlay", 0},
    {"config", 0, "FILE",
     "the build's .config: the upgrade strategy (default: the one beside --layout)", 0},
    {"image", 0, "NUMBER", "the number of this image, if the layout has several (default 0)", 0},
    {"align", 0, "BYTES", "write unit of the flash: 1 (default), 2, 4, 8, 16, 32", 0},
    {"max-align", 0, "BYTES", "BOOT_MAX_ALIGN: 8, 16, 32 (default: align, at least 8)", 0},
    {"max-sectors", 'M', "COUNT", "number of sectors in the trailer's swap status (default 128)",
     0},
    {"pad", 0, NULL, "fill up to the slot size and add the trailer's magic", 0},
    {"confirm", 0, NULL, "pad, and mark the image as confirmed", 0},
    {"test", 0, NULL, "pad, for a test swap", 0},
    {"overwrite-only", 0, NULL, "pad with the trailer of an overwrite-only bootloader", 0},
    {"erased-val", 'R', "VALUE", "what erased flash reads as: 0 or 0xff (default)", 0},
    {"security-counter", 's', "N", "add a security counter; 'auto': from the version", 0},
    {"dependencies", 'd', "LIST", "\"(IMAGE,VERSION), ...\": other images that this one needs", 0},
    {"boot-record", 0, "TYPE", "add a boot record (CBOR) with this software type", 0},
    {"custom-tlv", 0, "TYPE VALUE", "add a protected TLV; VALUE is 0x... or text",
     CLI_REPEATED | CLI_PAIR},
    {"custom-tlv-file", 0, "TYPE FILE", "add a protected TLV with a file's bytes",
     CLI_REPEATED | CLI_PAIR},
    {"retire-key", 0, "FILE", "a key that the bootloader retires once this image is confirmed",
     CLI_REPEATED},
    {"sbom", 0, "FILE",
     "bind this SBOM (slipway sbom) to the image: a protected TLV with its SHA-256", 0},
    {"vid", 0, "UUID", "vendor: a UUID, or a domain name from which one is made", 0},
    {"cid", 0, "UUID", "image class: a UUID, or, with --vid, a name from which one is made", 0},
    {"load-addr", 'L', "ADDRESS", "the image runs from RAM at this address", 0},
    {"rom-fixed", 'F', "ADDRESS", "flash address that the image is built for", 0},
    {"non-bootable", 0, NULL, "mark the image as not bootable", 0},
    {"hex-addr", 'x', "ADDRESS", "address of the image in a .hex OUTFILE", 0},
    {"public-key-format", 0, "FORMAT", "hash (default) or full", 0},
    {"pad-sig", 0, NULL, "pad an ECDSA signature to 72 bytes (P-384: 103)", 0},
    {"sha", 0, "BITS", "auto (default, by the key), 256, 384, 512", 0},
    {"pure", 0, NULL, "Ed25519 signs the image instead of its hash", 0},
    {"fix-sig", 0, "FILE",
     "take the signature (base64) from this file instead of signing with --key", 0},
    {"fix-sig-pubkey", 0, "FILE", "the public key that the signature of --fix-sig belongs to", 0},
    {"sig-out", 0, "FILE", "also write the signature to this file (base64)", 0},
    {"vector-to-sign", 0, "WHAT",
     "payload or digest: write the bytes to be signed instead of an image", 0},
    {"encrypt", 'E', "FILE", "encrypt for this public key (or base64 key for AES key wrap)", 0},
    {"encrypt-keylen", 0, "BITS", "AES key: 128 (default) or 256", 0},
    {"hmac-sha", 0, "BITS", "auto (default), 256, or with X25519 512", 0},
    {"clear", 'c', NULL, "with --encrypt: do not encrypt the program, for the primary slot", 0},
    {"save-enctlv", 0, NULL, "the bootloader keeps the wrapped key in the trailer", 0},
    {"compression", 0, "KIND", "disabled (default), lzma2, lzma2armthumb", 0},
    {"endian", 'e', "ENDIAN", "little (default) or big", 0},
    {0},
};

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
                     "'%s' is not a version: MAJ[.MIN[.REV[+BUILD]]], decimal, no leading zeros, "
                     "at most 255.255.65535+4294967295",
                     text);
}

static int take_slot(const struct cli_args *a, struct request *r)
{
    struct image_slot_plan *s = &r->slot;
    uint32_t size = r->has_layout ? r->slots.rows[0].size : 0;
    uint32_t word = r->has_layout ? r->layout.word : 1;
    if (!r->has_layout && !cli_has(a, "slot-size"))
        return cli_usage(a, "option '--slot-size BYTES' is required (or --layout FILE)");
    int code = take_number(a, "slot-size", size, 0, SLOT_MAX, &s->size);
    if (code == CLI_DONE)
        code = take_power_of_two(a, "align", word, 1, &s->align);
    if (code == CLI_DONE) {
        uint32_t least = s->align > IMAGE_DEFAULT_MAX_ALIGN ? s->align : IMAGE_DEFAULT_MAX_ALIGN;
        code = take_power_of_two(a, "max-align", least, IMAGE_DEFAULT_MAX_ALIGN, &s->max_align);
    }
    if (code == CLI_DONE)
        code = take_number(a, "max-sectors",
                           r->has_layout ? r->slots.pair.max_sectors : IMAGE_DEFAULT_SECTORS, 1,
                           65536, &s->max_sectors);
    if (code != CLI_DONE)
        return code;
    s->overwrite_only = cli_has(a, "overwrite-only");
    s->confirm = cli_has(a, "confirm");
    r->pad = s->confirm || cli_has(a, "pad") || cli_has(a, "test");
    if (s->confirm && cli_has(a, "test"))
        return cli_usage(a, "--confirm and --test exclude each other");
    s->test = cli_has(a, "test");
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
    if (strcasecmp(text, "auto") == 0) {
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
            return cli_usage(a, "'%s' is not a list of dependencies: \"(1,1.2.3), (2,1.0.0)\"",
                             list);
        at = skip(at, " ");
        if (*at != ',' && *at != '\0')
            return cli_usage(a, "unexpected '%s' in --dependencies", at);
    } while (*at++ == ',');
    r->plan.dependencies = r->dependencies;
    r->plan.dependency_count = n;
    return CLI_DONE;
}

/* TLV types that the format defines are below this, and cannot be custom TLVs. */
static int take_custom_type(const struct cli_args *a, const char *text, struct request *r,
                            uint16_t *type)
{
    uint64_t n;
    if (!cli_parse_number(text, &n) || n < IMAGE_CUSTOM_TLV_MIN || n > IMAGE_CUSTOM_TLV_MAX)
        return cli_usage(a, "custom TLV type '%s' is not from 0x%04x to 0x%04x", text,
                         IMAGE_CUSTOM_TLV_MIN, IMAGE_CUSTOM_TLV_MAX);
    for (unsigned i = 0; i < r->plan.custom_count; i++)
        if (r->custom[i].type == n)
            return cli_usage(a, "custom TLV type '%s' is given twice", text);
    *type = (uint16_t)n;
    return CLI_DONE;
}

/* Text, or bytes behind 0x. */
static int custom_value(const struct cli_args *a, const char *text, struct cli_blob *b)
{
    size_t len = strlen(text);
    *b = (struct cli_blob){(uint8_t *)(uintptr_t)text, len};
    if (strncmp(text, "0x", 2) != 0)
        return CLI_DONE;
    b->data = cli_memory(len);
    b->len = 0;
    if (len > 2 && !cli_unhex(text + 2, b->data, len, &b->len))
        return cli_usage(a, "--custom-tlv value '%s' is not an even number of hex digits", text);
    return CLI_DONE;
}

static int custom_file(const struct cli_args *a, const char *path, struct cli_blob *b)
{
    (void)a;
    return cli_read_file(path, IMAGE_TLV_AREA_MAX, b);
}

static int take_custom_option(const struct cli_args *a, struct request *r, const char *option,
                              int (*value)(const struct cli_args *, const char *,
                                           struct cli_blob *))
{
    struct image_plan *p = &r->plan;
    const char *type;
    int code = CLI_DONE;
    for (unsigned i = 0; code == CLI_DONE && (type = cli_nth_value(a, option, 2 * i)) != NULL;
         i++) {
        struct image_custom_tlv *tlv = &r->custom[p->custom_count];
        struct cli_blob b = {0};
        code = take_custom_type(a, type, r, &tlv->type);
        if (code == CLI_DONE)
            code = value(a, cli_nth_value(a, option, 2 * i + 1), &b);
        if (code == CLI_DONE && b.len > UINT16_MAX)
            code = cli_usage(a, "--%s value of %zu bytes is too long", option, b.len);
        tlv->value = b.data;
        tlv->len = (uint16_t)b.len;
        p->custom_count++;
    }
    return code;
}

static int take_custom(const struct cli_args *a, struct request *r)
{
    r->plan.custom = r->custom;
    int code = take_custom_option(a, r, "custom-tlv", custom_value);
    return code == CLI_DONE ? take_custom_option(a, r, "custom-tlv-file", custom_file) : code;
}

/* ---- UUIDs ---- */

static bool parse_uuid(const char *text, uint8_t uuid[16])
{
    char digits[33];
    size_t len = strlen(text), n = 0, out;
    if (len != 32 && len != 36)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool dash = len == 36 && (i == 8 || i == 13 || i == 18 || i == 23);
        if (dash != (text[i] == '-') || (!dash && !isxdigit((unsigned char)text[i])))
            return false;
        if (!dash)
            digits[n++] = text[i];
    }
    digits[n] = '\0';
    return cli_unhex(digits, uuid, 16, &out);
}

static int take_uuid(const struct cli_args *a, const char *option, const uint8_t *space,
                     uint8_t uuid[16], const uint8_t **place)
{
    const char *text = cli_value(a, option, NULL);
    if (text == NULL)
        return CLI_DONE;
    *place = uuid;
    if (parse_uuid(text, uuid))
        return CLI_DONE;
    for (const char *c = text; *c != '\0'; c++)
        if (iscntrl((unsigned char)*c))
            return cli_usage(a, "--%s is neither a UUID nor printable text", option);
    if (space == NULL)
        return cli_usage(a, "--%s '%s' is not a UUID; a name needs --vid", option, text);
    uuid_of_name(space, text, strlen(text), uuid);
    return CLI_DONE;
}

static int take_uuids(const struct cli_args *a, struct request *r)
{
    int code = take_uuid(a, "vid", uuid_dns, r->vid, &r->plan.vid);
    return code == CLI_DONE ? take_uuid(a, "cid", r->plan.vid, r->cid, &r->plan.cid) : code;
}

/* ---- the rest ---- */

/* One of a few words; *index of it. */
static int take_word(const struct cli_args *a, const char *option, const char *const *words,
                     unsigned *index)
{
    const char *text = cli_value(a, option, words[0]);
    for (*index = 0; words[*index] != NULL; ++*index)
        if (strcmp(words[*index], text) == 0)
            return CLI_DONE;
    const char *list = words[0];
    for (unsigned i = 1; words[i] != NULL; i++)
        list = cli_text("%s, %s", list, words[i]);
    return cli_usage(a, "--%s: '%s' is unknown; use %s", option, text, list);
}

static int take_words(const struct cli_args *a, struct request *r)
{
    static const char *const formats[] = {"hash", "full", NULL};
    static const char *const orders[] = {"little", "big", NULL};
    static const char *const vectors[] = {"", "payload", "digest", NULL};
    unsigned format, order, vector;
    int code = take_word(a, "public-key-format", formats, &format);
    if (code == CLI_DONE)
        code = take_word(a, "endian", orders, &order);
    if (code == CLI_DONE && cli_has(a, "vector-to-sign") &&
        cli_value(a, "vector-to-sign", "")[0] == '\0')
        code = cli_usage(a, "--vector-to-sign is payload or digest");
    if (code == CLI_DONE)
        code = take_word(a, "vector-to-sign", vectors, &vector);
    if (code != CLI_DONE)
        return code;
    r->plan.full_key = format == 1;
    r->plan.big_endian = r->slot.big_endian = order == 1;
    r->output = (enum sign_output)vector;
    r->plan.only_what_is_signed = r->output != SIGN_IMAGE;
    return CLI_DONE;
}

/* The number of UTF-8 characters: bytes that are not continuation bytes. */
static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static int take_rest(const struct cli_args *a, struct request *r)
{
    struct image_plan *p = &r->plan;
    p->pad_header = cli_has(a, "pad-header");
    p->pad_signature = cli_has(a, "pad-sig");
    p->boot_record = cli_value(a, "boot-record", NULL);
    if (p->boot_record != NULL && characters(p->boot_record) > IMAGE_BOOT_RECORD_MAX)
        return cli_usage(a, "--boot-record takes at most %u characters", IMAGE_BOOT_RECORD_MAX);
    if (!r->has_layout && !cli_has(a, "header-size"))
        return cli_usage(a, "option '--header-size BYTES' is required (or --layout FILE)");
    return take_number(a, "header-size", SOC_VECTOR_ALIGN, IMAGE_HEADER_SIZE, UINT16_MAX,
                       &p->hdr_size);
}

/* Refuse options that contradict each other; imgtool accepts some of them and writes a useless file. */
static int check_pairs(const struct cli_args *a, struct request *r)
{
    static const struct {
        const char *one, *other;
    } apart[] = {
        {"vector-to-sign", "pad"},
        {"vector-to-sign", "confirm"},
        {"vector-to-sign", "test"},
        {"vector-to-sign", "sig-out"},
        {"vector-to-sign", "fix-sig"},
        {"vector-to-sign", "compression"},
        {"fix-sig", "key"},
        {"fix-sig", "compression"},
    };
    static const struct {
        const char *option, *needs;
    } needs[] = {
        {"fix-sig", "fix-sig-pubkey"}, {"fix-sig-pubkey", "fix-sig"}, {"clear", "encrypt"},
        {"save-enctlv", "encrypt"},    {"board", "layout"},           {"config", "layout"},
        {"image", "layout"},
    };
    (void)r;
    for (size_t i = 0; i < ARRAY_LEN(apart); i++)
        if (cli_has(a, apart[i].one) && cli_has(a, apart[i].other) &&
            strcmp(cli_value(a, apart[i].other, "") != NULL ? cli_value(a, apart[i].other, "") : "",
                   "disabled") != 0)
            return cli_usage(a, "--%s and --%s exclude each other", apart[i].one, apart[i].other);
    for (size_t i = 0; i < ARRAY_LEN(needs); i++)
        if (cli_has(a, needs[i].option) && !cli_has(a, needs[i].needs))
            return cli_usage(a, "--%s needs --%s", needs[i].option, needs[i].needs);
    return CLI_DONE;
}

int sign_take_request(const struct cli_args *a, struct request *r)
{
    static int (*const steps[])(const struct cli_args *, struct request *) = {
        check_pairs,       sign_take_layout,  take_version,
        take_slot,         take_erased,       take_security_counter,
        take_load_address, take_dependencies, take_custom,
        take_uuids,        take_words,        take_rest,
    };
    int code = CLI_DONE;
    for (size_t i = 0; i < ARRAY_LEN(steps) && code == CLI_DONE; i++)
        code = steps[i](a, r);
    return code;
}
