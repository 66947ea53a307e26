/* The TLVs that hash and signature cover: security counter, dependencies, retired keys, SBOM. */
#include "core/base/bytes.h"
#include "core/image/image.h"
#include "core/image/internal.h"

enum image_fault image_protected_next(struct image_tlvs *t, uint16_t type, struct image_tlv *tlv,
                                      bool *more)
{
    *more = false;
    while (t->at < t->protected_end) {
        bool any;
        enum image_fault fault = image_tlvs_next(t, tlv, &any);
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        *more = any && tlv->is_protected && tlv->type == type;
        if (*more)
            return IMAGE_FAULT_NONE;
    }
    return IMAGE_FAULT_NONE;
}

/* Read the value of the next TLV of this type, which must have len bytes. */
static enum image_fault next_value(struct image_tlvs *t, uint16_t type, uint8_t *value,
                                   uint32_t len, bool *more)
{
    struct image_tlv tlv;
    enum image_fault fault = image_protected_next(t, type, &tlv, more);
    if (fault != IMAGE_FAULT_NONE || !*more)
        return fault;
    if (tlv.len != len)
        return IMAGE_FAULT_TLV_OVERRUN;
    t->err = image_source_read(t->source, tlv.offset, value, len);
    return t->err == ERR_OK ? IMAGE_FAULT_NONE : IMAGE_FAULT_READ;
}

enum image_fault image_security_counter(const struct image_source *s, const struct image_header *h,
                                        uint32_t *value)
{
    struct image_tlvs t;
    uint8_t bytes[4];
    bool more;
    enum image_fault fault = image_tlvs_begin(&t, s, h, s->size);
    if (fault == IMAGE_FAULT_NONE)
        fault = next_value(&t, IMAGE_TLV_SEC_CNT, bytes, sizeof bytes, &more);
    if (fault == IMAGE_FAULT_TLV_OVERRUN)
        return IMAGE_FAULT_COUNTER_FORMAT;
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (!more)
        return IMAGE_FAULT_COUNTER_MISSING;
    *value = get_le32(bytes);
    struct image_tlv second;
    fault = image_protected_next(&t, IMAGE_TLV_SEC_CNT, &second, &more);
    return fault == IMAGE_FAULT_NONE && more ? IMAGE_FAULT_COUNTER_FORMAT : fault;
}

enum image_fault image_dependency_next(struct image_tlvs *t, struct image_dependency *d, bool *more)
{
    uint8_t bytes[12]; /* number, three zeros, version */
    enum image_fault fault = next_value(t, IMAGE_TLV_DEPENDENCY, bytes, sizeof bytes, more);
    if (fault != IMAGE_FAULT_NONE || !*more)
        return fault;
    d->image = bytes[0];
    image_version_decode(&d->version, bytes + 4);
    return IMAGE_FAULT_NONE;
}

enum image_fault image_retired_key_next(struct image_tlvs *t, uint8_t hash[SHA256_SIZE], bool *more)
{
    return next_value(t, IMAGE_TLV_RETIRE_KEY, hash, SHA256_SIZE, more);
}

enum image_fault image_sbom(const struct image_source *s, const struct image_header *h,
                            uint8_t sha256[SHA256_SIZE], bool *found)
{
    struct image_tlvs t;
    struct image_tlv second;
    bool more = false;
    *found = false;
    enum image_fault fault = image_tlvs_begin(&t, s, h, s->size);
    if (fault == IMAGE_FAULT_NONE)
        fault = next_value(&t, IMAGE_TLV_SBOM, sha256, SHA256_SIZE, found);
    if (fault == IMAGE_FAULT_NONE && *found)
        fault = image_protected_next(&t, IMAGE_TLV_SBOM, &second, &more);
    *found = *found && fault == IMAGE_FAULT_NONE && !more;
    return fault;
}
