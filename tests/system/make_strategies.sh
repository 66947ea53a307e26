#!/bin/sh
# make_strategies.sh - a bootloader and an application for each upgrade strategy but the default one, under build/strategy-<LAYOUT>,
# and the application's versions 1.0.0 and 2.0.0, signed, as build/tests/strategy-<LAYOUT>-<VERSION>.bin. The images are small:
# the tests run each of them many times.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
key=$top/build/keys/dev-ecdsa-p256.pem
mkdir -p "$top/build/tests"

build() { # layout
    dir=$top/build/strategy-$1
    cmake -S "$top" -B "$dir" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
        -DLAYOUT="$1" -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$key" -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64 &&
        cmake --build "$dir"
}

for layout in move scratch overwrite xip ramload single; do
    log=$top/build/strategy-$layout.log
    build "$layout" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }
    dir=$top/build/strategy-$layout
    for version in 1.0.0 2.0.0; do
        "$top/tools/package.sh" "$dir" "$version"
        image=$dir/smp_server.signed.bin
        # Direct-XIP: the second version is for slot1.
        [ "$version" = 1.0.0 ] || [ "$layout" != xip ] || image=$dir/smp_server_slot1.signed.bin
        cp "$image" "$top/build/tests/strategy-$layout-$version.bin"
    done
done
