#include "core/crypto/decrypt/key_der.h"

#include "core/base/bytes.h"
#include "core/base/compiler.h"

enum tag { INTEGER = 0x02, OCTET_STRING = 0x04, SEQUENCE = 0x30 };

/* The bytes that are left to read. */
struct reader {
    const uint8_t *at, *end;
};

/* Take the value of the next element, which must have this tag. False, and *in stays, if it has another tag, or if its
 * length is malformed or runs past the end. */
static bool take(struct reader *in, enum tag tag, struct reader *value)
{
    const uint8_t *at = in->at;
    size_t left = (size_t)(in->end - at), header = 2, len;
    if (left < header || at[0] != tag)
        return false;
    len = at[1];
    if (len == 0x81 && left >= 3) {
        header = 3;
        len = at[2];
    } else if (len == 0x82 && left >= 4) {
        header = 4;
        len = get_be16(at + 2);
    } else if (len >= 0x80) {
        return false;
    }
    if (len > left - header)
        return false;
    *value = (struct reader){at + header, at + header + len};
    in->at = value->end;
    return true;
}

static bool take_whole(const uint8_t *der, size_t len, struct reader *value)
{
    struct reader in = {der, der + len};
    return take(&in, SEQUENCE, value) && in.at == in.end;
}

static bool take_bytes(struct reader *in, enum tag tag, const uint8_t *want, size_t len)
{
    struct reader value;
    return take(in, tag, &value) && (size_t)(value.end - value.at) == len &&
           bytes_equal_ct(value.at, want, len);
}

/* Take PKCS#8 up to the content of privateKey. */
static bool take_pkcs8(const uint8_t *der, size_t len, const uint8_t *algorithm,
                       size_t algorithm_len, struct reader *key)
{
    static const uint8_t version[] = {0};
    struct reader in;
    return take_whole(der, len, &in) && take_bytes(&in, INTEGER, version, sizeof version) &&
           take_bytes(&in, SEQUENCE, algorithm, algorithm_len) && take(&in, OCTET_STRING, key);
}

static const uint8_t *take_secret(struct reader *in)
{
    struct reader value;
    if (!take(in, OCTET_STRING, &value) || value.end - value.at != 32)
        return NULL;
    return value.at;
}

const uint8_t *key_der_p256(const uint8_t *der, size_t len)
{
    /* id-ecPublicKey, prime256v1 */
    static const uint8_t algorithm[] = {0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06,
                                        0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    static const uint8_t version[] = {1};
    struct reader in, key;
    if (!take_pkcs8(der, len, algorithm, sizeof algorithm, &in) || !take(&in, SEQUENCE, &key) ||
        !take_bytes(&key, INTEGER, version, sizeof version))
        return NULL;
    return take_secret(&key);
}

const uint8_t *key_der_x25519(const uint8_t *der, size_t len)
{
    static const uint8_t algorithm[] = {0x06, 0x03, 0x2b, 0x65, 0x6e};
    struct reader in;
    if (!take_pkcs8(der, len, algorithm, sizeof algorithm, &in))
        return NULL;
    return take_secret(&in);
}

static bool take_number(struct reader *in, struct der_span *n)
{
    struct reader value;
    if (!take(in, INTEGER, &value))
        return false;
    while (value.at < value.end && *value.at == 0)
        value.at++;
    *n = (struct der_span){value.at, (size_t)(value.end - value.at)};
    return n->len > 0;
}

bool key_der_rsa2048(const uint8_t *der, size_t len, struct rsa_secret *key)
{
    static const uint8_t version[] = {0};
    struct der_span n, e, d;
    struct der_span *const numbers[] = {&n, &e, &d, &key->p, &key->q, &key->dp, &key->dq, &key->iq};
    struct reader in;
    if (!take_whole(der, len, &in) || !take_bytes(&in, INTEGER, version, sizeof version))
        return false;
    for (unsigned i = 0; i < ARRAY_LEN(numbers); i++)
        if (!take_number(&in, numbers[i]))
            return false;
    return n.len == 256 && n.bytes[0] >= 0x80 && key->p.len == 128 && key->q.len == 128;
}
