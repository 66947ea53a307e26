/* image_part.h - is a program for the part on which it shall run? */
#ifndef HOST_IMAGE_IMAGE_PART_H
#define HOST_IMAGE_IMAGE_PART_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/image/image.h"
#include "core/soc/soc.h"

/* Check the program of an image (or of a future one), which begins with its vectors: len bytes at program, which may
 * hold anything. file names it in errors; by says what requires the part: "'board.dtb' is for the stm32h723".
 * CLI_DONE: it fits, or it does not name its part; CLI_REFUSED, with the error printed: its mark names another part,
 * or it has no mark and its vectors point outside the part's memories. */
MUST_CHECK int image_part_check(const char *file, const uint8_t *program, size_t len,
                                const struct soc *soc, const char *by);

/* The vector table must begin where the header ends. CLI_REFUSED, with the error printed: program begins with the rest of a
 * room that was made for a larger header, and the table stands behind it. What has no vectors at all says nothing. */
MUST_CHECK int image_vectors_check(const char *file, const uint8_t *program, size_t len,
                                   uint32_t hdr_size);
/* The same of an image, if it is in clear; len bytes at image, with header h. */
MUST_CHECK int image_vectors_check_image(const char *file, const uint8_t *image, size_t len,
                                         const struct image_header *h);

/* Does a program begin with what a stack pointer and a reset vector look like? */
bool image_has_vectors(const uint8_t *program, size_t len);

/* CLI_REFUSED, with the error printed: behind a header of this size VTOR cannot take the address of the table. what names it for people:
 * "app.bin: the header". */
MUST_CHECK int image_header_suits(const char *what, uint32_t hdr_size, const struct soc *soc);

#endif
