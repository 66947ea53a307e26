#!/bin/sh
# make_images.sh - the signed images that the whole-system tests use, under build/tests: for each firmware build
# its versions 1.0.0 to 3.0.0, and 2.0.0 signed with a key that the bootloader does not know.
# usage: make_images.sh [BUILD...]    (folders under build/; default: all that the tests use)
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
slipway=$top/build/slipway
out=$top/build/tests
key=$top/build/keys/dev-ecdsa-p256.pem
mkdir -p "$out"
[ -f "$out/stranger.pem" ] || "$slipway" keygen -t ecdsa-p256 -k "$out/stranger.pem" >/dev/null

[ $# -gt 0 ] || set -- nucleo_h753zi nucleo_h753zi-bank1 nucleo_h753zi-BANK_SPLIT_2M
for build in "$@"; do
    dir=$top/build/$build
    [ -f "$dir/smp_server.bin" ] || { echo "make_images: $dir is not built; make test builds it" >&2; exit 1; }
    sed -n 's/^SLOT0_SIZE = \(.*\);/\1/p' "$dir/generated/partitions.ld" >"$out/size"
    sign() { # key version output
        "$slipway" sign --key "$1" --version "$2" --header-size 0x400 --pad-header --slot-size "$(cat "$out/size")" \
            --align 32 --max-align 32 "$dir/smp_server.bin" "$out/$build-$3.bin"
    }
    for version in 1.0.0 2.0.0 3.0.0; do sign "$key" "$version" "$version"; done
    sign "$out/stranger.pem" 2.0.0 stranger
done
