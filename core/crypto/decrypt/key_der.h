/* key_der.h - private keys as `getpriv` and MCUboot's tools embed them, in DER. They are compiled in and not
 * hostile, but a wrong file must be refused and not run with. The outer SEQUENCE must end where the bytes end. */
#ifndef CORE_CRYPTO_DECRYPT_KEY_DER_H
#define CORE_CRYPTO_DECRYPT_KEY_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of a number or a string inside the key; they point into it. */
struct der_span {
    const uint8_t *bytes;
    size_t len;
};

/* PKCS#8 of a P-256 key (full or `--minimal`): the 32 bytes of the private number, or NULL. */
const uint8_t *key_der_p256(const uint8_t *der, size_t len);

/* PKCS#8 of an X25519 key: its 32 bytes, or NULL. */
const uint8_t *key_der_x25519(const uint8_t *der, size_t len);

/* What an RSA private operation needs, as PKCS#1 RSAPrivateKey names it. Numbers without leading zeros. */
struct rsa_secret {
    struct der_span p, q, dp, dq, iq;
};

/* PKCS#1 RSAPrivateKey with a modulus of 2048 bits and two primes of 1024. A key without dp, dq and iq
 * (`getpriv --minimal`) is refused. */
bool key_der_rsa2048(const uint8_t *der, size_t len, struct rsa_secret *key);

#endif
