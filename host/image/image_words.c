#include "host/image/image_words.h"

#include <string.h>

#include "core/base/bytes.h"

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

const char *header_flags_text(uint32_t flags)
{
    const char *text = "";
    for (size_t i = 0; i < ARRAY_LEN(flag_names); i++)
        if ((flags & flag_names[i].flag) != 0)
            text = cli_text("%s%s%s", text, text[0] != '\0' ? " " : "", flag_names[i].name);
    return text;
}

static const char *version_text(const uint8_t *v)
{
    return cli_text("%u.%u.%u+%u", v[0], v[1], get_le16(v + 2), (unsigned)get_le32(v + 4));
}

static const char *uuid_text(const uint8_t *u)
{
    char hex[33];
    cli_hex(hex, u, 16);
    return cli_text("%.8s-%.4s-%.4s-%.4s-%.12s", hex, hex + 8, hex + 12, hex + 16, hex + 20);
}

/* The software type of a boot record: a map of five, whose first key is 1. */
static const char *boot_record_text(const uint8_t *value, uint16_t len)
{
    if (len < 4 || value[0] != 0xa5 || value[1] != 1 || (value[2] & 0xe0) != 0x60 ||
        value[2] - 0x60 > 23 || value[2] - 0x60 > len - 3)
        return "measured boot";
    return cli_text("measured boot, software type '%.*s'", value[2] - 0x60, value + 3);
}

const char *image_tlv_meaning(uint16_t type, const uint8_t *value, uint16_t len)
{
    switch (type) {
    case IMAGE_TLV_KEYHASH:
        return "hash of the public key that signed";
    case IMAGE_TLV_PUBKEY:
        return "the public key that signed";
    case IMAGE_TLV_SHA256:
    case IMAGE_TLV_SHA384:
    case IMAGE_TLV_SHA512:
        return "image hash";
    case IMAGE_TLV_SIG_PURE:
        return "the signature covers the image itself";
    case IMAGE_TLV_SEC_CNT:
        return len == 4 ? cli_text("security counter %u", (unsigned)get_le32(value)) : NULL;
    case IMAGE_TLV_DEPENDENCY:
        return len == 12 ? cli_text("image %u at %s or newer", value[0], version_text(value + 4))
                         : NULL;
    case IMAGE_TLV_BOOT_RECORD:
        return boot_record_text(value, len);
    case IMAGE_TLV_DECOMP_SIZE:
        return len == 4 ? cli_text("%u bytes when decompressed", (unsigned)get_le32(value)) : NULL;
    case IMAGE_TLV_COMP_DEC_SIZE:
        return len == 4 ? cli_text("%u bytes compressed", (unsigned)get_le32(value)) : NULL;
    case IMAGE_TLV_DECOMP_SHA:
        return "image hash when decompressed";
    case IMAGE_TLV_DECOMP_SIGNATURE:
        return "signature when decompressed";
    case IMAGE_TLV_RETIRE_KEY:
        return len == SHA256_SIZE
                   ? "key that is retired once this image is confirmed (its getpubhash)"
                   : NULL;
    case IMAGE_TLV_SBOM:
        return len == SHA256_SIZE ? "SHA-256 of the SBOM file (slipway verify --sbom)" : NULL;
    case IMAGE_TLV_UUID_VID:
        return len == 16 ? cli_text("vendor %s", uuid_text(value)) : NULL;
    case IMAGE_TLV_UUID_CID:
        return len == 16 ? cli_text("image class %s", uuid_text(value)) : NULL;
    default:
        return NULL;
    }
}

/* ---- the summary ---- */

static const struct {
    uint16_t tlv;
    const char *text;
} signatures[] =
    {
        {IMAGE_TLV_RSA2048_PSS, "RSA-2048 (PSS)"},
        {IMAGE_TLV_RSA3072_PSS, "RSA-3072 (PSS)"},
        {IMAGE_TLV_ECDSA_SIG, "ECDSA"},
        {IMAGE_TLV_ED25519, "Ed25519"},
},
  wrappings[] = {
      {IMAGE_TLV_ENC_RSA2048, "RSA-2048 (OAEP)"},
      {IMAGE_TLV_ENC_KW, "AES key wrap"},
      {IMAGE_TLV_ENC_EC256, "ECIES with P-256"},
      {IMAGE_TLV_ENC_X25519, "ECIES with X25519"},
      {IMAGE_TLV_ENC_X25519_SHA512, "ECIES with X25519 and SHA-512"},
};

static const char *signature_text(const struct image_kind *k)
{
    if (k->signature_tlv == IMAGE_TLV_ECDSA_SIG)
        return k->digest != NULL && k->digest->tlv == IMAGE_TLV_SHA384 ? "ECDSA P-384"
                                                                       : "ECDSA P-256";
    for (size_t i = 0; i < ARRAY_LEN(signatures); i++)
        if (signatures[i].tlv == k->signature_tlv)
            return signatures[i].text;
    return "a key type that MCUboot has withdrawn";
}

static const char *wrapping_text(uint16_t tlv)
{
    for (size_t i = 0; i < ARRAY_LEN(wrappings); i++)
        if (wrappings[i].tlv == tlv)
            return wrappings[i].text;
    return "nothing: the key is lost";
}

/* The last key TLV, which names the key of the last signature. */
static const char *key_line(const struct cli_blob *b, const struct image_header *h)
{
    const struct image_source s = image_source_memory(b->data, (uint32_t)b->len);
    struct image_tlvs walk;
    struct image_tlv tlv;
    bool more;
    const char *line = NULL;
    if (image_tlvs_begin(&walk, &s, h, s.size) != IMAGE_FAULT_NONE)
        return NULL;
    while (image_tlvs_next(&walk, &tlv, &more) == IMAGE_FAULT_NONE && more) {
        const struct image_key key = {b->data + tlv.offset, tlv.len};
        char hex[2 * IMAGE_HASH_MAX + 1];
        if (tlv.type == IMAGE_TLV_PUBKEY)
            line = cli_text("accepted by: a bootloader with the public key of SHA-256 %s",
                            key_hash_text(&key));
        if (tlv.type != IMAGE_TLV_KEYHASH || tlv.len > IMAGE_HASH_MAX)
            continue;
        cli_hex(hex, b->data + tlv.offset, tlv.len);
        line = cli_text("accepted by: a bootloader with the public key of hash %s", hex);
    }
    return line;
}

static const char *hash_line(const struct cli_blob *b, const struct image_kind *k, bool *right)
{
    struct image_report r;
    *right = image_check(b, NULL, 0, NULL, &r) == IMAGE_GENUINE;
    if (k->digest == NULL)
        return "hash:        none: no bootloader accepts this image";
    if (*right)
        return cli_text("hash:        %s, correct", k->digest->name);
    if (r.fault == IMAGE_FAULT_HASH_MISMATCH && k->encrypted)
        return cli_text("hash:        %s, of the unencrypted program: not checked",
                        k->digest->name);
    return cli_text("hash:        %s, WRONG: %s", k->digest->name, image_fault_text(r.fault));
}

void image_summary(const struct cli_blob *b, const struct image_header *h,
                   const char *lines[IMAGE_SUMMARY_MAX + 1])
{
    struct image_kind k;
    struct image_header again;
    uint32_t at;
    unsigned n = 0;
    bool right;
    uint32_t covered = h->hdr_size + h->img_size + h->protected_size;
    memset(lines, 0, (IMAGE_SUMMARY_MAX + 1) * sizeof *lines);
    if (image_survey(b, &k, &again, &at) != IMAGE_FAULT_NONE)
        return;
    lines[n++] = cli_text("version:     %u.%u.%u+%u", h->version.major, h->version.minor,
                          h->version.revision, (unsigned)h->version.build);
    lines[n++] = hash_line(b, &k, &right);
    if (k.signature_tlv == 0)
        lines[n++] = "signed:      no: only a bootloader without keys accepts it";
    else
        lines[n++] = cli_text("signed:      %s over %s (not checked here: slipway verify)",
                              signature_text(&k), k.pure ? "the image" : "the hash");
    lines[n++] =
        cli_text("covered:     bytes 0x0 to 0x%x, header, program%s", (unsigned)covered - 1,
                 h->protected_size != 0 ? " and protected TLVs" : "");
    if (k.encrypted)
        lines[n++] = cli_text("encrypted:   %s, AES-%u, its key wrapped by %s",
                              right ? "not now (in clear)" : "yes",
                              (h->flags & IMAGE_FLAG_ENCRYPTED_AES256) != 0 ? 256 : 128,
                              wrapping_text(k.encryption_tlv));
    if (k.signature_tlv != 0)
        lines[n] = key_line(b, h);
}
