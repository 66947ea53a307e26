#!/bin/sh
# flash.sh BUILD - program bootloader and signed application into a NUCLEO-H753ZI through its ST-LINK.
set -eu
build=$1
command -v openocd >/dev/null || {
    echo "error: openocd is not installed" >&2
    echo "  next: apt-get install openocd, or program $build/merged.hex with your own tool" >&2
    exit 2
}
exec openocd -f interface/stlink.cfg -c 'transport select hla_swd' -f target/stm32h7x_dual_bank.cfg \
    -c "program $build/merged.hex verify reset exit"
