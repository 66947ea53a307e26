#!/bin/sh
# test.sh - everything that must pass before a change lands. One line per stage; a failing stage prints its log.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"
started=$(date +%s)
failed=

stage() { # name command...
    name=$1
    shift
    printf '== %s\n' "$name"
    if ! "$@"; then
        printf '== FAILED: %s\n' "$name"
        failed="$failed, $name"
    fi
}

for build in default:none bank1:none default:BANK_SPLIT_2M; do
    stage "firmware: layout ${build%:*}, bug ${build#*:}" make -s firmware "LAYOUT=${build%:*}" "BUG=${build#*:}"
done
stage "host build" tools/quiet.sh build/host.log sh -c 'cmake -S . -B build/host -G Ninja && cmake --build build/host'
stage "sanitizer build" tools/quiet.sh build/asan.log sh -c \
    'cmake -S . -B build/asan -G Ninja -DSLIPWAY_SANITIZE=ON && cmake --build build/asan'
stage "check" tools/check.sh
stage "size" make -s size
jobs=$(nproc)
stage "unit tests (ASan, UBSan), and some cases of each sweep" ctest --test-dir build/asan -L unit -j"$jobs" --no-tests=error --output-on-failure
stage "sweeps" ctest --test-dir build/host -L sweep -j"$jobs" --no-tests=error --output-on-failure
stage "whole-system and interop tests" ctest --test-dir build/host -L system -j"$jobs" --no-tests=error --output-on-failure
stage "fuzz" tools/fuzz.sh 40 10
printf '== %d s\n' $(($(date +%s) - started))
if [ -n "$failed" ]; then
    printf 'make test: FAILED:%s\n' "${failed#,}"
    exit 1
fi
printf 'make test: everything passed\n'
