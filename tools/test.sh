#!/bin/sh
# test.sh - everything that must pass before a change lands. One line per stage; a failing stage prints its log.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
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

stage "host build" tools/build.sh host all
stage "sanitizer build" tools/build.sh asan all -DSLIPWAY_SANITIZE=ON
stage "check" tools/check.sh
stage "size" tools/size.sh "$build/tests/nucleo_h753zi"
jobs=$(nproc)
stage "unit tests (ASan, UBSan), and some cases of each sweep" \
    ctest --test-dir "$build/asan" -L unit -j"$jobs" --no-tests=error --output-on-failure
stage "sweeps" ctest --test-dir "$build/host" -L sweep -j"$jobs" --no-tests=error --output-on-failure
stage "whole-system and interop tests" \
    ctest --test-dir "$build/host" -L system -j"$jobs" --no-tests=error --output-on-failure
stage "commands of the documents" python3 tests/docs/docs_test.py
stage "fuzz" tools/fuzz.sh 30 6
printf '== %d s\n' $(($(date +%s) - started))
if [ -n "$failed" ]; then
    printf 'make test: FAILED:%s\n' "${failed#,}"
    exit 1
fi
printf 'make test: everything passed\n'
