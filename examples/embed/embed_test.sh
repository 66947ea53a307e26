#!/bin/sh
# embed_test.sh SOURCE - install into an empty folder, build the example against nothing else, run it and the program.
set -eu
source=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MAKELEVEL
build=${SLIPWAY_BUILD:-$source/build}
firmware=$build/tests/nucleo_h753zi/merged.hex

fail() {
    echo "embed_test: $1" >&2
    exit 1
}

make -s -C "$source" install PREFIX=/opt/slipway DESTDIR="$work" >"$work/log" || fail "$(cat "$work/log")"
prefix=$work/opt/slipway
cp -r "$prefix/share/slipway/examples/embed" "$work/embed"
PKG_CONFIG_PATH=$prefix/lib/pkgconfig CFLAGS=-Werror make -s -C "$work/embed"
"$work/embed/power_cut_test" "$firmware" "$build/tests/nucleo_h753zi-2.0.0.bin"

for file in man/man1/slipway-update.1 bash-completion/completions/slipway zsh/site-functions/_slipway \
    fish/vendor_completions.d/slipway.fish; do
    [ -s "$prefix/share/$file" ] || fail "make install did not put share/$file"
done

# The program works without the source tree.
cd /
"$prefix/bin/slipway" board run "$firmware" --uart none --for 5 --until-text 'SMP server ready' >"$work/log" ||
    fail "$(cat "$work/log")"
# A PREFIX that cannot be created is an error.
make -s -C "$source" install PREFIX="$work/log/slipway" DESTDIR= 2>"$work/errors" && fail 'installed into a file'
grep -q "cannot write to $work/log/slipway" "$work/errors" || fail "$(cat "$work/errors")"
