/* hash.h - SHA-256, SHA-384 and SHA-512, streamed. Wraps BearSSL; a context may be copied as a value. */
#ifndef CORE_CRYPTO_HASH_H
#define CORE_CRYPTO_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SHA256_SIZE 32u
#define SHA384_SIZE 48u
#define SHA512_SIZE 64u

/* Room for the library's context, checked against it in hash.c. */
struct sha256 {
    uint64_t opaque[16];
};

void sha256_init(struct sha256 *h);
void sha256_update(struct sha256 *h, const void *data, size_t len);
void sha256_final(const struct sha256 *h, uint8_t digest[SHA256_SIZE]);

/* SHA-256 in hardware, by the same three calls; state is a struct sha256 of the caller. It hashes one message at a time,
 * and a state cannot be copied. */
struct sha256_unit {
    void (*init)(void *state);
    void (*update)(void *state, const void *data, size_t len);
    void (*final)(const void *state, uint8_t *digest);
    /* False: it has stopped answering since init, and the digest is not valid. The calls return all the same. */
    bool (*answers)(void);
};

/* Does the unit hash a short message as the library does? */
bool sha256_unit_agrees(const struct sha256_unit *unit);

/* SHA-384 and SHA-512 share code and context; init and final must be of the same one. */
struct sha512 {
    uint64_t opaque[32];
};

void sha384_init(struct sha512 *h);
void sha512_init(struct sha512 *h);
void sha512_update(struct sha512 *h, const void *data, size_t len);
void sha384_final(const struct sha512 *h, uint8_t digest[SHA384_SIZE]);
void sha512_final(const struct sha512 *h, uint8_t digest[SHA512_SIZE]);

#endif
