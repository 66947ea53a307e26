/* Ed25519 over the image's SHA-256 or SHA-512, or over its bytes. */
#include "core/base/bytes.h"
#include "core/crypto/ed25519.h"
#include "core/image/scheme_hash.h"

/* Read the signature, and find the public key behind its DER prefix. */
static enum image_fault read_signature(const struct image_key *key, struct image_signature *s,
                                       uint8_t sig[ED25519_SIG_SIZE], const uint8_t **pub)
{
    if (key->spki_len != ED25519_SPKI_SIZE ||
        !bytes_equal_ct(key->spki, ed25519_spki_prefix, sizeof ed25519_spki_prefix))
        return IMAGE_FAULT_KEY_UNKNOWN;
    if (s->len != ED25519_SIG_SIZE)
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    *pub = key->spki + sizeof ed25519_spki_prefix;
    s->err = image_source_read(s->source, s->offset, sig, s->len);
    return s->err == ERR_OK ? IMAGE_FAULT_NONE : IMAGE_FAULT_READ;
}

static enum image_fault check_digest(const struct image_key *key, struct image_signature *s,
                                     size_t digest_len)
{
    uint8_t sig[ED25519_SIG_SIZE];
    const uint8_t *pub;
    struct sha512 h;
    enum image_fault fault = read_signature(key, s, sig, &pub);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    ed25519_begin(&h, pub, sig);
    sha512_update(&h, s->digest, digest_len);
    return ed25519_end(&h, pub, sig) ? IMAGE_FAULT_NONE : IMAGE_FAULT_SIGNATURE_WRONG;
}

static enum image_fault check_256(const struct image_key *key, struct image_signature *s)
{
    return check_digest(key, s, SHA256_SIZE);
}

static enum image_fault check_512(const struct image_key *key, struct image_signature *s)
{
    return check_digest(key, s, SHA512_SIZE);
}

/* IMAGE_FAULT_NONE if the unprotected area, which starts where the signed bytes end, has a SIG_PURE TLV of value 1: a
 * signature over the hash must not count as a pure one. image_verify has checked the info header of the area before. */
static enum image_fault find_sig_pure(struct image_signature *s)
{
    uint8_t info[IMAGE_TLV_INFO_SIZE], value;
    s->err = image_source_read(s->source, s->signed_len, info, sizeof info);
    if (s->err != ERR_OK)
        return IMAGE_FAULT_READ;
    struct image_tlvs walk = {.source = s->source,
                              .at = s->signed_len + IMAGE_TLV_INFO_SIZE,
                              .end = s->signed_len + get_le16(info + 2)};
    struct image_tlv tlv;
    for (;;) {
        bool more;
        enum image_fault fault = image_tlvs_next(&walk, &tlv, &more);
        s->err = walk.err;
        if (fault != IMAGE_FAULT_NONE)
            return fault;
        if (!more)
            return IMAGE_FAULT_SIGNATURE_FORMAT;
        if (tlv.type != IMAGE_TLV_SIG_PURE || tlv.len != 1)
            continue;
        s->err = image_source_read(s->source, tlv.offset, &value, 1);
        if (s->err != ERR_OK)
            return IMAGE_FAULT_READ;
        if (value == 1)
            return IMAGE_FAULT_NONE;
    }
}

/* The image is read in pieces through the source, so that a flash word with an ECC error is a read error and not a bus
 * fault. The watchdog is not fed meanwhile: a megabyte takes one second at 64 MHz. */
static enum image_fault add_image(struct sha512 *h, struct image_signature *s)
{
    uint8_t piece[256];
    for (uint32_t at = 0, n; at < s->signed_len; at += n) {
        n = s->signed_len - at < sizeof piece ? s->signed_len - at : (uint32_t)sizeof piece;
        s->err = image_source_read(s->source, at, piece, n);
        if (s->err != ERR_OK)
            return IMAGE_FAULT_READ;
        sha512_update(h, piece, n);
    }
    return IMAGE_FAULT_NONE;
}

static enum image_fault check_pure(const struct image_key *key, struct image_signature *s)
{
    uint8_t sig[ED25519_SIG_SIZE];
    const uint8_t *pub;
    struct sha512 h;
    enum image_fault fault = read_signature(key, s, sig, &pub);
    if (fault == IMAGE_FAULT_NONE)
        fault = find_sig_pure(s);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    ed25519_begin(&h, pub, sig);
    fault = add_image(&h, s);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    return ed25519_end(&h, pub, sig) ? IMAGE_FAULT_NONE : IMAGE_FAULT_SIGNATURE_WRONG;
}

const struct image_scheme image_scheme_ed25519 = {
    SCHEME_SHA256,
    .signature_tlv = IMAGE_TLV_ED25519,
    .check = check_256,
};

const struct image_scheme image_scheme_ed25519_sha512 = {
    SCHEME_SHA512,
    .signature_tlv = IMAGE_TLV_ED25519,
    .check = check_512,
};

static const uint16_t pure_types[] = {IMAGE_TLV_SIG_PURE, 0};

const struct image_scheme image_scheme_ed25519_pure = {
    SCHEME_SHA512,
    .signature_tlv = IMAGE_TLV_ED25519,
    .allowed = pure_types,
    .check = check_pure,
};
