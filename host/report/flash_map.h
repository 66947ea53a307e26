/* flash_map.h - what lies where in flash, as a picture: banks side by side and to scale, their sectors, the areas of the
 * partition table, and columns of contents, such as before and after an update. Offsets and sizes are bytes from the start
 * of flash. What lies outside of every bank is not drawn; parts thinner than three pixels are drawn with three. */
#ifndef HOST_REPORT_FLASH_MAP_H
#define HOST_REPORT_FLASH_MAP_H

#include <stdint.h>

#include "host/report/draw.h"

#define FLASH_MAP_BANKS_MAX   8u
#define FLASH_MAP_COLUMNS_MAX 4u

struct flash_map_bank {
    uint64_t offset, size, sector; /* sector 0: none are drawn */
};

/* An area, or a piece of content. */
struct flash_map_part {
    uint64_t offset, size;
    const char *text;       /* what stands in it, or NULL */
    const char *class_name; /* of page.css: flash_map_class, or the caller's own */
};

struct flash_map_column {
    const char *title; /* "before" */
    const struct flash_map_part *part;
    unsigned count;
};

/* The caller owns everything that is pointed to. */
struct flash_map {
    uint64_t base; /* bus address of offset 0; it is in the tooltips */
    struct flash_map_bank bank[FLASH_MAP_BANKS_MAX];
    unsigned banks;
    struct flash_map_column column[FLASH_MAP_COLUMNS_MAX]; /* from left to right */
    unsigned columns;
    const char *label; /* what the picture shows, for who does not see it */
};

/* The class of a content by the word that documents have for it: "bootloader", "old image", "new image", "trailer",
 * "erased"; anything else is other. */
const char *flash_map_class(const char *what);

void flash_map_draw(struct markup *m, const struct flash_map *map);

/* The map alone, in the upper left corner of a picture that is open, and how large it is there. */
void flash_map_draw_within(struct markup *m, const struct flash_map *map);
struct draw_size flash_map_picture(const struct flash_map *map);

#endif
