#!/bin/sh
# make_glitch_images.sh - images for the glitch test, under build/tests/glitch-*.bin: a program of nothing but BKPT
# instructions, and one that runs in RAM. Signed with the bootloader's key, with one that it does not trust, and not signed.
set -eu
. "$(dirname "$0")/../images.sh"
other_key "$out/stranger.pem"
bkpt_program "$out/glitch.payload" 760
bkpt_program "$out/glitch-ram.payload" 760 '\000\000\002\040\011\004\000\044' # PC 0x24000409

for name in glitch glitch-ram; do
    more=
    [ "$name" = glitch ] || more="--load-addr 0x24000000"
    sign_image "$out/$name.payload" "$out/$name-genuine.bin" 9.9.9 $more --key "$key"
    sign_image "$out/$name.payload" "$out/$name-stranger.bin" 9.9.9 $more --key "$out/stranger.pem"
    sign_image "$out/$name.payload" "$out/$name-unsigned.bin" 9.9.9 $more
done
