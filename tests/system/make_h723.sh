#!/bin/sh
# make_h723.sh - the firmware of the NUCLEO-H723ZG and its signed images under build/tests; and two more of version 2.0.0,
# which differ in the part's mark in the vector table: one names the STM32H753, the other has none. In a single slot an image
# as large as that of the NUCLEO-H753ZI fits: for the time of a boot.
set -eu
. "$(dirname "$0")/../images.sh"
board=nucleo_h723zg
"$top/tests/system/make_images.sh" $board $board-single
size=$(sed -n 's/^SLOT0_SIZE = \(.*\);/\1/p' "$out/$board/generated/partitions.ld")

marked() { # mark, image
    LC_ALL=C sed "s/SOC:stm32h723/$1/" "$out/$board/smp_server.bin" >"$out/marked.bin"
    cmp -s "$out/marked.bin" "$out/$board/smp_server.bin" && { echo "make_h723: the program has no mark" >&2; exit 1; }
    sign_image "$out/marked.bin" "$out/$2" 2.0.0 --slot-size "$size" --key "$key"
}
marked SOC:stm32h753 $board-other-part.bin
marked NIL:stm32h723 $board-no-mark.bin
