#!/bin/sh
# flash.sh BUILD - program bootloader and signed application into a NUCLEO board through its ST-LINK.
set -eu
build=$1
command -v openocd >/dev/null || {
    echo "error: openocd is not installed" >&2
    echo "  next: apt-get install openocd, or program $build/merged.hex with your own tool" >&2
    exit 2
}
# OpenOCD has a file for parts with one bank and one for those with two.
banks=$("$(dirname "$0")/../build/slipway" --json layout show "$build/board.dtb" | sed -n 's/.*"banks": \([0-9]*\).*/\1/p')
chip=stm32h7x
[ "$banks" = 1 ] || chip=stm32h7x_dual_bank
exec openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f target/$chip.cfg \
    -c "program $build/merged.hex verify reset exit"
