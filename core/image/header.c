#include "core/base/bytes.h"
#include "core/base/log.h"
#include "core/base/product.h"
#include "core/image/image.h"
#include "core/image/internal.h"

/* Byte offsets of the header's fields; SPEC.md has the table. */
enum {
    AT_MAGIC = 0,
    AT_LOAD_ADDR = 4,
    AT_HDR_SIZE = 8,
    AT_PROTECTED_SIZE = 10,
    AT_IMG_SIZE = 12,
    AT_FLAGS = 16,
    AT_MAJOR = 20,
    AT_MINOR = 21,
    AT_REVISION = 22,
    AT_BUILD = 24,
    AT_PAD = 28,
};

#define ERASED_MAGIC 0xffffffffu

int image_version_compare(const struct image_version *a, const struct image_version *b)
{
    if (a->major != b->major)
        return a->major < b->major ? -1 : 1;
    if (a->minor != b->minor)
        return a->minor < b->minor ? -1 : 1;
    if (a->revision != b->revision)
        return a->revision < b->revision ? -1 : 1;
    return 0;
}

void image_version_print(char *dst, size_t cap, const struct image_version *v, char separator)
{
    size_t n = fmt_print(dst, cap, "%u.%u.%u", (unsigned)v->major, (unsigned)v->minor,
                         (unsigned)v->revision);
    if (v->build != 0 && n < cap)
        fmt_print(dst + n, cap - n, "%c%lu", separator, (unsigned long)v->build);
}

void image_version_decode(struct image_version *v, const uint8_t bytes[8])
{
    v->major = bytes[0];
    v->minor = bytes[1];
    v->revision = get_le16(bytes + 2);
    v->build = get_le32(bytes + 4);
}

void image_version_encode(const struct image_version *v, uint8_t bytes[8])
{
    bytes[0] = v->major;
    bytes[1] = v->minor;
    put_le16(bytes + 2, v->revision);
    put_le32(bytes + 4, v->build);
}

bool image_header_decode(struct image_header *h, const uint8_t bytes[IMAGE_HEADER_SIZE])
{
    if (get_le32(bytes + AT_MAGIC) != IMAGE_MAGIC)
        return false;
    h->load_addr = get_le32(bytes + AT_LOAD_ADDR);
    h->hdr_size = get_le16(bytes + AT_HDR_SIZE);
    h->protected_size = get_le16(bytes + AT_PROTECTED_SIZE);
    h->img_size = get_le32(bytes + AT_IMG_SIZE);
    h->flags = get_le32(bytes + AT_FLAGS);
    image_version_decode(&h->version, bytes + AT_MAJOR);
    return true;
}

void image_header_encode(const struct image_header *h, uint8_t bytes[IMAGE_HEADER_SIZE])
{
    put_le32(bytes + AT_MAGIC, IMAGE_MAGIC);
    put_le32(bytes + AT_LOAD_ADDR, h->load_addr);
    put_le16(bytes + AT_HDR_SIZE, h->hdr_size);
    put_le16(bytes + AT_PROTECTED_SIZE, h->protected_size);
    put_le32(bytes + AT_IMG_SIZE, h->img_size);
    put_le32(bytes + AT_FLAGS, h->flags);
    image_version_encode(&h->version, bytes + AT_MAJOR);
    put_le32(bytes + AT_PAD, 0);
}

/* Compressed images are refused, and encrypted ones unless the product accepts them: the bytes in the slot are not
 * those that are hashed and run. Other flags, unknown ones included, do not matter to a bootloader. */
static bool flags_supported(uint32_t flags, uint32_t allowed)
{
    const uint32_t refused = IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256 |
                             IMAGE_FLAG_COMPRESSED_LZMA1 | IMAGE_FLAG_COMPRESSED_LZMA2 |
                             IMAGE_FLAG_COMPRESSED_ARM_THUMB;
    const uint32_t built_in = product.encrypted_images ? IMAGE_FLAGS_ENCRYPTED : 0;
    return (flags & refused & ~allowed & ~built_in) == 0;
}

enum image_fault image_header_sizes(const struct image_header *h, uint32_t limit)
{
    if (h->hdr_size < IMAGE_HEADER_SIZE)
        return IMAGE_FAULT_HEADER_SIZE;
    /* hdr_size and protected_size are below 64 KiB: their sum cannot wrap. */
    uint32_t around = (uint32_t)h->hdr_size + h->protected_size + IMAGE_TLV_INFO_SIZE;
    if (h->img_size > UINT32_MAX - around)
        return IMAGE_FAULT_SIZE_OVERFLOW;
    return h->img_size + around <= limit ? IMAGE_FAULT_NONE : IMAGE_FAULT_TOO_LARGE;
}

enum image_fault image_header_check(const uint8_t bytes[IMAGE_HEADER_SIZE], uint32_t limit,
                                    uint32_t flags, struct image_header *h)
{
    if (!image_header_decode(h, bytes))
        return get_le32(bytes) == ERASED_MAGIC ? IMAGE_FAULT_NO_IMAGE : IMAGE_FAULT_MAGIC;
    enum image_fault fault = image_header_sizes(h, limit);
    if (fault != IMAGE_FAULT_NONE)
        return fault;
    return flags_supported(h->flags, flags) ? IMAGE_FAULT_NONE : IMAGE_FAULT_FLAGS;
}

enum image_fault image_header_load(const struct image_source *s, uint32_t limit, uint32_t flags,
                                   struct image_header *h, enum err *err)
{
    uint8_t bytes[IMAGE_HEADER_SIZE];
    if (limit > s->size)
        limit = s->size;
    if (limit < sizeof bytes)
        return IMAGE_FAULT_TOO_LARGE;
    *err = image_source_read(s, 0, bytes, sizeof bytes);
    if (*err != ERR_OK)
        return IMAGE_FAULT_READ;
    return image_header_check(bytes, limit, flags, h);
}

enum image_fault image_read_header(const struct image_source *s, uint32_t limit,
                                   struct image_header *h)
{
    enum err err;
    return image_header_load(s, limit, IMAGE_FLAGS_ENCRYPTED, h, &err);
}
