#!/bin/sh
# boards.sh - virtual boards that run the sample 1.0.0, with their consoles at build/fleet/uart1, uart2, ...
#
# usage: examples/gateway/boards.sh [N]       (default 3; after make; ends with Ctrl-C)
set -eu
build=${SLIPWAY_BUILD:-build}
fleet=$build/fleet
firmware=$build/nucleo_h753zi
boards=
mkdir -p "$fleet"
trap 'kill $boards 2>/dev/null || true; wait' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

for n in $(seq "${1:-3}"); do
    rm -f "$fleet/console$n" "$fleet/flash$n"
    "$build/slipway" board run "$firmware/bootloader.elf" "$firmware/smp_server.signed.hex" --flash "$fleet/flash$n" \
        --uart "pty:$fleet/uart$n" --log "$fleet/console$n" --quiet &
    boards="$boards $!"
done
for n in $(seq "${1:-3}"); do
    until grep -q 'SMP server ready' "$fleet/console$n" 2>/dev/null; do sleep 0.1; done
done
echo "${1:-3} boards run"
wait
