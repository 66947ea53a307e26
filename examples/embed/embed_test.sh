#!/bin/sh
# embed_test.sh SOURCE BUILD - install the library into an empty folder, build the example against nothing else, run it.
set -eu
source=$1
build=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --component vboard --prefix "$work/usr" >/dev/null
cp "$source/examples/embed/power_cut_test.c" "$source/examples/embed/Makefile" "$work"
PKG_CONFIG_PATH=$work/usr/lib/pkgconfig CFLAGS=-Werror make -s -C "$work"
"$work/power_cut_test" "$source/build/nucleo_h753zi/merged.hex" "$source/build/tests/nucleo_h753zi-2.0.0.bin"
