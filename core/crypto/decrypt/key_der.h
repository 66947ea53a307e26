/* key_der.h - read private keys in DER, as `getpriv` and MCUboot's tools embed them. They are compiled in and so
 * trusted, but a wrong file must be refused. The outer SEQUENCE must end where the bytes end. */
#ifndef CORE_CRYPTO_DECRYPT_KEY_DER_H
#define CORE_CRYPTO_DECRYPT_KEY_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A number inside the DER bytes. */
struct der_span {
    const uint8_t *bytes;
    size_t len;
};

/* PKCS#8 of a P-256 key (full or `--minimal`): the 32 bytes of the private number, or NULL. */
const uint8_t *key_der_p256(const uint8_t *der, size_t len);

/* PKCS#8 of an X25519 key: its 32 bytes, or NULL. */
const uint8_t *key_der_x25519(const uint8_t *der, size_t len);

/* The numbers of a private RSA operation, by their names in PKCS#1 RSAPrivateKey, without leading zeros. */
struct rsa_secret {
    struct der_span p, q, dp, dq, iq;
};

/* PKCS#1 RSAPrivateKey with a modulus of 2048 bits and two primes of 1024. A key without dp, dq and iq
 * (`getpriv --minimal`) is refused. */
bool key_der_rsa2048(const uint8_t *der, size_t len, struct rsa_secret *key);

#endif
