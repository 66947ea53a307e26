/* internal.h - shared by the files of core/image/ only. */
#ifndef CORE_IMAGE_INTERNAL_H
#define CORE_IMAGE_INTERNAL_H

#include "core/image/image.h"

#define IMAGE_FLAGS_ENCRYPTED ((uint32_t)IMAGE_FLAG_ENCRYPTED_AES128 | IMAGE_FLAG_ENCRYPTED_AES256)

/* The scheme of a policy: scheme_one.c on a device, scheme_any.c on a host. */
const struct image_scheme *scheme_of(const struct image_policy *policy);

void image_version_decode(struct image_version *v, const uint8_t bytes[8]);
void image_version_encode(const struct image_version *v, uint8_t bytes[8]);

/* Check that the sizes in h do not wrap, and leave room for the info headers of the TLV areas below limit. */
MUST_CHECK enum image_fault image_header_sizes(const struct image_header *h, uint32_t limit);

/* Decode and check the bytes of a header. flags: header flags that are accepted (image_scheme.flags). */
MUST_CHECK enum image_fault image_header_check(const uint8_t bytes[IMAGE_HEADER_SIZE],
                                               uint32_t limit, uint32_t flags,
                                               struct image_header *h);

/* image_read_header that also returns the error of the source: *err is set at least with IMAGE_FAULT_READ. flags: see
 * image_scheme. */
MUST_CHECK enum image_fault image_header_load(const struct image_source *s, uint32_t limit,
                                              uint32_t flags, struct image_header *h,
                                              enum err *err);

#endif
