#!/bin/sh
# make_garbage_images.sh - images for the garbage test, under build/tests/garbage-*.bin: programs of nothing but BKPT
# instructions. Two genuine versions, one linked for another address, one signed with a key that is not trusted.
set -eu
. "$(dirname "$0")/../images.sh"
other_key "$out/garbage-stranger.pem"
bkpt_program "$out/garbage-a.payload" 760
bkpt_program "$out/garbage-b.payload" 140000
bkpt_program "$out/garbage-astray.payload" 760 '\000\000\002\040\001\000\000\040' # PC 0x20000001: RAM

sign() { # name, program, version, key
    sign_image "$out/garbage-$2.payload" "$out/garbage-$1.bin" "$3" --key "$4"
}
sign a a 1.0.0 "$key"
sign b b 2.0.0 "$key"
sign astray astray 3.0.0 "$key"
sign stranger a 4.0.0 "$out/garbage-stranger.pem"
