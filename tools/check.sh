#!/bin/sh
# check.sh - what a script can check before a review: layers, format, static analysis, and tools/house.py's rules.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
cd "$top"
status=0

part() { # name command...
    name=$1
    shift
    if "$@" >"$build/check.log" 2>&1; then
        printf 'check: %-10s ok\n' "$name"
    else
        cat "$build/check.log"
        printf 'check: %-10s FAILED\n' "$name"
        status=1
    fi
}

sources() { git ls-files '*.c' '*.h'; }
format() { sources | xargs "$build/venv/bin/clang-format" --dry-run -Werror; }
analyse() {
    sources | grep '\.c$' | grep -v '_test\.c$' | xargs cppcheck --quiet --std=c11 --error-exitcode=1 --inline-suppr -j2 \
        --enable=warning,portability,performance --suppressions-list=tools/cppcheck.txt -I. -Ihost/mmio
}

mkdir -p "$build"
part layers python3 tools/layers.py
part format format
part cppcheck analyse
part house python3 tools/house.py
exit $status
