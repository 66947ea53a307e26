/* internal.h - between the files of core/image/; not for others. */
#ifndef CORE_IMAGE_INTERNAL_H
#define CORE_IMAGE_INTERNAL_H

#include "core/image/image.h"

#define IMAGE_FLAGS_ENCRYPTED ((uint32_t)IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256)

/* The kind of image that a policy asks for: scheme_one.c or scheme_any.c. */
const struct image_scheme *scheme_of(const struct image_policy *policy);

void image_version_decode(struct image_version *v, const uint8_t bytes[8]);
void image_version_encode(const struct image_version *v, uint8_t bytes[8]);

/* The sizes in h leave room for both TLV areas' info headers at or below limit, without wrapping. */
MUST_CHECK enum image_fault image_header_sizes(const struct image_header *h, uint32_t limit);

MUST_CHECK enum image_fault image_header_check(const uint8_t bytes[IMAGE_HEADER_SIZE],
                                               uint32_t limit, uint32_t flags,
                                               struct image_header *h);

/* image_read_header that also tells what the source said; *err is written with
 * IMAGE_FAULT_READ at least. flags: see image_scheme. */
MUST_CHECK enum image_fault image_header_load(const struct image_source *s, uint32_t limit,
                                              uint32_t flags, struct image_header *h,
                                              enum err *err);

#endif
