#!/bin/sh
# make_images.sh - the firmware that most whole-system tests use, in folders of its own under build/tests, and signed images
# of each: its versions 1.0.0 to 3.0.0, and 2.0.0 signed with a key that the bootloader does not know.
# usage: make_images.sh [NAME...]     (default: those of the default board)
set -eu
. "$(dirname "$0")/../images.sh"
other_key "$out/stranger.pem"

[ $# -gt 0 ] || set -- nucleo_h753zi nucleo_h753zi-bank1 nucleo_h753zi-BANK_SPLIT_2M
for name in "$@"; do
    case $name in
    nucleo_h753zi) options= ;;
    nucleo_h753zi-bank1) options=-DLAYOUT=bank1 ;;
    nucleo_h753zi-BANK_SPLIT_2M) options=-DBUG=BANK_SPLIT_2M ;;
    nucleo_h753zi-button) options=-DSLIPWAY_KCONFIG=APP_WRITES_BUTTON=y ;;
    nucleo_h753zi-hook) options=-DSLIPWAY_KCONFIG=APP_WRITES_HOOK=y ;;
    nucleo_h723zg) options=-DBOARD=nucleo_h723zg ;;
    nucleo_h723zg-single) options="-DBOARD=nucleo_h723zg -DSTRATEGY=single -DLAYOUT=single -DSLIPWAY_KCONFIG=APP_BALLAST_KB=287" ;;
    *) echo "make_images: $name is unknown" >&2; exit 1 ;;
    esac
    dir=$out/$name
    "$top/tools/firmware.sh" "tests/$name" all $options
    "$top/tools/package.sh" "$dir" 1.0.0
    size=$(sed -n 's/^SLOT0_SIZE = \(.*\);/\1/p' "$dir/generated/partitions.ld")
    sign() { # which, version, key
        sign_image "$dir/smp_server.bin" "$out/$name-$1.bin" "$2" --slot-size "$size" --key "$3"
    }
    for version in 1.0.0 2.0.0 3.0.0; do sign "$version" "$version" "$key"; done
    sign stranger 2.0.0 "$out/stranger.pem"
done
