/* Ours, over the hash that a bootloader has already: the library's HMAC and HKDF bring the library's SHA-256 along, a second
 * one. Nothing here branches on what is hashed. */
#include "core/crypto/decrypt/hkdf.h"

#include <string.h>

#include "core/crypto/wipe.h"

#define BLOCK_MAX 128u
#define INNER     0x36u
#define OUTER     0x5cu

union state {
    struct sha256 narrow;
    struct sha512 wide;
};

struct digest {
    size_t size, block;
    void (*init)(union state *s);
    void (*update)(union state *s, const void *data, size_t len);
    void (*final)(const union state *s, uint8_t *digest);
};

static void init_256(union state *s)
{
    sha256_init(&s->narrow);
}

static void update_256(union state *s, const void *data, size_t len)
{
    sha256_update(&s->narrow, data, len);
}

static void final_256(const union state *s, uint8_t *digest)
{
    sha256_final(&s->narrow, digest);
}

static void init_512(union state *s)
{
    sha512_init(&s->wide);
}

static void update_512(union state *s, const void *data, size_t len)
{
    sha512_update(&s->wide, data, len);
}

static void final_512(const union state *s, uint8_t *digest)
{
    sha512_final(&s->wide, digest);
}

static const struct digest digest_256 = {SHA256_SIZE, 64, init_256, update_256, final_256};
static const struct digest digest_512 = {SHA512_SIZE, 128, init_512, update_512, final_512};

/* ---- HMAC: H(key ^ OUTER | H(key ^ INNER | data)) ---- */

struct hmac {
    union state state;
    uint8_t pad[BLOCK_MAX];
};

static void begin(const struct digest *d, struct hmac *h, const uint8_t *key, size_t key_len)
{
    memset(h->pad, INNER, sizeof h->pad);
    for (size_t i = 0; i < key_len; i++)
        h->pad[i] ^= key[i];
    d->init(&h->state);
    d->update(&h->state, h->pad, d->block);
}

static void end(const struct digest *d, struct hmac *h, uint8_t *tag)
{
    d->final(&h->state, tag);
    for (size_t i = 0; i < d->block; i++)
        h->pad[i] ^= INNER ^ OUTER;
    d->init(&h->state);
    d->update(&h->state, h->pad, d->block);
    d->update(&h->state, tag, d->size);
    d->final(&h->state, tag);
    wipe(h, sizeof *h);
}

static void hmac(const struct digest *d, uint8_t *tag, const void *key, size_t key_len,
                 const void *data, size_t len)
{
    struct hmac h;
    begin(d, &h, key, key_len);
    d->update(&h.state, data, len);
    end(d, &h, tag);
}

/* Without a salt: that is a key of no bytes, or of zeros. Then T(n) = HMAC(prk, T(n - 1) | info | n). */
static void hkdf(const struct digest *d, uint8_t *out, size_t out_len, const void *secret,
                 size_t secret_len, const void *info, size_t info_len)
{
    uint8_t prk[SHA512_SIZE], t[SHA512_SIZE], n = 0;
    struct hmac h;
    hmac(d, prk, NULL, 0, secret, secret_len);
    while (out_len > 0) {
        size_t take = out_len < d->size ? out_len : d->size;
        begin(d, &h, prk, d->size);
        d->update(&h.state, t, n > 0 ? d->size : 0);
        d->update(&h.state, info, info_len);
        n++;
        d->update(&h.state, &n, 1);
        end(d, &h, t);
        memcpy(out, t, take);
        out += take;
        out_len -= take;
    }
    wipe(prk, sizeof prk);
    wipe(t, sizeof t);
}

void hkdf_sha256(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len)
{
    hkdf(&digest_256, out, out_len, secret, secret_len, info, info_len);
}

void hkdf_sha512(uint8_t *out, size_t out_len, const void *secret, size_t secret_len,
                 const void *info, size_t info_len)
{
    hkdf(&digest_512, out, out_len, secret, secret_len, info, info_len);
}

void hmac_sha256(uint8_t tag[SHA256_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len)
{
    hmac(&digest_256, tag, key, key_len, data, len);
}

void hmac_sha512(uint8_t tag[SHA512_SIZE], const void *key, size_t key_len, const void *data,
                 size_t len)
{
    hmac(&digest_512, tag, key, key_len, data, len);
}
