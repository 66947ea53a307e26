#!/bin/sh
# build.sh NAME TARGETS [CMAKE OPTION...] - configure the folder NAME of the build folder (build/, or SLIPWAY_BUILD) and build
# TARGETS there: words; all. The output goes into NAME.log beside the folder; of a failure the reason is shown.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
name=$1 targets=$2 folder=$build/$1 log=$build/$1.log
shift 2
case "${1:--}" in
-*) ;;
*) printf 'error: %s is no option of CMake\n  next: write the targets as one word: "%s %s"\n' "$1" "$targets" "$1" >&2; exit 2 ;;
esac
# While this build runs, also if the make that began it was killed, no other make takes the folder (build_folder.sh).
mkdir -p "$build"
exec 8>>"$build/.make"
flock -s 8
shown() { printf '%s' "${1#"$PWD/"}"; }

# CMake refuses the cache of a checkout, or of a build folder, that was somewhere else.
cache=$folder/CMakeCache.txt
was() { sed -n "s/^$1:INTERNAL=//p" "$cache"; }
if [ -f "$cache" ] && { [ "$(was CMAKE_HOME_DIRECTORY)" != "$top" ] || [ "$(was CMAKE_CACHEFILE_DIR)" != "$folder" ]; }; then
    printf 'note: %s was configured for %s: this was moved or copied, and is configured anew\n' "$(shown "$folder")" \
        "$(was CMAKE_HOME_DIRECTORY)" >&2
    rm -rf "$cache" "$folder/CMakeFiles"
fi

# What the log says of the reason: our own errors with their next steps; else what a failed command of ninja printed; else
# CMake's; else its end.
reason() {
    awk '
        /^([a-z][a-z ]*: )?error: / { ours = 1; print; next }
        ours && /^  / { print; next }
        { ours = 0 }' "$log" | grep . && return
    awk '
        /^FAILED: / { failed = 1; print; getline; next }
        /^\[[0-9]+\/[0-9]+\] / || /^ninja: / { failed = 0 }
        failed { print }' "$log" | grep . && return
    awk '/^CMake Error/ { cmake = 1 } /^(-- |Call Stack)/ { cmake = 0 } cmake { print }' "$log" | grep . && return
    tail -n 20 "$log"
}

# shellcheck disable=SC2016
"$top/tools/alive.sh" "$name" "$log" sh -c '
    top=$1 folder=$2 targets=$3
    shift 3
    cmake -S "$top" -B "$folder" -G Ninja "$@" && cmake --build "$folder" --target $targets' \
    sh "$top" "$folder" "$targets" -DSLIPWAY_BUILD="$build" "$@" || {
    status=$?
    case $status in 129 | 130 | 143) exit $status ;; esac # a person has stopped it
    reason >&2
    echo "  log: $(shown "$log")" >&2
    exit 1
}
