/* product.h - the configuration of a build. Each field names the Kconfig symbol that decides it.
 *
 * In a firmware, tools/product.py writes the struct from .config. The tables that Kconfig chooses (update_configured,
 * update_configured_engine, update_configured_rule, image_scheme_default) are pointers of their own, so that the linker
 * can drop them one by one: an application does not link the bootloader's engine. On a PC the struct is in
 * product_default.c, unless a program defines its own. */
#ifndef BASE_PRODUCT_H
#define BASE_PRODUCT_H

#include <stdbool.h>
#include <stdint.h>

struct product {
    uint8_t images;         /* CONFIG_UPDATEABLE_IMAGE_NUMBER */
    uint8_t signature;      /* CONFIG_BOOT_SIGNATURE_TYPE_...; enum boot_info_signature */
    bool encrypted_images;  /* CONFIG_BOOT_ENCRYPT_IMAGE */
    uint8_t image_key_size; /* CONFIG_BOOT_ENCRYPT_ALG_AES_128, _256: bytes; 0: none */
    bool hmac_sha512;       /* CONFIG_BOOT_HMAC_SHA512 */
    bool no_downgrade;      /* CONFIG_MCUBOOT_DOWNGRADE_PREVENTION */
    bool security_counters; /* CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION */
    bool key_retirement;    /* CONFIG_BOOT_KEY_RETIREMENT */
    bool fast_clock;        /* CONFIG_BOOT_PLL */
    bool hash_unit;         /* CONFIG_BOOT_HASH_UNIT */
    uint8_t max_align;      /* CONFIG_BOOT_MAX_ALIGN, bytes */
    uint16_t max_sectors;   /* CONFIG_BOOT_MAX_IMG_SECTORS; 0: as many as the slot has */
};

extern const struct product product;

#endif
