/* base64.h - base64 with the standard alphabet and padding (RFC 4648, section 4). */
#ifndef CORE_SMP_WIRE_BASE64_H
#define CORE_SMP_WIRE_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Characters that encode n bytes, padding included. */
#define BASE64_LEN(n) (((n) + 2) / 3 * 4)

/* Writes BASE64_LEN(len) characters, no NUL; returns how many. */
size_t base64_encode(char *dst, const uint8_t *src, size_t len);

/* A decoder that takes one character per call. Its initial state is all zeros. */
struct base64_decoder {
    uint32_t bits;
    uint8_t count; /* characters of the current group of four, padding included */
    uint8_t pad;   /* '=' seen */
};

/* Take one character. Returns the number of bytes (0..3) that it completed and that are in out; -1 if c is not allowed
 * here: the decoder must then be set to zero. */
int base64_put(struct base64_decoder *d, char c, uint8_t out[3]);

/* True if the text so far is a complete base64 string (also an empty one). */
bool base64_whole(const struct base64_decoder *d);

#endif
