/* boot_info.h - boot information from the bootloader to the application, in RAM: MCUboot's shared data area. Bytes:
 * core/smp/SPEC.md.
 *
 * The bootloader writes the area just before it jumps; the application reads it first of all. */
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

#define BOOT_INFO_IMAGES 4u /* most images that an area can describe */

/* Bits of boot_info.has: which entries there are. BOOT_INFO_MAX_SIZE and BOOT_INFO_COUNTER are for image 0; shift them
 * left by the number of another image. */
enum {
    BOOT_INFO_MODE = 1,
    BOOT_INFO_SIGNATURE = 2,
    BOOT_INFO_RECOVERY = 4,
    BOOT_INFO_SLOT = 8,
    BOOT_INFO_VERSION = 16,
    BOOT_INFO_MAX_SIZE = 32,
    BOOT_INFO_ALL = 63, /* the entries that every bootloader writes */
    BOOT_INFO_COUNTER = BOOT_INFO_MAX_SIZE << BOOT_INFO_IMAGES,
};

struct boot_info {
    unsigned has;
    uint8_t mode;                 /* enum update_mode */
    uint8_t signature;            /* enum boot_info_signature */
    uint8_t recovery;             /* enum boot_info_recovery */
    uint8_t running_slot;         /* 0 primary, 1 secondary */
    struct image_version version; /* of the bootloader */
    /* For each image: the largest size that can be uploaded (header to last TLV), bytes; and the lowest security
     * counter that may run, 0 if any may. */
    uint32_t max_size[BOOT_INFO_IMAGES], counter[BOOT_INFO_IMAGES];
};

/* Write the entries of BOOT_INFO_ALL to area; max_size for image 0 only. ERR_NOSPC: they do not fit into size bytes;
 * the area then reads as absent. */
MUST_CHECK enum err boot_info_write(void *area, size_t size, const struct boot_info *info);

/* Add an entry for an image below BOOT_INFO_IMAGES to a written area. what: BOOT_INFO_MAX_SIZE (not for image 0) or
 * BOOT_INFO_COUNTER, once each. ERR_NOSPC: the area is unchanged. */
MUST_CHECK enum err boot_info_add(void *area, size_t size, unsigned what, unsigned image,
                                  uint32_t value);

/* Read an area of size bytes. ERR_NOENT: there is none (another bootloader, or none). ERR_FORMAT: a length runs past
 * the end, or an entry comes twice or has the wrong length. Unknown entries are skipped. */
MUST_CHECK enum err boot_info_read(const void *area, size_t size, struct boot_info *info);

#endif
