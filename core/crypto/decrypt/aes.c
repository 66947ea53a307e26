#include "core/crypto/decrypt/aes.h"

#include <string.h>

#include <bearssl_block.h>

#include "core/crypto/wipe.h"

static const uint8_t nonce[12];

void aes_ctr_xor(const uint8_t *key, size_t key_len, uint32_t at, void *data, size_t len)
{
    br_aes_ct_ctr_keys ctx;
    uint8_t *to = data;
    br_aes_ct_ctr_init(&ctx, key, key_len);
    if (at % AES_BLOCK_SIZE != 0 && len > 0) {
        uint8_t stream[AES_BLOCK_SIZE] = {0};
        (void)br_aes_ct_ctr_run(&ctx, nonce, at / AES_BLOCK_SIZE, stream, sizeof stream);
        for (; at % AES_BLOCK_SIZE != 0 && len > 0; at++, len--)
            *to++ ^= stream[at % AES_BLOCK_SIZE];
        wipe(stream, sizeof stream);
    }
    if (len > 0)
        (void)br_aes_ct_ctr_run(&ctx, nonce, at / AES_BLOCK_SIZE, to, len);
    wipe(&ctx, sizeof ctx);
}
