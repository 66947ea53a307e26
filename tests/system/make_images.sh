#!/bin/sh
# make_images.sh - the signed images that the whole-system tests use, under build/tests: for each firmware build
# its versions 1.0.0 to 3.0.0, and 2.0.0 signed with a key that the bootloader does not know.
# usage: make_images.sh [BUILD...]    (folders under build/; default: all that the tests use)
set -eu
. "$(dirname "$0")/../images.sh"
other_key "$out/stranger.pem"

[ $# -gt 0 ] || set -- nucleo_h753zi nucleo_h753zi-bank1 nucleo_h753zi-BANK_SPLIT_2M
for build in "$@"; do
    dir=$top/build/$build
    [ -f "$dir/smp_server.bin" ] || { echo "make_images: $dir is not built; make test builds it" >&2; exit 1; }
    size=$(sed -n 's/^SLOT0_SIZE = \(.*\);/\1/p' "$dir/generated/partitions.ld")
    sign() { # name, version, key
        sign_image "$dir/smp_server.bin" "$out/$build-$1.bin" "$2" --slot-size "$size" --key "$3"
    }
    for version in 1.0.0 2.0.0 3.0.0; do sign "$version" "$version" "$key"; done
    sign stranger 2.0.0 "$out/stranger.pem"
done
