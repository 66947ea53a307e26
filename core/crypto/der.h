/* der.h - read DER elements from untrusted bytes. Only the canonical encoding is accepted. */
#ifndef CORE_CRYPTO_DER_H
#define CORE_CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Take the header of a SEQUENCE at *at. Its length must have at most two octets and must not run past end. *len is the
 * length; *at moves to the content. */
bool der_take_sequence(const uint8_t **at, const uint8_t *end, size_t *len);

/* Take a positive INTEGER. *value and *len: its bytes without the leading zero of the sign; *at moves behind it. */
bool der_take_positive(const uint8_t **at, const uint8_t *end, const uint8_t **value, size_t *len);

#endif
