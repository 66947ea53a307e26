#include "core/image/encrypted/encrypted.h"

#include "core/crypto/wipe.h"
#include "core/image/internal.h"

bool image_is_encrypted(const struct image_header *h)
{
    return (h->flags & IMAGE_FLAGS_ENCRYPTED) != 0;
}

uint8_t image_key_len(const struct image_header *h)
{
    switch (h->flags & IMAGE_FLAGS_ENCRYPTED) {
    case IMAGE_FLAG_ENCRYPTED_AES128:
        return 16;
    case IMAGE_FLAG_ENCRYPTED_AES256:
        return 32;
    default:
        return 0;
    }
}

void image_payload_set(struct image_payload *p, const struct image_header *h, const uint8_t *key)
{
    p->start = h->hdr_size;
    p->end = h->hdr_size + h->img_size;
    p->key_len = image_key_len(h);
    for (uint8_t i = 0; i < p->key_len; i++)
        p->key[i] = key[i];
}

/* The first TLV of this type, in either area. */
static enum image_fault find(struct image_tlvs *t, uint16_t type, struct image_tlv *tlv)
{
    for (;;) {
        bool more;
        enum image_fault fault = image_tlvs_next(t, tlv, &more);
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        if (!more)
            return IMAGE_FAULT_ENC_MISSING;
        if (tlv->type == type)
            return IMAGE_FAULT_NONE;
    }
}

static enum image_fault open_tlv(struct image_payload *p, struct image_tlvs *t,
                                 const struct image_unwrap *u, const struct image_secret *secret)
{
    struct image_tlv tlv;
    uint8_t value[IMAGE_ENC_TLV_MAX];
    enum image_fault fault = find(t, u->tlv, &tlv);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (tlv.len != (p->key_len == 16 ? u->len_128 : u->len_256) || tlv.len > sizeof value)
        return IMAGE_FAULT_ENC_LENGTH;
    t->err = image_source_read(t->source, tlv.offset, value, tlv.len);
    if (t->err != ERR_OK)
        return IMAGE_FAULT_READ;
    bool ok = u->open(p->key, p->key_len, value, secret);
    wipe(value, sizeof value);
    wipe_stack();
    return ok ? IMAGE_FAULT_NONE : IMAGE_FAULT_ENC_KEY;
}

static enum image_fault open_payload(struct image_payload *p, const struct image_source *s,
                                     uint32_t limit, const struct image_unwrap *u,
                                     const struct image_secret *secret, uint8_t key_len,
                                     enum err *err)
{
    struct image_header h;
    struct image_tlvs t;
    enum image_fault fault = image_header_load(s, limit, IMAGE_FLAGS_ENCRYPTED, &h, err);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    p->start = h.hdr_size;
    p->end = h.hdr_size + h.img_size;
    p->key_len = image_key_len(&h);
    if (p->key_len == 0 || p->key_len != key_len)
        return IMAGE_FAULT_ENC_SIZE;
    fault = image_tlvs_begin(&t, s, &h, limit);
    if (fault == IMAGE_FAULT_NONE)
        fault = open_tlv(p, &t, u, secret);
    *err = t.err;
    return fault;
}

enum image_fault image_payload_open(struct image_payload *p, const struct image_source *s,
                                    uint32_t limit, const struct image_unwrap *u,
                                    const struct image_secret *secret, uint8_t key_len,
                                    enum err *err)
{
    *err = ERR_OK;
    enum image_fault fault = open_payload(p, s, limit, u, secret, key_len, err);
    if (fault != IMAGE_FAULT_NONE)
        wipe(p, sizeof *p);
    return fault;
}

void image_payload_xor(const struct image_payload *p, uint32_t at, void *bytes, uint32_t len)
{
    uint32_t from = at > p->start ? at : p->start;
    uint32_t to = at + len < p->end ? at + len : p->end;
    if (p->key_len != 0 && from < to)
        aes_ctr_xor(p->key, p->key_len, from - p->start, (uint8_t *)bytes + (from - at), to - from);
}

static enum err read_decrypted(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    const struct image_decrypting *d = s->ctx;
    enum err e = image_source_read(d->inner, off, dst, len);
    if (e == ERR_OK)
        image_payload_xor(d->payload, off, dst, len);
    return e;
}

struct image_source image_source_decrypting(struct image_decrypting *d,
                                            const struct image_source *inner,
                                            const struct image_payload *payload)
{
    *d = (struct image_decrypting){inner, payload};
    return (struct image_source){.read = read_decrypted, .ctx = d, .size = inner->size};
}
