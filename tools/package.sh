#!/bin/sh
# package.sh FOLDER VERSION - the files that are programmed into a board and those that are uploaded, of the application
# (smp_server, or what APP's CMakeLists.txt calls it): FOLDER/smp_server.signed.bin and .hex (for slot0),
# FOLDER/merged.hex (with the bootloader); where images run in the slot that they are in,
# FOLDER/smp_server_slot1.signed.bin as well, and both in FOLDER/dfu_application.zip, a copy of smp_server-VERSION.zip;
# with two images FOLDER/data.signed.bin and .hex (for slot2). Of each program there is a bill of materials, NAME.cdx.json
# and NAME.spdx.json; the image names the first. Of each NAME.signed.bin there is a copy NAME-VERSION.signed.bin, which the
# next version leaves alone, and so there is of NAME.cdx.json.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
folder=$1 version=$2
key=$(cat "$folder/generated/signing-key")
options=$(cat "$folder/generated/signing-options")
application=$(cat "$folder/generated/application")
slipway=${SLIPWAY_BUILD:-$top/build}/slipway

value() { sed -n "s/^$1 = \([0-9xa-fA-F]*\);.*/\1/p" "$folder/generated/partitions.ld"; }
chosen() { grep -q "^CONFIG_$1=y" "$folder/.config"; }

# A bootloader that compares security counters needs one in every image: derive it from the version.
counter=
if grep -q '^CONFIG_MCUBOOT_HW_DOWNGRADE_PREVENTION=y' "$folder/.config"; then
    counter="--security-counter auto"
fi

# The bootloader with its private key goes into merged.hex.
if chosen BOOT_ENCRYPT_IMAGE; then
    umask 077
fi

# What a check says is shown if it fails. Its warning of a development key is not: the build has a line for that.
check() {
    said=$("$@" 2>&1) || {
        status=$?
        printf '%s\n' "$said" >&2
        exit $status
    }
}

# Refuse here what the bootloader would refuse at every boot.
check "$slipway" layout check --quiet "$folder/board.dtb" --config "$folder/.config"

slot0=$(printf '0x%x' $(($(value FLASH_BASE) + $(value SLOT0_OFFSET))))
address=
if chosen BOOT_DIRECT_XIP; then
    address="--rom-fixed $slot0"
elif chosen BOOT_RAM_LOAD; then
    address="--load-addr $(value AXI_SRAM)" # load_ram in target/soc/stm32h7/ld/shared.ld
fi

sbom() { # kind, name, version, the folder whose sbom.txt is about it
    "$top/tools/sbom/sbom.py" "$1" "$2" "$3" "$folder/$2.bin" "$folder/$2.map" "$folder/$2.elf" "$folder/$2" "$4"
}
application_folder=$(cat "$folder/generated/application-folder")

# Sectors and write size matter only to strategies that keep swap status in the trailer.
sign() { # product slot-size options...
    product=$1 size=$2
    shift 2
    "$slipway" sign --quiet --key "$key" --version "$version" --header-size 0x400 --pad-header \
        --slot-size "$size" --align 32 --max-align 32 --max-sectors "$((size / $(value FLASH_SECTOR)))" $counter $options "$@" \
        "$folder/$product.bin" "$folder/$product.signed.bin"
    cp "$folder/$product.signed.bin" "$folder/$product-$version.signed.bin"
}

# Is the image for the bootloader's part? An encrypted image cannot be checked.
for_this_part() { # product
    chosen BOOT_ENCRYPT_IMAGE || check "$slipway" verify --quiet --against "$folder/board.dtb" "$folder/$1.signed.bin"
}

sbom own bootloader - ""
sbom application "$application" "$version" "$application_folder"
cp "$folder/$application.cdx.json" "$folder/$application-$version.cdx.json"
# shellcheck disable=SC2086
sign "$application" "$(value SLOT0_SIZE)" --sbom "$folder/$application.cdx.json" $address
for_this_part "$application"
arm-none-eabi-objcopy -I binary -O ihex --change-addresses "$slot0" \
    "$folder/$application.signed.bin" "$folder/$application.signed.hex"
merged="bootloader $application.signed"
if chosen BOOT_DIRECT_XIP; then
    sbom application "${application}_slot1" "$version" "$application_folder"
    cp "$folder/${application}_slot1.cdx.json" "$folder/${application}_slot1-$version.cdx.json"
    sign "${application}_slot1" "$(value SLOT1_SIZE)" --sbom "$folder/${application}_slot1.cdx.json" \
        --rom-fixed "$(printf '0x%x' $(($(value FLASH_BASE) + $(value SLOT1_OFFSET))))"
    "$slipway" package --quiet --layout "$folder/board.dtb" --board "$(sed -n 's/^CONFIG_BOARD="\(.*\)"/\1/p' "$folder/.config")" \
        --name "$application $version" "$folder/$application-$version.signed.bin" \
        "$folder/${application}_slot1-$version.signed.bin" "$folder/$application-$version.zip"
    cp "$folder/$application-$version.zip" "$folder/dfu_application.zip"
fi

# Image 1, where the layout has slots for it: an example of data that belongs to an application.
if [ -n "$(value SLOT2_OFFSET)" ]; then
    printf 'Slipway data %s\n' "$version" >"$folder/data.bin"
    sign data "$(value SLOT2_SIZE)"
    arm-none-eabi-objcopy -I binary -O ihex \
        --change-addresses "$(printf '0x%x' $(($(value FLASH_BASE) + $(value SLOT2_OFFSET))))" \
        "$folder/data.signed.bin" "$folder/data.signed.hex"
    merged="$merged data.signed"
fi

# Remove the old file first, which would keep its mode.
rm -f "$folder/merged.hex"
# One end record, and one start address: the bootloader's.
start=none
for part in $merged; do
    grep -vE "^:(00000001FF|$start)" "$folder/$part.hex"
    start='0400000[35]'
done >"$folder/merged.hex"
echo ':00000001FF' >>"$folder/merged.hex"

# The signing key is the first of the table. firmware.sh warns of any development key in it.
development=$(arm-none-eabi-nm "$folder/bootloader.elf" | sed -n 's/^0*\([0-9a-f]*\) A bootutil_development_keys$/\1/p')
if [ -z "${SLIPWAY_NO_KEY_WARNING:-}" ] && [ $((0x0$development & 1)) = 1 ]; then
    echo "*** ${folder#"$PWD/"}/$application.signed.bin is signed with the DEVELOPMENT KEY ${key#"$PWD/"}: not for a product. ***" >&2
fi
