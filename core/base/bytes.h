/* bytes.h - byte order and comparison, for data at any address. */
#ifndef CORE_BASE_BYTES_H
#define CORE_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline uint16_t get_le16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t get_le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint16_t get_be16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

static inline uint32_t get_be32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | (uint32_t)p[3];
}

static inline void put_le16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
}

static inline void put_le32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)v;
    p[1] = (uint8_t)(v >> 8);
    p[2] = (uint8_t)(v >> 16);
    p[3] = (uint8_t)(v >> 24);
}

static inline void put_be16(uint8_t *p, uint16_t v)
{
    p[0] = (uint8_t)(v >> 8);
    p[1] = (uint8_t)v;
}

static inline void put_be32(uint8_t *p, uint32_t v)
{
    put_be16(p, (uint16_t)(v >> 16));
    put_be16(p + 2, (uint16_t)v);
}

/* v rounded up / down to a multiple of a. a is a power of two; rounding up must not wrap. */
static inline uint32_t round_up32(uint32_t v, uint32_t a)
{
    return (v + a - 1) & ~(a - 1);
}

static inline uint32_t round_down32(uint32_t v, uint32_t a)
{
    return v & ~(a - 1);
}

static inline bool is_multiple(uint32_t v, uint32_t power_of_two)
{
    return (v & (power_of_two - 1)) == 0;
}

/* True if len bytes at p all equal value. */
bool bytes_all(const void *p, uint8_t value, size_t len);

/* True if len bytes are equal; the time taken depends on len only. */
bool bytes_equal_ct(const void *a, const void *b, size_t len);

#endif
