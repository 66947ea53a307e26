/* SHA-256 for little flash [FIPS 180-4, 5.1.1, 5.3.3, 6.2]: the rounds in a loop where the library has eight in a row, 800
 * bytes less in all. sha256_fast.c is the same door to the library. */
#include <assert.h>
#include <string.h>

#include "core/base/bytes.h"
#include "core/base/compiler.h"
#include "core/crypto/hash.h"

#define BLOCK 64u

/* Lives in a struct sha256, or in what another room keeps for any hash. */
struct MAY_ALIAS state {
    uint32_t h[8];
    uint64_t len; /* bytes so far; the block holds len % BLOCK of them */
    uint8_t block[BLOCK];
};

static_assert(sizeof(struct state) <= sizeof(struct sha256), "struct sha256 is too small");

static const uint32_t k[64] = {
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static const uint32_t initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

static uint32_t rotated(uint32_t v, unsigned n)
{
    return v >> n | v << (32 - n);
}

static void compress(struct state *s)
{
    uint32_t w[64];
    uint32_t a = s->h[0], b = s->h[1], c = s->h[2], d = s->h[3];
    uint32_t e = s->h[4], f = s->h[5], g = s->h[6], last = s->h[7];
    for (unsigned i = 0; i < 16; i++)
        w[i] = get_be32(s->block + 4 * i);
    for (uint32_t *to = w + 16; to < w + 64; to++)
        to[0] = to[-16] + (rotated(to[-15], 7) ^ rotated(to[-15], 18) ^ to[-15] >> 3) + to[-7] +
                (rotated(to[-2], 17) ^ rotated(to[-2], 19) ^ to[-2] >> 10);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t t = last + (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) +
                     (g ^ (e & (f ^ g))) + k[i] + w[i];
        last = g, g = f, f = e, e = d + t;
        t += (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) + ((a & b) | (c & (a | b)));
        d = c, c = b, b = a, a = t;
    }
    const uint32_t v[8] = {a, b, c, d, e, f, g, last};
    for (unsigned i = 0; i < 8; i++)
        s->h[i] += v[i];
}

void sha256_init(struct sha256 *h)
{
    struct state *s = (struct state *)(void *)h;
    memcpy(s->h, initial, sizeof initial);
    s->len = 0;
}

static void update(struct state *s, const uint8_t *data, size_t len)
{
    while (len > 0) {
        size_t used = s->len % BLOCK, n = len < BLOCK - used ? len : BLOCK - used;
        memcpy(s->block + used, data, n);
        s->len += n;
        data += n;
        len -= n;
        if (used + n == BLOCK)
            compress(s);
    }
}

void sha256_update(struct sha256 *h, const void *data, size_t len)
{
    update((struct state *)(void *)h, data, len);
}

void sha256_final(const struct sha256 *h, uint8_t digest[SHA256_SIZE])
{
    struct state s = *(const struct state *)(const void *)h;
    uint8_t end[BLOCK + 8] = {0x80};
    size_t padding = BLOCK - (s.len + 8) % BLOCK;
    put_be32(end + padding, (uint32_t)(s.len >> 29));
    put_be32(end + padding + 4, (uint32_t)s.len << 3);
    update(&s, end, padding + 8);
    for (unsigned i = 0; i < 8; i++)
        put_be32(digest + 4 * i, s.h[i]);
}
