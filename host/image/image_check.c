#include "host/image/image_check.h"

#include <string.h>

#include "core/base/bytes.h"
#include "host/image/hex_file.h"

static bool is_encryption(uint16_t type)
{
    return type >= IMAGE_TLV_ENC_RSA2048 && type <= IMAGE_TLV_ENC_X25519_SHA512;
}

static bool is_signature(uint16_t type)
{
    return type >= IMAGE_TLV_RSA2048_PSS && type <= IMAGE_TLV_ED25519;
}

static void note(struct image_kind *k, const struct image_tlv *tlv, const uint8_t *value)
{
    const struct image_digest *digest = digest_by_tlv(tlv->type);
    if (digest != NULL && k->digest == NULL)
        k->digest = digest;
    if (is_signature(tlv->type))
        k->signature_tlv = tlv->type;
    k->pure |= tlv->type == IMAGE_TLV_SIG_PURE && tlv->len == 1 && value[0] == 1;
    if (is_encryption(tlv->type) && k->encryption_tlv == 0) {
        k->encryption_tlv = tlv->type;
        k->encryption_at = tlv->offset;
        k->encryption_len = tlv->len;
    }
}

enum image_fault image_survey(const struct cli_blob *b, struct image_kind *kind,
                              struct image_header *h, uint32_t *at)
{
    const struct image_source s = image_source_memory(b->data, (uint32_t)b->len);
    struct image_tlvs walk;
    struct image_tlv tlv;
    *kind = (struct image_kind){0};
    *at = 0;
    if (b->len < IMAGE_HEADER_SIZE)
        return IMAGE_FAULT_TOO_LARGE;
    if (!image_header_decode(h, b->data))
        return get_le32(b->data) == UINT32_MAX ? IMAGE_FAULT_NO_IMAGE : IMAGE_FAULT_MAGIC;
    kind->encrypted = (h->flags & (IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256)) != 0;
    enum image_fault fault = image_tlvs_begin(&walk, &s, h, s.size);
    for (bool more = true; fault == IMAGE_FAULT_NONE && more;) {
        *at = walk.at;
        fault = image_tlvs_next(&walk, &tlv, &more);
        if (fault == IMAGE_FAULT_NONE && more)
            note(kind, &tlv, b->data + tlv.offset);
    }
    if (fault != IMAGE_FAULT_NONE)
        *at = walk.at;
    return fault;
}

/* ---- files ---- */

/* HEX by its content: no image begins with a colon. */
static bool is_hex(const char *path, const struct cli_blob *b)
{
    return hex_is_name(path) || (b->len > 0 && b->data[0] == ':');
}

/* A header with TLVs behind it. */
static bool is_image(const struct cli_blob *b)
{
    struct image_kind kind;
    struct image_header h;
    uint32_t at;
    return image_survey(b, &kind, &h, &at) == IMAGE_FAULT_NONE;
}

/* Images begin on a sector; the smallest of MCUboot's parts have 1 KB. */
#define IMAGE_ALIGN 0x400u

/* Memory with an image that is not at its beginning: of a bootloader and its application, for a probe. */
static int refuse_merged(const char *path, const struct hex_image *hex)
{
    for (size_t at = IMAGE_ALIGN - hex->base % IMAGE_ALIGN; at < hex->bytes.len;
         at += IMAGE_ALIGN) {
        const struct cli_blob rest = {hex->bytes.data + at, hex->bytes.len - at};
        if (is_image(&rest))
            return cli_fail(CLI_BAD_FILE, cli_text("'%s' holds more than an image", path),
                            cli_text("its data begins at 0x%08x, the image at 0x%08x",
                                     (unsigned)hex->base, (unsigned)(hex->base + at)),
                            "give the signed file of the application alone, .bin or .hex");
    }
    return CLI_DONE; /* no image at all: the caller says what it is */
}

int image_read_file(const char *path, struct cli_blob *b)
{
    struct hex_image hex;
    const char *name = strcmp(path, "-") == 0 ? "standard input" : path;
    int code = cli_read_file(path, IMAGE_FILE_MAX, b);
    if (code != CLI_DONE || !is_hex(path, b))
        return code;
    code = hex_take_text(name, b, &hex);
    *b = hex.bytes;
    return code == CLI_DONE && !is_image(b) ? refuse_merged(name, &hex) : code;
}

enum image_verdict image_check(const struct cli_blob *b, const struct image_key *keys,
                               unsigned count, const struct key_kind *kind,
                               struct image_report *report)
{
    /* Ignore the flags: the caller has decrypted the image, or the hash will not match. */
    const uint32_t flags = IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256 |
                           IMAGE_FLAG_COMPRESSED_LZMA1 | IMAGE_FLAG_COMPRESSED_LZMA2 |
                           IMAGE_FLAG_COMPRESSED_ARM_THUMB;
    uint8_t buf[4096];
    struct image_kind found;
    struct image_header h;
    uint32_t at;
    enum image_fault fault = image_survey(b, &found, &h, &at);
    const struct image_digest *digest = found.digest;
    if (fault != IMAGE_FAULT_NONE || digest == NULL) /* let the judge find it, in its own words */
        digest = digest_find("SHA256");
    const struct image_scheme scheme =
        key_scheme(digest, count > 0 ? kind : NULL, found.pure, flags);
    const struct image_policy policy = {.keys = keys,
                                        .key_count = count,
                                        .limit = (uint32_t)b->len,
                                        .allow_non_bootable = true,
                                        .scheme = &scheme};
    const struct image_source s = image_source_memory(b->data, (uint32_t)b->len);
    return image_verify(&s, &policy, buf, sizeof buf, NULL, report);
}

/* ---- words ---- */

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

const char *image_fault_hint(enum image_fault fault)
{
    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (hints[i].fault == fault)
            return hints[i].next;
    return NULL;
}

static const char *digits_of(const uint8_t *bytes, size_t len)
{
    char hex[2 * IMAGE_HASH_MAX + 1];
    cli_hex(hex, bytes, len);
    return cli_text("%s", hex);
}

/* What a file is that does not begin like an image. */
static const char *what_it_is(const struct cli_blob *b)
{
    static const struct {
        const char *bytes;
        size_t len;
        const char *what;
    } known[] = {
        {"\x96\xf3\xb8\x3d", 4, "it is an image in big-endian byte order (imgtool -e big)"},
        {"\x3c\xb8\xf3\x96", 4,
         "it is an image in MCUboot's first format, which no bootloader reads any more"},
        {"\x7f"
         "ELF",
         4, "it is an ELF file; convert it (objcopy -O binary) and sign it"},
        {"PK\3\4", 4,
         "it is a zip file; slipway update takes a package, this command an image out of it"},
        {"\0\0\0\0", 4, "it begins with zeros, like a program with room for the header: sign it"},
    };
    for (size_t i = 0; i < ARRAY_LEN(known); i++)
        if (b->len >= known[i].len && memcmp(b->data, known[i].bytes, known[i].len) == 0)
            return known[i].what;
    if (b->len >= 8 && (get_le32(b->data) >> 24 == 0x20 || get_le32(b->data) >> 24 == 0x24) &&
        (get_le32(b->data + 4) & 1) != 0)
        return "it begins with a vector table: a program that is not signed yet";
    return b->len >= 4 ? cli_text("it begins with %s, not with 3db8f396", digits_of(b->data, 4))
                       : "it is shorter than a header";
}

const char *image_fault_evidence(const struct image_report *r, const struct cli_blob *b,
                                 const struct image_key *key)
{
    switch (r->fault) {
    case IMAGE_FAULT_MAGIC:
        return what_it_is(b);
    case IMAGE_FAULT_TOO_LARGE:
        return cli_text("the file has %zu bytes", b->len);
    case IMAGE_FAULT_KEY_UNKNOWN:
        return key != NULL ? cli_text("the given key's hash is %s", key_hash_text(key)) : NULL;
    case IMAGE_FAULT_HASH_MISMATCH:
        return cli_text("computed %s", digits_of(r->hash, 32));
    case IMAGE_FAULT_READ:
        return err_text(r->err);
    default:
        return r->offset != 0 ? cli_text("at offset 0x%x", (unsigned)r->offset) : NULL;
    }
}

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
    {IMAGE_TLV_RETIRE_KEY, "RETIRE_KEY"},
    {IMAGE_TLV_SBOM, "SBOM"},
};

const char *image_tlv_name(uint16_t type)
{
    for (size_t i = 0; i < ARRAY_LEN(tlv_names); i++)
        if (tlv_names[i].type == type)
            return tlv_names[i].name;
    return "UNKNOWN";
}
