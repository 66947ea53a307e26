#!/bin/sh
# cut.sh - power fails in the middle of a compaction. On the virtual board a setting is saved, the storage's one sector is
# filled with another, and the board is killed while what counts moves through a sector of slot1. Then it is read back.
#
# usage: examples/settings/cut.sh       (after make firmware or make demo; SLIPWAY_BUILD: the build folder)
set -eu
build=${SLIPWAY_BUILD:-build}
work=$(mktemp -d)
board= writer=
finish() {
    kill -9 $board $writer 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT

slipway() { "$build/slipway" --port "$work/uart" "$@"; }
power_on() { # [PROGRAM]
    "$build/slipway" board run "$@" --flash "$work/flash" --uart pty:"$work/uart" --log "$work/console" \
        >/dev/null 2>"$work/board" &
    board=$!
    until grep -q 'SMP server ready' "$work/console" 2>/dev/null; do
        kill -0 $board 2>/dev/null || { cat "$work/board" >&2; exit 1; }
        sleep 0.1
    done
}
# Where in flash a store begins, of two places: its header says "SLST" (core/settings/DESIGN.md).
stores() { # OFFSETS
    for sector in "$@"; do
        [ "$(dd if="$work/flash" bs=4 count=1 skip=$((0x$sector / 4)) 2>/dev/null)" != SLST ] || printf ' 0x%s' $sector
    done
}

power_on "$build/nucleo_h753zi/merged.hex"
slipway settings write net/ip 10.0.0.1 >/dev/null
slipway settings save >/dev/null
echo "saved    net/ip = $(slipway settings read net/ip); the store is at$(stores 1a0000 1e0000)"

# Each value takes 10 flash words. The last save finds no room: what counts goes into the last free sector of slot1, storage
# is erased, what counts comes back, and that sector is erased.
long=$(printf '%0240d' 0)
(
    n=0
    while slipway settings write a/name/that/takes/up/room/in/the/storage/of/this/board "$n-$long" --quiet &&
        slipway settings save --quiet --retries 0; do
        n=$((n + 1))
        echo $n >"$work/written"
    done
) >/dev/null 2>&1 &
writer=$!
until [ -n "$(stores 1a0000)" ]; do
    kill -0 $writer 2>/dev/null || { echo "the values were not saved" >&2; exit 1; }
done
kill -9 $board
wait $board 2>/dev/null || true
echo "cut      after $(cat "$work/written") saves more, while storage is erased; a store is at$(stores 1a0000 1e0000)"

rm "$work/console"
power_on
echo "power on; the store is at$(stores 1a0000 1e0000)"
echo "read     net/ip = $(slipway settings read net/ip)"
