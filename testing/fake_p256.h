/* fake_p256.h - stands in for P-256: a message code that is quick to make and to check, so that whole updates with
 * signed images take a thousandth of the time. Only a signature by fake_p256_signer verifies.
 * A program that links it has no other ecdsa_p256_verify. */
#ifndef TESTING_FAKE_P256_H
#define TESTING_FAKE_P256_H

#include "host/image/build/build.h"

/* The public key number 0 or 1, as SubjectPublicKeyInfo. Static storage. */
struct image_key fake_p256_key(unsigned number);

/* Signs with that key; lives as long as the program. */
const struct image_signer *fake_p256_signer(unsigned number);

#endif
