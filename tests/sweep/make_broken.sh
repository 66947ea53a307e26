#!/bin/sh
# make_broken.sh - bootloaders whose engine has a mistake, one of those of tools/closure_mutants.py:
# build/broken-<STRATEGY>/bootloader.elf, with the layout and the configuration beside them.
set -eu
cd "$(dirname "$0")/../.."

build() { # strategy, mistake
    file=$(python3 tools/closure_mutants.py --write "$2" "build/broken-$1/source")
    tools/firmware.sh "broken-$1" bootloader -DSTRATEGY="$1" -DSLIPWAY_BROKEN="$PWD/$file"
}

build swap-offset "resume ignores the checkpoint"
build swap-move "move: record before the copy"
