#include <string.h>

#include "core/base/bytes.h"
#include "core/base/product.h"
#include "core/image/image.h"
#include "core/image/internal.h"

#define BUF_MIN 64u

/* Evidence is this word and not a flag: memory that a glitch zeroed or skipped does not look like it. */
#define EVIDENCE_FOUND 0x6c93a65cu

struct examination {
    const struct image_source *source;
    const struct image_policy *policy;
    struct image_report *report;
    uint32_t signed_len; /* bytes that are hashed and signed */
    uint8_t *buf;
    uint32_t len;
    void (*feed)(void);
    const struct image_key *key;      /* of the last key TLV, until a signature has used it */
    unsigned tried;                   /* signatures by known keys */
    bool claims_signature;            /* the image has a key TLV or a signature TLV */
    uint32_t hash_found;              /* EVIDENCE_FOUND: the hash TLV is there and is right */
    uint32_t signature_found;         /* EVIDENCE_FOUND: the last signature tried is right */
    enum image_fault signature_fault; /* why it is not right */
};

static enum image_fault read_at(struct examination *x, uint32_t at, void *dst, uint32_t len)
{
    enum err err = image_source_read(x->source, at, dst, len);
    if (x->feed != NULL)
        x->feed();
    if (err == ERR_OK)
        return IMAGE_FAULT_NONE;
    x->report->err = err;
    x->report->offset = at;
    return IMAGE_FAULT_READ;
}

/* Room for any scheme's hash. */
struct hash_state {
    uint64_t opaque[IMAGE_HASH_STATE / sizeof(uint64_t)];
};

/* By the functions of a scheme or of a unit. */
static enum image_fault hash_by(struct examination *x, void (*init)(void *state),
                                void (*update)(void *state, const void *data, size_t len),
                                void (*final)(const void *state, uint8_t *digest))
{
    struct hash_state h;
    init(&h);
    for (uint32_t at = 0; at < x->signed_len;) {
        uint32_t n = x->signed_len - at < x->len ? x->signed_len - at : x->len;
        enum image_fault fault = read_at(x, at, x->buf, n);
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        update(&h, x->buf, n);
        at += n;
    }
    final(&h, x->report->hash);
    return IMAGE_FAULT_NONE;
}

/* If the unit stops answering, the library starts from the beginning. */
static enum image_fault compute_hash(struct examination *x)
{
    const struct image_scheme *s = scheme_of(x->policy);
    const struct sha256_unit *unit = x->policy->unit;
    if (unit != NULL && s->hash_tlv == IMAGE_TLV_SHA256) {
        enum image_fault fault = hash_by(x, unit->init, unit->update, unit->final);
        if (fault != IMAGE_FAULT_NONE || unit->answers())
            return fault;
    }
    return hash_by(x, s->hash_init, s->hash_update, s->hash_final);
}

/* Read a hash into buf. It must have the length of the scheme, whatever the TLV says. */
static enum image_fault read_hash(struct examination *x, const struct image_tlv *tlv)
{
    if (tlv->len != scheme_of(x->policy)->hash_size)
        return IMAGE_FAULT_HASH_LENGTH;
    return read_at(x, tlv->offset, x->buf, tlv->len);
}

static enum image_fault check_hash(struct examination *x, const struct image_tlv *tlv)
{
    if (tlv->type != scheme_of(x->policy)->hash_tlv)
        return IMAGE_FAULT_NONE;
    enum image_fault fault = read_hash(x, tlv);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if (!bytes_equal_ct(x->buf, x->report->hash, tlv->len))
        return IMAGE_FAULT_HASH_MISMATCH;
    x->hash_found = EVIDENCE_FOUND;
    return IMAGE_FAULT_NONE;
}

static enum image_fault find_key_by_hash(struct examination *x, const struct image_tlv *tlv)
{
    enum image_fault fault = read_hash(x, tlv);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    x->claims_signature = true;
    x->key = NULL;
    for (unsigned i = 0; i < x->policy->key_count && x->key == NULL; i++) {
        const struct image_key *key = &x->policy->keys[i];
        uint8_t own[IMAGE_HASH_MAX];
        struct hash_state h;
        scheme_of(x->policy)->hash_init(&h);
        scheme_of(x->policy)->hash_update(&h, key->spki, key->spki_len);
        scheme_of(x->policy)->hash_final(&h, own);
        if (bytes_equal_ct(own, x->buf, tlv->len))
            x->key = key;
    }
    return IMAGE_FAULT_NONE;
}

/* *same: the value is this key, byte for byte. */
static enum image_fault compare_key(struct examination *x, const struct image_tlv *tlv,
                                    const struct image_key *key, bool *same)
{
    *same = key->spki_len == tlv->len;
    for (uint32_t at = 0; *same && at < tlv->len; at += BUF_MIN) {
        uint32_t n = tlv->len - at < BUF_MIN ? tlv->len - at : BUF_MIN;
        enum image_fault fault = read_at(x, tlv->offset + at, x->buf, n);
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        *same = bytes_equal_ct(key->spki + at, x->buf, n);
    }
    return IMAGE_FAULT_NONE;
}

/* A full key in the image only selects one of the keys that the policy trusts. */
static enum image_fault find_full_key(struct examination *x, const struct image_tlv *tlv)
{
    x->claims_signature = true;
    x->key = NULL;
    for (unsigned i = 0; i < x->policy->key_count && x->key == NULL; i++) {
        bool same;
        enum image_fault fault = compare_key(x, tlv, &x->policy->keys[i], &same);
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        if (same)
            x->key = &x->policy->keys[i];
    }
    return IMAGE_FAULT_NONE;
}

/* Signatures by unknown keys are ignored; of those by known keys the last one decides. */
static enum image_fault check_signature(struct examination *x, const struct image_tlv *tlv)
{
    x->claims_signature = true;
    if (x->key == NULL || tlv->type != scheme_of(x->policy)->signature_tlv)
        return IMAGE_FAULT_NONE;
    if (x->tried++ >= IMAGE_SIGNATURES_MAX)
        return IMAGE_FAULT_SIGNATURE_COUNT;
    struct image_signature sig = {.source = x->source,
                                  .offset = tlv->offset,
                                  .len = tlv->len,
                                  .signed_len = x->signed_len,
                                  .digest = x->report->hash};
    if (x->feed != NULL)
        x->feed();
    x->signature_found = 0;
    x->signature_fault = scheme_of(x->policy)->check(x->key, &sig);
    if (x->signature_fault == IMAGE_FAULT_READ) {
        x->report->err = sig.err;
        return IMAGE_FAULT_READ;
    }
    if (x->signature_fault == IMAGE_FAULT_NONE)
        x->signature_found = EVIDENCE_FOUND;
    else
        x->report->offset = tlv->offset;
    x->report->key_index = (int)(x->key - x->policy->keys);
    x->key = NULL;
    return IMAGE_FAULT_NONE;
}

/* What a TLV of a type contains. */
enum meaning { NOTHING, HASH, KEY_HASH, FULL_KEY, SIGNATURE };

/* The types that are allowed in the unprotected area. Any other type is allowed in the protected area only, and is
 * ignored here. */
static const struct rule {
    uint8_t type, content;
} unprotected_rules[] = {
    {IMAGE_TLV_KEYHASH, KEY_HASH},
    {IMAGE_TLV_PUBKEY, FULL_KEY},
    {IMAGE_TLV_SHA256, HASH},
    {IMAGE_TLV_SHA384, HASH},
    {IMAGE_TLV_SHA512, HASH},
    {IMAGE_TLV_RSA2048_PSS, SIGNATURE},
    {IMAGE_TLV_ECDSA224, NOTHING},
    {IMAGE_TLV_ECDSA_SIG, SIGNATURE},
    {IMAGE_TLV_RSA3072_PSS, SIGNATURE},
    {IMAGE_TLV_ED25519, SIGNATURE},
    {IMAGE_TLV_ENC_RSA2048, NOTHING},
    {IMAGE_TLV_ENC_KW, NOTHING},
    {IMAGE_TLV_ENC_EC256, NOTHING},
    {IMAGE_TLV_ENC_X25519, NOTHING},
    {IMAGE_TLV_ENC_X25519_SHA512, NOTHING},
};

static bool is_allowed(const struct image_scheme *s, uint16_t type)
{
    for (const uint16_t *t = s->allowed; t != NULL && *t != 0; t++)
        if (*t == type)
            return true;
    return false;
}

static enum image_fault check_tlv(struct examination *x, const struct image_tlv *tlv,
                                  uint8_t content)
{
    switch (content) {
    case HASH:
        return check_hash(x, tlv);
    case KEY_HASH:
        return find_key_by_hash(x, tlv);
    case FULL_KEY:
        return find_full_key(x, tlv);
    case SIGNATURE:
        return check_signature(x, tlv);
    default:
        return IMAGE_FAULT_NONE;
    }
}

/* There are two key-wrapping TLVs with X25519; as MCUboot does, a product allows only the one that it is built for. */
static bool is_other_x25519(uint16_t type)
{
    return type == (product.hmac_sha512 ? IMAGE_TLV_ENC_X25519 : IMAGE_TLV_ENC_X25519_SHA512);
}

static enum image_fault check_type(struct examination *x, const struct image_tlv *tlv)
{
    if (is_other_x25519(tlv->type) && !tlv->is_protected &&
        !is_allowed(scheme_of(x->policy), tlv->type))
        return IMAGE_FAULT_TLV_UNEXPECTED;
    for (unsigned i = 0; i < ARRAY_LEN(unprotected_rules); i++)
        if (unprotected_rules[i].type == tlv->type)
            return check_tlv(x, tlv, unprotected_rules[i].content);
    return tlv->is_protected || is_allowed(scheme_of(x->policy), tlv->type)
               ? IMAGE_FAULT_NONE
               : IMAGE_FAULT_TLV_UNEXPECTED;
}

static enum image_fault walk(struct examination *x, struct image_tlvs *t)
{
    struct image_report *report = x->report;
    for (;;) {
        struct image_tlv tlv;
        bool more;
        uint32_t at = t->at;
        enum image_fault fault = image_tlvs_next(t, &tlv, &more);
        if (fault == IMAGE_FAULT_READ)
            report->err = t->err;
        if (fault == IMAGE_FAULT_NONE && !more)
            return IMAGE_FAULT_NONE;
        if (fault == IMAGE_FAULT_NONE)
            fault = check_type(x, &tlv);
        if (fault != IMAGE_FAULT_NONE) {
            report->offset = at;
            return fault;
        }
    }
}

/* After all TLVs: is the required evidence there? */
static enum image_fault check_evidence(const struct examination *x)
{
    if (x->hash_found != EVIDENCE_FOUND)
        return IMAGE_FAULT_HASH_MISSING;
    if (x->policy->key_count == 0)
        return IMAGE_FAULT_NONE;
    if (x->signature_found == EVIDENCE_FOUND)
        return IMAGE_FAULT_NONE;
    if (x->tried > 0)
        return x->signature_fault;
    return x->claims_signature ? IMAGE_FAULT_KEY_UNKNOWN : IMAGE_FAULT_SIGNATURE_MISSING;
}

static enum image_fault examine(struct examination *x)
{
    struct image_report *report = x->report;
    struct image_header *h = &report->header;
    if (x->buf == NULL || x->len < BUF_MIN) {
        report->err = ERR_INVAL;
        return IMAGE_FAULT_READ;
    }
    enum image_fault fault = image_header_load(x->source, x->policy->limit,
                                               scheme_of(x->policy)->flags, h, &report->err);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    if ((h->flags & IMAGE_FLAG_NON_BOOTABLE) != 0 && !x->policy->allow_non_bootable)
        return IMAGE_FAULT_NOT_BOOTABLE;

    struct image_tlvs t;
    fault = image_tlvs_begin(&t, x->source, h, x->policy->limit);
    if (fault != IMAGE_FAULT_NONE) {
        report->err = t.err;
        report->offset = t.at;
        return fault;
    }
    report->size = t.end;
    x->signed_len = t.protected_end;
    fault = compute_hash(x);
    if (fault == IMAGE_FAULT_NONE)
        fault = walk(x, &t);
    return fault == IMAGE_FAULT_NONE ? check_evidence(x) : fault;
}

/* The only place that returns IMAGE_GENUINE. It checks the evidence again, so that one branch skipped by a glitch does
 * not let an image through. */
enum image_verdict image_verify(const struct image_source *s, const struct image_policy *policy,
                                uint8_t *buf, uint32_t len, void (*feed)(void),
                                struct image_report *report)
{
    memset(report, 0, sizeof *report);
    report->key_index = -1;
    struct examination x = {.source = s,
                            .policy = policy,
                            .report = report,
                            .buf = buf,
                            .len = len,
                            .feed = feed,
                            .signature_fault = IMAGE_FAULT_SIGNATURE_MISSING};
    report->fault = examine(&x);
    if (report->fault != IMAGE_FAULT_NONE)
        return IMAGE_REFUSED;
    if (x.hash_found != EVIDENCE_FOUND)
        return IMAGE_REFUSED;
    if (policy->key_count != 0 && x.signature_found != EVIDENCE_FOUND)
        return IMAGE_REFUSED;
    return IMAGE_GENUINE;
}
