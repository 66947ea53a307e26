/* rig_image.h - for tests and the fuzzer only: images put together by hand. */
#ifndef TESTING_RIG_IMAGE_H
#define TESTING_RIG_IMAGE_H

#include "host/image/build/fresh_key.h"

#define TEST_IMAGE_MAX 4096u

/* An image that can be spoilt and extended. */
struct test_image {
    uint8_t bytes[TEST_IMAGE_MAX];
    uint32_t len;
};

/* A small image with a protected area (security counter, dependency, two custom TLVs), signed by
 * k (NULL: not signed). */
void test_image_make(struct test_image *m, const struct fresh_key *k);

/* Add a TLV at the end of the unprotected area. */
void test_image_append(struct test_image *m, uint16_t type, const void *value, uint16_t len);
/* KEYHASH of k, then its signature of the image hash. */
void test_image_append_signature(struct test_image *m, const struct fresh_key *k);
/* Cut the unprotected area back to its info header. */
void test_image_drop_tlvs(struct test_image *m);

/* Offset of the unprotected area, from the header's own numbers. */
uint32_t test_image_area(const struct test_image *m);
/* Hash of what the header says is hashed. */
void test_image_digest(const struct test_image *m, uint8_t digest[SHA256_SIZE]);

#endif
