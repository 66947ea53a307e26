/* board_files.h - what a person loads into a virtual board. All print their error and return an exit code. */
#ifndef HOST_BOARD_BOARD_FILES_H
#define HOST_BOARD_BOARD_FILES_H

#include "vboard/vboard.h"

/* FILE[@ADDRESS]: ELF, HEX, or a raw binary, which the address may follow. */
MUST_CHECK int board_load_program(struct vboard *v, const char *text);
/* Split FILE[@ADDRESS]; without an address *address is the start of the flash. CLI_USAGE: the address is not a
 * number. */
MUST_CHECK int board_split(const char *text, const char **path, uint64_t *address);
/* Load the flash file; if it does not exist, the flash stays erased. */
MUST_CHECK int board_load_flash(struct vboard *v, const char *path);
/* CLI_DONE if no running board uses the file as its flash, or if there is no such file. */
MUST_CHECK int board_flash_is_free(const char *path);
/* Write the contents of v's flash to the file, and map the file as the flash from now on (vboard_flash_map). */
MUST_CHECK int board_keep_flash(struct vboard *v, const char *path);
MUST_CHECK int board_save_flash(const struct vboard *v, const char *path);
/* Bytes. */
uint32_t board_flash_size(const struct vboard *v);

#endif
