#include "core/image/source.h"

#include <string.h>

static enum err memory_read(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    memcpy(dst, (const uint8_t *)s->ctx + off, len);
    return ERR_OK;
}

struct image_source image_source_memory(const void *bytes, uint32_t size)
{
    return (struct image_source){.read = memory_read, .ctx = bytes, .size = size};
}

enum err image_source_read(const struct image_source *s, uint32_t off, void *dst, uint32_t len)
{
    if (off > s->size || len > s->size - off)
        return ERR_RANGE;
    if (len == 0)
        return ERR_OK;
    return s->read(s, off, dst, len);
}
