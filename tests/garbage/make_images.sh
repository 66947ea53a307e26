#!/bin/sh
# make_images.sh - images for the garbage test, under build/tests: programs of nothing but BKPT instructions, so that
# whoever enters one anywhere stops the board. Two genuine versions, one linked for another place, one by a stranger.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
out=$top/build/tests
slipway=${SLIPWAY:-$top/build/slipway}
mkdir -p "$out"
[ -f "$out/garbage-stranger.pem" ] || "$slipway" keygen -t ecdsa-p256 -k "$out/garbage-stranger.pem" >/dev/null

payload() { # file, vectors, bytes
    printf "$2" >"$out/$1"
    head -c "$3" /dev/zero | tr '\0' '\276' >>"$out/$1"
}
# SP 0x20020000, PC 0x08020409: slot0, behind a header of 0x400 bytes and these two vectors; PC 0x20000001: RAM.
payload garbage-a.payload '\000\000\002\040\011\004\002\010' 760
payload garbage-b.payload '\000\000\002\040\011\004\002\010' 140000
payload garbage-astray.payload '\000\000\002\040\001\000\000\040' 760

sign() { # output, payload, version, key
    "$slipway" sign --key "$4" --version "$3" --header-size 0x400 --pad-header --slot-size 0xe0000 --align 32 \
        --max-align 32 "$out/garbage-$2.payload" "$out/garbage-$1.bin" >/dev/null
}
key=$top/build/keys/dev-ecdsa-p256.pem
sign a a 1.0.0 "$key"
sign b b 2.0.0 "$key"
sign astray astray 3.0.0 "$key"
sign stranger a 4.0.0 "$out/garbage-stranger.pem"
