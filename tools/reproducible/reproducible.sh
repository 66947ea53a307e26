#!/bin/sh
# reproducible.sh OUT VERSION [CMAKE OPTION...] - build the same firmware twice from nothing and compare the bytes: once from
# this tree, and once from a clone of it, in another folder, in another time zone and language. OUT is the folder of the person's
# own firmware in the build folder, whose saved configuration (make menuconfig) both get. No compiler cache takes part.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd -P)
build=${SLIPWAY_BUILD:-$top/build}
own=$build/$1 version=$2
shift 2
work=$build/reproducible
copy="$work/a clone of the tree"
second="$copy/other build"

export CCACHE_DISABLE=1 SLIPWAY_NO_KEY_WARNING=1
unset SOURCE_DATE_EPOCH # it would hide a time that the compiler writes

make_firmware() { # tree, build folder, its folder in there, cmake options
    tree=$1 folder=$2 name=$3
    shift 3
    mkdir -p "$folder/$name"
    [ ! -f "$own/menuconfig.conf" ] || cp "$own/menuconfig.conf" "$folder/$name/"
    SLIPWAY_BUILD=$folder "$tree/tools/firmware.sh" "$name" all "$@"
    SLIPWAY_BUILD=$folder "$tree/tools/package.sh" "$folder/$name" "$version"
}

rm -rf "$work"
mkdir -p "$work"
# A clone, with the files as they are now: a change that is not committed, and a new file, are built, too.
inside=
case $build in "$top"/*) inside=--exclude=/${build#"$top/"}/ ;; esac
{ git -C "$top" ls-files -z --cached --others --exclude-standard ${inside:+"$inside"} >"$work/files" &&
    git clone -q --shared --no-checkout "$top" "$copy" && git -C "$copy" reset -q; } || {
    echo "error: the second build needs a clone of this tree, and git does not make one" >&2
    echo "  next: git clone it yourself, and run make reproducible in the clone" >&2
    exit 1
}

make_firmware "$top" "$build" reproducible/first "$@"

tar -C "$top" --null --files-from="$work/files" --ignore-failed-read --warning=no-failed-read -cf - | tar -C "$copy" -xf -
mkdir "$second"
for shared in src venv keys host slipway; do
    ln -s "$build/$shared" "$second/$shared"
done
TZ=Pacific/Kiritimati LC_ALL=C.UTF-8 make_firmware "$copy" "$second" second "$@"

/usr/bin/python3 "$top/tools/reproducible/compare.py" "$work/first" "$second/second" "$top" "$build" "$copy"
