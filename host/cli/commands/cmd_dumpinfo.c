/* slipway dumpinfo - what stands in an image file: header, TLVs, trailer, in words, YAML or JSON. */
#include <stdlib.h>
#include <string.h>

#include "core/base/bytes.h"
#include "host/cli/commands/commands.h"
#include "host/image/image_words.h"
#include "host/image/keys/openssl.h"

#define TRAILER_MAGIC 16u

static const struct cli_option options[] = {
    {"format", 'f', "FORMAT", "human (default), yaml (default with --outfile), json", 0},
    {"outfile", 'o', "FILE", "write to this file instead of stdout", 0},
    {"silent", 's', NULL, "print nothing, only check that the file can be parsed", 0},
    {0},
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
    if (!image_header_decode(&v->header, f->data)) {
        const struct image_report r = {.fault = IMAGE_FAULT_MAGIC};
        return cli_fail(CLI_BAD_FILE, cli_text("%s: %s", v->path, image_fault_text(r.fault)),
                        image_fault_evidence(&r, f, NULL), image_fault_hint(r.fault));
    }
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
        cli_print(f, "%s%02x", i % 16 == 0 ? "\n      " : " ", bytes[i]);
    cli_print(f, "\n");
}

static void print_summary(FILE *f, const struct view *v)
{
    const char *lines[IMAGE_SUMMARY_MAX + 1];
    image_summary(v->file, &v->header, lines);
    for (size_t i = 0; lines[i] != NULL; i++)
        cli_print(f, "  %s\n", lines[i]);
}

static void print_header(FILE *f, const struct view *v)
{
    const struct image_header *h = &v->header;
    const struct image_version *n = &h->version;
    cli_print(f, "%s: %zu bytes, of which the image takes %u\n", v->path, v->file->len,
              (unsigned)v->tlvs.end);
    print_summary(f, v);
    cli_print(f, "header at 0x0\n");
    cli_print(f, "  magic:               0x%08x\n", IMAGE_MAGIC);
    cli_print(f, "  load_addr:           0x%x\n", (unsigned)h->load_addr);
    cli_print(f, "  hdr_size:            0x%x\n", (unsigned)h->hdr_size);
    cli_print(f, "  protected_tlv_size:  0x%x\n", (unsigned)h->protected_size);
    cli_print(f, "  img_size:            0x%x\n", (unsigned)h->img_size);
    cli_print(f, "  flags:               0x%x %s\n", (unsigned)h->flags,
              header_flags_text(h->flags));
    cli_print(f, "  version:             %u.%u.%u+%u\n", n->major, n->minor, n->revision,
              (unsigned)n->build);
    cli_print(f, "payload at 0x%x: 0x%x bytes\n", (unsigned)h->hdr_size, (unsigned)h->img_size);
}

static void print_tlvs(FILE *f, const struct view *v)
{
    struct image_tlvs walk = v->tlvs;
    struct image_tlv tlv;
    bool more, in_unprotected = false;
    uint32_t start = v->tlvs.protected_end;
    if (v->header.protected_size != 0)
        cli_print(f, "protected TLV area at 0x%x: 0x%x bytes\n",
                  (unsigned)(start - v->header.protected_size), (unsigned)v->header.protected_size);
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        const uint8_t *value = v->file->data + tlv.offset;
        if (!tlv.is_protected && !in_unprotected) {
            in_unprotected = true;
            cli_print(f, "TLV area at 0x%x: 0x%x bytes\n", (unsigned)start,
                      (unsigned)(v->tlvs.end - start));
        }
        cli_print(f, "  %s (0x%x), %u bytes at 0x%x", image_tlv_name(tlv.type), tlv.type, tlv.len,
                  (unsigned)tlv.offset);
        const char *meaning = image_tlv_meaning(tlv.type, value, tlv.len);
        cli_print(f, "%s%s", meaning != NULL ? ": " : "", meaning != NULL ? meaning : "");
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
    cli_print(f, "trailer at the end of the file\n");
    if (!t->present) {
        cli_print(f, "  boot magic:          not set\n");
        return;
    }
    cli_print(f, "  swap_info:           0x%02x\n", t->swap_info);
    cli_print(f, "  copy_done:           0x%02x (%s)\n", t->copy_done, flag_text(t->copy_done));
    cli_print(f, "  image_ok:            0x%02x (%s)\n", t->image_ok, flag_text(t->image_ok));
    cli_print(f, "  boot magic:          set");
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
        json_string(j, "type_name", image_tlv_name(tlv.type));
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

/* ---- YAML, as imgtool writes it ------------------------------------------------------------------- */

static void yaml_bytes(FILE *f, const char *indent, const uint8_t *bytes, size_t len)
{
    char *text = cli_memory(4 * (len / 3) + 8);
    int n = EVP_EncodeBlock((unsigned char *)text, bytes, (int)len);
    cli_print(f, "!!binary |\n");
    for (int at = 0; at < n; at += 76)
        cli_print(f, "%s  %.*s\n", indent, n - at < 76 ? n - at : 76, text + at);
}

static void yaml_area(FILE *f, const char *key, uint16_t magic, uint32_t total)
{
    if (total == 0)
        cli_print(f, "  %s: {}\n", key);
    else
        cli_print(f, "  %s:\n    magic: %u\n    tlv_tot: %u\n", key, magic, (unsigned)total);
}

static void yaml_tlvs(FILE *f, const char *key, const struct view *v, bool is_protected)
{
    struct image_tlvs walk = v->tlvs;
    struct image_tlv tlv;
    bool more, none = true;
    cli_print(f, "  %s:", key);
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        if (tlv.is_protected != is_protected)
            continue;
        cli_print(f, "%s  - type: %u\n    type_name: %s\n    len: %u\n    data: ", none ? "\n" : "",
                  tlv.type, image_tlv_name(tlv.type), tlv.len);
        yaml_bytes(f, "    ", v->file->data + tlv.offset, tlv.len);
        none = false;
    }
    if (none)
        cli_print(f, " []\n");
}

static void print_yaml(FILE *f, const struct view *v)
{
    const struct image_header *h = &v->header;
    const struct trailer *t = &v->trailer;
    const char *slash = strrchr(v->path, '/');
    cli_print(f, "filename: %s\nheader:\n", slash != NULL ? slash + 1 : v->path);
    cli_print(f, "  magic: %u\n  load_addr: %u\n  hdr_size: %u\n", IMAGE_MAGIC,
              (unsigned)h->load_addr, h->hdr_size);
    cli_print(f, "  protected_tlv_size: %u\n  img_size: %u\n  flags: %u\n", h->protected_size,
              (unsigned)h->img_size, (unsigned)h->flags);
    cli_print(f, "  version: %u.%u.%u+%u\ntlv_area:\n", h->version.major, h->version.minor,
              h->version.revision, (unsigned)h->version.build);
    yaml_area(f, "tlv_hdr_prot", IMAGE_TLV_PROT_MAGIC, h->protected_size);
    yaml_tlvs(f, "tlvs_prot", v, true);
    yaml_area(f, "tlv_hdr", IMAGE_TLV_INFO_MAGIC, v->tlvs.end - v->tlvs.protected_end);
    yaml_tlvs(f, "tlvs", v, false);
    if (t->magic == NULL) {
        cli_print(f, "trailer: {}\n");
        return;
    }
    cli_print(f, "trailer:\n  magic: ");
    yaml_bytes(f, "  ", t->magic, TRAILER_MAGIC);
    if (t->present)
        cli_print(f, "  image_ok: %u\n  copy_done: %u\n  swap_info: %u\n", t->image_ok,
                  t->copy_done, t->swap_info);
}

enum format { HUMAN, YAML, JSON };
static const char *const format_names[] = {"human", "yaml", "json"};

static void print_human(FILE *f, const struct view *v)
{
    print_header(f, v);
    print_tlvs(f, v);
    print_trailer(f, v);
}

static void print_view(FILE *f, const struct view *v, enum format format)
{
    static void (*const printers[])(FILE *, const struct view *) = {print_human, print_yaml,
                                                                    print_json};
    printers[format](f, v);
}

static int print_to_file(const char *path, const struct view *v, enum format format)
{
    char *text = NULL;
    size_t len = 0;
    FILE *f = open_memstream(&text, &len);
    if (f != NULL)
        print_view(f, v, format);
    bool ok = f != NULL && fclose(f) == 0;
    int code = ok ? cli_write_file(path, text, len, 0644)
                  : cli_fail(CLI_REFUSED, "out of memory", NULL, NULL);
    free(text);
    return code;
}

/* imgtool's defaults: for people on the terminal, YAML into a file. */
static int find_format(const struct cli_args *a, enum format *format)
{
    const char *usual = cli_mode.json ? "json" : cli_has(a, "outfile") ? "yaml" : "human";
    const char *name = cli_value(a, "format", usual);
    for (size_t i = 0; i < ARRAY_LEN(format_names); i++) {
        *format = (enum format)i;
        if (strcmp(format_names[i], name) == 0)
            return CLI_DONE;
    }
    return cli_usage(a, "unknown format '%s': human, yaml or json", name);
}

static int run(const struct cli_args *a)
{
    const char *out = cli_value(a, "outfile", NULL);
    enum format format;
    struct cli_blob file;
    int code = find_format(a, &format);
    if (code == CLI_DONE)
        code = image_read_file(a->arg[0], &file);
    if (code != CLI_DONE)
        return code;
    struct view v = {.path = a->arg[0], .file = &file};
    code = parse(&v);
    if (code != CLI_DONE)
        return code;
    if (out != NULL)
        return print_to_file(out, &v, format);
    if (!cli_has(a, "silent") && !(cli_mode.quiet && format == HUMAN))
        print_view(stdout, &v, format);
    return CLI_DONE;
}

const struct cli_command cmd_dumpinfo = {
    .name = "dumpinfo",
    .summary = "print an image's header, TLVs and trailer",
    .arguments = "IMGFILE",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .details = "The hash is checked; the signature is not (slipway verify checks it).",
    .example = "slipway dumpinfo app.signed.bin",
    .run = run,
};
