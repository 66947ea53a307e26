#!/bin/sh
# development_key_test.sh TOP SLIPWAY - a key that a build made is recognised as a development key: under another name, by
# its public half, without its mark. A product build refuses it; verify --against and layout check warn of it. Other keys
# are not taken for one.
set -eu
cd "$1"
slipway=$2
unset MAKEFLAGS MAKELEVEL KEY PRODUCT SLIPWAY_NO_KEY_WARNING
build=${SLIPWAY_BUILD:-$PWD/build}
work=$build/tests/development-key-files
name=tests/development-key
out=$build/$name
rm -rf "$work"
mkdir -p "$work"
made=$build/keys/dev-ecdsa-p256.pem
mark='Slipway development key'

fail() {
    echo "error: $1" >&2
    [ ! -f "$work/said" ] || cat "$work/said" >&2
    exit 1
}

# The bootloader's table: what it says of the last key, and that a product refuses it (1) or takes it (0).
signing() { # development, pem...
    want=$1
    shift
    tools/keys_c.sh "$slipway" ecdsa-p256 0 "$work/keys.c" "$@" >"$work/said" 2>&1 || fail "$*: the table was not made"
    grep -q "bootutil_development_keys, $want\"" "$work/keys.c" || fail "$*: it is not the table of $want"
    if tools/keys_c.sh "$slipway" ecdsa-p256 1 "$work/keys.c" "$@" >"$work/said" 2>&1; then
        [ "$want" = 0 ] || fail "$*: a product was built with a development key"
    else
        [ "$want" != 0 ] || fail "$*: a product's own key was refused"
        grep -q 'is a DEVELOPMENT KEY' "$work/said" || fail "$*: refused, but for another reason"
    fi
}
"$slipway" keygen --quiet -t ecdsa-p256 -k "$work/own.pem"
"$slipway" keygen --quiet -t ecdsa-p256 --development -k "$work/elsewhere.pem"
cp "$work/elsewhere.pem" "$work/product.pem"
"$slipway" getpub -k "$work/elsewhere.pem" -e pem -o "$work/public.pem"
grep -v "$mark" "$made" >"$work/bare.pem"
openssl ec -in "$made" -out "$work/other-form.pem" 2>/dev/null
signing 1 "$made"
signing 1 "$work/product.pem"  # another machine's, renamed
signing 1 "$work/public.pem"
signing 1 "$work/bare.pem"     # this machine's, without its mark
signing 1 "$work/other-form.pem"
signing 0 "$work/own.pem"
signing 2 "$work/own.pem" "$work/public.pem"
"$build/venv/bin/imgtool" getpub -k "$work/elsewhere.pem" >/dev/null || fail 'imgtool does not read a key with the mark'

encryption() { # development, kind, file
    tools/enc_key_c.sh "$slipway" "$2" 16 0 "$3" "$work/enc.c" >"$work/said" 2>&1 || fail "$3: no key was made of it"
    grep -q "bootutil_development_enc, $1\"" "$work/enc.c" || fail "$3: it says the opposite"
    if tools/enc_key_c.sh "$slipway" "$2" 16 1 "$3" "$work/enc.c" >"$work/said" 2>&1; then
        [ "$1" = 0 ] || fail "$3: a product was built with a development key"
    else
        [ "$1" = 1 ] || fail "$3: a product's own key was refused"
        grep -q 'is a DEVELOPMENT KEY' "$work/said" || fail "$3: refused, but for another reason"
    fi
}
head -c 16 /dev/urandom | base64 >"$work/own.b64"
encryption 1 kw "$build/keys/dev-enc-kw16.b64"
cp "$build/keys/dev-enc-kw16.b64" "$work/product.b64"
encryption 1 kw "$work/product.b64"
encryption 0 kw "$work/own.b64"
encryption 1 x25519 "$build/keys/dev-enc-x25519.pem"
encryption 1 ecdsa-p256 "$work/product.pem"
encryption 0 ecdsa-p256 "$work/own.pem"

# What is a product: make says it to the build.
for words in 'KEY=x.pem 1' 'PRODUCT=1 1' 'PRODUCT=0 0' 'VERSION=1.0.0 0'; do
    make -n firmware "${words% *}" >"$work/said" 2>&1 || fail "make -n ${words% *}"
    grep -q -e "-DSLIPWAY_PRODUCT=${words#* } " "$work/said" || fail "make ${words% *} is not ${words#* }"
done

# Builds, packages and what reads them.
tools/firmware.sh $name all -DSLIPWAY_KEY="$work/product.pem" 2>"$work/said" || fail 'it does not build'
grep -q '^\*\*\* DEVELOPMENT KEY in .*development-key/bootloader.elf' "$work/said" || fail 'the build does not tell'
tools/package.sh "$out" 1.0.0 2>"$work/said" || fail 'it cannot be packed'
grep -q 'smp_server.signed.bin is signed with the DEVELOPMENT KEY' "$work/said" || fail 'the package does not tell'
"$slipway" layout check --quiet "$out"/board.dtb 2>"$work/said"
grep -q '^warning: .* has a DEVELOPMENT KEY' "$work/said" || fail 'layout check does not warn'
against() {
    "$slipway" verify "$@" --against "$out"/bootloader.elf "$out"/smp_server.signed.bin
}
against 2>"$work/said" >/dev/null
grep -q '^warning: .* has a DEVELOPMENT KEY' "$work/said" || fail 'verify --against does not warn'
against --json 2>/dev/null | grep -q '"development_key": true' || fail 'verify --json does not say it'

tools/firmware.sh $name all -DSLIPWAY_KEY="$work/own.pem" -DSLIPWAY_PRODUCT=1 2>"$work/said" ||
    fail 'a product does not build'
tools/package.sh "$out" 1.0.0 2>>"$work/said"
"$slipway" layout check --quiet "$out"/board.dtb 2>>"$work/said"
against 2>>"$work/said" >/dev/null
[ ! -s "$work/said" ] || fail 'a build with its own key is warned of'
against --json | grep -q '"development_key": false' || fail 'verify --json says the opposite'
echo "development key: known in 7 signing tables and 6 decryption keys, by build, package, layout check and verify"
