#include "image/build.h"

#include <string.h>

#include "base/bytes.h"
#include "image/internal.h"

/* A writer with a limit; after its first error it ignores everything. */
struct writer {
    uint8_t *out;
    size_t cap, len;
    enum err error;
};

static void put(struct writer *w, const void *bytes, size_t len)
{
    if (w->error == ERR_OK && len > w->cap - w->len)
        w->error = ERR_NOMEM;
    if (w->error != ERR_OK || len == 0)
        return;
    memcpy(w->out + w->len, bytes, len);
    w->len += len;
}

static void put_fill(struct writer *w, uint8_t value, size_t len)
{
    for (; len > 0 && w->error == ERR_OK; len--)
        put(w, &value, 1);
}

static void put_u16_pair(struct writer *w, uint16_t first, uint16_t second)
{
    uint8_t bytes[4];
    put_le16(bytes, first);
    put_le16(bytes + 2, second);
    put(w, bytes, sizeof bytes);
}

static void put_tlv(struct writer *w, uint16_t type, const void *value, uint16_t len)
{
    put_u16_pair(w, type, len);
    put(w, value, len);
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
}

static void key_hash(const struct image_signer *signer, uint8_t hash[SHA256_SIZE])
{
    struct sha256 h;
    memset(hash, 0, SHA256_SIZE);
    if (signer == NULL)
        return;
    sha256_init(&h);
    sha256_update(&h, signer->key.spki, signer->key.spki_len);
    sha256_final(&h, hash);
}

/* A CBOR text string of fewer than 24 bytes. */
static void put_cbor_text(struct writer *w, const char *text)
{
    uint8_t head = (uint8_t)(0x60 + strlen(text));
    put(w, &head, 1);
    put(w, text, strlen(text));
}

/* The measured-boot record: a CBOR map of five pairs. The measurement is last, all zeros, because
 * a bootloader puts the image hash over the record's end. */
static void put_boot_record(struct writer *w, const struct image_plan *p)
{
    uint8_t record[128], signer_id[SHA256_SIZE];
    static const uint8_t no_measurement[SHA256_SIZE];
    char version[IMAGE_VERSION_TEXT_MAX];
    struct image_version v = p->version;
    struct writer r = {.out = record, .cap = sizeof record};

    v.build = 0; /* the record's version has three parts */
    image_version_print(version, sizeof version, &v, '+');
    key_hash(p->signer, signer_id);
    put(&r, "\xa5\x01", 2);
    put_cbor_text(&r, p->boot_record);
    put(&r, "\x04", 1);
    put_cbor_text(&r, version);
    put(&r, "\x05\x58\x20", 3);
    put(&r, signer_id, sizeof signer_id);
    put(&r, "\x06", 1);
    put_cbor_text(&r, "SHA256");
    put(&r, "\x02\x58\x20", 3);
    put(&r, no_measurement, sizeof no_measurement);
    put_tlv(w, IMAGE_TLV_BOOT_RECORD, record, (uint16_t)r.len);
}

static void put_dependency(struct writer *w, const struct image_dependency *d)
{
    uint8_t value[12] = {d->image};
    image_version_encode(&d->version, value + 4);
    put_tlv(w, IMAGE_TLV_DEPENDENCY, value, sizeof value);
}

/* The order is imgtool's: counter, boot record, dependencies, custom. */
static void put_protected(struct writer *w, const struct image_plan *p)
{
    if (p->has_security_counter) {
        uint8_t value[4];
        put_le32(value, p->security_counter);
        put_tlv(w, IMAGE_TLV_SEC_CNT, value, sizeof value);
    }
    if (p->boot_record != NULL)
        put_boot_record(w, p);
    for (unsigned i = 0; i < p->dependency_count; i++)
        put_dependency(w, &p->dependencies[i]);
    for (unsigned i = 0; i < p->custom_count; i++)
        put_tlv(w, p->custom[i].type, p->custom[i].value, p->custom[i].len);
}

static bool has_protected(const struct image_plan *p)
{
    return p->has_security_counter || p->boot_record != NULL || p->dependency_count > 0 ||
           p->custom_count > 0;
}

static void put_signature(struct writer *w, const struct image_plan *p,
                          const uint8_t digest[SHA256_SIZE])
{
    const struct image_signer *s = p->signer;
    uint8_t sig[IMAGE_SIG_MAX] = {0};
    size_t len = sizeof sig;
    enum err err = s->sign(s, digest, sig, &len);
    if (w->error == ERR_OK && (err != ERR_OK || len > sizeof sig))
        w->error = err != ERR_OK ? err : ERR_INVAL;
    if (w->error != ERR_OK)
        return;
    if (p->pad_signature) {
        memset(sig + len, 0, sizeof sig - len);
        len = sizeof sig;
    }
    put_tlv(w, IMAGE_TLV_ECDSA_SIG, sig, (uint16_t)len);
}

static void put_unprotected(struct writer *w, const struct image_plan *p,
                            const uint8_t digest[SHA256_SIZE])
{
    put_tlv(w, IMAGE_TLV_SHA256, digest, SHA256_SIZE);
    if (p->signer == NULL)
        return;
    if (p->full_key) {
        put_tlv(w, IMAGE_TLV_PUBKEY, p->signer->key.spki, (uint16_t)p->signer->key.spki_len);
    } else {
        uint8_t hash[SHA256_SIZE];
        key_hash(p->signer, hash);
        put_tlv(w, IMAGE_TLV_KEYHASH, hash, sizeof hash);
    }
    put_signature(w, p, digest);
}

static enum err check_plan(const struct image_plan *p)
{
    if (p->hdr_size < IMAGE_HEADER_SIZE || p->hdr_size > UINT16_MAX)
        return ERR_INVAL;
    if (p->boot_record != NULL && strlen(p->boot_record) > IMAGE_BOOT_RECORD_MAX)
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
    return (size_t)p->hdr_size + p->input_len + 2 * (size_t)(IMAGE_TLV_AREA_MAX + 1);
}

/* Header space and payload; the header's own bytes come last, when all sizes are known. */
static void put_body(struct writer *w, const struct image_plan *p)
{
    if (p->pad_header) {
        put_fill(w, p->erased, p->hdr_size);
        put(w, p->input, p->input_len);
    } else {
        put(w, p->input, p->input_len);
    }
}

enum err image_build(const struct image_plan *p, uint8_t *out, size_t cap,
                     struct image_built *built)
{
    struct writer w = {.out = out, .cap = cap, .error = check_plan(p)};
    put_body(&w, p);
    size_t protected_at = w.len;
    if (has_protected(p)) {
        size_t area = open_area(&w);
        put_protected(&w, p);
        close_area(&w, area, IMAGE_TLV_PROT_MAGIC);
    }
    if (w.error != ERR_OK)
        return w.error;

    const struct image_header h = {
        .load_addr = p->load_addr,
        .hdr_size = (uint16_t)p->hdr_size,
        .protected_size = (uint16_t)(w.len - protected_at),
        .img_size = (uint32_t)(protected_at - p->hdr_size),
        .flags = p->flags,
        .version = p->version,
    };
    image_header_encode(&h, out);
    built->hashed = w.len;
    struct sha256 hash;
    sha256_init(&hash);
    sha256_update(&hash, out, w.len);
    sha256_final(&hash, built->digest);

    size_t area = open_area(&w);
    put_unprotected(&w, p, built->digest);
    close_area(&w, area, IMAGE_TLV_INFO_MAGIC);
    built->len = w.len;
    return w.error;
}
