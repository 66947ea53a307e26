/* AES key unwrap, RFC 3394 2.2.2. BearSSL has AES, but not this mode. */
#include <string.h>

#include <bearssl_block.h>

#include "core/base/bytes.h"
#include "core/crypto/decrypt/aes.h"
#include "core/crypto/wipe.h"

#define SEMIBLOCK 8u /* RFC 3394's unit: half a block */
#define ROUNDS    6u

/* Decrypt one block: CBC with a zero IV. */
static void decrypt_block(const br_aes_ct_cbcdec_keys *ctx, uint8_t block[AES_BLOCK_SIZE])
{
    uint8_t iv[AES_BLOCK_SIZE] = {0};
    br_aes_ct_cbcdec_run(ctx, iv, block, AES_BLOCK_SIZE);
}

bool aes_kw_unwrap(uint8_t *key, size_t key_len, const uint8_t *wrapped, const uint8_t *kek,
                   size_t kek_len)
{
    static const uint8_t expected[SEMIBLOCK] = {0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6};
    size_t n = key_len / SEMIBLOCK;
    br_aes_ct_cbcdec_keys ctx;
    uint8_t block[AES_BLOCK_SIZE];
    br_aes_ct_cbcdec_init(&ctx, kek, kek_len);
    memcpy(block, wrapped, SEMIBLOCK);
    memcpy(key, wrapped + SEMIBLOCK, key_len);
    for (size_t t = ROUNDS * n; t > 0; t--) {
        uint8_t *r = key + (t - 1) % n * SEMIBLOCK;
        block[SEMIBLOCK - 1] ^= (uint8_t)t; /* t is at most 24 */
        memcpy(block + SEMIBLOCK, r, SEMIBLOCK);
        decrypt_block(&ctx, block);
        memcpy(r, block + SEMIBLOCK, SEMIBLOCK);
    }
    bool ok = bytes_equal_ct(block, expected, SEMIBLOCK);
    if (!ok)
        wipe(key, key_len);
    wipe(block, sizeof block);
    wipe(&ctx, sizeof ctx);
    return ok;
}
