/* ed25519.h - Ed25519 verification (RFC 8032, "pure"). The message is streamed through SHA-512, so that it need not be
 * in one buffer. The curve is libsodium's, the hash BearSSL's. Takes variable time: for public data only. */
#ifndef CORE_CRYPTO_ED25519_H
#define CORE_CRYPTO_ED25519_H

#include <stdbool.h>

#include "core/crypto/hash.h"

#define ED25519_PUBLIC_SIZE 32u
#define ED25519_SIG_SIZE    64u /* R, S */

/* A public key as MCUboot embeds and hashes it: SubjectPublicKeyInfo in DER, always this prefix and the 32 bytes. */
#define ED25519_SPKI_PREFIX_SIZE 12u
#define ED25519_SPKI_SIZE        (ED25519_SPKI_PREFIX_SIZE + ED25519_PUBLIC_SIZE)
extern const uint8_t ed25519_spki_prefix[ED25519_SPKI_PREFIX_SIZE];

/* Begin to verify sig with key. Then the caller adds the message to h with sha512_update. */
void ed25519_begin(struct sha512 *h, const uint8_t key[ED25519_PUBLIC_SIZE],
                   const uint8_t sig[ED25519_SIG_SIZE]);

/* True if sig is a signature of the message in h. False, too, if S is not below the group order or key is not a point
 * of the curve. */
bool ed25519_end(const struct sha512 *h, const uint8_t key[ED25519_PUBLIC_SIZE],
                 const uint8_t sig[ED25519_SIG_SIZE]);

/* ---- the group's order, 2^252 + 27742317777372353535851937790883648493; numbers are little-endian ---- */

/* out = in modulo the order. */
void ed25519_reduce(uint8_t out[32], const uint8_t in[64]);
bool ed25519_is_reduced(const uint8_t s[32]);

#endif
