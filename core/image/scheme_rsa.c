/* SHA-256 and RSASSA-PSS, with keys of 2048 or 3072 bits. */
#include "core/crypto/rsa.h"
#include "core/image/scheme_hash.h"

static enum image_fault check(const struct image_key *key, struct image_signature *s, size_t size)
{
    uint8_t sig[RSA_BYTES_MAX];
    struct rsa_public pub;
    if (!rsa_public_decode(&pub, key->spki, key->spki_len) || pub.n_len != size)
        return IMAGE_FAULT_KEY_UNKNOWN;
    if (s->len != size)
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    s->err = image_source_read(s->source, s->offset, sig, s->len);
    if (s->err != ERR_OK)
        return IMAGE_FAULT_READ;
    return rsa_pss_verify(&pub, s->digest, sig) ? IMAGE_FAULT_NONE : IMAGE_FAULT_SIGNATURE_WRONG;
}

static enum image_fault check_2048(const struct image_key *key, struct image_signature *s)
{
    return check(key, s, 2048 / 8);
}

static enum image_fault check_3072(const struct image_key *key, struct image_signature *s)
{
    return check(key, s, 3072 / 8);
}

const struct image_scheme image_scheme_rsa2048 = {
    SCHEME_SHA256,
    .signature_tlv = IMAGE_TLV_RSA2048_PSS,
    .check = check_2048,
};

const struct image_scheme image_scheme_rsa3072 = {
    SCHEME_SHA256,
    .signature_tlv = IMAGE_TLV_RSA3072_PSS,
    .check = check_3072,
};
