/* boot_info.h - what the bootloader tells the application through RAM: MCUboot's shared data area
 * with its "boot info" entries. Bytes: core/smp/SPEC.md.
 *
 * The bootloader writes the area just before it jumps; the application reads it before anything else
 * can have written there. */
#ifndef CORE_SMP_SERVER_BOOT_INFO_H
#define CORE_SMP_SERVER_BOOT_INFO_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/compiler.h"
#include "core/base/err.h"
#include "core/image/image.h"

enum boot_info_signature {
    BOOT_INFO_UNSIGNED,
    BOOT_INFO_RSA,
    BOOT_INFO_P256,
    BOOT_INFO_ED25519,
    BOOT_INFO_OTHER_SIGNATURE = 255, /* P-384 has no number in MCUboot's list */
};
enum boot_info_recovery { BOOT_INFO_NO_RECOVERY, BOOT_INFO_SERIAL, BOOT_INFO_DFU };

#define BOOT_INFO_IMAGES 4u /* that an area can tell of */

/* Which entries there are, as bits of boot_info.has. The last two are those of image 0; shift them by the number of
 * another one. */
enum {
    BOOT_INFO_MODE = 1,
    BOOT_INFO_SIGNATURE = 2,
    BOOT_INFO_RECOVERY = 4,
    BOOT_INFO_SLOT = 8,
    BOOT_INFO_VERSION = 16,
    BOOT_INFO_MAX_SIZE = 32,
    BOOT_INFO_ALL = 63, /* what every bootloader tells */
    BOOT_INFO_COUNTER = BOOT_INFO_MAX_SIZE << BOOT_INFO_IMAGES,
};

struct boot_info {
    unsigned has;
    uint8_t mode;                 /* enum update_mode */
    uint8_t signature;            /* enum boot_info_signature */
    uint8_t recovery;             /* enum boot_info_recovery */
    uint8_t running_slot;         /* 0 primary, 1 secondary */
    struct image_version version; /* of the bootloader */
    /* Of each image: the largest that can be uploaded, bytes, header to last TLV; and the lowest security counter that may
     * run, 0 if any may. */
    uint32_t max_size[BOOT_INFO_IMAGES], counter[BOOT_INFO_IMAGES];
};

/* Write what every bootloader tells; of the images the size of image 0. ERR_NOSPC if it does not fit into the size bytes
 * at area; that then reads as absent. */
MUST_CHECK enum err boot_info_write(void *area, size_t size, const struct boot_info *info);

/* Add to what was written a value of an image below BOOT_INFO_IMAGES. what: BOOT_INFO_MAX_SIZE (not of image 0) or
 * BOOT_INFO_COUNTER, once each. ERR_NOSPC: the area stays as it was. */
MUST_CHECK enum err boot_info_add(void *area, size_t size, unsigned what, unsigned image,
                                  uint32_t value);

/* ERR_NOENT: there is no such area (another bootloader, or none). ERR_FORMAT: it is damaged: lengths run
 * over its end, or an entry comes twice or with another length. Entries of other kinds are skipped. */
MUST_CHECK enum err boot_info_read(const void *area, size_t size, struct boot_info *info);

#endif
