#!/bin/sh
# make_two_images.sh - a bootloader and an application for two images, with security counters, key retirement and serial
# recovery, and the images that the tests of them use, under build/tests/two-*.bin.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
slipway=$top/build/slipway
build=$top/build/nucleo_h753zi-two-images
out=$top/build/tests
key=$top/build/keys/dev-ecdsa-p256.pem
mkdir -p "$out"
safe=$out/two-safe.pem
[ -f "$safe" ] || "$slipway" keygen -t ecdsa-p256 -k "$safe" >/dev/null

cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
    -DLAYOUT=two-images -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$key" \
    -DSLIPWAY_KCONFIG="MCUBOOT_HW_DOWNGRADE_PREVENTION=y BOOT_KEY_RETIREMENT=y MCUBOOT_SERIAL=y BOOT_SIGNATURE_MORE_KEY_FILES=$safe" >"$top/build/two-images.log" 2>&1 &&
    cmake --build "$build" >>"$top/build/two-images.log" 2>&1 || { cat "$top/build/two-images.log" >&2; exit 1; }

printf 'a table that goes with the application\n' >"$out/two-data.txt"
sign() { # key input version counter output options...
    signer=$1 input=$2 version=$3 counter=$4 name=$5
    shift 5
    "$slipway" sign --quiet --key "$signer" --version "$version" --header-size 0x400 --pad-header --slot-size 0x60000 \
        --align 32 --max-align 32 --security-counter "$counter" "$@" "$input" "$out/$name"
}
sign "$key" "$build/smp_server.bin" 1.0.0 1 nucleo_h753zi-two-images-1.0.0.bin
sign "$key" "$build/smp_server.bin" 2.0.0 2 two-app-2.0.0.bin --dependencies "(1, 2.0.0)"
sign "$key" "$build/smp_server.bin" 3.0.0 1 two-app-low.bin
sign "$safe" "$build/smp_server.bin" 4.0.0 2 two-app-4.0.0.bin --retire-key "$key"
sign "$key" "$out/two-data.txt" 1.0.0 1 two-data-1.0.0.bin
sign "$key" "$out/two-data.txt" 2.0.0 2 two-data-2.0.0.bin --dependencies "(0, 2.0.0)"
sign "$safe" "$out/two-data.txt" 4.0.0 2 two-data-4.0.0.bin
