#include "host/image/build/build.h"

#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/image/internal.h"

#define CIPHER_BLOCK 16u

/* A writer into a buffer; after its first error it ignores all further writes. */
struct writer {
    uint8_t *out;
    size_t cap, len;
    bool big_endian;
    enum err error;
};

static void put(struct writer *w, const void *bytes, size_t len)
{
    if (w->error == ERR_OK && len > w->cap - w->len)
        w->error = ERR_NOMEM;
    if (w->error != ERR_OK || len == 0)
        return;
    if (bytes != w->out + w->len) /* the payload may already be in place */
        memcpy(w->out + w->len, bytes, len);
    w->len += len;
}

static void put_fill(struct writer *w, uint8_t value, size_t len)
{
    for (; len > 0 && w->error == ERR_OK; len--)
        put(w, &value, 1);
}

static void reverse(uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        uint8_t kept = bytes[i];
        bytes[i] = bytes[len - 1 - i];
        bytes[len - 1 - i] = kept;
    }
}

/* A number of len little-endian bytes, in the image's byte order. */
static void order(const struct writer *w, uint8_t *bytes, size_t len)
{
    if (w->big_endian)
        reverse(bytes, len);
}

static void put_u16_pair(struct writer *w, uint16_t first, uint16_t second)
{
    uint8_t bytes[4];
    put_le16(bytes, first);
    put_le16(bytes + 2, second);
    order(w, bytes, 2);
    order(w, bytes + 2, 2);
    put(w, bytes, sizeof bytes);
}

/* As imgtool does, write the type of a predefined TLV as a byte and a zero, in either byte order. */
static void put_tlv(struct writer *w, uint16_t type, const void *value, uint16_t len)
{
    if (w->big_endian && type < IMAGE_CUSTOM_TLV_MIN)
        type = (uint16_t)(type << 8);
    put_u16_pair(w, type, len);
    put(w, value, len);
}

static void put_u32_tlv(struct writer *w, uint16_t type, uint32_t number)
{
    uint8_t value[4];
    put_le32(value, number);
    order(w, value, sizeof value);
    put_tlv(w, type, value, sizeof value);
}

/* An area's info header knows the area's length, so it is written when the area is full. */
static size_t open_area(struct writer *w)
{
    size_t start = w->len;
    put_u16_pair(w, 0, 0);
    return start;
}

static void close_area(struct writer *w, size_t start, uint16_t magic)
{
    size_t total = w->len - start;
    if (w->error == ERR_OK && total > IMAGE_TLV_AREA_MAX)
        w->error = ERR_NOSPC;
    if (w->error != ERR_OK)
        return;
    put_le16(w->out + start, magic);
    put_le16(w->out + start + 2, (uint16_t)total);
    order(w, w->out + start, 2);
    order(w, w->out + start + 2, 2);
}

static void sha256_of(const void *data, size_t len, uint8_t *digest)
{
    struct sha256 h;
    sha256_init(&h);
    sha256_update(&h, data, len);
    sha256_final(&h, digest);
}

static const struct image_digest default_digest = {IMAGE_TLV_SHA256, SHA256_SIZE, "SHA256",
                                                   sha256_of};

static const struct image_digest *digest_of(const struct image_plan *p)
{
    return p->digest != NULL ? p->digest : &default_digest;
}

/* The signer's identity in a boot record: the key's hash, or 32 zero bytes for an unsigned image. */
static uint8_t signer_id(const struct image_plan *p, uint8_t id[IMAGE_HASH_MAX])
{
    memset(id, 0, IMAGE_HASH_MAX);
    if (p->signer == NULL)
        return SHA256_SIZE;
    digest_of(p)->compute(p->signer->key.spki, p->signer->key.spki_len, id);
    return (uint8_t)digest_of(p)->size;
}

/* CBOR: a string of fewer than 256 bytes; major is 0x40 for bytes, 0x60 for text. */
static void put_cbor(struct writer *w, uint8_t major, const void *bytes, size_t len)
{
    uint8_t head[2] = {(uint8_t)(major + len)};
    size_t n = 1;
    if (len >= 24) {
        head[0] = (uint8_t)(major + 24);
        head[n++] = (uint8_t)len;
    }
    put(w, head, n);
    put(w, bytes, len);
}

/* The measured-boot record: a CBOR map of five pairs. The measurement is last, all zeros, because
 * a bootloader puts the image hash over the record's end. */
static void put_boot_record(struct writer *w, const struct image_plan *p)
{
    uint8_t record[256], id[IMAGE_HASH_MAX];
    static const uint8_t no_measurement[IMAGE_HASH_MAX];
    char version[IMAGE_VERSION_TEXT_MAX];
    struct image_version v = p->version;
    struct writer r = {.out = record, .cap = sizeof record};
    uint8_t id_len = signer_id(p, id);

    v.build = 0; /* the record's version has three parts */
    image_version_print(version, sizeof version, &v, '+');
    put(&r, "\xa5\x01", 2);
    put_cbor(&r, 0x60, p->boot_record, strlen(p->boot_record));
    put(&r, "\x04", 1);
    put_cbor(&r, 0x60, version, strlen(version));
    put(&r, "\x05", 1);
    put_cbor(&r, 0x40, id, id_len);
    put(&r, "\x06", 1);
    put_cbor(&r, 0x60, digest_of(p)->name, strlen(digest_of(p)->name));
    put(&r, "\x02", 1);
    put_cbor(&r, 0x40, no_measurement, digest_of(p)->size);
    if (w->error == ERR_OK && r.error != ERR_OK)
        w->error = ERR_INVAL; /* UTF-8 continuation bytes only */
    put_tlv(w, IMAGE_TLV_BOOT_RECORD, record, (uint16_t)r.len);
}

static void put_dependency(struct writer *w, const struct image_dependency *d)
{
    uint8_t value[12] = {d->image};
    image_version_encode(&d->version, value + 4);
    order(w, value + 6, 2);
    order(w, value + 8, 4);
    put_tlv(w, IMAGE_TLV_DEPENDENCY, value, sizeof value);
}

static void put_compressed(struct writer *w, const struct image_plan *p, uint32_t payload)
{
    const struct image_compressed *c = p->compressed;
    put_u32_tlv(w, IMAGE_TLV_DECOMP_SIZE, c->size);
    put_tlv(w, IMAGE_TLV_DECOMP_SHA, c->hash, c->hash_len);
    if (c->signature_len != 0)
        put_tlv(w, IMAGE_TLV_DECOMP_SIGNATURE, c->signature, c->signature_len);
    if (p->cipher != NULL)
        put_u32_tlv(w, IMAGE_TLV_COMP_DEC_SIZE, payload);
}

/* The order is imgtool's. payload: bytes before padding for encryption. */
static void put_protected(struct writer *w, const struct image_plan *p, uint32_t payload)
{
    if (p->has_security_counter)
        put_u32_tlv(w, IMAGE_TLV_SEC_CNT, p->security_counter);
    if (p->boot_record != NULL)
        put_boot_record(w, p);
    for (unsigned i = 0; i < p->dependency_count; i++)
        put_dependency(w, &p->dependencies[i]);
    if (p->compressed != NULL)
        put_compressed(w, p, payload);
    if (p->vid != NULL)
        put_tlv(w, IMAGE_TLV_UUID_VID, p->vid, 16);
    if (p->cid != NULL)
        put_tlv(w, IMAGE_TLV_UUID_CID, p->cid, 16);
    for (unsigned i = 0; i < p->custom_count; i++)
        put_tlv(w, p->custom[i].type, p->custom[i].value, p->custom[i].len);
}

static bool has_protected(const struct image_plan *p)
{
    return p->has_security_counter || p->boot_record != NULL || p->dependency_count > 0 ||
           p->compressed != NULL || p->vid != NULL || p->cid != NULL || p->custom_count > 0;
}

static void put_signature(struct writer *w, const struct image_plan *p, struct image_built *built)
{
    const struct image_signer *s = p->signer;
    const struct image_to_sign what = {w->out, built->hashed, built->digest, built->digest_len,
                                       p->pure};
    size_t len = sizeof built->signature;
    if (w->error != ERR_OK)
        return;
    memset(built->signature, 0, len);
    w->error = s->sign(s, &what, built->signature, &len);
    if (w->error == ERR_OK && len > sizeof built->signature)
        w->error = ERR_INVAL;
    if (w->error != ERR_OK)
        return;
    if (p->pad_signature && len < s->padded_len) {
        memset(built->signature + len, 0, s->padded_len - len);
        len = s->padded_len;
    }
    built->signature_len = (uint16_t)len;
    put_tlv(w, s->tlv, built->signature, built->signature_len);
}

static void put_key(struct writer *w, const struct image_plan *p)
{
    const struct image_key *key = &p->signer->key;
    uint8_t hash[IMAGE_HASH_MAX];
    if (p->full_key) {
        put_tlv(w, IMAGE_TLV_PUBKEY, key->spki, (uint16_t)key->spki_len);
        return;
    }
    digest_of(p)->compute(key->spki, key->spki_len, hash);
    put_tlv(w, IMAGE_TLV_KEYHASH, hash, digest_of(p)->size);
}

static void put_unprotected(struct writer *w, const struct image_plan *p, struct image_built *built)
{
    put_tlv(w, digest_of(p)->tlv, built->digest, built->digest_len);
    if (p->pure)
        put_tlv(w, IMAGE_TLV_SIG_PURE, "\x01", 1);
    if (p->signer != NULL) {
        put_key(w, p);
        put_signature(w, p, built);
    }
    if (p->cipher != NULL)
        put_tlv(w, p->cipher->tlv_type, p->cipher->tlv, p->cipher->tlv_len);
}

/* The number of UTF-8 characters: bytes that are not continuation bytes. */
static size_t characters(const char *text)
{
    size_t n = 0;
    for (; *text != '\0'; text++)
        n += ((uint8_t)*text & 0xc0) != 0x80;
    return n;
}

static enum err check_plan(const struct image_plan *p)
{
    if (p->hdr_size < IMAGE_HEADER_SIZE || p->hdr_size > UINT16_MAX)
        return ERR_INVAL;
    if (p->boot_record != NULL && characters(p->boot_record) > IMAGE_BOOT_RECORD_MAX)
        return ERR_INVAL;
    for (unsigned i = 0; i < p->custom_count; i++)
        if (p->custom[i].type < IMAGE_CUSTOM_TLV_MIN || p->custom[i].type > IMAGE_CUSTOM_TLV_MAX)
            return ERR_INVAL;
    if (p->input_len > UINT32_MAX)
        return ERR_NOSPC;
    if (p->pad_header)
        return ERR_OK;
    return p->input_len >= p->hdr_size && bytes_all(p->input, 0, p->hdr_size) ? ERR_OK : ERR_FORMAT;
}

size_t image_build_cap(const struct image_plan *p)
{
    return (size_t)p->hdr_size + p->input_len + CIPHER_BLOCK + 2 * (size_t)(IMAGE_TLV_AREA_MAX + 1);
}

/* Header space and payload; the header's own bytes come last, when all sizes are known. An
 * encrypted image is filled up so that header and payload are whole cipher blocks. */
static void put_body(struct writer *w, const struct image_plan *p, uint32_t *payload)
{
    if (p->pad_header)
        put_fill(w, p->erased, p->hdr_size);
    put(w, p->input, p->input_len);
    *payload = (uint32_t)(w->len - p->hdr_size);
    if (p->cipher != NULL && w->len % CIPHER_BLOCK != 0)
        put_fill(w, 0, CIPHER_BLOCK - w->len % CIPHER_BLOCK);
}

static void write_header(struct writer *w, const struct image_plan *p, size_t protected_at)
{
    static const struct {
        uint8_t at, len;
    } numbers[] = {{0, 4}, {4, 4}, {8, 2}, {10, 2}, {12, 4}, {16, 4}, {22, 2}, {24, 4}};
    const struct image_header h = {
        .load_addr = p->load_addr,
        .hdr_size = (uint16_t)p->hdr_size,
        .protected_size = (uint16_t)(w->len - protected_at),
        .img_size = (uint32_t)(protected_at - p->hdr_size),
        .flags = p->flags | (p->cipher != NULL ? p->cipher->flag : 0) |
                 (p->compressed != NULL ? p->compressed->flags : 0),
        .version = p->version,
    };
    image_header_encode(&h, w->out);
    for (unsigned i = 0; i < ARRAY_LEN(numbers); i++)
        order(w, w->out + numbers[i].at, numbers[i].len);
}

enum err image_build(const struct image_plan *p, uint8_t *out, size_t cap,
                     struct image_built *built)
{
    struct writer w = {.out = out, .cap = cap, .big_endian = p->big_endian, .error = check_plan(p)};
    *built = (struct image_built){.digest_len = digest_of(p)->size};
    if (w.error != ERR_OK)
        return w.error;
    put_body(&w, p, &built->payload);
    size_t protected_at = w.len;
    if (has_protected(p)) {
        size_t area = open_area(&w);
        put_protected(&w, p, built->payload);
        close_area(&w, area, IMAGE_TLV_PROT_MAGIC);
    }
    if (w.error != ERR_OK)
        return w.error;

    write_header(&w, p, protected_at);
    built->hashed = built->len = w.len;
    digest_of(p)->compute(out, w.len, built->digest);
    if (p->only_what_is_signed)
        return ERR_OK;
    size_t area = open_area(&w);
    put_unprotected(&w, p, built);
    close_area(&w, area, IMAGE_TLV_INFO_MAGIC);
    built->len = w.len;
    if (w.error == ERR_OK && p->cipher != NULL && !p->cipher->clear)
        w.error = p->cipher->encrypt(p->cipher, out + p->hdr_size, protected_at - p->hdr_size);
    return w.error;
}
