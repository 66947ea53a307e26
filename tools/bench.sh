#!/bin/sh
# bench.sh [--json] - measure, and print a table, or one JSON object. It asserts nothing, since the machine may be busy.
#
# Time on the virtual board, with the datasheet's typical flash times. It does not depend on the machine; the signature
# of another build has other bytes, which moves a figure in its fifth digit. NAME_bytes: the length of the image.
#   boot_ms                    power-on to the application's first instruction, 1.0.0 on the NUCLEO-H753ZI; nothing is
#                              updated, both verdicts on the image are made, the log has left the UART (boot_bytes)
#   boot_no_hash_ms            the same on the NUCLEO-H723ZG, whose part has no HASH unit, with a single slot, so that
#                              the image is as large (boot_no_hash_bytes)
#   boot_idle_ms, boot_idle_instructions     power-on until the application sleeps
#   upload_115200_s            first byte of the first upload request to the last byte of the last answer, into a slot
#                              that an older image fills, with our client (upload_bytes)
#   upload_115200_CLIENT_s     the same with mcumgr_toolkit and smpclient; no client's own time on the computer counts
#   upload_115200_best_peer_s  the better one of them
#   upload_115200_limit_s      what the bytes of the image take as lines of base64, with nothing around them
#   upload_fast_s              as upload_115200_s at 921600 baud: from the question whether the device has it, with proof and
#                              change of the speed, to the device's answer at 115200; upload_fast_limit_s: the bytes alone
#   zero_copy_reset_ms         first byte of the reset request to the new image's first instruction, direct-XIP
#                              (zero_copy_bytes)
#   swap_reset_ms              the same for swap using offset, with the image of the upload
#   zero_copy_flash_ms, swap_flash_ms        what the erases and programs in them take
#   settings_write_us          flash time of a value of 4 bytes under a name of 7, in a session that has written before
#   settings_writes_per_erase  such values in one sector of 128 KB
#   settings_start_ms          what a full sector adds to the application's start
# Instructions and bytes, for each KIND of signature and encryption:
#   signature_KIND_flash_bytes, _stack_bytes, _instructions    bootloader; stack of a whole boot; one signature check
#                              (pure: of an image of 5 KB)
#   encryption_KIND_flash_bytes                                bootloader: ECDSA P-256, swap using offset, AES-128
#   encryption_KIND_unwrap_instructions, _instructions_per_byte     an image key out of its TLV; the payload
# Of this machine's clock; peers run in turn with ours, so that a busy machine slows both:
#   rehearsal_cases_per_s      `slipway rehearse update --cuts 100` on all cores
#   report_draw_ms             `slipway report`: the page of a rehearsal with 10,000 cases (report_bytes)
#   report_open_ms             Chromium, from the request for that page to its second frame
#   cpu_mips, cpu_unicorn_mips, cpu_ratio_unicorn     SHA-256 over flash, best of 3; libunicorn with a block hook
#   sign_KIND_ms, sign_KIND_imgtool_ms, sign_KIND_ratio_imgtool    a whole `sign` of 1 MB, median of 7
#   snapshot_us, snapshot_worst_us                    vboard_copy of a booted board, processor time
# A ratio above 1: ours is so many times as good. In the JSON object a missing figure is null, and "missing" says why.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
cd "$top"
host=$build/host
python=$build/venv/bin/python
image=tests/nucleo_h753zi
loader=$image/bootloader.elf
values=$build/bench.txt
: >"$values"

say() { echo "bench: $*" >&2; }
value() { echo "$*" >>"$values"; }

# What a program has printed is in $text first, so that a program that fails ends this one.
# A kind as keys have it: ecdsa-p256 is p256, rsa-2048 is rsa_2048.
columns() { # awk program for $text, in which kind is the first column
    echo "$text" | awk '{ kind = $1; sub(/^ecdsa-/, "", kind); gsub(/-/, "_", kind) } '"$1" >>"$values"
}

{
    tools/build.sh host 'encryption_bench cpu_bench cpu_bench_unicorn kinds_bench board_bench device_bench peer_bench'
    tests/system/make_h723.sh
    tests/system/make_strategies.sh direct-xip
} >&2

say 'boot, upload and reset on the virtual board'
(cd "$build" && host/tests/bench/device_bench) >>"$values"
"$host/tests/bench/board_bench" "$build/$loader" "$build/tests/nucleo_h753zi/smp_server.signed.hex" >>"$values"
for client in mcumgr-toolkit smpclient; do
    say "upload with $client"
    key=upload_115200_$(echo $client | tr - _)_s
    (cd "$build" && host/tests/bench/peer_bench "$key" "$python" "$top/tests/bench/peers.py" $client '{}' \
        $image-3.0.0.bin) >>"$values" || value "$key - $client did not upload"
done

say 'power cuts'
text=$(cd "$build" && ./slipway rehearse update --cuts 100 $loader $image-1.0.0.bin $image-2.0.0.bin \
    2>&1 >/dev/null) || {
    echo "$text" >&2
    exit 1
}
columns '/^cuts +100 %/ { for (i = 2; i <= NF; i++) if ($i == "cases/s") print "rehearsal_cases_per_s", $(i - 1) }'

say 'the page of 10,000 cases'
(cd "$build" && "$python" "$top/tests/report/bench.py" ./slipway $loader $image-1.0.0.bin $image-2.0.0.bin) >>"$values"

say 'the core of the virtual board, and libunicorn'
bench=$host/vboard/cpu/cpu_bench
best() { sed -n 's/.*[ ,]\([0-9][0-9]*\) MIPS.*/\1/p' "$1" | sort -n | tail -n 1; }
ours=$build/bench-ours.txt
theirs=$build/bench-unicorn.txt
: >"$ours"
: >"$theirs"
for round in 1 2 3; do
    "$bench" "$bench.bin" >>"$ours"
    count=$(sed -n 's/.* \([0-9]*\) instructions.*/\1/p' "$ours" | tail -n 1)
    "${bench}_unicorn" "$bench.bin" "$count" >>"$theirs"
done
value "cpu_mips $(best "$ours")"
value "cpu_unicorn_mips $(best "$theirs")"

say 'sign, and imgtool'
text=$(tools/bench_sign.sh)
columns '$3 == "ms" { print "sign_" kind "_ms", $2; print "sign_" kind "_imgtool_ms", $4 }'

say 'kinds of signature'
(cd "$build" && "$python" "$top/tests/interop/make_kinds.py") >&2
text=$(while read -r kind; do
    echo "$kind $(arm-none-eabi-size -A "$build/tests/kinds/$kind/bootloader.elf" |
        awk '$3 >= 134217728 && $3 < 136314880 || $1 == ".data" { n += $2 } END { print n }')"
done <"$build/tests/kinds/list")
columns '{ print "signature_" kind "_flash_bytes", $2 }'
text=$(cd "$build" && host/tests/interop/kinds_bench)
columns '$2 ~ /^[0-9]+$/ { print "signature_" kind "_instructions", $2
                           print "signature_" kind "_stack_bytes", $3; next }
         NR > 1 { print >"/dev/stderr" }'

say 'kinds of encryption'
text=$(cd "$build" && "$python" "$top/tests/interop/make_encryption.py" --bytes)
columns '$2 ~ /^[0-9]+$/ { print "encryption_" kind "_flash_bytes", $2; next } { print >"/dev/stderr" }'
(cd "$build" && "$python" "$top/tests/interop/make_encryption.py") >&2
text=$(cd "$build" && host/tests/interop/encryption_bench)
columns '$2 ~ /^[0-9]+$/ { print "encryption_" kind "_unwrap_instructions", $2
                           print "encryption_" kind "_instructions_per_byte", $3; next }
         NR > 1 { print >"/dev/stderr" }'

"$python" tests/bench/bench_table.py "$values" "$@"
