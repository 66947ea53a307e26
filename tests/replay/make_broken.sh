#!/bin/sh
# make_broken.sh - a bootloader whose engine has a mistake, build/nucleo_h753zi-broken/bootloader.elf (one of those of
# tools/closure_mutants.py), and an image as large as the closure's image B: five of seven sectors.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/nucleo_h753zi-broken
cd "$top"
file=$(python3 tools/closure_mutants.py --write "resume ignores the checkpoint" "$build/source")
cmake -S "$top" -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$top/tools/arm-none-eabi.cmake" -DBOARD=nucleo_h753zi \
    -DSLIPWAY_HOST_DIR="$top/build/host" -DSLIPWAY_KEY="$top/build/keys/dev-ecdsa-p256.pem" \
    -DSLIPWAY_BROKEN="$file" >"$top/build/broken.log" 2>&1 &&
    cmake --build "$build" --target bootloader >>"$top/build/broken.log" 2>&1 || { cat "$top/build/broken.log" >&2; exit 1; }
out=$top/build/tests
printf '\000\000\002\040\011\004\002\010' >"$out/replay-b.payload"
head -c 600000 /dev/zero | tr '\0' '\276' >>"$out/replay-b.payload"
"${SLIPWAY:-$top/build/slipway}" sign --key "$top/build/keys/dev-ecdsa-p256.pem" --version 2.0.0 --header-size 0x400 --pad-header \
    --slot-size 0xe0000 --align 32 --max-align 32 "$out/replay-b.payload" "$out/replay-b.bin" >/dev/null
