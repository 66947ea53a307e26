#!/bin/sh
# make_broken.sh - a bootloader whose engine has a mistake, build/nucleo_h753zi-broken/bootloader.elf (one of those of
# tools/closure_mutants.py), and an image as large as the closure's image B: five of seven sectors.
set -eu
. "$(dirname "$0")/../images.sh"
cd "$top"
file=$(python3 tools/closure_mutants.py --write "resume ignores the checkpoint" "$top/build/nucleo_h753zi-broken/source")
tools/firmware.sh nucleo_h753zi-broken bootloader -DSLIPWAY_BROKEN="$file"
bkpt_program "$out/replay-b.payload" 600000
sign_image "$out/replay-b.payload" "$out/replay-b.bin" 2.0.0 --key "$key"
