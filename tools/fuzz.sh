#!/bin/sh
# fuzz.sh SECONDS [OTHERS] - the parsers of what a device receives or finds in its slots (image, SMP frame, CBOR) for
# SECONDS each, the other fuzz targets for OTHERS seconds (default: the same), with ASan and UBSan, two at a time. A
# crash leaves its input beside the log in build/fuzz/out and fails the run.
set -eu
seconds=${1:-60}
others=${2:-$seconds}
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
cd "$top"
CC=clang tools/build.sh fuzz all -DSLIPWAY_FUZZ=ON
out=$build/fuzz/out
mkdir -p "$out"

run_one() {
    target=$1
    name=$(basename "$target")
    case $name in
    fuzz_image | fuzz_smp_frame | fuzz_smp_server) limit=$seconds ;;
    *) limit=$others ;;
    esac
    corpus=$out/corpus-$name
    mkdir -p "$corpus"
    seeds=tests/fuzz/$name
    [ -d "$seeds" ] || seeds=
    if ! "$target" -max_total_time="$limit" -timeout=20 -rss_limit_mb=4096 -max_len=8192 -artifact_prefix="$out/$name-" \
        -print_final_stats=1 "$corpus" ${seeds:+"$seeds"} >"$out/$name.log" 2>&1; then
        echo "fuzz: $name: FAILED, see $out/$name.log" >&2
        grep -m3 -E 'ERROR|SUMMARY|Test unit' "$out/$name.log" >&2
        return 1
    fi
    printf 'fuzz: %-20s %s runs\n' "$name" "$(sed -n 's/^stat::number_of_executed_units: *//p' "$out/$name.log")"
}

status=0
pids=
for name in $(cd "$build/fuzz" && find . -path ./out -prune -o -type f -name 'fuzz_*' -perm -u+x -print | sort); do
    run_one "$build/fuzz/$name" &
    pids="$pids $!"
    if [ "$(echo $pids | wc -w)" -ge 2 ]; then
        for pid in $pids; do wait "$pid" || status=1; done
        pids=
    fi
done
for pid in $pids; do wait "$pid" || status=1; done
exit $status
