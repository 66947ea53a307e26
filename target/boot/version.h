/* version.h - the bootloader's own version, as its banner prints it. */
#ifndef TARGET_BOOT_VERSION_H
#define TARGET_BOOT_VERSION_H

#define BOOT_VERSION "0.1.0"
#define BOOT_VERSION_NUMBERS \
    {                        \
        0, 1, 0, 0           \
    } /* the same, as a struct image_version */

#endif
