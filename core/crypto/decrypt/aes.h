/* aes.h - AES-CTR as MCUboot encrypts a payload, and AES key unwrap (RFC 3394). Wraps BearSSL's bitsliced AES, which
 * has no table lookups by key or data. Keys of 16 or 32 bytes. */
#ifndef CORE_CRYPTO_DECRYPT_AES_H
#define CORE_CRYPTO_DECRYPT_AES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define AES_BLOCK_SIZE  16u
#define AES_KEY_MAX     32u
#define AES_KW_OVERHEAD 8u /* bytes by which a wrapped key is longer than the key */

/* Encrypt or decrypt len bytes at data, in place; at is the offset of data in the payload, any number. The counter
 * block of payload byte p is 12 zeros and p / 16, big-endian. at + len must not wrap. */
void aes_ctr_xor(const uint8_t *key, size_t key_len, uint32_t at, void *data, size_t len);

/* Unwrap a key (RFC 3394 with the default initial value): wrapped has key_len + 8 bytes. False if the integrity check
 * fails; key is then zeros. key_len and kek_len are 16 or 32. */
bool aes_kw_unwrap(uint8_t *key, size_t key_len, const uint8_t *wrapped, const uint8_t *kek,
                   size_t kek_len);

#endif
