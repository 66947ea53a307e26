#!/bin/sh
# make_broken.sh - bootloaders whose engine has a mistake, one of those of tools/closure_mutants.py:
# build/tests/broken-<STRATEGY>/bootloader.elf, with the layout and the configuration beside them.
set -eu
cd "$(dirname "$0")/../.."
build=${SLIPWAY_BUILD:-$PWD/build}

broken() { # strategy, mistake
    file=$(python3 tools/closure_mutants.py --write "$2" "$build/tests/broken-$1/source")
    tools/firmware.sh "tests/broken-$1" bootloader -DSTRATEGY="$1" -DSLIPWAY_BROKEN="$file"
}

broken swap-offset "resume ignores the checkpoint"
broken swap-move "move: record before the copy"
