/* area.h - partitions and flash areas: named ranges of a flash device.
 *
 * The table of partitions comes from the devicetree's fixed-partitions (target/boards/<board>/board.dts);
 * the build turns it into board_partitions[] (host/layout/dts2c.c). A flash area binds one row to
 * the device that holds it. */
#ifndef CORE_FLASH_AREA_H
#define CORE_FLASH_AREA_H

#include "core/flash/flash.h"

/* One row of the devicetree's partition table. */
struct partition {
    const char *node; /* node label without "_partition": "boot", "slot0", "scratch", ... */
    uint32_t offset;  /* bytes from the start of the flash device */
    uint32_t size;    /* bytes */
};

struct partition_table {
    const struct partition *rows;
    unsigned count;
};

struct flash_area {
    struct flash *flash;
    uint32_t offset; /* bytes from the start of the device, a multiple of its sector */
    uint32_t size;   /* bytes, a multiple of the sector */
};

/* The row whose node label is node, or NULL. */
const struct partition *partition_find(const struct partition_table *table, const char *node);

/* Bind the partition named node to flash f. ERR_NOENT no such row; ERR_RANGE outside the
 * device; ERR_ALIGN not on sector borders. */
MUST_CHECK enum err area_open(struct flash_area *a, struct flash *f,
                              const struct partition_table *table, const char *node);

/* As flash_read, flash_program, flash_erase and so on, with offsets from the start of the
 * area; a range that leaves the area is ERR_RANGE. */
MUST_CHECK enum err area_read(const struct flash_area *a, uint32_t off, void *dst, uint32_t len);
MUST_CHECK enum err area_program(const struct flash_area *a, uint32_t off, const void *src,
                                 uint32_t len);
MUST_CHECK enum err area_erase(const struct flash_area *a, uint32_t off, uint32_t len);
MUST_CHECK enum err area_is_blank(const struct flash_area *a, uint32_t off, uint32_t len,
                                  bool *blank);
MUST_CHECK enum err area_erase_begin(const struct flash_area *a, uint32_t off);
MUST_CHECK enum err area_is_virgin(const struct flash_area *a, uint32_t off, uint32_t len,
                                   bool *virgin);

/* Number of sectors in the area. */
uint32_t area_sectors(const struct flash_area *a);

#endif
