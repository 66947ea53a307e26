#!/bin/sh
# board_test.sh SOURCE - the example, copied out of the tree into a folder of its own, built for as another board, and booted on
# the virtual board, whose console is then USART1. What is missing is said.
set -eu
source=$1
work=$(mktemp -d)
out=$source/build/my_board
trap 'rm -rf "$work" "$out" "$out.log"' EXIT
unset MAKEFLAGS MAKELEVEL

fail() {
    echo "board_test: $1" >&2
    exit 1
}

build() { make -s -C "$source" firmware BOARD="$work/my_board" CONFIG=APP_BALLAST_KB=0 >"$work/log" 2>&1; }

mkdir "$work/my_board"
cp "$source/examples/board/pins.h" "$source/examples/board/board.dts" "$work/my_board"
build || fail "$(cat "$work/log")"
"$source/build/slipway" board run "$out/merged.hex" --timing fast --console USART1 --uart none --log "$work/console" \
    --for 10 --until-text 'SMP server ready' --lint-stops >"$work/log" 2>&1 || fail "$(cat "$work/log" "$work/console")"
grep -q 'my_board, reset cause: power' "$work/console" || fail "$(cat "$work/console")"
grep -q 'Booting Slipway bootloader' "$work/console" || fail "$(cat "$work/console")"

rm "$work/my_board/pins.h"
build && fail 'built without a pins.h'
grep -q 'has no pins.h' "$work/log" || fail "$(cat "$work/log")"
rm -r "$work/my_board"
build && fail 'built without a folder'
grep -q 'is not a folder' "$work/log" || fail "$(cat "$work/log")"
