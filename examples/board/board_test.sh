#!/bin/sh
# board_test.sh SOURCE - the example, copied out of the tree into a folder of its own, built for as another board, and booted on
# the virtual board, whose console is then USART1. What is missing is said.
set -eu
source=$1
build=${SLIPWAY_BUILD:-$source/build}
work=$(mktemp -d)
port="$work/ein Gerät/my_board" # any name will do
out=$build/tests/board
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL

fail() {
    echo "board_test: $1" >&2
    exit 1
}

make_firmware() { make -s -C "$source" firmware OUT=tests/board BOARD="$port" CONFIG=APP_BALLAST_KB=0 >"$work/log" 2>&1; }

mkdir -p "$port"
cp "$source/examples/board/pins.h" "$source/examples/board/board.dts" "$port"
make_firmware || fail "$(cat "$work/log")"
"$build/slipway" board run "$out/merged.hex" --timing fast --console USART1 --uart none --log "$work/console" \
    --for 10 --until-text 'SMP server ready' --lint-stops >"$work/log" 2>&1 || fail "$(cat "$work/log" "$work/console")"
grep -q 'my_board, reset cause: power' "$work/console" || fail "$(cat "$work/console")"
grep -q 'Booting Slipway bootloader' "$work/console" || fail "$(cat "$work/console")"

rm "$port/pins.h"
make_firmware && fail 'built without a pins.h'
grep -q 'has no pins.h' "$work/log" || fail "$(cat "$work/log")"
rm -r "$port"
make_firmware && fail 'built without a folder'
grep -q 'is not a folder' "$work/log" || fail "$(cat "$work/log")"
