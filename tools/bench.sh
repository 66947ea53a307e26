#!/bin/sh
# bench.sh - speed as ratios and instruction counts. It prints and asserts nothing, since the machine may be busy.
# The two engines run in turn, three times; the best of each counts.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
cd "$top"
host=$build/host
target=$build/tests/nucleo_h753zi

tools/build.sh host 'encryption_bench cpu_bench cpu_bench_unicorn board_bench kinds_bench'

# The number before MIPS, the best of all lines.
best() { sed -n 's/.*[ ,]\([0-9][0-9]*\) MIPS.*/\1/p' "$1" | sort -n | tail -n 1; }

ours=$build/bench-ours.txt
theirs=$build/bench-unicorn.txt
: >"$ours"
: >"$theirs"
for round in 1 2 3; do
    "$host/vboard/cpu/cpu_bench" "$host/vboard/cpu/cpu_bench.bin" >>"$ours"
    count=$(sed -n 's/.* \([0-9]*\) instructions.*/\1/p' "$ours" | tail -n 1)
    "$host/vboard/cpu/cpu_bench_unicorn" "$host/vboard/cpu/cpu_bench.bin" "$count" >>"$theirs"
done
a=$(best "$ours")
b=$(best "$theirs")
printf 'SHA-256 over flash, %s instructions, best of 3:\n' "$count"
printf '  this core                      %4s MIPS\n' "$a"
printf '  libunicorn with a block hook   %4s MIPS\n' "$b"
awk -v a="$a" -v b="$b" 'BEGIN { printf "  ratio                          %.2f\n", a / b }'
"$host/tests/bench/board_bench" "$target/bootloader.elf" "$target/smp_server.signed.hex"
"$top/tests/system/make_h723.sh"
one_bank=$build/tests/nucleo_h723zg-single
"$host/tests/bench/board_bench" "$one_bank/bootloader.elf" "$one_bank/smp_server.signed.hex" boot

echo 'Bootloader by kind of signature, flash in bytes:'
(cd "$build" && venv/bin/python "$top/tests/interop/make_kinds.py")
while read -r kind; do
    printf '  %-16s %8d\n' "$kind" "$(arm-none-eabi-size -A "$build/tests/kinds/$kind/bootloader.elf" |
        awk '$3 >= 134217728 && $3 < 136314880 || $1 == ".data" { n += $2 } END { print n }')"
done <"$build/tests/kinds/list"
echo 'One signature check on the virtual board, and the whole boot'"'"'s stack (pure: an image of 5 KB):'
(cd "$build" && host/tests/interop/kinds_bench)

echo 'Bootloader by kind of encryption, flash in bytes, and more than without (ECDSA P-256, swap using offset, AES-128):'
(cd "$build" && venv/bin/python "$top/tests/interop/make_encryption.py" --bytes && venv/bin/python "$top/tests/interop/make_encryption.py")
echo 'On the virtual board, in instructions: an image key out of its TLV, and the payload:'
(cd "$build" && host/tests/interop/encryption_bench)
tools/bench_sign.sh
