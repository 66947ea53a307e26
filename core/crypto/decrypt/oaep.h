/* oaep.h - RSAES-OAEP decryption with RSA-2048, SHA-256, MGF1-SHA-256 and an empty label. Wraps BearSSL, constant
 * time, padding check included. */
#ifndef CORE_CRYPTO_DECRYPT_OAEP_H
#define CORE_CRYPTO_DECRYPT_OAEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/crypto/decrypt/key_der.h"

#define RSA2048_SIZE 256u /* bytes of a modulus */

/* Decrypt the 256 bytes at data in place; the plain text is then the first *len bytes. False: it was not encrypted for
 * this key, or the numbers of key are not an RSA-2048 key; the content of data is then undefined. */
bool rsa2048_oaep_decrypt(uint8_t data[RSA2048_SIZE], size_t *len, const struct rsa_secret *key);

#endif
