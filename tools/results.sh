#!/bin/sh
# results.sh FOLDER VERSION - what `make firmware` made, where it lies, whose key signed it, and what to type next.
set -eu
folder=$1 version=$2
application=$(cat "$folder/generated/application")
top=$(cd "$(dirname "$0")/.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
key=$(cat "$folder/generated/signing-key")
quoted() { case $1 in *[!A-Za-z0-9._/-]*) printf "'%s'" "$1" ;; *) printf %s "$1" ;; esac; }
row() { [ ! -f "$folder/$1" ] || printf '  %-32s %s\n' "$1" "$2"; }

printf 'firmware in %s, version %s, signed with %s\n' "$folder" "$version" "${key#"$PWD/"}"
row bootloader.elf 'the bootloader; also .bin and .hex'
if [ -f "$folder/$application-$version.zip" ]; then
    row "$application-$version.zip" 'the application for both slots: what slipway update takes (also dfu_application.zip)'
    row "$application-$version.signed.bin" 'its half for slot0'
    row "${application}_slot1-$version.signed.bin" 'its half for slot1'
else
    row "$application-$version.signed.bin" 'the application: what slipway update uploads'
fi
row "data-$version.signed.bin" 'image 1'
row merged.hex 'bootloader and application: for the virtual board, or a debugger'
printf 'next: %s board run %s/merged.hex --uart stdio\n' "$(quoted "${build#"$PWD/"}/slipway")" "$(quoted "$folder")"
