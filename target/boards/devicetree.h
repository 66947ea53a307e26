/* devicetree.h - the values from the board's devicetree. host/layout/dts2c.c generates the definitions; these offsets,
 * sizes and speeds are written nowhere else. */
#ifndef TARGET_BOARDS_DEVICETREE_H
#define TARGET_BOARDS_DEVICETREE_H

#include "core/flash/area.h"

struct devicetree {
    uint32_t flash_base;    /* bus address of flash offset 0 */
    uint32_t flash_size;    /* bytes, all banks */
    uint32_t flash_sector;  /* erase-block-size, bytes */
    uint32_t flash_word;    /* write-block-size, bytes */
    uint32_t console_speed; /* baud */
};

extern const struct devicetree devicetree;
extern const struct partition_table board_partitions;

#endif
