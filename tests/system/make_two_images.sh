#!/bin/sh
# make_two_images.sh - a bootloader and an application for two images, with security counters, key retirement and serial
# recovery, and the images that the tests of them use, under build/tests/two-*.bin.
set -eu
. "$(dirname "$0")/../images.sh"
dir=$out/nucleo_h753zi-two-images
safe=$out/two-safe.pem
other_key "$safe"
"$top/tools/firmware.sh" tests/nucleo_h753zi-two-images all -DLAYOUT=two-images -DSLIPWAY_KCONFIG="MCUBOOT_HW_DOWNGRADE_PREVENTION=y \
BOOT_KEY_RETIREMENT=y MCUBOOT_SERIAL=y BOOT_SIGNATURE_MORE_KEY_FILES=$safe"

printf 'a table that goes with the application\n' >"$out/two-data.txt"
sign() { # key, program, version, counter, name [options of sign]
    by=$1 input=$2 as=$3 counter=$4 name=$5
    shift 5
    sign_image "$input" "$out/$name" "$as" --key "$by" --slot-size 0x60000 --security-counter "$counter" "$@"
}
sign "$key" "$dir/smp_server.bin" 1.0.0 1 nucleo_h753zi-two-images-1.0.0.bin
sign "$key" "$dir/smp_server.bin" 2.0.0 2 two-app-2.0.0.bin --dependencies "(1, 2.0.0)"
sign "$key" "$dir/smp_server.bin" 3.0.0 1 two-app-low.bin
sign "$safe" "$dir/smp_server.bin" 4.0.0 2 two-app-4.0.0.bin --retire-key "$key"
sign "$key" "$out/two-data.txt" 1.0.0 1 two-data-1.0.0.bin
sign "$key" "$out/two-data.txt" 2.0.0 2 two-data-2.0.0.bin --dependencies "(0, 2.0.0)"
sign "$safe" "$out/two-data.txt" 4.0.0 2 two-data-4.0.0.bin
