#!/bin/sh
# demo.sh FOLDER [PORT] - a whole update: a board that runs 1.0.0 from slot0 takes 2.0.0 over
# mcumgr, swaps to it, proves it and keeps it. Without PORT the board is the virtual one, which boots what
# a debugger would have programmed; with PORT it is a real board that `make flash` has prepared.
set -eu
target=$1 port=${2:-}
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
build=${build#"$PWD/"}
slipway=$build/slipway
work=$build/demo
board_pid=

stop_board() {
    if [ -n "$board_pid" ]; then
        kill "$board_pid" 2>/dev/null || true
        wait "$board_pid" 2>/dev/null || true
        board_pid=
    fi
}
trap stop_board EXIT
trap 'exit 130' INT TERM

step() { printf '\n== %s\n' "$*"; }

# The virtual board in the background, its UART behind a link, its console in a log.
start_board() {
    rm -rf "$work" && mkdir -p "$work"
    "$slipway" board run "$target/merged.hex" --flash "$work/flash.bin" --uart "pty:$work/uart" \
        --log "$work/console.log" >"$work/board.txt" &
    board_pid=$!
    for _ in $(seq 100); do
        grep -q 'SMP server ready' "$work/console.log" 2>/dev/null && break
        kill -0 "$board_pid" 2>/dev/null || { echo "error: the virtual board stopped" >&2; exit 1; }
        sleep 0.1
    done
    cat "$work/console.log"
    port=$work/uart
}

application=$(cat "$target/generated/application")
# Direct-XIP: the package has the image for either slot.
new=$application-2.0.0.signed.bin
if grep -q '^CONFIG_BOOT_DIRECT_XIP=y' "$target/.config"; then
    new=$application-2.0.0.zip
fi
export SLIPWAY_NO_KEY_WARNING=1 # the build has given it
"$top/tools/package.sh" "$target" 2.0.0
"$top/tools/package.sh" "$target" 1.0.0

board=$(sed -n 's/.*model = "STMicroelectronics \(.*\)".*/\1/p' "$target/generated/board.dts.pp")
if [ -z "$port" ]; then
    step "Partitions of $(basename "$target")"
    "$slipway" layout show "$target/board.dtb"
    step "The virtual ${board:-board} boots 1.0.0 from slot0"
    start_board
fi

step "slipway update $new"
"$slipway" --port "$port" update "$target/$new"

step "slipway image list"
"$slipway" --port "$port" image list

if [ -n "$board_pid" ]; then
    stop_board
    printf '\nThe virtual board '
    grep '^ran:' "$work/board.txt"
    printf 'The console of the whole run: %s\n' "$work/console.log"
fi
