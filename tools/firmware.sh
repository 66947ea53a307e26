#!/bin/sh
# firmware.sh NAME TARGET [CMAKE OPTION...] - configure build/NAME for the target and build TARGET (all, bootloader)
# there. Board and key are the default ones unless an option says otherwise. Its output is in build/NAME.log, and shown
# only if it fails; a warning of a development key is always shown.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/$1 target=$2
shift 2
{
    cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/cmake/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
        -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$top/build/keys/dev-ecdsa-p256.pem" -DSLIPWAY_PRODUCT=0 \
        "$@" &&
        cmake --build "$build" --target "$target"
} >"$build.log" 2>&1 || {
    cat "$build.log" >&2
    echo "error: ${build#"$top"/} cannot be built; the reason is above, and in ${build#"$top"/}.log" >&2
    exit 1
}

elf=$build/bootloader.elf
if [ -f "$elf" ] && arm-none-eabi-nm "$elf" | grep '[1-9a-f].* A bootutil_development_' >/dev/null; then
    echo "*** DEVELOPMENT KEY in ${elf#"$top"/}: not for a product. make firmware KEY=YOUR.pem takes your own. ***" >&2
fi
