#!/bin/sh
# setup.sh - install what Slipway needs and is not there yet, as listed in tools/dependencies.txt.
# Usage: tools/setup.sh build|test|fresh      (test includes build; fresh is what make fresh needs, alone)
# Prints each step; a second run does nothing.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
list=$top/tools/dependencies.txt
build=$top/build
purpose=${1:-build}
case $purpose in
build) purposes='build' ;;
test) purposes='build|test' ;;
fresh) purposes='fresh' ;;
*)
    echo "usage: tools/setup.sh build|test|fresh" >&2
    exit 2
    ;;
esac

say() { printf 'setup: %s\n' "$*"; }

die() {
    printf 'setup: error: %s\n' "$1" >&2
    shift
    for line in "$@"; do printf '  %s\n' "$line" >&2; done
    exit 1
}

# Rows of one kind for this purpose, without the first two columns.
rows() { awk -v k="$1" -v p="^($purposes)\$" '$1 == k && $2 ~ p { $1 = $2 = ""; print substr($0, 3) }' "$list"; }

# One line that changes when the list or the purpose does; the stamp of a finished run.
fingerprint() { { echo "$purpose"; cat "$list" "$0" /etc/os-release; } | sha256sum | cut -d' ' -f1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Checked before output goes into a log, where nobody would see the error.
may_install() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "packages are missing, and this user may not install them (no root, no sudo):$missing" \
            "next: as root, once: tools/setup.sh $purpose" "or: apt-get install$missing"
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

setup_apt() {
    missing=
    for name in $(rows apt | cut -d' ' -f1); do
        installed "$name" || missing="$missing $name"
    done
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null || die "this machine has no apt-get; packages are missing:$missing" \
        "next: install the same packages by hand"
    may_install
    say "installing Debian packages:$missing"
    mkdir -p "$build"
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
    } >"$build/setup-apt.log" 2>&1 ||
        die "apt-get failed" "evidence: $(tail -n 1 "$build/setup-apt.log")" "next: read $build/setup-apt.log"
}

# The upstream tarball of a source package, in whatever revision this release has, into build/src/download/NAME.
fetch_source() { # name
    apt_dir=$build/apt
    mkdir -p "$apt_dir/lists/partial"
    "$top/tools/apt_sources.sh" deb-src '' "$apt_dir/sources.d"
    [ -n "$(ls "$apt_dir/sources.d")" ] || die "apt's sources have no archive of this machine's distribution" \
        "next: add one to /etc/apt/sources.list.d (main; Ubuntu: universe, too)"
    options="-o Dir::Etc::sourcelist=/dev/null -o Dir::Etc::sourceparts=$apt_dir/sources.d
             -o Dir::State::lists=$apt_dir/lists -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User="
    rm -rf "$build/src/download/$1" && mkdir -p "$build/src/download/$1"
    {
        apt-get $options update -q &&
            (cd "$build/src/download/$1" && apt-get $options source -q --download-only --tar-only "$1")
    } >"$build/setup-src.log" 2>&1 ||
        die "could not fetch the source package $1" \
            "evidence: $(tail -n 1 "$build/setup-src.log")" "next: read $build/setup-src.log"
}

known() { case " $2 " in *" $1 "*) ;; *) return 1 ;; esac } # hash list

setup_src() {
    while read -r name hashes; do
        [ -z "$name" ] && continue
        dir=$build/src/$name
        known "$(cat "$dir/.slipway-sha256" 2>/dev/null || echo none)" "$hashes" && continue
        say "fetching Debian source package $name"
        fetch_source "$name"
        tarball=$(find "$build/src/download/$name" -name '*.orig.tar.*' ! -name '*.asc')
        [ -f "$tarball" ] || die "the source package $name has no upstream tarball" \
            "evidence: it brought $(ls -x "$build/src/download/$name")" "next: read $build/setup-src.log"
        hash=$(sha256sum "$tarball" | cut -d' ' -f1)
        known "$hash" "$hashes" || die "the upstream tarball of $name in this release is unknown to Slipway" \
            "evidence: $tarball" "evidence: its sha256 is $hash" \
            "next: compare the tarball with its maker's before you build with it;" \
            "then add the sum to the row of $name in tools/dependencies.txt, and run make test"
        rm -rf "$dir" && mkdir -p "$dir"
        tar -xf "$tarball" -C "$dir" --strip-components=1
        echo "$hash" >"$dir/.slipway-sha256"
    done <<EOF
$(rows src)
EOF
}

setup_pypi() {
    venv=$build/venv
    wanted=$build/requirements.txt
    rows pypi | awk '{ printf "%s==%s", $1, $2; for (i = 3; i <= NF; i++) printf " --hash=sha256:%s", $i; print "" }' >"$wanted"
    [ -s "$wanted" ] || return 0
    # The venv is missing, or was made for an older release's Python.
    "$venv/bin/pip" --version >/dev/null 2>&1 || /usr/bin/python3 -m venv --clear "$venv"
    say "installing $(wc -l <"$wanted") Python packages into build/venv"
    "$venv/bin/pip" install -q --disable-pip-version-check --require-hashes --no-deps -r "$wanted" >"$build/setup-pypi.log" 2>&1 ||
        die "pip failed" "evidence: $(grep -v '^$' "$build/setup-pypi.log" | tail -n 1)" "next: read $build/setup-pypi.log"
}

done_for() { [ "$(cat "$build/.setup-$1" 2>/dev/null)" = "$(purpose=$1 fingerprint)" ]; }

# A finished test set-up contains the build set-up.
if done_for "$purpose" || { [ "$purpose" = build ] && done_for test; }; then
    exit 0
fi
setup_apt
if [ "$purpose" != fresh ]; then
    setup_src
    setup_pypi
fi
mkdir -p "$build"
fingerprint >"$build/.setup-$purpose"
say "ready"
