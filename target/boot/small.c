/* The string functions of C, small instead of fast: newlib's take 1.8 KB of the 24 KB that the
 * bootloader has. Linked before the library, so the library's stay out.
 * Built with -fno-builtin and without loop idioms, or the compiler would call memcpy in memcpy. */
#include <stdint.h>
#include <string.h>

#include "core/base/compiler.h"

typedef uint32_t MAY_ALIAS word;

/* Words where everything is aligned: what the signature's arithmetic and the hash copy all day. */
void *memcpy(void *restrict dst, const void *restrict src, size_t len)
{
    char *d = dst;
    const char *s = src;
    if ((((uintptr_t)d | (uintptr_t)s | len) & 3) == 0)
        for (; len > 0; len -= 4, d += 4, s += 4)
            *(word *)(void *)d = *(const word *)(const void *)s;
    for (; len > 0; len--)
        *d++ = *s++;
    return dst;
}

void *memmove(void *dst, const void *src, size_t len)
{
    char *d = dst;
    const char *s = src;
    if (d <= s)
        return memcpy(dst, src, len);
    while (len-- > 0)
        d[len] = s[len];
    return dst;
}

void *memset(void *dst, int value, size_t len)
{
    for (char *d = dst; len > 0; len--)
        *d++ = (char)value;
    return dst;
}

int memcmp(const void *a, const void *b, size_t len)
{
    for (const unsigned char *x = a, *y = b; len > 0; len--, x++, y++)
        if (*x != *y)
            return *x - *y;
    return 0;
}

int strcmp(const char *a, const char *b)
{
    while (*a && *a == *b)
        a++, b++;
    return (unsigned char)*a - (unsigned char)*b;
}

size_t strlen(const char *s)
{
    const char *end = s;
    while (*end)
        end++;
    return (size_t)(end - s);
}
