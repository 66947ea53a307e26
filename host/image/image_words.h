/* image_words.h - what stands in an image, in words; for dumpinfo and diff. */
#ifndef HOST_IMAGE_IMAGE_WORDS_H
#define HOST_IMAGE_IMAGE_WORDS_H

#include "host/image/image_check.h"

/* The flags by name, separated by spaces; "" for none. */
const char *header_flags_text(uint32_t flags);

/* A TLV's value in words; NULL where it is just bytes. */
const char *image_tlv_meaning(uint16_t type, const uint8_t *value, uint16_t len);

/* Lines for a person who asks what this file is: its version, what protects it, which key accepts it.
 * The last is NULL. */
#define IMAGE_SUMMARY_MAX 8u
void image_summary(const struct cli_blob *b, const struct image_header *h,
                   const char *lines[IMAGE_SUMMARY_MAX + 1]);

#endif
