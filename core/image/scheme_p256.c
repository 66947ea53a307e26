/* SHA-256 and ECDSA P-256, the default. */
#include "core/base/bytes.h"
#include "core/image/scheme_hash.h"

/* The longest ECDSA_SIG value that MCUboot accepts; a P-256 signature has 72 bytes at most. */
#define SIG_TLV_MAX 128u

static enum image_fault check(const struct image_key *key, struct image_signature *s)
{
    uint8_t der[SIG_TLV_MAX], sig[P256_SIG_SIZE];
    if (key->spki_len != P256_SPKI_SIZE ||
        !bytes_equal_ct(key->spki, p256_spki_prefix, sizeof p256_spki_prefix))
        return IMAGE_FAULT_KEY_UNKNOWN;
    if (s->len > sizeof der)
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    s->err = image_source_read(s->source, s->offset, der, s->len);
    if (s->err != ERR_OK)
        return IMAGE_FAULT_READ;
    if (!ecdsa_p256_sig_decode(sig, der, s->len))
        return IMAGE_FAULT_SIGNATURE_FORMAT;
    return ecdsa_p256_verify(key->spki + sizeof p256_spki_prefix, s->digest, sig)
               ? IMAGE_FAULT_NONE
               : IMAGE_FAULT_SIGNATURE_WRONG;
}

const struct image_scheme image_scheme_p256 = {
    SCHEME_SHA256,
    .signature_tlv = IMAGE_TLV_ECDSA_SIG,
    .check = check,
};
