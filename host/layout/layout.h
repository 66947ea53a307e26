/* layout.h - what the build needs from a compiled devicetree: flash geometry, partitions, console.
 * Host only. The table is complete and checked, or there is an error that says what is wrong. */
#ifndef HOST_LAYOUT_LAYOUT_H
#define HOST_LAYOUT_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/soc/soc.h"

#define LAYOUT_PARTITIONS_MAX 32
#define LAYOUT_NAME_MAX       48 /* with its NUL */

struct layout_partition {
    char node[LAYOUT_NAME_MAX];  /* node label without "_partition": "slot0" */
    char label[LAYOUT_NAME_MAX]; /* the label property: "image-0" */
    uint32_t offset, size;       /* bytes from the start of the flash */
};

struct layout {
    const struct soc *soc; /* the part that the flash's bus is compatible with */
    /* "": it names that part. Else soc is assumed, the STM32H753, and this says what stands there: "it names \"st,stm32h7a3\"". */
    char assumed[100];
    uint32_t base, size;   /* of the flash: bus address, bytes */
    uint32_t sector, word; /* erase-block-size, write-block-size: bytes, powers of two */
    uint32_t console_speed;
    unsigned count;
    struct layout_partition rows[LAYOUT_PARTITIONS_MAX]; /* by rising offset */
};

/* Read and check the devicetree blob of len bytes at dtb; it may hold anything. The blob must
 * have node labels (dtc -@). On an error why (cap bytes) is one line of text.
 * ERR_FORMAT not a sound blob, or a node or property is missing or misshapen; ERR_RANGE a partition
 * leaves the flash or overlaps another; ERR_ALIGN one is not on sector borders. */
MUST_CHECK enum err layout_from_dtb(const void *dtb, size_t len, struct layout *l, char *why,
                                    size_t cap);

/* The row whose node label is node, or NULL. */
const struct layout_partition *layout_find(const struct layout *l, const char *node);

#endif
