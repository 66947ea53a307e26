/* layout.h - what a compiled devicetree says of the chip's own flash: geometry, partitions; and of the console, which
 * the build needs. Zephyr's trees and ours. Host only. The table is complete and checked, or an error says what is
 * wrong; the rest of the tree is ignored. */
#ifndef HOST_LAYOUT_LAYOUT_H
#define HOST_LAYOUT_LAYOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/soc/soc.h"

#define LAYOUT_PARTITIONS_MAX 32
#define LAYOUT_NAME_MAX       48 /* with its NUL */

struct layout_partition {
    char node[LAYOUT_NAME_MAX]; /* node label without "_partition": "slot0"; see free_name */
    bool
        free_name; /* node is the whole node label, or the node's name, and no "_partition" follows */
    char label[LAYOUT_NAME_MAX]; /* the label property: "image-0"; "" if there is none */
    uint32_t offset, size;       /* bytes from the start of the flash */
    unsigned depth;              /* 0; of a subpartition one more than of what it lies in */
};

/* A partition that is not checked: disabled, or in another memory. */
struct layout_elsewhere {
    char name[LAYOUT_NAME_MAX]; /* "slot1_partition" */
    char memory
        [LAYOUT_NAME_MAX]; /* the node of the memory that it lies in: "qspi-nor-flash@90000000" */
    bool disabled;         /* it or a node above it has status = "disabled" */
    uint64_t offset, size; /* as its reg says */
};

struct layout {
    const struct soc *soc; /* the part that the flash's bus is compatible with, or else the board */
    char
        part_board[LAYOUT_NAME_MAX]; /* the root's compatible, if soc is read from there; else "" */
    /* "": the devicetree names this part. Otherwise soc is assumed to be the STM32H753, and this says what the
     * devicetree names: "it names \"st,stm32h7a3\"". */
    char assumed[100];
    uint32_t base, size;    /* of the flash: bus address, bytes */
    uint32_t sector, word;  /* erase-block-size, write-block-size: bytes, powers of two */
    uint32_t console_speed; /* 0: no console with a current-speed between 1,200 and 4,000,000 */
    unsigned count, elsewhere_count;
    struct layout_partition rows[LAYOUT_PARTITIONS_MAX]; /* by rising offset, then depth */
    struct layout_elsewhere elsewhere[LAYOUT_PARTITIONS_MAX];
};

/* Read and check the devicetree blob of len bytes at dtb; it may hold anything. The blob must
 * have node labels (dtc -@). On an error why (cap bytes) is one line of text.
 * ERR_FORMAT not a valid blob, or a node or property is missing or misshapen; ERR_RANGE a partition
 * leaves the flash or overlaps another, or boot_partition or slot0_partition lies elsewhere; ERR_ALIGN one is not on
 * sector borders; ERR_NOSPC there are too many. */
MUST_CHECK enum err layout_from_dtb(const void *dtb, size_t len, struct layout *l, char *why,
                                    size_t cap);

/* The row whose node label is node and "_partition", or NULL. */
const struct layout_partition *layout_find(const struct layout *l, const char *node);
/* The same among the partitions that are not checked. */
const struct layout_elsewhere *layout_find_elsewhere(const struct layout *l, const char *node);

/* "_partition", or "" behind a free name. */
const char *layout_suffix(const struct layout_partition *p);

#endif
