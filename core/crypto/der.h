/* der.h - elements of DER out of hostile bytes: the one spelling that each has, and no other. */
#ifndef CORE_CRYPTO_DER_H
#define CORE_CRYPTO_DER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The header of the element at *at, which must have the tag of a SEQUENCE, and a length of at most two octets that does
 * not run past end. The length in *len; *at moves to the content. */
bool der_take_sequence(const uint8_t **at, const uint8_t *end, size_t *len);

/* A positive INTEGER: its bytes without the zero that keeps it positive in *value, their number in *len; *at moves
 * behind it. */
bool der_take_positive(const uint8_t **at, const uint8_t *end, const uint8_t **value, size_t *len);

#endif
