/* board_files.h - what a person loads into a virtual board. All print their error and return an exit code. */
#ifndef HOST_BOARD_BOARD_FILES_H
#define HOST_BOARD_BOARD_FILES_H

#include "vboard/vboard.h"

/* FILE[@ADDRESS]: ELF, HEX, or a raw binary, which the address may follow. */
MUST_CHECK int board_load_program(struct vboard *v, const char *text);
/* The two parts of such a text; without an address *address is where flash begins. CLI_USAGE: the address is none. */
MUST_CHECK int board_split(const char *text, const char **path, uint64_t *address);
/* The flash file; one that does not exist leaves the flash erased. */
MUST_CHECK int board_load_flash(struct vboard *v, const char *path);
/* No board that runs has the file for its flash, or there is no such file. */
MUST_CHECK int board_flash_is_free(const char *path);
/* Write what v's flash holds to the file, and let the file be the flash from now on (vboard_flash_map). */
MUST_CHECK int board_keep_flash(struct vboard *v, const char *path);
MUST_CHECK int board_save_flash(const struct vboard *v, const char *path);
/* Bytes. */
uint32_t board_flash_size(const struct vboard *v);

#endif
