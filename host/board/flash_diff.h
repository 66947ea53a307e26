/* flash_diff.h - what differs between the flash of two boards, for people and as JSON. */
#ifndef HOST_BOARD_FLASH_DIFF_H
#define HOST_BOARD_FLASH_DIFF_H

#include "vboard/vboard.h"

/* CLI_DONE: equal. CLI_REFUSED: they differ, and how is printed. */
int flash_diff(const struct vboard *a, const struct vboard *b);

#endif
