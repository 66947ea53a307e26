#!/bin/sh
# make_images.sh - images for the glitch test, under build/tests: a program of nothing but BKPT instructions, so that
# whoever enters it anywhere stops the board. Signed by the bootloader's key, by a stranger's, and by nobody.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
out=$top/build/tests
slipway=${SLIPWAY:-$top/build/slipway}
mkdir -p "$out"
[ -f "$out/stranger.pem" ] || "$slipway" keygen -t ecdsa-p256 -k "$out/stranger.pem" >/dev/null

# SP 0x20020000, PC 0x08020409: slot0, behind a header of 0x400 bytes and these two vectors.
printf '\000\000\002\040\011\004\002\010' >"$out/glitch.payload"
head -c 760 /dev/zero | tr '\0' '\276' >>"$out/glitch.payload"

sign() { # output [key option]
    name=$1
    shift
    "$slipway" sign "$@" --version 9.9.9 --header-size 0x400 --pad-header --slot-size 0xe0000 --align 32 --max-align 32 \
        "$out/glitch.payload" "$out/glitch-$name.bin" >/dev/null
}
sign genuine --key "$top/build/keys/dev-ecdsa-p256.pem"
sign stranger --key "$out/stranger.pem"
sign unsigned
