#!/bin/sh
# setup.sh - install what Slipway needs and is not there yet, as listed in tools/dependencies.txt.
# Usage: tools/setup.sh build|test      (test includes build)
# Says what it does; does nothing the second time.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
list=$top/tools/dependencies.txt
build=$top/build
purpose=${1:-build}
case $purpose in
build) purposes='build' ;;
test) purposes='build|test' ;;
*)
    echo "usage: tools/setup.sh build|test" >&2
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
fingerprint() { { echo "$purpose"; cat "$list" "$0"; } | sha256sum | cut -d' ' -f1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo "$@"
    fi
}

# Asked before anything is redirected into a log.
may_install() {
    [ "$(id -u)" = 0 ] || command -v sudo >/dev/null ||
        die "packages are missing, and this user may not install them (no root, no sudo):$missing" \
            "next: as root, once: tools/setup.sh $purpose" "or: apt-get install$missing"
}

installed_version() {
    dpkg-query -W -f '${db:Status-Status} ${Version}' "$1" 2>/dev/null | sed -n 's/^installed //p'
}

setup_apt() {
    missing=
    while read -r name version; do
        have=$(installed_version "$name")
        if [ -z "$have" ]; then
            missing="$missing $name"
        elif [ "$have" != "$version" ]; then
            say "note: $name $have is installed; tested with $version"
        fi
    done <<EOF
$(rows apt)
EOF
    [ -z "$missing" ] && return
    command -v apt-get >/dev/null || die "this is not a Debian machine; missing:$missing" \
        "next: install the like of these packages by hand"
    may_install
    say "installing Debian packages:$missing"
    mkdir -p "$build"
    {
        as_root apt-get update -q &&
            as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing
    } >"$build/setup-apt.log" 2>&1 ||
        die "apt-get failed" "evidence: $(tail -n 1 "$build/setup-apt.log")" "next: read $build/setup-apt.log"
}

# A deb-src list derived from the machine's own apt sources, kept under build/.
deb_src_list() {
    for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
        [ -f "$f" ] && sed -n 's/^deb \(.*\bmain\b.*\)/deb-src \1/p' "$f"
    done
    for f in /etc/apt/sources.list.d/*.sources; do
        [ -f "$f" ] || continue
        awk 'BEGIN { RS = ""; FS = "\n" } /Components:[^\n]*main/ {
            uri = ""; suites = ""; signed = ""
            for (i = 1; i <= NF; i++) {
                if ($i ~ /^URIs:/) { sub(/^URIs:[ ]*/, "", $i); uri = $i }
                if ($i ~ /^Suites:/) { sub(/^Suites:[ ]*/, "", $i); suites = $i }
                if ($i ~ /^Signed-By:/) { sub(/^Signed-By:[ ]*/, "", $i); signed = "[signed-by=" $i "] " }
            }
            n = split(suites, s, " ")
            for (j = 1; j <= n; j++) print "deb-src " signed uri " " s[j] " main"
        }' "$f"
    done | grep -i debian || true
}

fetch_source() { # name version
    apt_dir=$build/apt
    mkdir -p "$apt_dir/lists/partial" "$build/src/download"
    deb_src_list | grep '^deb-src' | sort -u >"$apt_dir/sources.list"
    [ -s "$apt_dir/sources.list" ] || die "no Debian archive in this machine's apt sources" \
        "next: add one to /etc/apt/sources.list.d"
    options="-o Dir::Etc::sourcelist=$apt_dir/sources.list -o Dir::Etc::sourceparts=-
             -o Dir::State::lists=$apt_dir/lists -o APT::Get::List-Cleanup=0 -o APT::Sandbox::User="
    {
        apt-get $options update -q &&
            (cd "$build/src/download" && apt-get $options source -q --download-only --tar-only "$1=$2")
    } >"$build/setup-src.log" 2>&1 ||
        die "could not fetch the source package $1 $2" \
            "evidence: $(tail -n 1 "$build/setup-src.log")" "next: read $build/setup-src.log"
}

setup_src() {
    while read -r name version hash; do
        [ -z "$name" ] && continue
        dir=$build/src/$name
        [ "$(cat "$dir/.slipway-version" 2>/dev/null)" = "$version" ] && continue
        say "fetching Debian source package $name $version"
        fetch_source "$name" "$version"
        tarball=$(ls "$build/src/download/${name}_${version%-*}".orig.tar.* | head -n 1)
        [ "$(sha256sum "$tarball" | cut -d' ' -f1)" = "$hash" ] ||
            die "$tarball is not the pinned file" "evidence: its sha256 is not $hash" \
                "next: compare with tools/dependencies.txt; do not build with it"
        rm -rf "$dir" && mkdir -p "$dir"
        tar -xf "$tarball" -C "$dir" --strip-components=1
        echo "$version" >"$dir/.slipway-version"
    done <<EOF
$(rows src)
EOF
}

setup_pypi() {
    venv=$build/venv
    wanted=$build/requirements.txt
    rows pypi | awk '{ printf "%s==%s", $1, $2; for (i = 3; i <= NF; i++) printf " --hash=sha256:%s", $i; print "" }' >"$wanted"
    [ -x "$venv/bin/pip" ] || /usr/bin/python3 -m venv "$venv"
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
setup_src
setup_pypi
mkdir -p "$build"
fingerprint >"$build/.setup-$purpose"
say "ready"
