#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/image/image.h"
#include "core/image/internal.h"

/* Read two 16-bit numbers: an info header, or the header of a TLV. */
static enum image_fault read_pair(struct image_tlvs *t, uint32_t at, uint16_t *first,
                                  uint16_t *second)
{
    uint8_t bytes[4];
    t->err = image_source_read(t->source, at, bytes, sizeof bytes);
    if (t->err != ERR_OK)
        return IMAGE_FAULT_READ;
    *first = get_le16(bytes);
    *second = get_le16(bytes + 2);
    return IMAGE_FAULT_NONE;
}

/* Check the size of the protected area: the image header and the area's info header must agree. */
static enum image_fault check_protected(struct image_tlvs *t, uint32_t areas, uint16_t size)
{
    uint16_t magic, total;
    enum image_fault fault = read_pair(t, areas, &magic, &total);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (magic == IMAGE_TLV_PROT_MAGIC)
        return total == size && size >= IMAGE_TLV_INFO_SIZE ? IMAGE_FAULT_NONE
                                                            : IMAGE_FAULT_TLV_PROTECTED_SIZE;
    if (size != 0)
        return magic == IMAGE_TLV_INFO_MAGIC ? IMAGE_FAULT_TLV_PROTECTED_SIZE
                                             : IMAGE_FAULT_TLV_MAGIC;
    return IMAGE_FAULT_NONE;
}

enum image_fault image_tlvs_begin(struct image_tlvs *t, const struct image_source *s,
                                  const struct image_header *h, uint32_t limit)
{
    *t = (struct image_tlvs){.source = s};
    if (limit > s->size)
        limit = s->size;
    enum image_fault fault = image_header_sizes(h, limit);
    if (fault != IMAGE_FAULT_NONE)
        return fault;

    uint32_t areas = h->hdr_size + h->img_size;
    t->at = areas; /* for messages, until the walk can begin */
    fault = check_protected(t, areas, h->protected_size);
    if (fault != IMAGE_FAULT_NONE)
        return fault;

    uint16_t magic, total;
    t->at = t->protected_end = areas + h->protected_size;
    fault = read_pair(t, t->protected_end, &magic, &total);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (magic != IMAGE_TLV_INFO_MAGIC)
        return IMAGE_FAULT_TLV_MAGIC;
    if (total < IMAGE_TLV_INFO_SIZE || total > limit - t->protected_end)
        return IMAGE_FAULT_TLV_OVERRUN;
    t->end = t->protected_end + total;
    t->at = areas + IMAGE_TLV_INFO_SIZE;
    return IMAGE_FAULT_NONE;
}

/* At protected_end the walk steps over the info header of the unprotected area. Without a protected area it starts
 * behind that info header, so it never stands there. */
enum image_fault image_tlvs_next(struct image_tlvs *t, struct image_tlv *tlv, bool *more)
{
    if (t->at == t->protected_end)
        t->at += IMAGE_TLV_INFO_SIZE;
    *more = t->at != t->end;
    if (!*more)
        return IMAGE_FAULT_NONE;

    bool is_protected = t->at < t->protected_end;
    uint32_t left = (is_protected ? t->protected_end : t->end) - t->at;
    uint16_t type, len;
    if (left < IMAGE_TLV_HEADER_SIZE)
        return IMAGE_FAULT_TLV_OVERRUN;
    enum image_fault fault = read_pair(t, t->at, &type, &len);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (len > left - IMAGE_TLV_HEADER_SIZE)
        return IMAGE_FAULT_TLV_OVERRUN;
    *tlv = (struct image_tlv){type, len, t->at + IMAGE_TLV_HEADER_SIZE, is_protected};
    t->at = tlv->offset + len;
    return IMAGE_FAULT_NONE;
}

static enum image_fault begin(struct image_tlvs *t, const struct image_source *s, uint32_t limit)
{
    struct image_header h;
    enum image_fault fault = image_read_header(s, limit, &h);
    return fault != IMAGE_FAULT_NONE ? fault : image_tlvs_begin(t, s, &h, limit);
}

enum image_fault image_size(const struct image_source *s, uint32_t limit, uint32_t *size)
{
    struct image_tlvs t;
    enum image_fault fault = begin(&t, s, limit);
    if (fault == IMAGE_FAULT_NONE)
        *size = t.end;
    return fault;
}

/* Bytes of the hash in a TLV of this type; 0: it is not a hash TLV. */
static uint16_t hash_size(uint16_t type)
{
    static const uint16_t sizes[] = {SHA256_SIZE, SHA384_SIZE, SHA512_SIZE};
    unsigned i = (unsigned)type - IMAGE_TLV_SHA256;
    return i < ARRAY_LEN(sizes) ? sizes[i] : 0;
}

enum image_fault image_stored_hash(const struct image_source *s, uint32_t limit,
                                   struct image_hash *hash)
{
    struct image_tlvs t;
    struct image_tlv tlv;
    bool more;
    enum image_fault fault = begin(&t, s, limit);
    while (fault == IMAGE_FAULT_NONE) {
        fault = image_tlvs_next(&t, &tlv, &more);
        if (fault != IMAGE_FAULT_NONE)
            break;
        if (!more)
            return IMAGE_FAULT_HASH_MISSING;
        hash->len = hash_size(tlv.type);
        if (hash->len == 0)
            continue;
        if (tlv.len != hash->len)
            return IMAGE_FAULT_HASH_LENGTH;
        return image_source_read(s, tlv.offset, hash->bytes, hash->len) == ERR_OK
                   ? IMAGE_FAULT_NONE
                   : IMAGE_FAULT_READ;
    }
    return fault;
}
