/* source.h - where the bytes of an image come from: a slot, a file, a fuzzer's buffer. */
#ifndef CORE_IMAGE_SOURCE_H
#define CORE_IMAGE_SOURCE_H

#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"

/* read copies len bytes at off to dst. off + len never exceeds size (image code checks first).
 * A read error is returned as it is; ERR_UNREADABLE for a flash word that does not decode. */
struct image_source {
    enum err (*read)(const struct image_source *s, uint32_t off, void *dst, uint32_t len);
    const void *ctx;
    uint32_t size; /* bytes that may be read, from the start of the image header */
};

/* A source over size bytes in memory. */
struct image_source image_source_memory(const void *bytes, uint32_t size);

/* s->read with the range checked: ERR_RANGE if [off, off + len) leaves the source or wraps. */
MUST_CHECK enum err image_source_read(const struct image_source *s, uint32_t off, void *dst,
                                      uint32_t len);

#endif
