/* product.h - what a build was configured for. Behind each field stands the Kconfig symbol that decides it: who looks for a
 * symbol finds the field, and by the field the code that reads it.
 *
 * Of a firmware tools/product.py writes it from .config, together with the tables that Kconfig chooses by a pointer of their
 * own (update_configured, update_configured_engine, update_configured_rule, image_scheme_default): the linker keeps or
 * drops a whole object, and an application must not bring in its bootloader's engine. On a PC it is product_default.c,
 * unless a program defines one of its own. */
#ifndef BASE_PRODUCT_H
#define BASE_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

struct product {
    uint8_t images;        /* CONFIG_UPDATEABLE_IMAGE_NUMBER */
    uint8_t signature;     /* CONFIG_BOOT_SIGNATURE_TYPE_...; enum boot_info_signature */
    bool encrypted_images; /* CONFIG_BOOT_ENCRYPT_IMAGE */
    uint8_t
        image_key_size; /* bytes: CONFIG_BOOT_ENCRYPT_ALG_AES_128, _AES_256; 0: none of encrypted images, or a PC */
    bool hmac_sha512;       /* CONFIG_BOOT_HMAC_SHA512 */
    bool no_downgrade;      /* CONFIG_MCUBOOT_DOWNGRADE_PREVENTION */
    bool security_counters; /* CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION */
    bool key_retirement;    /* CONFIG_BOOT_KEY_RETIREMENT */
    uint8_t max_align;      /* CONFIG_BOOT_MAX_ALIGN, bytes */
    uint16_t max_sectors;   /* CONFIG_BOOT_MAX_IMG_SECTORS; 0: as many as the slot has */
};

extern const struct product product;

#endif
