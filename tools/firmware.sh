#!/bin/sh
# firmware.sh NAME TARGETS [CMAKE OPTION...] - build TARGETS (all, bootloader) for the target in the folder NAME of the build
# folder. Board and key are the default ones unless an option says otherwise. A warning of a development key is always shown.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
key=$build/keys/dev-ecdsa-p256.pem
name=$1 targets=$2
shift 2
case " $* " in
*" -DSLIPWAY_KEY="*) ;; # a key of the person's own
*) [ -f "$key" ] || {
    mkdir -p "$build/keys"
    "$build/host/bin/slipway" keygen -t ecdsa-p256 -k "$key" --development --quiet
    echo "key: generated ${key#"$PWD/"} (for development only)"
} ;;
esac
"$top/tools/build.sh" "$name" "$targets" -DCMAKE_TOOLCHAIN_FILE="$top/tools/cmake/arm-none-eabi.cmake" \
    -DBOARD=nucleo_h753zi -DSLIPWAY_KEY="$key" -DSLIPWAY_PRODUCT=0 "$@"

elf=$build/$name/bootloader.elf
if [ -z "${SLIPWAY_NO_KEY_WARNING:-}" ] && [ -f "$elf" ] &&
    arm-none-eabi-nm "$elf" | grep '[1-9a-f].* A bootutil_development_' >/dev/null; then
    echo "*** DEVELOPMENT KEY in ${elf#"$PWD/"}: not for a product." \
        "make firmware KEY=YOUR.pem takes your own. ***" >&2
fi
