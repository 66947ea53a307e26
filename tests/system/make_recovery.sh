#!/bin/sh
# make_recovery.sh - the bootloader with serial recovery, build/tests/nucleo_h753zi-recovery/bootloader.elf.
set -eu
exec "$(dirname "$0")/../../tools/firmware.sh" tests/nucleo_h753zi-recovery bootloader -DSLIPWAY_KCONFIG=MCUBOOT_SERIAL=y
