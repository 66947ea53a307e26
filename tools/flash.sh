#!/bin/sh
# flash.sh FOLDER - program bootloader and signed application into a NUCLEO board through its ST-LINK.
set -eu
folder=$1
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
command -v openocd >/dev/null || {
    echo "error: openocd is not installed" >&2
    echo "  next: apt-get install openocd, or program $folder/merged.hex with your own tool" >&2
    exit 2
}
# OpenOCD has a file for parts with one bank and one for those with two.
banks=$("$build/slipway" --json layout show "$folder/board.dtb" | sed -n 's/.*"banks": \([0-9]*\).*/\1/p')
chip=stm32h7x
[ "$banks" = 1 ] || chip=stm32h7x_dual_bank
exec openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f target/$chip.cfg \
    -c "program {$folder/merged.hex} verify reset exit"
