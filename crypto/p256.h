/* p256.h - which of the library's implementations of the curve is linked; not for other rooms. The build chooses the
 * file (p256_small.c or p256_fast.c); DESIGN.md has the sizes and the speeds. */
#ifndef CRYPTO_P256_H
#define CRYPTO_P256_H

#include <bearssl_ec.h>

extern const br_ec_impl *const p256;

#endif
