#!/bin/sh
# product_test.sh SOURCE - the example, copied out of the tree into a folder of its own, built there as a
# person would, with another partition table, and updated on the virtual board. What is missing is said.
set -eu
source=$1
build=${SLIPWAY_BUILD:-$source/build}
work=$(mktemp -d)
mkdir "$work/mein Gerät" # any name will do
board_pid=
finish() {
    [ -z "$board_pid" ] || kill "$board_pid" 2>/dev/null || true
    rm -rf "$work"
}
trap finish EXIT
unset MAKEFLAGS MAKELEVEL
slipway=$build/slipway

fail() {
    echo "product_test: $1" >&2
    exit 1
}

cp -r "$source/examples/product" "$work/mein Gerät/my_product"
rm "$work/mein Gerät/my_product/product_test.sh"
sed -i 's/product ready/my product 1 ready/' "$work/mein Gerät/my_product/main.c"
build() { # version
    make -s -C "$source" firmware OUT=tests/product APP="$work/mein Gerät/my_product" VERSION="$1" >"$work/log" 2>&1 ||
        fail "$(cat "$work/log")"
}
out=$build/tests/product

build 1.0.0
grep -q '"packageFileName": "product.bin"' "$out/product.spdx.json" || fail 'the product has no SBOM'
grep -q '"name": "slipway-bootloader"' "$out/bootloader.cdx.json" || fail 'sbom.txt of the product has changed the name of the bootloader'
grep -q '^CONFIG_BOOT_WATCHDOG_TIMEOUT_MS=16000$' "$out/.config" || fail 'prj.conf has no effect'
cp "$out/merged.hex" "$out/product.signed.bin" "$work"
sed -i 's/my product 1 ready/my product 2 ready/' "$work/mein Gerät/my_product/main.c"
sed -i 's/=16000/=15000/' "$work/mein Gerät/my_product/prj.conf"
build 2.0.0
grep -q '^CONFIG_BOOT_WATCHDOG_TIMEOUT_MS=15000$' "$out/.config" || fail 'a change of prj.conf has no effect'
"$slipway" layout show "$out/board.dtb" >"$work/layout"
grep -q '^storage .* 256 ' "$work/layout" || fail "$(cat "$work/layout")"

"$slipway" board run "$work/merged.hex" --timing fast --uart pty:"$work/uart" --log "$work/console" >"$work/board" 2>&1 &
board_pid=$!
for _ in $(seq 200); do
    grep -q 'my product 1 ready' "$work/console" 2>/dev/null && break
    kill -0 "$board_pid" 2>/dev/null || fail "$(cat "$work/board")"
    sleep 0.1
done
"$slipway" --port "$work/uart" update "$out/product.signed.bin" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
grep -q 'my product 1 ready, start number 1' "$work/console" || fail "$(cat "$work/console")"
grep -q 'my product 2 ready, start number 2' "$work/console" || fail "$(cat "$work/console")"

# An application without a driver for the watchdog: it sleeps for ever, and is left alone only if the bootloader starts none.
printf '\000\000\002\040\011\004\002\010\060\277\375\347' >"$work/sleeper" # stack, reset; wfi; b
"$slipway" sign -k "$build/keys/dev-ecdsa-p256.pem" -v 1.0.0 -H 0x400 --pad-header --align 32 --layout "$out/board.dtb" \
    "$work/sleeper" "$work/sleeper.bin" >"$work/log" 2>&1 || fail "$(cat "$work/log")"
is_reset() {
    "$slipway" board run "$out/bootloader.elf" "$work/sleeper.bin@0x08020000" --uart none --timing fast --for 60 \
        --until-text 'Reset: watchdog' --log "$work/console" >"$work/log" 2>&1
}
is_reset || fail "the watchdog does not run: $(cat "$work/log" "$work/console")"
sed -i 's/^CONFIG_BOOT_WATCHDOG_TIMEOUT_MS=.*/CONFIG_BOOT_WATCHDOG=n/' "$work/mein Gerät/my_product/prj.conf"
build 3.0.0
grep -q '^CONFIG_BOOT_WATCHDOG_TIMEOUT_MS=0$' "$out/.config" || fail 'CONFIG_BOOT_WATCHDOG=n has no effect'
is_reset && fail 'CONFIG_BOOT_WATCHDOG=n: the watchdog runs all the same'
grep -q "Jumping to the first image slot" "$work/console" || fail "$(cat "$work/console")"

# What people forget.
rm "$work/mein Gerät/my_product/CMakeLists.txt"
make -s -C "$source" firmware OUT=tests/product APP="$work/mein Gerät/my_product" >"$work/log" 2>&1 &&
    fail 'built without a CMakeLists.txt'
grep -q 'has no CMakeLists.txt' "$work/log" || fail "$(cat "$work/log")"
make -s -C "$source" firmware OUT=tests/product APP="$work/none" >"$work/log" 2>&1 && fail 'built without a folder'
grep -q 'is not a folder' "$work/log" || fail "$(cat "$work/log")"
