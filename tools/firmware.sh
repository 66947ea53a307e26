#!/bin/sh
# firmware.sh NAME TARGET [CMAKE OPTION...] - configure build/NAME for the target and build TARGET (all, bootloader) there.
# Board and key are the default ones unless an option says otherwise. Its output is in build/NAME.log, and shown only if
# it fails.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/$1 target=$2
shift 2
{
    cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/cmake/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
        -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$top/build/keys/dev-ecdsa-p256.pem" "$@" &&
        cmake --build "$build" --target "$target"
} >"$build.log" 2>&1 || {
    cat "$build.log" >&2
    echo "error: ${build#"$top"/} cannot be built" >&2
    exit 1
}
