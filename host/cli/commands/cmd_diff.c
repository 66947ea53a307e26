/* slipway diff - what is different between two images. */
#include <string.h>

#include "host/cli/commands/commands.h"
#include "host/image/image_words.h"

/* One of the two files, and what is printed about each difference. */
struct side {
    const char *path;
    struct cli_blob file;
    struct image_header header;
    struct image_kind kind;
};

struct comparison {
    struct side a, b;
    unsigned count;
    struct json *json; /* NULL: lines for people */
};

static void differ(struct comparison *c, const char *what, const char *a, const char *b)
{
    c->count++;
    if (c->json == NULL) {
        cli_say("%-22s %s -> %s", what, a, b);
        return;
    }
    json_object(c->json, NULL);
    json_string(c->json, "what", what);
    json_string(c->json, "a", a);
    json_string(c->json, "b", b);
    json_end(c->json);
}

static void compare_numbers(struct comparison *c, const char *what, uint32_t a, uint32_t b)
{
    if (a != b)
        differ(c, what, cli_text("0x%x", (unsigned)a), cli_text("0x%x", (unsigned)b));
}

static void compare_headers(struct comparison *c)
{
    const struct image_header *a = &c->a.header, *b = &c->b.header;
    char from[IMAGE_VERSION_TEXT_MAX], to[IMAGE_VERSION_TEXT_MAX];
    image_version_print(from, sizeof from, &a->version, '+');
    image_version_print(to, sizeof to, &b->version, '+');
    if (strcmp(from, to) != 0)
        differ(c, "version", from, to);
    compare_numbers(c, "load address", a->load_addr, b->load_addr);
    compare_numbers(c, "header size", a->hdr_size, b->hdr_size);
    compare_numbers(c, "program size", a->img_size, b->img_size);
    if (a->flags != b->flags)
        differ(c, "flags", cli_text("0x%x %s", (unsigned)a->flags, header_flags_text(a->flags)),
               cli_text("0x%x %s", (unsigned)b->flags, header_flags_text(b->flags)));
}

/* How many bytes of the programs differ, and the first of them. */
static void compare_programs(struct comparison *c)
{
    const struct side *a = &c->a, *b = &c->b;
    const uint8_t *p = a->file.data + a->header.hdr_size, *q = b->file.data + b->header.hdr_size;
    uint32_t len =
        a->header.img_size < b->header.img_size ? a->header.img_size : b->header.img_size;
    uint32_t count = 0, first = 0;
    for (uint32_t i = 0; i < len; i++)
        if (p[i] != q[i] && count++ == 0)
            first = i;
    if (count == 0)
        return;
    differ(c, "program", cli_text("%u of %u bytes differ", (unsigned)count, (unsigned)len),
           cli_text("the first at 0x%x", (unsigned)first));
}

/* The n-th TLV of a type (from 0) in an area; NULL if there are fewer. */
static const uint8_t *find_tlv(const struct side *s, uint16_t type, bool is_protected, unsigned n,
                               uint16_t *len)
{
    const struct image_source source = image_source_memory(s->file.data, (uint32_t)s->file.len);
    struct image_tlvs walk;
    struct image_tlv tlv;
    bool more;
    if (image_tlvs_begin(&walk, &source, &s->header, source.size) != IMAGE_FAULT_NONE)
        return NULL;
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more)
        if (tlv.type == type && tlv.is_protected == is_protected && n-- == 0) {
            *len = tlv.len;
            return s->file.data + tlv.offset;
        }
    return NULL;
}

static const char *value_text(uint16_t type, const uint8_t *value, uint16_t len)
{
    char hex[2 * 16 + 1];
    const char *meaning = image_tlv_meaning(type, value, len);
    bool number = type == IMAGE_TLV_SEC_CNT || type == IMAGE_TLV_DEPENDENCY ||
                  type == IMAGE_TLV_DECOMP_SIZE || type == IMAGE_TLV_UUID_VID ||
                  type == IMAGE_TLV_UUID_CID;
    if (number && meaning != NULL)
        return meaning;
    cli_hex(hex, value, len < 16 ? len : 16);
    return cli_text("%s%s (%u bytes)", hex, len > 16 ? "..." : "", len);
}

/* Compare the TLVs of one side with those of the same type of the other. back: only report those that the other
 * lacks. */
static void compare_tlvs(struct comparison *c, const struct side *one, const struct side *other,
                         bool back)
{
    const struct image_source source = image_source_memory(one->file.data, (uint32_t)one->file.len);
    struct image_tlvs walk;
    struct image_tlv tlv, before;
    bool more;
    if (image_tlvs_begin(&walk, &source, &one->header, source.size) != IMAGE_FAULT_NONE)
        return;
    const struct image_tlvs start = walk;
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        unsigned n = 0;
        struct image_tlvs again = start;
        while (image_tlvs_next(&again, &before, &more) == IMAGE_FAULT_NONE && more &&
               before.offset != tlv.offset)
            n += before.type == tlv.type && before.is_protected == tlv.is_protected;
        uint16_t len = 0;
        const uint8_t *mine = one->file.data + tlv.offset;
        const uint8_t *theirs = find_tlv(other, tlv.type, tlv.is_protected, n, &len);
        const char *what = cli_text("%s%s", tlv.is_protected ? "protected " : "",
                                    strcmp(image_tlv_name(tlv.type), "UNKNOWN") != 0
                                        ? image_tlv_name(tlv.type)
                                        : cli_text("TLV 0x%x", tlv.type));
        if (theirs == NULL)
            differ(c, what, back ? "absent" : value_text(tlv.type, mine, tlv.len),
                   back ? value_text(tlv.type, mine, tlv.len) : "absent");
        else if (!back && (len != tlv.len || memcmp(mine, theirs, len) != 0))
            differ(c, what, value_text(tlv.type, mine, tlv.len), value_text(tlv.type, theirs, len));
    }
}

static int load(const char *path, struct side *s)
{
    struct image_report r = {0};
    s->path = path;
    int code = image_read_file(path, &s->file);
    if (code != CLI_DONE)
        return code;
    r.fault = image_survey(&s->file, &s->kind, &s->header, &r.offset);
    if (r.fault == IMAGE_FAULT_NONE)
        return CLI_DONE;
    return cli_fail(CLI_BAD_FILE, cli_text("%s: %s", path, image_fault_text(r.fault)),
                    image_fault_evidence(&r, &s->file, NULL), image_fault_hint(r.fault));
}

static void compare(struct comparison *c)
{
    compare_headers(c);
    compare_programs(c);
    compare_tlvs(c, &c->a, &c->b, false);
    compare_tlvs(c, &c->b, &c->a, true);
    compare_numbers(c, "file length", (uint32_t)c->a.file.len, (uint32_t)c->b.file.len);
}

static int run(const struct cli_args *a)
{
    struct comparison c = {0};
    struct json j;
    int code = load(a->arg[0], &c.a);
    if (code == CLI_DONE)
        code = load(a->arg[1], &c.b);
    if (code != CLI_DONE)
        return code;
    if (cli_mode.json) {
        json_begin(&j, stdout);
        json_string(&j, "a", c.a.path);
        json_string(&j, "b", c.b.path);
        json_array(&j, "differences");
        c.json = &j;
    }
    compare(&c);
    if (cli_mode.json)
        json_finish(&j);
    if (c.count == 0)
        cli_say("the images are equal");
    return c.count == 0 ? CLI_DONE : CLI_REFUSED;
}

const struct cli_command cmd_diff = {
    .name = "diff",
    .summary = "list the differences between two images",
    .arguments = "A B",
    .min_args = 2,
    .max_args = 2,
    .details =
        "Compares header fields, program and TLVs, and names what differs. Exit code 0: equal;\n"
        "1: different; 4: a file could not be read.",
    .example = "slipway diff app-1.0.0.signed.bin app-1.0.1.signed.bin",
    .run = run,
};
