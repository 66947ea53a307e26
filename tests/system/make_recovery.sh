#!/bin/sh
# make_recovery.sh - the bootloader with serial recovery, build/nucleo_h753zi-recovery/bootloader.elf.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/nucleo_h753zi-recovery
cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
    -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$top/build/keys/dev-ecdsa-p256.pem" \
    -DSLIPWAY_KCONFIG=MCUBOOT_SERIAL=y >"$top/build/recovery.log" 2>&1 &&
    cmake --build "$build" --target bootloader >>"$top/build/recovery.log" 2>&1 || { cat "$top/build/recovery.log" >&2; exit 1; }
