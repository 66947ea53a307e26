/* image_part.h - is a program for the part on which it shall run? */
#ifndef HOST_IMAGE_IMAGE_PART_H
#define HOST_IMAGE_IMAGE_PART_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/soc/soc.h"

/* The program of an image, or of what will be one, begins with its vectors: len bytes at program, which may hold anything. file names
 * it for people; by says who wants the part: "'board.dtb' is for the stm32h723". CLI_DONE: it fits, or it does not say; CLI_REFUSED, with
 * the error printed: its mark names another part, or it has none and its vectors point to what the part has not. */
MUST_CHECK int image_part_check(const char *file, const uint8_t *program, size_t len,
                                const struct soc *soc, const char *by);

#endif
