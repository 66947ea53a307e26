/* layout_file.h - a partition table in a file of any form: compiled (.dtb), source (.dts), or only the part that a
 * board's user writes (an overlay that refers to &flash0). */
#ifndef CLI_LAYOUT_FILE_H
#define CLI_LAYOUT_FILE_H

#include "cli/cli.h"
#include "flash/area.h"
#include "tools/layout.h"
#include "update/update.h"

#define LAYOUT_BANK_SIZE (1024u * 1024u) /* STM32H753xI: two banks of 1 MB */

/* Read and check. board: the board's .dts that an overlay belongs to, or NULL for a plain NUCLEO-H753ZI. CLI_DONE,
 * CLI_BAD_FILE (no readable devicetree) or CLI_REFUSED (a partition table that cannot work); the error is
 * printed. */
MUST_CHECK int layout_file_read(const char *path, const char *board, struct layout *l);

/* The two slots of a layout as the update engine sees them. The pair points into the other members. */
struct layout_slots {
    struct flash flash;
    struct partition rows[2];
    struct slot_pair pair;
    uint32_t largest; /* image that can be uploaded, swapped in and reverted, bytes */
};

/* CLI_DONE, or CLI_REFUSED with the error printed. */
MUST_CHECK int layout_slots_init(struct layout_slots *s, const struct layout *l);

#endif
