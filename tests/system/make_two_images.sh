#!/bin/sh
# make_two_images.sh - a bootloader and an application for two images, with security counters and key retirement, and
# the images that the tests of them use, under build/tests/two-*.bin.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
slipway=$top/build/slipway
build=$top/build/nucleo_h753zi-two-images
out=$top/build/tests
key=$top/build/keys/dev-ecdsa-p256.pem
mkdir -p "$out"

cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
    -DLAYOUT=two-images -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$key" \
    -DSLIPWAY_KCONFIG="MCUBOOT_HW_DOWNGRADE_PREVENTION=y" >"$top/build/two-images.log" 2>&1 &&
    cmake --build "$build" >>"$top/build/two-images.log" 2>&1 || { cat "$top/build/two-images.log" >&2; exit 1; }

printf 'a table that goes with the application\n' >"$out/two-data.txt"
sign() { # input version counter output dependencies
    "$slipway" sign --quiet --key "$key" --version "$2" --header-size 0x400 --pad-header --slot-size 0x60000 --align 32 \
        --max-align 32 --security-counter "$3" ${5:+--dependencies "$5"} "$1" "$out/$4"
}
sign "$build/smp_server.bin" 1.0.0 1 nucleo_h753zi-two-images-1.0.0.bin
sign "$build/smp_server.bin" 2.0.0 2 two-app-2.0.0.bin "(1, 2.0.0)"
sign "$build/smp_server.bin" 3.0.0 1 two-app-low.bin
sign "$out/two-data.txt" 1.0.0 1 two-data-1.0.0.bin
sign "$out/two-data.txt" 2.0.0 2 two-data-2.0.0.bin "(0, 2.0.0)"
