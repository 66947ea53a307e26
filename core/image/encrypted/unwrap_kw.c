/* AES key wrap (RFC 3394). The secret is the key-encryption key. It must be as long as the image key: imgtool and MCUboot
 * know no other. */
#include "core/image/encrypted/encrypted.h"

static bool unwrap_kw(uint8_t *key, size_t key_len, uint8_t *value,
                      const struct image_secret *secret)
{
    return secret->len == key_len && aes_kw_unwrap(key, key_len, value, secret->bytes, secret->len);
}

const struct image_unwrap image_unwrap_kw = {
    .tlv = IMAGE_TLV_ENC_KW,
    .len_128 = 16 + AES_KW_OVERHEAD,
    .len_256 = 32 + AES_KW_OVERHEAD,
    .open = unwrap_kw,
};
