/* board_flash.h - the flash of a virtual board that is off, as a struct flash, so that core/update/ can write to it:
 * what a debugger, or the application before the power failed, has left there. No time passes, no rule is checked. */
#ifndef REHEARSE_CUTS_BOARD_FLASH_H
#define REHEARSE_CUTS_BOARD_FLASH_H

#include "core/flash/flash.h"
#include "vboard/vboard.h"

struct board_flash {
    struct flash flash; /* first: the driver's functions get a pointer to it */
    struct vboard *v;
};

/* All banks. v must outlive it. */
void board_flash_init(struct board_flash *b, struct vboard *v);

/* len bytes of data at off, over whatever is there; the last word is filled up as if erased. */
void board_flash_put(struct board_flash *b, uint32_t off, const void *data, uint32_t len);

#endif
