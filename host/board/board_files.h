/* board_files.h - what a person loads into a virtual board. All print their error and return an exit code. */
#ifndef HOST_BOARD_BOARD_FILES_H
#define HOST_BOARD_BOARD_FILES_H

#include "vboard/vboard.h"

/* FILE[@ADDRESS]: ELF, HEX, or a raw binary, which the address may follow. */
MUST_CHECK int board_load_program(struct vboard *v, const char *text);
/* The flash file; one that does not exist leaves the flash erased. */
MUST_CHECK int board_load_flash(struct vboard *v, const char *path);
MUST_CHECK int board_save_flash(const struct vboard *v, const char *path);

#endif
