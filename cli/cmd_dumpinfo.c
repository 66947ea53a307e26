/* slipway dumpinfo - what stands in an image file: header, TLVs, trailer. Judges nothing. */
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "cli/commands.h"
#include "image/build.h"

#define IMAGE_FILE_MAX (256u * 1024u * 1024u)
#define TRAILER_MAGIC  16u

static const struct cli_option options[] = {
    {"format", 'f', "FORMAT", "human (default) or json", 0},
    {"outfile", 'o', "FILE", "write here instead of to stdout", 0},
    {"silent", 's', NULL, "print nothing, only check that the file can be parsed", 0},
    {0},
};

static const struct {
    uint16_t type;
    const char *name;
} tlv_names[] = {
    {IMAGE_TLV_KEYHASH, "KEYHASH"},
    {IMAGE_TLV_PUBKEY, "PUBKEY"},
    {IMAGE_TLV_SHA256, "SHA256"},
    {IMAGE_TLV_SHA384, "SHA384"},
    {IMAGE_TLV_SHA512, "SHA512"},
    {IMAGE_TLV_RSA2048_PSS, "RSA2048"},
    {IMAGE_TLV_RSA3072_PSS, "RSA3072"},
    {IMAGE_TLV_ECDSA_SIG, "ECDSASIG"},
    {IMAGE_TLV_ED25519, "ED25519"},
    {IMAGE_TLV_SIG_PURE, "SIG_PURE"},
    {IMAGE_TLV_ENC_RSA2048, "ENCRSA2048"},
    {IMAGE_TLV_ENC_KW, "ENCKW"},
    {IMAGE_TLV_ENC_EC256, "ENCEC256"},
    {IMAGE_TLV_ENC_X25519, "ENCX25519"},
    {IMAGE_TLV_ENC_X25519_SHA512, "ENCX25519_SHA512"},
    {IMAGE_TLV_DEPENDENCY, "DEPENDENCY"},
    {IMAGE_TLV_SEC_CNT, "SEC_CNT"},
    {IMAGE_TLV_BOOT_RECORD, "BOOT_RECORD"},
    {IMAGE_TLV_DECOMP_SIZE, "DECOMP_SIZE"},
    {IMAGE_TLV_DECOMP_SHA, "DECOMP_SHA"},
    {IMAGE_TLV_DECOMP_SIGNATURE, "DECOMP_SIGNATURE"},
    {IMAGE_TLV_COMP_DEC_SIZE, "COMP_DEC_SIZE"},
    {IMAGE_TLV_UUID_VID, "UUID_VID"},
    {IMAGE_TLV_UUID_CID, "UUID_CID"},
};

static const struct {
    uint32_t flag;
    const char *name;
} flag_names[] = {
    {IMAGE_FLAG_PIC, "PIC"},
    {IMAGE_FLAG_ENCRYPTED_AES128, "ENCRYPTED_AES128"},
    {IMAGE_FLAG_ENCRYPTED_AES256, "ENCRYPTED_AES256"},
    {IMAGE_FLAG_NON_BOOTABLE, "NON_BOOTABLE"},
    {IMAGE_FLAG_RAM_LOAD, "RAM_LOAD"},
    {IMAGE_FLAG_ROM_FIXED, "ROM_FIXED"},
    {IMAGE_FLAG_COMPRESSED_LZMA1, "COMPRESSED_LZMA1"},
    {IMAGE_FLAG_COMPRESSED_LZMA2, "COMPRESSED_LZMA2"},
    {IMAGE_FLAG_COMPRESSED_ARM_THUMB, "COMPRESSED_ARM_THUMB_FLT"},
};

/* The state words at the end of a padded file. Their places follow from the alignment, which
 * stands in the magic. */
struct trailer {
    bool present;
    const uint8_t *magic;
    uint8_t image_ok, copy_done, swap_info;
};

/* A parsed file. */
struct view {
    const char *path;
    const struct cli_blob *file;
    struct image_source source;
    struct image_header header;
    struct image_tlvs tlvs; /* at the first TLV */
    struct trailer trailer;
};

static const char *tlv_name(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(tlv_names); i++)
        if (tlv_names[i].type == type)
            return tlv_names[i].name;
    return "UNKNOWN";
}

static void find_trailer(struct view *v)
{
    static const uint32_t alignments[] = {8, 16, 32};
    const struct cli_blob *f = v->file;
    if (f->len < v->tlvs.end + (size_t)TRAILER_MAGIC)
        return;
    v->trailer.magic = f->data + f->len - TRAILER_MAGIC;
    for (size_t i = 0; i < ARRAY_LEN(alignments); i++) {
        uint8_t magic[TRAILER_MAGIC];
        uint32_t a = alignments[i], fields = round_up32(TRAILER_MAGIC, a) + 3 * a;
        image_trailer_magic(a, magic);
        if (memcmp(magic, v->trailer.magic, sizeof magic) != 0 || f->len - v->tlvs.end < fields)
            continue;
        const uint8_t *swap_info = f->data + f->len - fields;
        v->trailer.present = true;
        v->trailer.swap_info = swap_info[0];
        v->trailer.copy_done = swap_info[a];
        v->trailer.image_ok = swap_info[2 * a];
    }
}

static int refuse(const struct view *v, enum image_fault fault, uint32_t at)
{
    return cli_fail(CLI_BAD_FILE, cli_text("%s: %s", v->path, image_fault_text(fault)),
                    cli_text("at offset 0x%x of %zu bytes", (unsigned)at, v->file->len),
                    "give a file that `slipway sign` or imgtool wrote");
}

/* Everything is parsed once before the first line is printed. */
static int parse(struct view *v)
{
    const struct cli_blob *f = v->file;
    v->source = image_source_memory(f->data, (uint32_t)f->len);
    if (f->len < IMAGE_HEADER_SIZE)
        return refuse(v, IMAGE_FAULT_TOO_LARGE, 0);
    if (!image_header_decode(&v->header, f->data))
        return refuse(v, IMAGE_FAULT_MAGIC, 0);
    enum image_fault fault = image_tlvs_begin(&v->tlvs, &v->source, &v->header, (uint32_t)f->len);
    struct image_tlvs walk = v->tlvs;
    struct image_tlv tlv;
    for (bool more = true; fault == IMAGE_FAULT_NONE && more;)
        fault = image_tlvs_next(&walk, &tlv, &more);
    if (fault != IMAGE_FAULT_NONE)
        return refuse(v, fault, walk.at);
    find_trailer(v);
    return CLI_DONE;
}

/* ---- for people --------------------------------------------------------------------------------- */

static void print_bytes(FILE *f, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        fprintf(f, "%s%02x", i % 16 == 0 ? "\n      " : " ", bytes[i]);
    fputc('\n', f);
}

static void print_flags(FILE *f, uint32_t flags)
{
    fprintf(f, "  flags:               0x%x", (unsigned)flags);
    for (size_t i = 0; i < ARRAY_LEN(flag_names); i++)
        if ((flags & flag_names[i].flag) != 0)
            fprintf(f, " %s", flag_names[i].name);
    fputc('\n', f);
}

static void print_header(FILE *f, const struct view *v)
{
    const struct image_header *h = &v->header;
    const struct image_version *n = &h->version;
    fprintf(f, "%s: %zu bytes, of which the image takes %u\n", v->path, v->file->len,
            (unsigned)v->tlvs.end);
    fprintf(f, "header at 0x0\n");
    fprintf(f, "  magic:               0x%08x\n", IMAGE_MAGIC);
    fprintf(f, "  load_addr:           0x%x\n", (unsigned)h->load_addr);
    fprintf(f, "  hdr_size:            0x%x\n", (unsigned)h->hdr_size);
    fprintf(f, "  protected_tlv_size:  0x%x\n", (unsigned)h->protected_size);
    fprintf(f, "  img_size:            0x%x\n", (unsigned)h->img_size);
    print_flags(f, h->flags);
    fprintf(f, "  version:             %u.%u.%u+%u\n", n->major, n->minor, n->revision,
            (unsigned)n->build);
    fprintf(f, "payload at 0x%x: 0x%x bytes\n", (unsigned)h->hdr_size, (unsigned)h->img_size);
}

/* The value in words, where it is more than bytes. */
static void print_meaning(FILE *f, const struct image_tlv *tlv, const uint8_t *value)
{
    if (tlv->type == IMAGE_TLV_SEC_CNT && tlv->len == 4)
        fprintf(f, ", security counter %u", (unsigned)get_le32(value));
    if (tlv->type == IMAGE_TLV_DEPENDENCY && tlv->len == 12)
        fprintf(f, ", image %u at %u.%u.%u+%u or newer", value[0], value[4], value[5],
                get_le16(value + 6), (unsigned)get_le32(value + 8));
}

static void print_tlvs(FILE *f, const struct view *v)
{
    struct image_tlvs walk = v->tlvs;
    struct image_tlv tlv;
    bool more, in_unprotected = false;
    uint32_t start = v->tlvs.protected_end;
    if (v->header.protected_size != 0)
        fprintf(f, "protected TLV area at 0x%x: 0x%x bytes\n",
                (unsigned)(start - v->header.protected_size), (unsigned)v->header.protected_size);
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        const uint8_t *value = v->file->data + tlv.offset;
        if (!tlv.is_protected && !in_unprotected) {
            in_unprotected = true;
            fprintf(f, "TLV area at 0x%x: 0x%x bytes\n", (unsigned)start,
                    (unsigned)(v->tlvs.end - start));
        }
        fprintf(f, "  %s (0x%x), %u bytes at 0x%x", tlv_name(tlv.type), tlv.type, tlv.len,
                (unsigned)tlv.offset);
        print_meaning(f, &tlv, value);
        print_bytes(f, value, tlv.len);
    }
}

static const char *flag_text(uint8_t value)
{
    return value == 1 ? "set" : value == 0xff || value == 0 ? "not set" : "bad";
}

static void print_trailer(FILE *f, const struct view *v)
{
    const struct trailer *t = &v->trailer;
    if (t->magic == NULL)
        return;
    fprintf(f, "trailer at the end of the file\n");
    if (!t->present) {
        fprintf(f, "  boot magic:          not set\n");
        return;
    }
    fprintf(f, "  swap_info:           0x%02x\n", t->swap_info);
    fprintf(f, "  copy_done:           0x%02x (%s)\n", t->copy_done, flag_text(t->copy_done));
    fprintf(f, "  image_ok:            0x%02x (%s)\n", t->image_ok, flag_text(t->image_ok));
    fprintf(f, "  boot magic:          set");
    print_bytes(f, t->magic, TRAILER_MAGIC);
}

/* ---- JSON, with imgtool's names ----------------------------------------------------------------- */

static void json_area(struct json *j, const char *key, uint16_t magic, uint32_t total)
{
    json_object(j, key);
    if (total != 0) {
        json_number(j, "magic", magic);
        json_number(j, "tlv_tot", total);
    }
    json_end(j);
}

static void json_tlvs(struct json *j, const char *key, const struct view *v, bool is_protected)
{
    struct image_tlvs walk = v->tlvs;
    struct image_tlv tlv;
    bool more;
    json_array(j, key);
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        if (tlv.is_protected != is_protected)
            continue;
        json_object(j, NULL);
        json_number(j, "type", tlv.type);
        json_string(j, "type_name", tlv_name(tlv.type));
        json_number(j, "len", tlv.len);
        json_hex(j, "data", v->file->data + tlv.offset, tlv.len);
        json_end(j);
    }
    json_end(j);
}

static void json_header(struct json *j, const struct view *v)
{
    const struct image_header *h = &v->header;
    char version[IMAGE_VERSION_TEXT_MAX];
    snprintf(version, sizeof version, "%u.%u.%u+%u", h->version.major, h->version.minor,
             h->version.revision, (unsigned)h->version.build);
    json_object(j, "header");
    json_number(j, "magic", IMAGE_MAGIC);
    json_number(j, "load_addr", h->load_addr);
    json_number(j, "hdr_size", h->hdr_size);
    json_number(j, "protected_tlv_size", h->protected_size);
    json_number(j, "img_size", h->img_size);
    json_number(j, "flags", h->flags);
    json_string(j, "version", version);
    json_end(j);
}

static void json_trailer(struct json *j, const struct trailer *t)
{
    json_object(j, "trailer");
    if (t->magic != NULL)
        json_hex(j, "magic", t->magic, TRAILER_MAGIC);
    if (t->present) {
        json_number(j, "image_ok", t->image_ok);
        json_number(j, "copy_done", t->copy_done);
        json_number(j, "swap_info", t->swap_info);
    }
    json_end(j);
}

static void print_json(FILE *f, const struct view *v)
{
    struct json j;
    json_begin(&j, f);
    json_string(&j, "filename", v->path);
    json_header(&j, v);
    json_object(&j, "tlv_area");
    json_area(&j, "tlv_hdr_prot", IMAGE_TLV_PROT_MAGIC, v->header.protected_size);
    json_tlvs(&j, "tlvs_prot", v, true);
    json_area(&j, "tlv_hdr", IMAGE_TLV_INFO_MAGIC, v->tlvs.end - v->tlvs.protected_end);
    json_tlvs(&j, "tlvs", v, false);
    json_end(&j);
    json_trailer(&j, &v->trailer);
    json_finish(&j);
}

static void print_view(FILE *f, const struct view *v, bool json)
{
    if (json) {
        print_json(f, v);
        return;
    }
    print_header(f, v);
    print_tlvs(f, v);
    print_trailer(f, v);
}

static int print_to_file(const char *path, const struct view *v, bool json)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f != NULL)
        print_view(f, v, json);
    bool ok = f != NULL && fclose(f) == 0;
    int code = ok ? cli_write_file(path, text, len, 0644)
                  : cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    free(text);
    return code;
}

static int run(const struct cli_args *a)
{
    const char *out = cli_value(a, "outfile", NULL);
    const char *format = cli_value(a, "format", cli_mode.json ? "json" : "human");
    bool json = strcmp(format, "json") == 0;
    struct cli_blob file;
    if (!json && strcmp(format, "human") != 0)
        return cli_usage(a,
                         strcmp(format, "yaml") == 0
                             ? "the format %s is not supported yet, only human and json"
                             : "unknown format '%s': human or json",
                         format);
    int code = cli_read_file(a->arg[0], IMAGE_FILE_MAX, &file);
    if (code != CLI_DONE)
        return code;
    struct view v = {.path = a->arg[0], .file = &file};
    code = parse(&v);
    if (code != CLI_DONE)
        return code;
    if (out != NULL)
        return print_to_file(out, &v, json);
    if (!cli_has(a, "silent") && !(cli_mode.quiet && !json))
        print_view(stdout, &v, json);
    return CLI_DONE;
}

const struct cli_command cmd_dumpinfo = {
    .name = "dumpinfo",
    .summary = "print an image's header, TLVs and trailer",
    .arguments = "IMGFILE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details = "Nothing is verified; slipway verify does that.",
    .example = "slipway dumpinfo app.signed.bin",
    .run = run,
};
