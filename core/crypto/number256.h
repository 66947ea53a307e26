/* number256.h - numbers of 256 bits, and their arithmetic below a modulus: what p256_small.c stands on. It takes as long as
 * the numbers make it take, so it is for public ones. */
#ifndef CORE_CRYPTO_NUMBER256_H
#define CORE_CRYPTO_NUMBER256_H

#include <stdbool.h>
#include <stdint.h>

#define NUMBER256_BITS  256u
#define NUMBER256_WORDS 8u

typedef uint32_t number256[NUMBER256_WORDS]; /* the lowest word first */

struct modulus256 {
    number256 m;  /* above 2^255, odd; its lowest word at least 2 */
    uint32_t m0i; /* -1/m modulo 2^32 */
};

/* 32 bytes, big-endian, as they come in points, digests and signatures. */
void number_load(uint32_t *d, const uint8_t *bytes);
bool number_is_zero(const uint32_t *a);
bool number_bit(const uint32_t *a, unsigned i);

/* d, a and b are below f's modulus and may be the same, but where it says otherwise. */

bool mod_is_below(const uint32_t *a, const struct modulus256 *f); /* of any a */

/* d less the modulus if it is not below it. d is below twice the modulus, its bit 256 in carry. */
void mod_reduce(uint32_t *d, uint32_t carry, const struct modulus256 *f);

void mod_add(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f);
void mod_sub(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f);

/* a * b / 2^256: of two numbers in Montgomery's form, which is the number times 2^256, the product in that form. */
void mod_mul(uint32_t *d, const uint32_t *a, const uint32_t *b, const struct modulus256 *f);

/* d = 1 in Montgomery's form. */
void mod_one(uint32_t *d, const struct modulus256 *f);
/* d into Montgomery's form. */
void mod_to_montgomery(uint32_t *d, const struct modulus256 *f);
/* d = 1/d, both in Montgomery's form, of a prime modulus; 0 of 0. */
void mod_invert(uint32_t *d, const struct modulus256 *f);

#endif
