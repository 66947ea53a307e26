#!/bin/sh
# make_images.sh - images for the glitch test, under build/tests/glitch-*.bin: a program of nothing but BKPT instructions.
# Signed by the bootloader's key, by a stranger's, and by nobody.
set -eu
. "$(dirname "$0")/../images.sh"
other_key "$out/stranger.pem"
bkpt_program "$out/glitch.payload" 760
sign_image "$out/glitch.payload" "$out/glitch-genuine.bin" 9.9.9 --key "$key"
sign_image "$out/glitch.payload" "$out/glitch-stranger.bin" 9.9.9 --key "$out/stranger.pem"
sign_image "$out/glitch.payload" "$out/glitch-unsigned.bin" 9.9.9
