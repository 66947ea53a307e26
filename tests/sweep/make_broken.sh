#!/bin/sh
# make_broken.sh - bootloaders whose engine has a mistake, one of those of tools/closure_mutants.py:
# build/broken-<LAYOUT>/bootloader.elf, with the layout and the configuration beside them.
set -eu
cd "$(dirname "$0")/../.."

build() { # layout, mistake
    file=$(python3 tools/closure_mutants.py --write "$2" "build/broken-$1/source")
    tools/firmware.sh "broken-$1" bootloader -DLAYOUT="$1" -DSLIPWAY_BROKEN="$PWD/$file"
}

build default "resume ignores the checkpoint"
build move "move: record before the copy"
