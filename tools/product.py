"""Write product.c (struct product and the chosen tables) and product.cmake (the same for the build's tools) from a
configuration. Each row names the Kconfig symbols that select it."""
import os

# The strategy: the last row whose symbol is set counts.
STRATEGIES = [
    ("BOOT_SWAP_USING_OFFSET", "update_swap_offset"),
    ("BOOT_SWAP_USING_MOVE", "update_swap_move"),
    ("BOOT_SWAP_USING_SCRATCH", "update_swap_scratch"),
    ("BOOT_UPGRADE_ONLY", "update_overwrite"),
    ("BOOT_DIRECT_XIP", "update_direct_xip"),
    ("BOOT_DIRECT_XIP_REVERT", "update_direct_xip_revert"),
    ("BOOT_RAM_LOAD", "update_ram_load"),
    ("BOOT_RAM_LOAD_REVERT", "update_ram_load_revert"),
    ("SINGLE_APPLICATION_SLOT", "update_single"),
]

# The signature: symbols; the scheme of core/image; the kind that `slipway keygen` makes; the options of `slipway sign`;
# the TLVs of signature and hash, as the bootloader's ELF file says them; the name in core/smp/server/boot_info.h. The
# last row that fits counts.
SIGNATURES = [
    (["BOOT_SIGNATURE_TYPE_RSA"], "rsa2048", "rsa-2048", "", 0x20, 0x10, "BOOT_INFO_RSA"),
    (["BOOT_SIGNATURE_TYPE_RSA", "BOOT_SIGNATURE_TYPE_RSA_LEN=3072"], "rsa3072", "rsa-3072", "", 0x23, 0x10, "BOOT_INFO_RSA"),
    (["BOOT_SIGNATURE_TYPE_ECDSA_P256"], "p256", "ecdsa-p256", "", 0x22, 0x10, "BOOT_INFO_P256"),
    (["BOOT_SIGNATURE_TYPE_ECDSA_P384"], "p384", "ecdsa-p384", "", 0x22, 0x11, "BOOT_INFO_OTHER_SIGNATURE"),
    (["BOOT_SIGNATURE_TYPE_ED25519"], "ed25519", "ed25519", "", 0x24, 0x10, "BOOT_INFO_ED25519"),
    (["BOOT_SIGNATURE_TYPE_ED25519", "BOOT_IMG_HASH_ALG_SHA512"], "ed25519_sha512", "ed25519", "--sha 512", 0x24, 0x12,
     "BOOT_INFO_ED25519"),
    (["BOOT_SIGNATURE_TYPE_PURE"], "ed25519_pure", "ed25519", "--pure", 0x24, 0x12, "BOOT_INFO_ED25519"),
]

# How image keys are wrapped: symbol; TLV; the kind that `slipway keygen` makes (kw: a key-encryption key); how it
# unwraps.
WRAPPINGS = [
    ("BOOT_ENCRYPT_RSA", 0x30, "rsa-2048", "rsa-2048"),
    ("BOOT_ENCRYPT_KW", 0x31, "kw", "kw"),
    ("BOOT_ENCRYPT_EC256", 0x32, "ecdsa-p256", "ecdsa-p256"),
    ("BOOT_ENCRYPT_X25519", 0x33, "x25519", "x25519"),
    ("BOOT_HMAC_SHA512", 0x34, "x25519", "x25519-sha512"),
]
IMAGE_KEYS = [("BOOT_ENCRYPT_ALG_AES_128", 16), ("BOOT_ENCRYPT_ALG_AES_256", 32)]


class Config:
    def __init__(self, kconf):
        self.syms = kconf.syms

    def text(self, name):
        return self.syms[name].str_value

    def is_set(self, condition):
        name, eq, value = condition.partition("=")
        return self.text(name) == (value if eq else "y")

    def last(self, rows):
        """The last row whose conditions hold, or None."""
        found = [r for r in rows if all(map(self.is_set, r[0] if isinstance(r[0], list) else [r[0]]))]
        return found[-1] if found else None


def check(config):
    """Check what Kconfig cannot express. Returns None, or the error."""
    bits = config.text("BOOT_SIGNATURE_TYPE_RSA_LEN")
    if config.is_set("BOOT_SIGNATURE_TYPE_RSA") and bits not in ("2048", "3072"):
        return f"BOOT_SIGNATURE_TYPE_RSA_LEN is {bits}; images have RSA keys of 2048 or 3072 bits"
    return None


def c_bool(config, name):
    return "true" if config.is_set(name) else "false"


def product_c(config):
    symbol, strategy = config.last(STRATEGIES)
    signature = config.last(SIGNATURES)
    key_size = config.last(IMAGE_KEYS)
    rule = "update_no_downgrade" if config.is_set("MCUBOOT_DOWNGRADE_PREVENTION") else "NULL"
    return f"""/* product.c - what this firmware was configured for. Written by tools/product.py from .config. */
#include <stddef.h>

#include "core/base/product.h"
#include "core/smp/server/boot_info.h"
#include "core/update/strategy.h"

const struct product product = {{
    .images = {config.text("UPDATEABLE_IMAGE_NUMBER")},
    .signature = {signature[6]},
    .encrypted_images = {c_bool(config, "BOOT_ENCRYPT_IMAGE")},
    .image_key_size = {key_size[1] if key_size else 0},
    .hmac_sha512 = {c_bool(config, "BOOT_HMAC_SHA512")},
    .no_downgrade = {c_bool(config, "MCUBOOT_DOWNGRADE_PREVENTION")},
    .security_counters = {c_bool(config, "MCUBOOT_HW_DOWNGRADE_PREVENTION")},
    .key_retirement = {c_bool(config, "BOOT_KEY_RETIREMENT")},
    .fast_clock = {c_bool(config, "BOOT_PLL")},
    .hash_unit = {c_bool(config, "BOOT_HASH_UNIT")},
    .max_align = {config.text("BOOT_MAX_ALIGN")},
    .max_sectors = {config.text("BOOT_MAX_IMG_SECTORS")},
}};

const struct update_strategy *const update_configured = &{strategy}; /* CONFIG_{symbol} */
const struct update_engine *const update_configured_engine = &{strategy}_engine;
bool (*const update_configured_rule)(const struct update_env *env, const struct image_header *next) = {rule};
const struct image_scheme *const image_scheme_default = &image_scheme_{signature[1]}; /* CONFIG_{signature[0][-1]} */
"""


def product_cmake(config):
    _, _, key, options, signature_tlv, hash_tlv, _ = config.last(SIGNATURES)
    wrapping = config.last(WRAPPINGS) if config.is_set("BOOT_ENCRYPT_IMAGE") else None
    key_size = config.last(IMAGE_KEYS)
    _, enc_tlv, enc_kind, enc_unwrap = wrapping or ("", 0, "", "")
    pure = 1 if config.is_set("BOOT_SIGNATURE_TYPE_PURE") else 0
    return "".join(f"set({name} [==[{value}]==])\n" for name, value in [
        ("signature_key", key), ("signing_options", options), ("signature_tlv", signature_tlv), ("hash_tlv", hash_tlv),
        ("signature_pure", pure), ("encryption_tlv", enc_tlv), ("encryption_kind", enc_kind),
        ("encryption_unwrap", enc_unwrap), ("encryption_bytes", key_size[1] if key_size else 0)])


def write(config, outdir, write_if_changed):
    write_if_changed(os.path.join(outdir, "product.c"), product_c(config))
    write_if_changed(os.path.join(outdir, "product.cmake"), product_cmake(config))
