/* aes.h - AES-CTR as MCUboot encrypts a payload, and AES key unwrap (RFC 3394). Wraps BearSSL's bitsliced AES: no
 * table is looked up by key or data. Keys of 16 or 32 bytes. */
#ifndef CORE_CRYPTO_DECRYPT_AES_H
#define CORE_CRYPTO_DECRYPT_AES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AES_BLOCK_SIZE  16u
#define AES_KEY_MAX     32u
#define AES_KW_OVERHEAD 8u /* a wrapped key is so much longer than the key */

/* Encrypt or decrypt len bytes at data, in place. The counter block of byte p is 12 zeros and p / 16, big-endian, so
 * at, where data begins, may be anything; at + len must not wrap. */
void aes_ctr_xor(const uint8_t *key, size_t key_len, uint32_t at, void *data, size_t len);

/* RFC 3394 with its default initial value: wrapped is key_len + 8 bytes. False if its integrity check fails, and
 * key is then zeros. key_len is 16 or 32, as is kek_len. */
bool aes_kw_unwrap(uint8_t *key, size_t key_len, const uint8_t *wrapped, const uint8_t *kek,
                   size_t kek_len);

#endif
