#!/bin/sh
# make_strategies.sh - a bootloader and an application for each upgrade strategy but the default one, under
# build/tests/strategy-<STRATEGY>, and the application's versions 1.0.0 and 2.0.0, signed, as
# build/tests/strategy-<STRATEGY>-<VERSION>.bin. The images are small: the tests run each of them many times.
# usage: make_strategies.sh [STRATEGY...]     (default: all, and direct-xip-counter)
set -eu
. "$(dirname "$0")/../images.sh"

for strategy in ${*:-swap-move swap-scratch overwrite direct-xip ram-load single}; do
    dir=$out/strategy-$strategy
    case $strategy in
    swap-scratch) layout=scratch ;;
    single) layout=single ;;
    *) layout=default ;;
    esac
    "$top/tools/firmware.sh" "tests/strategy-$strategy" all -DSTRATEGY="$strategy" -DLAYOUT="$layout" \
        -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64
    for version in 1.0.0 2.0.0; do
        "$top/tools/package.sh" "$dir" "$version"
        image=$dir/smp_server.signed.bin
        # Direct-XIP: the second version is for slot1.
        [ "$version" = 1.0.0 ] || [ "$strategy" != direct-xip ] || image=$dir/smp_server_slot1.signed.bin
        cp "$image" "$out/strategy-$strategy-$version.bin"
    done
done
[ $# = 0 ] || exit 0

# Direct-XIP, and a device that remembers the security counters of what it has kept: 1.0.0 and 2.0.0 have theirs from the version,
# "low" is newer and has a lower one.
name=strategy-direct-xip-counter
dir=$out/$name
"$top/tools/firmware.sh" "tests/$name" all -DLAYOUT=rollback -DSTRATEGY=direct-xip -DSLIPWAY_KCONFIG=APP_BALLAST_KB=64
"$top/tools/package.sh" "$dir" 1.0.0
cp "$dir/smp_server.signed.bin" "$out/$name-1.0.0.bin"
"$top/tools/package.sh" "$dir" 2.0.0
cp "$dir/smp_server_slot1.signed.bin" "$out/$name-2.0.0.bin"
sign_image "$dir/smp_server.bin" "$out/$name-low.bin" 3.0.0 --key "$key" --layout "$dir/board.dtb" --rom-fixed 0x08020000 \
    --security-counter 1
