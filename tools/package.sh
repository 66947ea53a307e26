#!/bin/sh
# package.sh BUILD VERSION - what one programs into a board and what one uploads:
# BUILD/smp_server.signed.bin, BUILD/smp_server.signed.hex (for slot0), BUILD/merged.hex (with the bootloader).
set -eu
build=$1 version=$2
key=$(cat "$build/generated/signing-key")
options=$(cat "$build/generated/signing-options")
slipway=$(dirname "$0")/../build/slipway

value() { sed -n "s/^$1 = \([0-9xa-fA-F]*\);.*/\1/p" "$build/generated/partitions.ld"; }

# A bootloader that compares security counters wants one in every image: it follows the version.
counter=
if grep -q '^CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION=y' "$build/.config"; then
    counter="--security-counter auto"
fi

base=$(printf '0x%x' $(($(value FLASH_BASE) + $(value SLOT0_OFFSET))))
"$slipway" sign --quiet --key "$key" --version "$version" --header-size 0x400 --pad-header \
    --slot-size "$(value SLOT0_SIZE)" --align 32 --max-align 32 --max-sectors "$(($(value SLOT0_SIZE) / $(value FLASH_SECTOR)))" \
    $counter $options "$build/smp_server.bin" "$build/smp_server.signed.bin"
arm-none-eabi-objcopy -I binary -O ihex --change-addresses "$base" \
    "$build/smp_server.signed.bin" "$build/smp_server.signed.hex"
{ grep -v '^:00000001FF' "$build/bootloader.hex" && cat "$build/smp_server.signed.hex"; } >"$build/merged.hex"
